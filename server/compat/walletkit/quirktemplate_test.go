package walletkit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// The tests here are named after the numbers that README.md gives to what clients need.

// TestQ9 reads back what was sent, in the canonical spelling and as it was.
func TestQ9(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.concert(), members{"unknown": 1, "footer": nil}))
	var got []map[string]any
	b.send(t, "GET", templates+"/"+id, nil).Status(t, 200).JSON(t, &got)
	want := with(b.concert(), members{"id": id})
	if len(got) != 1 || !same(t, got[0], want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func same(t testing.TB, a, b any) bool {
	t.Helper()
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	if errX != nil || errY != nil {
		t.Fatal(errX, errY)
	}
	return string(x) == string(y)
}

// TestQ10 is like the documented coupon: a background that the style does not show, and
// a date without seconds.
func TestQ10(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"background": b.pictures + "/180x220.png", "relevant_date": "2012-07-22T14:25-08:00",
		"barcode": members{"format": "PKBarcodeFormatPDF417", "message": "ABCD 123 EFGH 456", "messageEncoding": "iso-8859-1"}}))
	p := b.pass(t, id, nil)
	if got := b.document(t, p); string(got["relevantDate"]) != `"2012-07-22T14:25:00-08:00"` || !strings.Contains(string(got["barcode"]), "PDF417") {
		t.Errorf("the pass has %s", got)
	}
	if files := b.file(t, p).Contents.Files; files["background.png"].Data != nil || files["icon.png"].Data == nil {
		t.Error("a coupon shows an icon and no background")
	}
}

func TestQ11(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	p := b.pass(t, id, `{"location": [{"latittude": 90, "longitude": 90}]}`)
	if got := string(b.document(t, p)["locations"]); got != `[{"latitude":90,"longitude":90}]` {
		t.Errorf("the pass has %s", got)
	}
}

// TestQ12 also tries the other spellings that are read.
func TestQ12(t *testing.T) {
	b := newBrand(t)
	for _, names := range [][4]string{{"relevanttext", "changemessage", "textalignment", "alttext"}, {"relevantText", "changeMessage", "text_alignment", "altText"}} {
		id := b.template(t, with(b.plain(), members{
			"locations":    []any{members{"lat": "1.5", "lng": "2", names[0]: "near"}},
			"headerFields": []any{members{"key": "a", "value": 1.50, names[1]: "now %@", names[2]: "PKTextAlignment- Justified"}},
			"barcode":      members{"format": "PKBarcodeFormatQR", "message": "1", "MessageEncoding": "utf-8", names[3]: "one"},
		}))
		got := b.document(t, b.pass(t, id, nil))
		if want := `[{"latitude":1.5,"longitude":2,"relevantText":"near"}]`; string(got["locations"]) != want {
			t.Errorf("locations are %s", got["locations"])
		}
		if text := string(got["coupon"]); !strings.Contains(text, `"changeMessage":"now %@"`) || !strings.Contains(text, `"textAlignment":"PKTextAlignmentNatural"`) {
			t.Errorf("fields are %s", text)
		}
		if !strings.Contains(string(got["barcodes"]), `"altText":"one"`) {
			t.Errorf("barcodes are %s", got["barcodes"])
		}
	}
}

func TestQ13(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"location": locations(6)}))
	fails(t, b.send(t, "POST", templates+"/"+id, members{"location": locations(5), "email": "a@example.org"}), 400, "too_many_locations", "location")
	if n := b.passes(t, id); n != 0 {
		t.Errorf("%d passes were made", n)
	}
	p := b.pass(t, id, members{"location": locations(4)})
	if n := b.places(t, p); n != 10 {
		t.Errorf("the pass has %d locations", n)
	}
}

func (b *brand) places(t testing.TB, p sent) int {
	t.Helper()
	var all []any
	if raw := b.document(t, p)["locations"]; raw != nil {
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatal(err)
		}
	}
	return len(all)
}

func TestQ14(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"location": locations(8)}))
	p := b.pass(t, id, nil)
	at := templates + "/" + id + "?sno=" + p.SentPass.SerialNo
	fails(t, b.send(t, "POST", at, members{"location_reset": false, "location": locations(3)}), 400, "too_many_locations", "location")
	if n := b.places(t, p); n != 8 {
		t.Errorf("after a refused change the pass has %d locations", n)
	}
	for _, tt := range []struct {
		reset       any
		given, want int
	}{{"true", 3, 3}, {0, 2, 5}, {"false", 0, 5}, {1, 0, 0}, {nil, 1, 1}} {
		var got sent
		b.send(t, "POST", at, members{"location_reset": tt.reset, "location": locations(tt.given), "keys": []any{}}).Status(t, 200).JSON(t, &got)
		if n := b.places(t, p); n != tt.want {
			t.Errorf("location_reset %v: the pass has %d locations, want %d", tt.reset, n, tt.want)
		}
		if got.URL != p.URL || !slices.Equal(got.Ignored, []string{"keys"}) {
			t.Errorf("answered %+v", got)
		}
	}
	fails(t, b.send(t, "POST", at, members{"location_reset": "yes"}), 400, "invalid_field", "location_reset")
}

func TestQ16(t *testing.T) {
	b := newBrand(t)
	flight := with(b.plain(), members{"pass_type": "boardingPass"})
	fails(t, b.send(t, "POST", templates, with(b.plain(), members{"transittype": "PKTransitTypeAir"})), 400, "invalid_transit_type", "transittype")
	fails(t, b.send(t, "POST", templates, flight), 400, "invalid_transit_type", "transittype")
	p := b.pass(t, b.template(t, with(flight, members{"transitType": "PKTransitTypeBoat"})), nil)
	if got := string(b.document(t, p)["boardingPass"]); !strings.Contains(got, `"transitType":"PKTransitTypeBoat"`) {
		t.Errorf("the pass has %s", got)
	}
}

func TestQ17(t *testing.T) {
	b := newBrand(t)
	body := with(b.plain(), members{"headerFields": fields("a", 1), "backFields": fields("a", 1)})
	fails(t, b.send(t, "POST", templates, body), 400, "duplicate_key", "backFields[0].key")
	b.template(t, with(b.plain(), members{"headerFields": fields("a", 1), "backFields": fields("A", 1)}))
}

// TestQ27 changes locations as a plain HTTP tool does.
func TestQ27(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	p := b.pass(t, id, nil)
	b.send(t, "POST", templates+"/"+id+"?sno="+p.SentPass.SerialNo, `{"location": [{"latitude": 1, "longitude": 2}]}`,
		"Content-Type: application/x-www-form-urlencoded").Status(t, 200)
	if n := b.places(t, p); n != 1 {
		t.Errorf("the pass has %d locations", n)
	}
}
