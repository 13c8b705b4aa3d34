package passtools

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/charset"
	"pocketpass/store"
)

// members are those of pass.json, or of an object in it. Nil takes one of the template's
// away.
type members = map[string]any

// design is what the engine makes passes of, without pictures.
func (s source) design(organisation string, settings settings) (store.Design, error) {
	doc := members{"organizationName": escaped(organisation), "description": escaped(cmp.Or(s.Description, s.Name))}
	s.writeHeaders(doc, s.Headers, settings, func(string) bool { return true })
	writeBarcode(doc, s.Headers, settings) // which the settings alone may say
	maps.DeleteFunc(doc, func(_ string, v any) bool { return v == nil })
	style := make(members)
	if s.Style == "boardingPass" {
		style[transitType] = s.transit(s.Headers)
	}
	var fields []store.Field
	for _, key := range s.inOrder() {
		e := s.Fields[key]
		fields = append(fields, store.Field{Key: key, Required: e.Required && isEmpty(e.Value), HideEmpty: e.HideEmpty})
		if group := groups[e.Place]; group != "" {
			all, _ := style[group].([]members)
			style[group] = append(all, e.shown(key))
		}
	}
	doc[s.Style] = style
	if len(s.Places) > 0 {
		doc["locations"] = shownPlaces(s.Places, nil)
	}
	if len(s.Beacons) > 0 {
		doc["beacons"] = shownBeacons(s.Beacons)
	}
	raw, err := json.Marshal(doc)
	return store.Design{Document: raw, Fields: fields}, err
}

// inOrder are the keys of fields as they stand on a pass: those of the third row after
// those of the second, by their order and then by their names.
func (s source) inOrder() []string {
	return slices.SortedFunc(maps.Keys(s.Fields), func(a, b string) int {
		x, y := s.Fields[a], s.Fields[b]
		return cmp.Or(cmp.Compare(boolInt(x.Place == placeTertiary), boolInt(y.Place == placeTertiary)), cmp.Compare(x.Order, y.Order), cmp.Compare(a, b))
	})
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// shown is a field as pass.json has it.
func (e entry) shown(key string) members {
	out := members{"key": key, "value": e.escapedValue()}
	if label := text(e.Label); label != "" {
		out["label"] = escaped(label)
	}
	if change := text(e.Change); change != "" {
		out["changeMessage"] = escaped(change)
	}
	if e.Alignment != "" && e.Place != placeBack && e.Place != placePrimary { // where Wallet has none
		out["textAlignment"] = "PKTextAlignment" + e.Alignment
	}
	for name, v := range e.formatted() {
		if v != nil {
			out[name] = v
		}
	}
	return out
}

// formatted are the members that say how Wallet writes a value; nil where it does not.
func (e entry) formatted() members {
	switch e.format() {
	case formatNumber:
		_, ok := numeral(e.Value)
		return members{"numberStyle": given(ok && e.NumberStyle != "", "PKNumberStyle"+e.NumberStyle)}
	case formatCurrency:
		_, ok := numeral(e.Value)
		return members{"currencyCode": given(ok && e.Currency != "", e.Currency)}
	case formatDate:
		text, _ := textOf(e.Value)
		_, ok := appleDate(text)
		return members{"dateStyle": given(ok, "PKDateStyleMedium"), "timeStyle": given(ok, "PKDateStyleShort"), "ignoresTimeZone": given(ok && e.OwnZone, true)}
	}
	return nil
}

// given is v, or nil.
func given(is bool, v any) any {
	if is {
		return v
	}
	return nil
}

// value is what Wallet is given: a number if one is wanted and there is one, a date as it
// reads dates, or nothing in the place of one that it could not read.
func (e entry) value() json.RawMessage {
	switch e.format() {
	case formatNumber, formatCurrency:
		if n, ok := numeral(e.Value); ok {
			return n
		}
	case formatDate:
		text, _ := textOf(e.Value)
		date, _ := appleDate(text)
		return quoted(date)
	}
	if isNull(e.Value) {
		return json.RawMessage(`""`)
	}
	return e.Value
}

func (e entry) escapedValue() json.RawMessage {
	raw := e.value()
	if raw[0] != '"' {
		return raw
	}
	text, _ := textOf(raw)
	return quoted(escaped(text))
}

// transit is what a boarding pass has to have.
func (s source) transit(all map[string]entry) string {
	text, _ := textOf(all[transitType].Value)
	return cmp.Or(text, "PKTransitTypeGeneric")
}

// writeHeaders writes the headers that are wanted into a document, nil for empty ones.
// Those of a barcode are one.
func (s source) writeHeaders(doc members, all map[string]entry, settings settings, wanted func(key string) bool) {
	code := false
	for key, e := range all {
		h, known := headers[key]
		switch {
		case !known || !wanted(key):
		case h.place == placeBarcode:
			code = true
		case h.member != "":
			doc[h.member] = topLevel(key, e.Value)
		}
	}
	if code {
		writeBarcode(doc, all, settings)
	}
}

// topLevel is the value of a header as pass.json has it, nil if it has none.
func topLevel(key string, value json.RawMessage) any {
	text, _ := textOf(value)
	switch key {
	case "logo_text":
		return given(text != "", escaped(text))
	case "relevantDate", expirationDate:
		date, ok := appleDate(text)
		return given(ok, date)
	case "suppress_strip_shine":
		return given(text != "", text == "true")
	case "sharingStatus":
		return given(text == "oneUserOneDevice", true)
	}
	c, ok := colour(text)
	return given(ok, c)
}

// writeBarcode writes a barcode that has a text and a known format, of its own or of the
// project.
func writeBarcode(doc members, all map[string]entry, settings settings) {
	get := func(key string) string {
		text, _ := textOf(all[key].Value)
		return text
	}
	format := cmp.Or(get(barcodeType), settings.format())
	message := cmp.Or(get(barcodeValue), settings.Value)
	doc["barcode"], doc["barcodes"] = nil, nil
	if message == "" || format == "" {
		return
	}
	code := pkpass.Barcode{Format: format, Message: escaped(message), MessageEncoding: encodingFor(message, cmp.Or(get(barcodeEncoding), settings.Encoding, "iso-8859-1")),
		AltText: escaped(cmp.Or(get(barcodeAlt), settings.Alt))}
	doc["barcodes"] = []pkpass.Barcode{code}
	if format != pkpass.FormatCode128 { // which devices that read the older key do not know
		doc["barcode"] = code
	}
}

// encodingFor is the encoding that was asked for if it has all characters of a message.
func encodingFor(message, wanted string) string {
	if _, err := charset.Encode(message, wanted); err == nil {
		return wanted
	}
	return "utf-8"
}

// settings are what the barcodes of a project's templates are unless they say it
// themselves.
type settings struct {
	Alt      string `json:"barcode_alt_text,omitempty"`
	Value    string `json:"barcode_default_value,omitempty"`
	Encoding string `json:"barcode_encoding,omitempty"`
	Label    string `json:"barcode_label,omitempty"`
	Type     string `json:"barcode_type,omitempty"`
	TypeText string `json:"barcode_type_text,omitempty"`
}

func (s settings) format() string { return barcodeFormats[squeeze(s.Type)] }
