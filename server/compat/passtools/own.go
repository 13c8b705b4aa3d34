package passtools

import (
	"encoding/json"
	"fmt"

	"pocketpass/store"
)

// own is what a pass has besides its template, as its client said it. Values of fields are
// the pass's values, and stand here only where Wallet is given another.
type own struct {
	Entries   map[string]ownEntry `json:"entries,omitempty"`
	Places    []place             `json:"places,omitempty"`
	LastPlace int64               `json:"lastPlace,omitempty"`
	Inherited []place             `json:"inherited,omitempty"` // of the template when the pass was made
	Beacons   []beacon            `json:"beacons,omitempty"`
	Public    *publicURL          `json:"public,omitempty"`
}

// ownEntry is what a pass says of a field or a header; what it leaves out is the template's.
type ownEntry struct {
	Value  json.RawMessage `json:"value,omitempty"`
	Label  *string         `json:"label,omitempty"`
	Change *string         `json:"change,omitempty"`
}

func (e ownEntry) with(o ownEntry) ownEntry {
	if o.Value != nil {
		e.Value = o.Value
	}
	if o.Label != nil {
		e.Label = o.Label
	}
	if o.Change != nil {
		e.Change = o.Change
	}
	return e
}

// metaKey is under which own is kept with a pass.
const metaKey = origin

func readOwn(p store.Pass) (o own, err error) {
	text, ok := p.Meta[metaKey]
	if !ok {
		return o, nil
	}
	if err = json.Unmarshal([]byte(text), &o); err != nil {
		err = fmt.Errorf("what clients said of pass %s: %w", p.ID, err)
	}
	return o, err
}

func (o own) written() (string, error) {
	raw, err := json.Marshal(o)
	return string(raw), err
}

// merged is a template with what a pass lays over it.
type merged struct {
	headers map[string]entry
	fields  map[string]entry
}

// merge shows a pass. What its template has no field for any more it keeps.
func merge(m *model, o own, values map[string]json.RawMessage) merged {
	out := merged{make(map[string]entry, len(m.Headers)), make(map[string]entry, len(m.Fields))}
	for key, e := range m.Headers {
		out.headers[key] = e.with(o.Entries[key])
	}
	for key, e := range m.Fields {
		out.fields[key] = e.with(ownEntry{Value: values[key]}).with(o.Entries[key])
	}
	for key, e := range o.Entries {
		_, field := m.Fields[key]
		_, head := m.Headers[key]
		if field || head {
			continue
		}
		if h, ok := headers[key]; ok {
			out.headers[key] = entry{Place: h.place}.with(e)
		} else {
			out.fields[key] = entry{Place: placeNowhere}.with(ownEntry{Value: values[key]}).with(e)
		}
	}
	for key, v := range values {
		if _, known := out.fields[key]; !known {
			out.fields[key] = entry{Place: placeNowhere, Value: v}
		}
	}
	return out
}

// document is the pass's own part of pass.json, without its locations: what differs from
// the template, with null for what the template has and the pass has not.
func (o own) document(m *model, shown merged) members {
	doc, style := make(members), make(members)
	m.writeHeaders(doc, shown.headers, m.settings(), func(key string) bool { return o.Entries[key].Value != nil })
	if m.Style == "boardingPass" && o.Entries[transitType].Value != nil {
		style[transitType] = m.transit(shown.headers)
	}
	for key, e := range shown.fields {
		group := groups[e.Place]
		if f := o.field(key, e); group != "" && len(f) > 1 {
			all, _ := style[group].([]members)
			style[group] = append(all, f)
		}
	}
	if len(style) > 0 {
		doc[m.Style] = style
	}
	if len(o.Beacons) > 0 {
		doc["beacons"] = shownBeacons(o.Beacons)
	}
	return doc
}

// field is what a pass says of a field besides its value.
func (o own) field(key string, e entry) members {
	f, said := members{"key": key}, o.Entries[key]
	if said.Label != nil {
		f["label"] = given(*said.Label != "", escaped(*said.Label))
	}
	if said.Change != nil {
		f["changeMessage"] = given(*said.Change != "", escaped(*said.Change))
	}
	for name, v := range e.formatted() {
		if v == nil {
			f[name] = nil
		}
	}
	return f
}

// voided is what a pass says of whether it is void; nil if it says nothing.
func (o own) voided() *bool {
	label := o.Entries[expirationDate].Label
	if label == nil || *label != "voided" && *label != "valid" {
		return nil
	}
	void := *label == "voided"
	return &void
}
