package passworks

import (
	"encoding/json"
	"slices"

	"pocketpass/store"
)

// slots are the kinds of images; each is the member "<kind>_id" of a request.
var slots = []string{"icon", "logo", "strip", "thumbnail", "background", "footer"}

// drawn are the images that a style shows.
var drawn = map[string][]string{
	"coupon": {"icon", "logo", "strip"}, "storeCard": {"icon", "logo", "strip"},
	"eventTicket":  {"icon", "logo", "strip", "background", "thumbnail"},
	"boardingPass": {"icon", "logo", "footer"}, "generic": {"icon", "logo", "thumbnail"},
}

// shows says whether a pass has room for an image; a strip leaves none for others.
func shows(style, slot string, strip bool) bool {
	if strip && (slot == "background" || slot == "thumbnail") {
		return false
	}
	return slices.Contains(drawn[style], slot)
}

// transits are the words for how a boarding pass travels, to Wallet's.
var transits = map[string]string{
	"air": "PKTransitTypeAir", "boat": "PKTransitTypeBoat", "train": "PKTransitTypeTrain", "bus": "PKTransitTypeBus", "generic": "PKTransitTypeGeneric",
}

// look is what a template decides.
type look struct {
	Images     map[string]store.ID `json:"images"` // slot to asset
	LogoText   *string             `json:"logoText,omitempty"`
	Background *string             `json:"background,omitempty"`
	Text       *string             `json:"text,omitempty"`
	Label      *string             `json:"label,omitempty"`
	Barcode    barcode             `json:"barcode"`
	Barcodes   []barcode           `json:"barcodes,omitempty"`
	Transit    string              `json:"transit,omitempty"`
}

// read lays the members of a request over l.
func (l *look) read(in *input) {
	images := make(map[string]store.ID)
	for _, slot := range slots {
		id := l.Images[slot]
		if in.id(slot+"_id", &id); id != 0 {
			images[slot] = id
		}
	}
	l.Images = images
	in.text("logo_text", &l.LogoText)
	in.colour("background_color", &l.Background)
	in.colour("foreground_color", &l.Text)
	in.colour("text_color", &l.Text)
	in.colour("label_color", &l.Label)
	readBarcode(in, &l.Barcode)
	if all, given := readBarcodes(in); given {
		l.Barcodes = all
	}
	in.choice("transit_type", &l.Transit, "air", "boat", "train", "bus", "generic")
}

// check wants what passes of a style cannot do without.
func (l *look) check(in *input, style string) {
	switch {
	case l.Images["icon"] == 0:
		in.wrong("icon_id", "can't be blank")
	case style == "boardingPass" && l.Transit == "":
		in.wrong("transit_type", "can't be blank")
	}
}

// same says whether nothing differs.
func (l look) same(other look) bool {
	a, errA := json.Marshal(l)
	b, errB := json.Marshal(other)
	return errA == nil && errB == nil && string(a) == string(b)
}

// needs are the assets that it is made of.
func (l look) needs() (all []store.ID) {
	for _, slot := range slots {
		if id := l.Images[slot]; id != 0 && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// image is the asset of a slot as answers have it.
func (l look) image(slot string) *string {
	id := l.Images[slot]
	if id == 0 {
		return nil
	}
	text := id.UUID()
	return &text
}
