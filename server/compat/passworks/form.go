package passworks

import (
	"encoding/json"
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// Forms elsewhere ask what a campaign of any kind wants to know, and hand over what their
// visitors typed. They call as the account, not as its visitors.
func (s *Service) formRoutes() []route {
	return []route{
		{"GET", "/remote_forms/{campaign}/fields", readers, s.formFields},
		{"POST", "/remote_forms/{campaign}/submit", writers, s.submitForm},
	}
}

// formField is a field as forms see it.
type formField struct {
	Key       string  `json:"key"`
	Label     *string `json:"label"`
	Value     *string `json:"value"`
	Behaviour string  `json:"behaviour"`
}

// formView is what a form may ask for: the dynamic fields.
type formView struct {
	Fields  map[string]formField `json:"fields"`
	Dynamic []string             `json:"dynamic_fields_keys"`
	Static  []string             `json:"static_fields_keys"`
}

// formFields handles GET /remote_forms/{campaign}/fields.
func (s *Service) formFields(c call) error {
	var d *definition
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		_, d, err = s.inForce(r, c)
		return err
	})
	if err != nil {
		return err
	}
	v := formView{Fields: make(map[string]formField), Dynamic: []string{}, Static: []string{}}
	for _, group := range d.Fields {
		for _, f := range shownFields(group, c.version == v1) {
			v.Fields[f.Key] = formField{f.Key, f.Label, f.Value, f.Behaviour}
			if f.Behaviour == dynamic {
				v.Dynamic = append(v.Dynamic, f.Key)
			} else {
				v.Static = append(v.Static, f.Key)
			}
		}
	}
	return c.answer(http.StatusOK, v)
}

// submitForm handles POST /remote_forms/{campaign}/submit.
func (s *Service) submitForm(c call) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	o := issuer.Order{Pinned: true, Origin: origin}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, d, err := s.inForce(r, c)
		if err != nil {
			return err
		}
		in, err := d.typed(body)
		if err != nil {
			return err
		}
		o.Campaign = found.ID
		return s.fill(r, c, &o, in, d)
	})
	if err != nil {
		return err
	}
	p, err := s.Issuer.Issue(c.Context(), c.actor, o)
	if err != nil {
		return err
	}
	return s.showPass(c, http.StatusCreated, p)
}

// typed spells the flat answers of a form as a request for a pass: values of dynamic
// fields and places and barcodes of the pass's own. Everything else is passed over.
func (d *definition) typed(body object) (*input, error) {
	out := object{}
	for _, name := range []string{"locations", "beacons", "barcodes"} {
		if raw, given := body[name]; given {
			out[name] = raw
		}
	}
	if d.CodeType == codePerPass && isNone(out["barcodes"]) {
		return nil, invalid("barcodes", "can't be blank")
	}
	for g, group := range d.Fields {
		var all []map[string]json.RawMessage
		for _, f := range group {
			raw, given := body.get(f.Key)
			if _, taken := out[f.Key]; !given || taken || f.Behaviour != dynamic {
				continue
			}
			if _, ok := textOf(raw); !ok {
				return nil, invalid(f.Key, "must be a string")
			}
			all = append(all, map[string]json.RawMessage{"key": quoted(f.Key), "value": raw})
		}
		if all == nil {
			continue
		}
		raw, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		out[groups[g].name] = raw
	}
	return &input{object: out}, nil
}
