package issuer

import (
	"encoding/json"
	"fmt"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Places says where a pass comes up by itself: with the locations that it has, be they
// its own or its template's, and these; or with these alone. From then on they are all
// its own, and neither its template nor its campaign adds any.
type Places struct {
	Replace bool
	Add     []pkpass.Location
}

// maxOwnPlaces is how many locations a phone looks at.
const maxOwnPlaces = 10

// placeOrder writes the places of an order into its document.
func (i *Issuer) placeOrder(r store.Reader, a Actor, o Order) (Order, error) {
	c, err := r.Campaign(a.Org, o.Campaign)
	if err != nil {
		return o, err
	}
	t, err := templateFor(r, c, o.Template)
	if err != nil {
		return o, err
	}
	d, err := i.design(r, a.Org, t.ID, t.Published)
	if err != nil {
		return o, err
	}
	if o.Document, err = o.Places.write(o.Document, d); err != nil {
		return o, err
	}
	return o, checkContent(o.Content)
}

// placed is the document of p's own with the places of a change.
func (i *Issuer) placed(r store.Reader, p store.Pass, ch Change) (*json.RawMessage, error) {
	d, err := i.designOf(r, p)
	if err != nil {
		return nil, err
	}
	own := p.Patch
	if ch.Document != nil {
		own = ch.content().Document
	}
	own, err = ch.Places.write(own, d)
	return &own, err
}

// write adds the places to a pass's own document over the design d.
func (l Places) write(own json.RawMessage, d *design) (json.RawMessage, error) {
	members := make(map[string]json.RawMessage)
	if len(own) > 0 {
		if err := json.Unmarshal(own, &members); err != nil {
			return nil, invalid("/document", "document_malformed", "the document must be a JSON object like pass.json: %v", err)
		}
	}
	places := make([]pkpass.Location, 0, maxOwnPlaces)
	if !l.Replace {
		had, err := placesOf(members["locations"], d)
		if err != nil {
			return nil, err
		}
		places = append(places, had...)
	}
	if places = append(places, l.Add...); len(places) > maxOwnPlaces {
		return nil, invalid("/locations", "too_many_locations", "a pass has up to %d locations, and these would be %d; leave some out", maxOwnPlaces, len(places))
	}
	raw, err := json.Marshal(places)
	if err != nil {
		return nil, fmt.Errorf("encode locations: %w", err)
	}
	members["locations"] = raw
	return json.Marshal(members)
}

func placesOf(own json.RawMessage, d *design) (out []pkpass.Location, err error) {
	if own == nil {
		return d.document.Locations, nil
	}
	if err = json.Unmarshal(own, &out); err != nil {
		err = invalid("/document/locations", "document_malformed", "locations must be a list: %v", err)
	}
	return out, err
}
