package passtools

import (
	"encoding/json"
	"maps"
	"slices"
)

// passDocument is what a request says of a pass, whichever of the three shapes it has.
type passDocument struct {
	entries   map[string]ownEntry
	tags      []string
	places    []place
	placed    bool // there was a list of locations
	beacons   []beacon
	beaconed  bool
	public    *publicURL
	external  string
	templates []string // ids that the pass has to be of one of; nil means any
	moved     bool     // of a pass that may have fields which its template lost
}

// besides are the members that stand beside headers and fields.
var besides = []string{
	"headers", "fields", "tags", "locations", "beacons", "publicUrl", "externalId", "templates",
	"id", "passId", "templateId", "url", "status", "createdAt", "updatedAt", "serialNumber", "installedAt", "passFields", "passLocationFields",
}

// readPassDocument reads the document of a pass. It is nested (headers and fields apart),
// a whole pass as it was answered, whose passFields count, or flat.
func readPassDocument(o map[string]json.RawMessage) (d passDocument, err error) {
	d.entries = make(map[string]ownEntry)
	switch {
	case isMap(o["headers"]) || isMap(o["fields"]):
		err = d.readNested(o)
	case isMap(o["passFields"]):
		err = d.readMap("passFields", o["passFields"])
	default:
		err = d.readFlat(o)
	}
	if err != nil {
		return d, err
	}
	return d, d.readBesides(o)
}

// isMap says whether a member holds entries, and is not one itself.
func isMap(raw json.RawMessage) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(raw, &o) == nil && o != nil && !saysSomething(o)
}

// saysSomething says whether an object is an entry by its members: one of them is no
// entry in its turn.
func saysSomething(o map[string]json.RawMessage) bool {
	for _, name := range []string{"value", "label", "changeMessage"} {
		if raw, ok := o[name]; ok && (raw[0] != '{' && raw[0] != '[') {
			return true
		}
	}
	return false
}

// isEntry says whether raw is what stands under the key of a field or a header.
func isEntry(raw json.RawMessage) bool {
	if string(raw) == "null" {
		return true
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil {
		return false
	}
	_, placed := o["fieldType"]
	return len(o) == 0 || placed || saysSomething(o)
}

func (d *passDocument) readNested(o map[string]json.RawMessage) error {
	for _, part := range []string{"headers", "fields"} {
		if !isNull(o[part]) {
			if err := d.readMap(part, o[part]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *passDocument) readMap(name string, raw json.RawMessage) error {
	all, err := entriesOf(raw, name)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if err := d.readEntry(key, all[key]); err != nil {
			return err
		}
	}
	return nil
}

// readFlat reads a document whose members are the keys of fields and headers.
func (d *passDocument) readFlat(o map[string]json.RawMessage) error {
	if err := checkEntries(o, "fields"); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		raw := o[key]
		if slices.Contains(besides, key) {
			if len(raw) == 4 || string(raw) == "{}" || !isEntry(raw) {
				continue // it keeps its meaning
			}
		}
		if apple, ok := appleHeaders[key]; ok && raw[0] == '"' {
			d.entries[apple] = ownEntry{Value: raw}
			continue
		}
		if styles[squeeze(key)] == key && !isEntry(raw) {
			if err := d.readStyle(key, raw); err != nil {
				return err
			}
			continue
		}
		if err := d.readEntry(key, raw); err != nil {
			return err
		}
	}
	return nil
}

// appleHeaders are members of pass.json that the first revision took in an update.
var appleHeaders = map[string]string{
	"backgroundColor": "background_color", "foregroundColor": "foreground_color", "labelColor": "logo_color", "logoText": "logo_text",
}

// readStyle reads fields as pass.json has them.
func (d *passDocument) readStyle(name string, raw json.RawMessage) error {
	groups, err := objectOf(raw, name)
	if err != nil {
		return err
	}
	for group, raw := range groups {
		var all []map[string]json.RawMessage
		if json.Unmarshal(raw, &all) != nil {
			return badRequest("%s of %s must be a list of fields", group, name)
		}
		for _, f := range all {
			key, ok := textOf(f["key"])
			if !ok {
				return badRequest("a field of %s has no key", group)
			}
			if err := d.readMembers(key, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *passDocument) readEntry(key string, raw json.RawMessage) error {
	if !isEntry(raw) {
		return badRequest("%s must be an object with value, label or changeMessage", key)
	}
	if string(raw) == "null" {
		d.entries[key] = ownEntry{}
		return nil
	}
	o, err := objectOf(raw, key)
	if err != nil {
		return err
	}
	return d.readMembers(key, o)
}

func (d *passDocument) readMembers(key string, o map[string]json.RawMessage) error {
	var e entry
	if err := e.readTexts(key, o); err != nil {
		return err
	}
	if h, ok := headers[key]; ok && !isNull(e.Value) {
		var err error
		if e.Value, err = h.normal(key, e.Value); err != nil {
			return err
		}
	}
	d.entries[key] = ownEntry{e.Value, e.Label, e.Change}
	return nil
}

// readBesides reads what a document says besides entries.
func (d *passDocument) readBesides(o map[string]json.RawMessage) (err error) {
	if raw := o["tags"]; !isNull(raw) && !isEntry(raw) {
		if d.tags, err = readTags(raw); err != nil {
			return err
		}
	}
	if raw := o["locations"]; !isNull(raw) && raw[0] == '[' {
		d.placed = true
		if d.places, err = readPlaces(raw); err != nil {
			return err
		}
	}
	if raw := o["beacons"]; !isNull(raw) && raw[0] == '[' {
		d.beaconed = true
		if d.beacons, err = readBeacons(raw); err != nil {
			return err
		}
	}
	if raw := o["templates"]; !isNull(raw) && raw[0] == '[' {
		if err = d.readTemplates(raw); err != nil {
			return err
		}
	}
	d.external, _ = textOf(o["externalId"])
	d.public, err = readPublicURL(o["publicUrl"])
	return err
}

func (d *passDocument) readTemplates(raw json.RawMessage) error {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return badRequest("templates must be a list of ids")
	}
	d.templates = []string{}
	for _, one := range all {
		id, ok := textOf(one)
		if !ok {
			return badRequest("templates must be a list of ids")
		}
		d.templates = append(d.templates, id)
	}
	return nil
}

// lay lays a document over what a pass has. It refuses keys that the pass has no field for,
// and says which values are the pass's.
func (d passDocument) lay(m *model, had own, values map[string]json.RawMessage) (o own, changed map[string]json.RawMessage, err error) {
	o, changed = had, make(map[string]json.RawMessage)
	o.Entries = maps.Clone(had.Entries)
	if o.Entries == nil {
		o.Entries = make(map[string]ownEntry)
	}
	before := merge(m, had, values)
	var unknown []fieldError
	for _, key := range slices.Sorted(maps.Keys(d.entries)) {
		said := d.entries[key]
		e, isField := before.fields[key]
		_, isHeader := headers[key]
		_, other := before.headers[key]
		switch {
		case isField:
			o.layField(m, key, e, said, changed)
		case isHeader || other || d.moved:
			o.put(key, said)
		default:
			unknown = append(unknown, fieldError{key, unknownField})
		}
	}
	if len(unknown) > 0 {
		return o, nil, unacceptable(unknown...)
	}
	return o, changed, d.layAround(&o)
}

// layField keeps what is said of a field. Its value is one of the pass's, and is kept
// beside it only if Wallet is given another.
func (o *own) layField(m *model, key string, e entry, said ownEntry, changed map[string]json.RawMessage) {
	if said.Value != nil {
		e.Value = said.Value
		shown := e.value()
		if _, declared := m.Fields[key]; declared {
			changed[key] = shown
		}
		if _, declared := m.Fields[key]; declared && string(shown) == string(said.Value) {
			said.Value = nil
			kept := o.Entries[key]
			kept.Value = nil
			o.Entries[key] = kept
		}
	}
	o.put(key, said)
}

// put keeps an entry, unless it says nothing.
func (o *own) put(key string, said ownEntry) {
	e := o.Entries[key].with(said)
	if e.Value == nil && e.Label == nil && e.Change == nil {
		delete(o.Entries, key)
		return
	}
	o.Entries[key] = e
}

// layAround takes over locations, beacons and the public link.
func (d passDocument) layAround(o *own) error {
	if d.placed {
		_, o.Places = addPlaces(o.Places, d.places, &o.LastPlace)
	}
	if d.beaconed {
		o.Beacons = d.beacons
	}
	if d.public != nil {
		if o.Public != nil {
			d.public.Installs = o.Public.Installs
		}
		o.Public = d.public
	}
	return checkPlaces(o.Places)
}

func checkPlaces(all []place) error {
	if len(all) > maxPlaces {
		return refuse("locations", "a pass has at most %d locations", maxPlaces)
	}
	return nil
}

// required refuses a pass that lacks a value that its template asks for.
func required(shown merged) error {
	var lacking []fieldError
	for _, key := range slices.Sorted(maps.Keys(shown.fields)) {
		if e := shown.fields[key]; e.Required && isEmpty(e.Value) {
			lacking = append(lacking, fieldError{key, missingField})
		}
	}
	if len(lacking) > 0 {
		return unacceptable(lacking...)
	}
	return nil
}
