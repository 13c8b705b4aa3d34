package passtools

import (
	"encoding/json"
	"slices"
	"strconv"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// addedToPass and addedToTemplate are how an added location is answered.
type (
	addedToPass struct {
		ID    int64 `json:"passLocationId"`
		Value place `json:"value"`
	}
	addedToTemplate struct {
		ID    int64 `json:"locationId"`
		Field int64 `json:"fieldId"`
		Value place `json:"value"`
	}
)

// addPassPlaces handles POST /pass/{passId}/locations.
func (s *Service) addPassPlaces(c *call) error {
	given, err := c.placesGiven()
	if err != nil {
		return err
	}
	var added []place
	err = s.changePlaces(c, func(o *own) error {
		o.Places, added = addPlaces(o.Places, given, &o.LastPlace)
		return checkPlaces(o.Places)
	})
	if err != nil {
		return err
	}
	out := make([]addedToPass, 0, len(added))
	for n, p := range withoutIDs(added) {
		out = append(out, addedToPass{added[n].ID, p})
	}
	return c.answer(out)
}

func (c *call) placesGiven() ([]place, error) {
	raw, err := c.document()
	if err != nil {
		return nil, err
	}
	if string(raw) == "{}" {
		return nil, refuse("locations", missingField)
	}
	if raw, err = placesIn(raw); err != nil {
		return nil, err
	}
	return readPlaces(raw)
}

// changePlaces changes the locations of the pass that the path names. Phones are told of
// it, except in the first revision.
func (s *Service) changePlaces(c *call, edit func(*own) error) error {
	return issuer.Again(c.Context(), func() error {
		var p store.Pass
		var m *model
		var had own
		err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
			if p, err = s.pass(c, r); err != nil {
				return err
			}
			m, had, err = s.content(r, p)
			return err
		})
		if err != nil {
			return err
		}
		o := had
		o.Places = slices.Clone(had.Places)
		if err := edit(&o); err != nil {
			return err
		}
		ch, err := changed(m, p, had, o, nil)
		if err != nil {
			return err
		}
		ch.IfMatch, ch.Quiet = &p.Edited, c.rev == 0
		_, err = s.Issuer.Update(c.Context(), c.actor, p.ID, ch)
		return err
	})
}

// deletePassPlace handles DELETE /pass/{passId}/location/{locationId}.
func (s *Service) deletePassPlace(c *call) error {
	id, left := c.placeID(), []place(nil)
	err := s.changePlaces(c, func(o *own) (err error) {
		o.Places, err = without(o.Places, id)
		left = o.Places
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(struct {
		ID int64 `json:"passLocationId"`
		leftPlaces
	}{id, remaining(left)})
}

// leftPlaces is what an answer to a deletion says besides its id.
type leftPlaces struct {
	Status string  `json:"Status"`
	Again  string  `json:"status"`
	Places []place `json:"locations"`
}

func remaining(all []place) leftPlaces {
	return leftPlaces{"Deleted", "success", append([]place{}, all...)}
}

// placeID is what a path names, 0 if there can be none like it.
func (c *call) placeID() int64 {
	id, _ := strconv.ParseInt(c.args["locationId"], 10, 64)
	return id
}

// without takes a place away.
func without(all []place, id int64) ([]place, error) {
	n := slices.IndexFunc(all, func(p place) bool { return p.ID == id })
	if n < 0 {
		return nil, missing("location", strconv.FormatInt(id, 10))
	}
	return slices.Delete(slices.Clone(all), n, n+1), nil
}

// addTemplatePlaces handles POST /template/{templateId}/locations. Passes have a copy of
// what their template had when they were made.
func (s *Service) addTemplatePlaces(c *call) error {
	given, err := c.placesGiven()
	if err != nil {
		return err
	}
	var added []place
	_, err = s.rewrite(c, false, func(m *model) (source, error) {
		src := m.source
		src.Places, added = addPlaces(src.Places, given, &src.LastPlace)
		return src, src.checkPlaces()
	})
	if err != nil {
		return err
	}
	out := make([]addedToTemplate, 0, len(added))
	for n, p := range withoutIDs(added) {
		out = append(out, addedToTemplate{added[n].ID, added[n].ID, p})
	}
	return c.answer(out)
}

// deleteTemplatePlace handles DELETE /template/{templateId}/location/{locationId}.
func (s *Service) deleteTemplatePlace(c *call) error {
	id, left := c.placeID(), []place(nil)
	_, err := s.rewrite(c, false, func(m *model) (src source, err error) {
		src = m.source
		src.Places, err = without(src.Places, id)
		left = src.Places
		return src, err
	})
	if err != nil {
		return err
	}
	return c.answer(struct {
		ID int64 `json:"locationId"`
		leftPlaces
	}{id, remaining(left)})
}

// addAddress handles POST /location: an entry of the address book, attached to nothing.
func (s *Service) addAddress(c *call) error {
	raw, err := c.document()
	if err != nil {
		return err
	}
	p, err := readPlace(raw)
	if err != nil {
		return err
	}
	details, err := json.Marshal(p)
	if err != nil {
		return err
	}
	kept, err := s.Issuer.AddAddress(c.Context(), c.actor, store.Place{Latitude: float64(p.Latitude), Longitude: float64(p.Longitude), Text: text(p.RelevantText)}, details)
	if err != nil {
		return err
	}
	p.ID = int64(kept.ID)
	return c.answer(p)
}
