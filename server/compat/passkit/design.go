package passkit

import (
	"slices"
	"strconv"
	"strings"
)

// designDoc is a design as clients write and read it.
type designDoc struct {
	Type         string       `json:"type,omitempty"`
	OrgName      string       `json:"orgName,omitempty"`
	Description  string       `json:"desc,omitempty"`
	Stores       []int64      `json:"assoStoreId,omitempty"`
	AppLaunchURL string       `json:"appLaunchUrl,omitempty"`
	Background   *colour      `json:"bgColor,omitempty"`
	Label        *colour      `json:"labelColor,omitempty"`
	Foreground   *colour      `json:"fgColor,omitempty"`
	LogoText     string       `json:"logoText,omitempty"`
	TransitType  string       `json:"transitType,omitempty"`
	Header       []fieldDoc   `json:"header,omitempty"`
	Primary      []fieldDoc   `json:"primary,omitempty"`
	Secondary    []fieldDoc   `json:"secondary,omitempty"`
	Auxiliary    []fieldDoc   `json:"auxiliary,omitempty"`
	Back         []groupDoc   `json:"back,omitempty"`
	Barcodes     []barcodeDoc `json:"barcodes,omitempty"`
	Barcode      *barcodeDoc  `json:"barcode,omitempty"` // the first, for older clients
	Locations    []placeDoc   `json:"locations,omitempty"`
	Beacons      []beaconDoc  `json:"beacons,omitempty"`
	MaxDistance  *int64       `json:"maxDist,omitempty"`
	RelevantDate string       `json:"relevantDate,omitempty"`
	NFC          *nfcDoc      `json:"nfc,omitempty"`
}

// nfcDoc is what is handed to a terminal.
type nfcDoc struct {
	Message string `json:"message,omitempty"`
	Key     string `json:"encryptionPublicKey,omitempty"`
}

// passTypes are the styles by their names in lower case.
var passTypes = map[string]string{"boardingpass": "boardingPass", "coupon": "coupon", "eventticket": "eventTicket", "generic": "generic", "storecard": "storeCard"}

// transits are those of boarding passes, by their names in lower case.
var transits = map[string]string{"air": "PKTransitTypeAir", "boat": "PKTransitTypeBoat", "bus": "PKTransitTypeBus", "generic": "PKTransitTypeGeneric", "train": "PKTransitTypeTrain"}

// constant finds a word, or Apple's own name, which is prefix and word.
func constant(known map[string]string, prefix, text string) (string, bool) {
	word := strings.ToLower(strings.TrimSpace(text))
	out, ok := known[strings.TrimPrefix(word, strings.ToLower(prefix))]
	return out, ok
}

// read lays the members that are given over the design.
func (d *designDoc) read(o object) error {
	for member, to := range map[string]*string{"orgName": &d.OrgName, "desc": &d.Description, "appLaunchUrl": &d.AppLaunchURL, "logoText": &d.LogoText, "relevantDate": &d.RelevantDate} {
		if err := o.setText(member, to); err != nil {
			return err
		}
	}
	for member, to := range map[string]**colour{"bgColor": &d.Background, "labelColor": &d.Label, "fgColor": &d.Foreground} {
		c, given, err := o.colour(member)
		if err != nil {
			return err
		}
		if given {
			*to = c
		}
	}
	for member, to := range map[string]*[]fieldDoc{"header": &d.Header, "primary": &d.Primary, "secondary": &d.Secondary, "auxiliary": &d.Auxiliary} {
		all, given, err := o.fields(member)
		if err != nil {
			return err
		}
		if given {
			*to = all
		}
	}
	if _, ok := readTime(d.RelevantDate); d.RelevantDate != "" && !ok && !strings.Contains(d.RelevantDate, "{") {
		return invalidField("relevantDate", timeMust+" or a placeholder")
	}
	for _, step := range []func(object) error{d.readKind, d.readStores, d.readBack, d.readBarcodes, d.readNFC} {
		if err := step(o); err != nil {
			return err
		}
	}
	return o.near(&d.Locations, &d.Beacons)
}

func (d *designDoc) readKind(o object) error {
	if text, given, err := o.text("type"); err != nil {
		return err
	} else if given && text != "" {
		style, known := passTypes[strings.ToLower(text)]
		if !known {
			return invalidField("type", "must be boardingPass, coupon, eventTicket, generic or storeCard")
		}
		d.Type = style
	}
	text, given, err := o.text("transitType")
	if err != nil || !given {
		return err
	}
	if _, known := constant(transits, "PKTransitType", text); text != "" && !known {
		return invalidField("transitType", "must be air, boat, bus, generic or train")
	}
	d.TransitType = text
	return nil
}

func (d *designDoc) readStores(o object) error {
	all, given, err := o.list("assoStoreId")
	if err != nil {
		return err
	}
	if given {
		d.Stores = nil
	}
	for _, raw := range all {
		text, _ := textOf(raw)
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 0 {
			return invalidField("assoStoreId", "must be an array of whole numbers")
		}
		d.Stores = append(d.Stores, id)
	}
	distance, err := o.integer("maxDist")
	if err == nil && distance != nil {
		if d.MaxDistance = distance; *distance < 0 {
			err = invalidField("maxDist", "must not be below 0")
		}
	}
	return err
}

func (d *designDoc) readNFC(o object) error {
	nfc, err := o.object("nfc")
	if err != nil || nfc == nil {
		return err
	}
	out := nfcDoc{}
	if d.NFC != nil {
		out = *d.NFC
	}
	if err := nfc.setText("message", &out.Message); err != nil {
		return err
	}
	if err := nfc.setText("encryptionPublicKey", &out.Key); err != nil {
		return err
	}
	if d.NFC = &out; out == (nfcDoc{}) {
		d.NFC = nil
	}
	return nil
}

// sections are the arrays of fields on the front.
func (d *designDoc) sections() []struct {
	name   string
	fields []fieldDoc
} {
	return []struct {
		name   string
		fields []fieldDoc
	}{{"header", d.Header}, {"primary", d.Primary}, {"secondary", d.Secondary}, {"auxiliary", d.Auxiliary}}
}

// over is a design for redeemed passes with what it lacks taken from another. Its type is
// the other's: Wallet knows a pass by one.
func (d designDoc) over(below designDoc) designDoc {
	out := below
	for _, m := range []struct{ to, from *string }{
		{&out.OrgName, &d.OrgName}, {&out.Description, &d.Description}, {&out.AppLaunchURL, &d.AppLaunchURL},
		{&out.LogoText, &d.LogoText}, {&out.TransitType, &d.TransitType}, {&out.RelevantDate, &d.RelevantDate},
	} {
		if *m.from != "" {
			*m.to = *m.from
		}
	}
	lay(&out.Background, d.Background)
	lay(&out.Label, d.Label)
	lay(&out.Foreground, d.Foreground)
	lay(&out.MaxDistance, d.MaxDistance)
	lay(&out.NFC, d.NFC)
	layAll(&out.Stores, d.Stores)
	layAll(&out.Header, d.Header)
	layAll(&out.Primary, d.Primary)
	layAll(&out.Secondary, d.Secondary)
	layAll(&out.Auxiliary, d.Auxiliary)
	layAll(&out.Back, d.Back)
	layAll(&out.Barcodes, d.Barcodes)
	layAll(&out.Locations, d.Locations)
	layAll(&out.Beacons, d.Beacons)
	return out
}

func lay[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

func layAll[T any](to *[]T, from []T) {
	if len(from) > 0 {
		*to = slices.Clone(from)
	}
}

// shown is the design as clients read it: every form of what has two, and a list of
// fields in every group.
func (d designDoc) shown() designDoc {
	d.Barcode = nil
	if len(d.Barcodes) > 0 {
		first := d.Barcodes[0]
		d.Barcode = &first
	}
	d.Back = slices.Clone(d.Back)
	for n := range d.Back {
		if d.Back[n].Default == nil {
			d.Back[n].Default = []fieldDoc{}
		}
	}
	return d
}
