package passtools

import (
	"encoding/json"
	"slices"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// patched is a pass's own part of pass.json with what a client says of it now in the place
// of what clients said before. It is nil if there is nothing.
func (m *model) patched(had json.RawMessage, before, after members) (json.RawMessage, error) {
	was, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(after)
	if err != nil {
		return nil, err
	}
	return issuer.OwnPart(had, was, is, m.Style)
}

// placing is what becomes of the locations of a pass that had those of one own and is given
// those of another. A pass that was made here, of a template that was, has no others. Of any
// else they stand beside those that it has, and nothing happens unless they change.
func placing(m *model, p store.Pass, had, o own) (*issuer.Places, error) {
	if p.Origin == origin && !m.foreign {
		return &issuer.Places{Replace: true, Add: shownPlaces(o.Places, o.Inherited)}, nil
	}
	if slices.Equal(had.Places, o.Places) {
		return nil, nil
	}
	var own struct {
		Locations []pkpass.Location `json:"locations"`
	}
	if len(p.Patch) > 0 {
		if err := json.Unmarshal(p.Patch, &own); err != nil {
			return nil, err
		}
	}
	add := shownPlaces(o.Places, nil)
	if own.Locations == nil {
		return &issuer.Places{Add: add}, nil
	}
	others := slices.DeleteFunc(own.Locations, func(l pkpass.Location) bool {
		return slices.ContainsFunc(slices.Concat(had.Places, o.Places), func(q place) bool { return q.isAt(l) })
	})
	return &issuer.Places{Replace: true, Add: append(add, others...)}, nil
}

// isAt says whether a location of pass.json is at a place.
func (p place) isAt(l pkpass.Location) bool {
	return l.Latitude != nil && l.Longitude != nil && *l.Latitude == float64(p.Latitude) && *l.Longitude == float64(p.Longitude)
}
