package walletkit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

var templateSchema = newSchema("description", "pass_type", "transittype",
	"icon", "icon2x", "logo", "logo2x", "strip", "strip2x", "thumbnail", "thumbnail2x", "background", "background2x", "footer", "footer2x",
	"logotext", "username|organizationName", "relevant_date", "foreground_color", "background_color", "label_color",
	"barcode", "location|locations",
	"headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields")

// template is what a client sent, understood, or what stands for that. It never changes.
type template struct {
	id, campaign store.ID
	spelling     string // of the id
	description  string
	passType     string
	keys         map[string]bool   // of its fields
	sent         map[string]bool   // of those that its client gave it, if it was changed elsewhere since
	barcode      *barcode          // nil if it has none
	textKey      string            // of the field on the back that stands for the barcode, if any
	places       int               // locations
	images       map[string]string // addresses by member
	document     map[string]any    // pass.json, without what identifies one pass
	source       object            // what is kept of the request
	own          bool              // a client of this service made it, with its campaign
	given        bool              // codes come with the orders, as the messages of barcodes
	anyFields    bool              // it may have more fields than its kind of pass has room for
}

// readTemplate understands a template. organisation is its username unless it names one.
// With anyFields it may have more fields than its kind of pass has room for.
func readTemplate(raw json.RawMessage, organisation string, anyFields bool) (*template, error) {
	o, _, err := templateSchema.read(raw, "the body")
	if err != nil {
		return nil, err
	}
	t := &template{keys: make(map[string]bool), document: make(map[string]any), source: o, anyFields: anyFields}
	for _, read := range []func() error{t.readHead, t.readTexts, t.readColours, t.readDate, t.readGroups, t.readBarcode, t.readPlaces} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	if t.document["organizationName"] == nil {
		t.document["organizationName"] = escaped(organisation)
	}
	t.images, err = readImages(o)
	if err == nil && t.images["icon"] == "" {
		err = refuse(codeMissingField, "icon", "icon is required")
	}
	return t, err
}

// readHead reads what every template has.
func (t *template) readHead() (err error) {
	if t.description, err = t.source.text("description", "description"); err != nil {
		return err
	}
	if strings.TrimSpace(t.description) == "" {
		return refuse(codeMissingField, "description", "description is required")
	}
	if t.passType, err = t.source.text("pass_type", "pass_type"); err != nil {
		return err
	}
	if _, known := styles[t.passType]; !known {
		return refuse(codeInvalidPassType, "pass_type", "pass_type must be boardingPass, coupon, eventTicket, storeCard or generic")
	}
	t.document["description"] = escaped(t.description)
	return nil
}

func (t *template) readTexts() error {
	for name, to := range map[string]string{"logotext": "logoText", "username": "organizationName"} {
		text, err := t.source.text(name, name)
		if err != nil {
			return err
		}
		if text != "" {
			t.document[to] = escaped(text)
		}
	}
	return nil
}

var colourForms = regexp.MustCompile(`^rgb\( *([0-9]{1,3}) *, *([0-9]{1,3}) *, *([0-9]{1,3}) *\)$|^#([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})$`)

func (t *template) readColours() error {
	for name, to := range map[string]string{"foreground_color": "foregroundColor", "background_color": "backgroundColor", "label_color": "labelColor"} {
		text, err := t.source.text(name, name)
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		colour, ok := colourOf(strings.TrimSpace(text))
		if !ok {
			return refuse(codeInvalidColor, name, "%s must be written like rgb(255,255,255)", name)
		}
		t.document[to] = colour
	}
	return nil
}

func colourOf(text string) (string, bool) {
	m := colourForms.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	base, parts := 10, m[1:4]
	if m[4] != "" {
		base, parts = 16, m[4:]
	}
	var c [3]uint64
	for n, part := range parts {
		var err error
		if c[n], err = strconv.ParseUint(part, base, 8); err != nil {
			return "", false
		}
	}
	return fmt.Sprintf("rgb(%d,%d,%d)", c[0], c[1], c[2]), true
}

// dateForms are dates as clients wrote them: the documented sample has no seconds. A
// fraction of seconds is read wherever there are some.
var dateForms = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05-0700", "2006-01-02T15:04-0700", "2006-01-02T15:04:05", "2006-01-02T15:04"}

func (t *template) readDate() error {
	text, err := t.source.text("relevant_date", "relevant_date")
	if err != nil || text == "" {
		return err
	}
	for _, form := range dateForms {
		if at, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			t.document["relevantDate"] = at.Format(time.RFC3339)
			return nil
		}
	}
	return refuse(codeInvalidDate, "relevant_date", "relevant_date must be a date with a time, like 2012-07-22T14:25-08:00")
}

// readGroups reads the fields and what the style says of them.
func (t *template) readGroups() error {
	body, counts := make(map[string]any), make(map[string]int)
	for _, group := range groups {
		kept, shown, err := t.readFields(t.source, group)
		if err != nil {
			return err
		}
		if counts[group] = len(shown); len(shown) > 0 {
			t.source[group], body[group] = array(kept), shown
		}
	}
	if !t.anyFields {
		if err := styles[t.passType].fits(counts); err != nil {
			return err
		}
	}
	transit, err := t.source.text("transittype", "transittype")
	switch {
	case err != nil:
		return err
	case t.passType != "boardingPass" && transit != "":
		return refuse(codeInvalidTransitType, "transittype", "transittype is allowed for boardingPass only")
	case t.passType == "boardingPass" && !slices.Contains(transitTypes, transit):
		return refuse(codeInvalidTransitType, "transittype", "transittype is required for boardingPass: PKTransitTypeAir, PKTransitTypeTrain, PKTransitTypeBus, PKTransitTypeBoat or PKTransitTypeGeneric")
	case transit != "":
		body["transitType"] = transit
	}
	t.document[t.passType] = body
	return nil
}

func (t *template) readBarcode() (err error) {
	raw, ok := t.source.get("barcode")
	if !ok {
		return nil
	}
	if t.barcode, t.source["barcode"], err = readBarcode(raw); err != nil {
		return err
	}
	if t.barcode.format != formatText {
		t.barcode.write(t.document)
		return nil
	}
	t.textKey = "barcode_text"
	for n := 2; t.keys[t.textKey]; n++ {
		t.textKey = "barcode_text_" + strconv.Itoa(n)
	}
	body := t.document[t.passType].(map[string]any)
	back, _ := body["backFields"].([]json.RawMessage)
	body["backFields"] = append(slices.Clip(back), t.barcode.backField(t.textKey))
	return nil
}

func (t *template) readPlaces() error {
	kept, places, err := readLocations(t.source)
	if err != nil {
		return err
	}
	if t.places = len(places); t.places > 0 {
		t.source["location"], t.document["locations"] = array(kept), places
	}
	return nil
}

// array is a JSON array of what is JSON already.
func array(all []json.RawMessage) json.RawMessage {
	out := []byte{'['}
	for n, raw := range all {
		if n > 0 {
			out = append(out, ',')
		}
		out = append(out, raw...)
	}
	return append(out, ']')
}

// name is what the engine calls it: its description, as far as there is room.
func (t *template) name() string {
	const most = 120
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, t.description)
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most])
	}
	return name
}

// kinds are images without their scales.
var kinds = []pkpass.ImageKind{pkpass.Icon, pkpass.Logo, pkpass.Strip, pkpass.Thumbnail, pkpass.Background, pkpass.Footer}
