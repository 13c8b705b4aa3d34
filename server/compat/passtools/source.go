package passtools

import (
	"encoding/json"
	"maps"
	"strings"
)

// source is a template as clients write it, which is kept with it.
type source struct {
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Style       string           `json:"style"`
	ProjectType string           `json:"projectType,omitempty"`
	Headers     map[string]entry `json:"headers"`
	Fields      map[string]entry `json:"fields"`
	Places      []place          `json:"places,omitempty"`
	LastPlace   int64            `json:"lastPlace,omitempty"`
	Beacons     []beacon         `json:"beacons,omitempty"`
	Expiry      json.RawMessage  `json:"expiry,omitempty"`
	Disabled    bool             `json:"disabled,omitempty"`
}

// What clients read of a field that a request needs and lacks, and of one that there is not.
const (
	missingField = "required field missing!"
	unknownField = "unknown field!"
)

// readSource reads the document that makes a template. projectType is that of its project.
func readSource(o map[string]json.RawMessage, projectType string) (source, error) {
	s := source{Headers: make(map[string]entry), Fields: make(map[string]entry)}
	var lacking []fieldError
	for _, name := range []string{"name", "description"} {
		if isNull(o[name]) {
			lacking = append(lacking, fieldError{name, missingField})
		}
	}
	if len(lacking) > 0 {
		return s, unacceptable(lacking...)
	}
	if err := refuseGoogle(o); err != nil {
		return s, err
	}
	kind, _ := textOf(o["type"])
	own, _ := textOf(o["projectType"])
	for _, name := range []string{own, projectType} {
		if s.ProjectType == "" {
			s.ProjectType = name
		}
		if kind == "" {
			kind = name
		}
	}
	if kind == "" {
		return s, refuse("type", missingField)
	}
	if s.Style = styles[squeeze(kind)]; s.Style == "" {
		return s, refuse("type", "must be boardingPass, coupon, eventTicket, generic or storeCard")
	}
	return s, s.read(o)
}

// refuseGoogle refuses templates of the vendor that is not served.
func refuseGoogle(o map[string]json.RawMessage) error {
	vendor, _ := textOf(o["vendor"])
	id, _ := textOf(o["vendorId"])
	if strings.EqualFold(vendor, "Google") || id == "2" {
		return refuse("vendor", "must be Apple")
	}
	return nil
}

// replaced is a template that another document was laid over. A part that is sent takes
// the place of the one before, an absent one stays.
func (s source) replaced(o map[string]json.RawMessage) (source, error) {
	if err := refuseGoogle(o); err != nil {
		return s, err
	}
	if kind, ok := textOf(o["type"]); ok && styles[squeeze(kind)] != s.Style {
		return s, refuse("type", "passes were made as %s: make another template", styleNames[s.Style])
	}
	s.Headers, s.Fields = maps.Clone(s.Headers), maps.Clone(s.Fields)
	return s, s.read(o)
}

// read lays over s what it has in common with what replaces it.
func (s *source) read(o map[string]json.RawMessage) error {
	if err := readTitle(o, &s.Name, &s.Description); err != nil {
		return err
	}
	if !isNull(o["disabled"]) {
		s.Disabled = isTrue(o["disabled"])
	}
	if x := o["expiryInfo"]; len(x) > maxExpiry {
		return refuse("expiryInfo", "must have at most %d bytes", maxExpiry)
	} else if !isNull(x) {
		s.Expiry = x
	}
	if err := s.readEntries(o); err != nil {
		return err
	}
	return s.readAround(o)
}

// What clients may write at length, in bytes.
const (
	maxName        = 1000
	maxDescription = 10_000
	maxExpiry      = 1000
	maxSettings    = 10_000
)

// readTitle lays what a document says over the name and the description of a template or
// a project.
func readTitle(o map[string]json.RawMessage, title, description *string) error {
	for _, x := range []struct {
		name string
		most int
		to   *string
	}{{"name", maxName, title}, {"description", maxDescription, description}} {
		if isNull(o[x.name]) {
			continue
		}
		t, ok := textOf(o[x.name])
		if !ok {
			return badRequest("%s must be a text", x.name)
		}
		if len(t) > x.most {
			return refuse(x.name, "must have at most %d bytes", x.most)
		}
		*x.to = t
	}
	if strings.TrimSpace(*title) == "" {
		return refuse("name", missingField)
	}
	return nil
}

// readEntries reads headers and fields. What stands under the wrong one of the two names is
// put right.
func (s *source) readEntries(o map[string]json.RawMessage) error {
	for _, part := range []string{"headers", "fields"} {
		if isNull(o[part]) {
			continue
		}
		clear(map[string]map[string]entry{"headers": s.Headers, "fields": s.Fields}[part])
	}
	for _, part := range []string{"headers", "fields"} {
		if isNull(o[part]) {
			continue
		}
		all, err := entriesOf(o[part], part)
		if err != nil {
			return err
		}
		for key, raw := range all {
			e, err := readEntry(key, raw, part == "headers")
			if err != nil {
				return err
			}
			s.put(key, e)
		}
	}
	return nil
}

// put keeps an entry. Keys are unique over headers and fields together.
func (s *source) put(key string, e entry) {
	to, other := s.Fields, s.Headers
	if ofHeaders(e.Place) {
		to, other = s.Headers, s.Fields
	}
	delete(other, key)
	to[key] = e
}

// readAround reads locations and beacons.
func (s *source) readAround(o map[string]json.RawMessage) (err error) {
	if !isNull(o["beacons"]) {
		if s.Beacons, err = readBeacons(o["beacons"]); err != nil {
			return err
		}
	}
	if isNull(o["locations"]) {
		return nil
	}
	given, err := readPlaces(o["locations"])
	if err != nil {
		return err
	}
	_, s.Places = addPlaces(s.Places, given, &s.LastPlace)
	return s.checkPlaces()
}

func (s *source) checkPlaces() error {
	if len(s.Places) > maxPlaces {
		return refuse("locations", "a template has at most %d locations", maxPlaces)
	}
	return nil
}

// title is what the engine calls a template: its name, as far as there is room.
func title(name string) string {
	const most = 120
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most])
	}
	return name
}
