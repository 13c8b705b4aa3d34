package passtools

import (
	"encoding/json"
	"slices"
	"strings"

	"pocketpass/signer/pkpass"
)

// header is a key that stands for something else than a field.
type header struct {
	place  string           // what its fieldType is
	member string           // of pass.json, for those that are one
	kind   pkpass.ImageKind // for those that are an image
}

// headers are all of them. Their spelling is as the service had it.
var headers = map[string]header{
	"logo_text":            {place: placeTop, member: "logoText"},
	"logo_color":           {place: placeTop, member: "labelColor"}, // whatever its name says
	"foreground_color":     {place: placeTop, member: "foregroundColor"},
	"background_color":     {place: placeTop, member: "backgroundColor"},
	"icon_image":           {place: placeImage, kind: pkpass.Icon},
	"logo_image":           {place: placeImage, kind: pkpass.Logo},
	"strip_image":          {place: placeImage, kind: pkpass.Strip},
	"thumbnail_image":      {place: placeImage, kind: pkpass.Thumbnail},
	"background_image":     {place: placeImage, kind: pkpass.Background},
	"footer_image":         {place: placeImage, kind: pkpass.Footer},
	barcodeValue:           {place: placeBarcode},
	barcodeType:            {place: placeBarcode},
	barcodeEncoding:        {place: placeBarcode},
	barcodeAlt:             {place: placeBarcode},
	"barcode_label":        {place: placeBarcode},
	transitType:            {place: placeStyle},
	"relevantDate":         {place: placeTop, member: "relevantDate"},
	expirationDate:         {place: placeTop, member: "expirationDate"},
	"suppress_strip_shine": {place: placeTop, member: "suppressStripShine"},
	"sharingStatus":        {place: placeTop, member: "sharingProhibited"},
}

// Headers that several functions are about.
const (
	barcodeValue    = "barcode_value"
	barcodeType     = "barcode_type"
	barcodeEncoding = "barcode_encoding"
	barcodeAlt      = "barcodeAltText"
	transitType     = "transitType"
	expirationDate  = "expirationDate"
)

// shownBy are the styles that show an image; all of them show those that are missing here.
var shownBy = map[pkpass.ImageKind][]string{
	pkpass.Strip:      {"coupon", "eventTicket", "storeCard"},
	pkpass.Thumbnail:  {"eventTicket", "generic"},
	pkpass.Background: {"eventTicket"},
	pkpass.Footer:     {"boardingPass"},
}

func shows(style string, kind pkpass.ImageKind) bool {
	only, limited := shownBy[kind]
	return !limited || slices.Contains(only, style)
}

// barcodeFormats are Wallet's, by what squeeze makes of how clients write them.
var barcodeFormats = map[string]string{
	"pdf417": pkpass.FormatPDF417, "qr": pkpass.FormatQR, "qrcode": pkpass.FormatQR, "aztec": pkpass.FormatAztec, "code128": pkpass.FormatCode128,
}

// transits are Wallet's, without what they begin with.
var transits = []string{"Air", "Boat", "Bus", "Train", "Generic"}

// normal is the value of a header as it is kept, in one of its spellings.
func (h header) normal(key string, value json.RawMessage) (json.RawMessage, error) {
	text, isText := textOf(value)
	if !isText && string(value) != "true" && string(value) != "false" {
		return nil, refuse(key, "the value must be a text")
	}
	if text == "" && isText {
		return value, nil
	}
	switch {
	case key == barcodeType:
		format, ok := barcodeFormats[squeeze(strings.TrimPrefix(strings.TrimPrefix(text, "PK"), "BarcodeFormat"))]
		if !ok {
			return nil, refuse(key, "passes of Apple have no such barcode: write PKBarcodeFormatQR, PKBarcodeFormatPDF417, PKBarcodeFormatAztec or PKBarcodeFormatCode128")
		}
		return quoted(format), nil
	case key == transitType:
		name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(text, "PK"), "transitType"), "TransitType")
		if !slices.Contains(transits, name) {
			return nil, refuse(key, "the transit type must be transitTypeAir, Boat, Bus, Train or Generic")
		}
		return quoted("PKTransitType" + name), nil
	case strings.HasSuffix(key, "_color"):
		if _, ok := colour(text); !ok {
			return nil, refuse(key, "the colour must be written like rgb(255,255,255)")
		}
	case key == "suppress_strip_shine":
		return quoted(boolText(isTrue(value))), nil
	case key == "sharingStatus" && !slices.Contains([]string{"multipleHolders", "oneUserAllDevices", "oneUserOneDevice"}, text):
		return nil, refuse(key, "the sharing status must be multipleHolders, oneUserAllDevices or oneUserOneDevice")
	}
	return value, nil
}

// squeeze is what of a name counts.
func squeeze(name string) string {
	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
}

// styles are the keys of pass.json by what squeeze makes of the names that clients write.
var styles = map[string]string{
	"boardingpass": "boardingPass", "coupon": "coupon", "offer": "coupon", "eventticket": "eventTicket",
	"generic": "generic", "membercard": "generic", "storecard": "storeCard", "loyalty": "storeCard", "giftcard": "storeCard",
}

// styleNames are what clients read.
var styleNames = map[string]string{
	"boardingPass": "Boarding Pass", "coupon": "Coupon", "eventTicket": "Event Ticket", "generic": "Generic", "storeCard": "Store Card", "posterGeneric": "Generic",
}
