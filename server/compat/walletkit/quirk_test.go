package walletkit_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// The tests here are named after the numbers that README.md gives to what clients need.

// TestQ1 is the Python client's update, which loses its body.
func TestQ1(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.concert())
	p := b.pass(t, id, members{})
	before := compattest.Record(t, b.Server, p.issued())
	a := b.record.Send(t, "passes-update-empty", "PUT", templates+"/"+id, nil, "Content-Type: application/json")
	fails(t, a, 400, "empty_body", "")
	if want := `{"error":"the body is empty: nothing was changed","error_code":"empty_body"}` + "\n"; string(a.Body) != want {
		t.Errorf("got %s", a.Body)
	}
	if after := compattest.Record(t, b.Server, p.issued()); !after.Same(&before) {
		t.Error("a pass was changed")
	}
}

// TestQ2 wants every error of a creation to be an object without an id.
func TestQ2(t *testing.T) {
	b := newBrand(t)
	tests := []struct {
		name        string
		body        any
		status      int
		code, field string
	}{
		{"nothing", nil, 400, "empty_body", ""},
		{"blanks", "  ", 400, "empty_body", ""},
		{"no JSON", `{"description": "x",}`, 400, "invalid_json", ""},
		{"a list", `[]`, 400, "invalid_json", ""},
		{"null", `null`, 400, "invalid_json", ""},
		{"two values", `{} {}`, 400, "invalid_json", ""},
		{"no description", with(b.plain(), members{"description": nil}), 400, "missing_field", "description"},
		{"an empty description", with(b.plain(), members{"description": " "}), 400, "missing_field", "description"},
		{"no pass type", with(b.plain(), members{"pass_type": nil}), 400, "invalid_pass_type", "pass_type"},
		{"another pass type", with(b.plain(), members{"pass_type": "Coupon"}), 400, "invalid_pass_type", "pass_type"},
		{"no icon", with(b.plain(), members{"icon": nil}), 400, "missing_field", "icon"},
		{"an icon that is no text", with(b.plain(), members{"icon": 7}), 400, "invalid_field", "icon"},
		{"a colour", with(b.plain(), members{"label_color": "red"}), 400, "invalid_color", "label_color"},
		{"a colour above 255", with(b.plain(), members{"label_color": "rgb(0,0,256)"}), 400, "invalid_color", "label_color"},
		{"a date without time", with(b.plain(), members{"relevant_date": "2031-04-09"}), 400, "invalid_date", "relevant_date"},
		{"a barcode without format", with(b.plain(), members{"barcode": members{"message": "1", "messageEncoding": "utf-8"}}), 400, "invalid_barcode", "barcode.format"},
		{"a barcode without message", with(b.plain(), members{"barcode": members{"format": "PKBarcodeFormatQR", "messageEncoding": "utf-8"}}), 400, "invalid_barcode", "barcode.message"},
		{"a barcode without encoding", with(b.plain(), members{"barcode": members{"format": "PKBarcodeFormatQR", "message": 1}}), 400, "invalid_barcode", "barcode.messageEncoding"},
		{"an encoding of nobody", with(b.plain(), members{"barcode": members{"format": "PKBarcodeFormatQR", "message": 1, "messageEncoding": "none"}}), 400, "invalid_barcode", "barcode.messageEncoding"},
		{"a place without latitude", with(b.plain(), members{"location": []any{members{"latitude": 1, "longitude": 1}, members{"longitude": 1}}}), 400, "invalid_location", "location[1].latitude"},
		{"a place off Earth", with(b.plain(), members{"location": []any{members{"latitude": 91, "longitude": 1}}}), 400, "invalid_location", "location[0].latitude"},
		{"eleven places", with(b.plain(), members{"location": locations(11)}), 400, "too_many_locations", "location"},
		{"a field without key", with(b.plain(), members{"backFields": []any{members{"value": 1}}}), 400, "missing_field", "backFields[0].key"},
		{"a field without value", with(b.plain(), members{"backFields": []any{members{"key": "a"}}}), 400, "missing_field", "backFields[0].value"},
		{"a value that is a list", with(b.plain(), members{"backFields": []any{members{"key": "a", "value": []any{}}}}), 400, "invalid_field", "backFields[0].value"},
		{"an alignment", with(b.plain(), members{"backFields": []any{members{"key": "a", "value": 1, "textalignment": "left"}}}), 400, "invalid_field", "backFields[0].textalignment"},
		{"too many fields", with(b.plain(), members{"secondaryFields": fields("s", 3), "auxiliaryFields": fields("a", 2)}), 400, "too_many_fields", "secondaryFields"},
		{"a picture that is none", with(b.plain(), members{"icon": b.pictures + "/none"}), 400, "image_fetch_failed", "icon"},
		{"too much", `{"description": "` + strings.Repeat("x", 1<<20) + `"}`, 413, "body_too_large", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fails(t, b.send(t, "POST", templates, tt.body), tt.status, tt.code, tt.field)
		})
	}
	a := b.record.Send(t, "template-refused", "POST", templates, with(b.plain(), members{"location": []any{members{"latitude": 1, "longitude": 1}, members{"longitude": 1}}}))
	if want := `{"error":"latitude is required for location[1]","error_code":"invalid_location","field":"location[1].latitude"}` + "\n"; string(a.Body) != want {
		t.Errorf("got %s", a.Body)
	}
}

func fields(prefix string, n int) (out []any) {
	for i := range n {
		out = append(out, members{"key": prefix + strconv.Itoa(i), "value": i})
	}
	return out
}

// TestQ3 wants JSON on every status.
func TestQ3(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	tests := []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", templates + "/none", 404, "not_found"},
		{"GET", templates + "/" + id + "/more", 404, "not_found"},
		{"GET", "/walletkit", 404, "not_found"},
		{"PATCH", templates, 405, "method_not_allowed"},
		{"DELETE", templates, 405, "method_not_allowed"},
		{"OPTIONS", templates + "/" + id, 405, "method_not_allowed"},
	}
	for _, tt := range tests {
		a := b.send(t, tt.method, tt.path, nil)
		fails(t, a, tt.status, tt.code, "")
		if tt.status == 405 && a.Header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", tt.method, tt.path)
		}
	}
	b.send(t, "DELETE", templates+"/"+id, nil).Status(t, 200).JSON(t, new(members))
}

// TestQ4 wants no redirect, whatever the path looks like.
func TestQ4(t *testing.T) {
	b := newBrand(t)
	for _, path := range []string{templates, templates + "/", "//walletkit//v1//passes", "/walletkit/v1/passes//"} {
		b.send(t, "POST", path, b.plain()).Status(t, 200)
	}
	fails(t, b.send(t, "POST", "/walletkit/v1/./passes", b.plain()), 404, "not_found", "")
	fails(t, b.send(t, "POST", "/walletkit/V1/passes", b.plain()), 404, "not_found", "")
}

// TestQ5 spells the names of the headers as clients and documents did.
func TestQ5(t *testing.T) {
	b := newBrand(t)
	for _, names := range [][2]string{{"Brand-Id", "API-Key"}, {"brand-id", "api-key"}, {"BRAND-ID", "API-KEY"}} {
		c, err := net.Dial("tcp", b.Server.Server.Addr("listen"))
		if err != nil {
			t.Fatal(err)
		}
		head := "GET " + templates + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + names[0] + ":  " + value(b.headers[0]) + " \r\n" + names[1] + ":" + value(b.headers[1]) + "\r\n\r\n"
		if _, err := io.WriteString(c, head); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 200 ") {
			t.Errorf("%v: %v %s", names, err, got)
		}
		c.Close()
	}
}

func TestQ6(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	for _, method := range []string{"GET", "DELETE"} {
		b.send(t, method, templates+"/"+id, nil, "Content-Type: application/json").Status(t, 200)
	}
}

func TestQ7(t *testing.T) {
	b := newBrand(t)
	var made map[string]any
	b.send(t, "POST", templates, b.plain(), "Content-Type: text/plain").Status(t, 200).JSON(t, &made)
	id, _ := made["id"].(string)
	if id == "" || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" || made["description"] != "Plain" {
		t.Errorf("made %v", made)
	}
}

func TestQ8(t *testing.T) {
	b := newBrand(t)
	if a := b.record.Send(t, "template-list-empty", "GET", templates, nil).Status(t, 200); string(a.Body) != "[]\n" {
		t.Errorf("without templates: %s", a.Body)
	}
}

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
	fails(t, b.send(t, "POST", templates+"/"+id, members{"location": locations(5), "email": "a@example.org"}), 400, "too_many_locations", "locations")
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
	fails(t, b.send(t, "POST", at, members{"location_reset": false, "location": locations(3)}), 400, "too_many_locations", "locations")
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

func TestQ15(t *testing.T) {
	b := newBrand(t)
	id, other := b.template(t, b.plain()), b.template(t, b.plain())
	p := b.pass(t, other, nil)
	for serial, want := range map[string]int{"": 400, "unknown": 404, p.SentPass.SerialNo: 404} {
		b.send(t, "POST", templates+"/"+id+"?sno="+serial, members{"location": locations(1)}).Status(t, want)
	}
	if n := b.passes(t, id); n != 0 {
		t.Errorf("%d passes were made", n)
	}
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

func TestQ18(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": []any{members{"key": "flight", "value": ""}}}))
	b.pass(t, id, `{"keys": [{"key": "flight", "value": "1367"}]}`)
	b.pass(t, id, `{"keys": [{"key": "flight", "value": 1367}]}`)
	b.pass(t, id, `{"keys": [{"key": "flight", "value": "1367 "}]}`)
	for _, value := range []string{`1367`, `"1367"`} {
		if got := b.update(t, id, `{"keys": [{"key": "flight", "value": `+value+`}]}`); got.Matched != 2 || got.Updated != 0 {
			t.Errorf("%s found %+v", value, got)
		}
	}
}

func (b *brand) update(t testing.TB, template, body string) (out sent) {
	t.Helper()
	b.send(t, "PUT", templates+"/"+template, body).Status(t, 200).JSON(t, &out)
	return out
}

// TestQ19 also tries every form of the request.
func TestQ19(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": []any{members{"key": "Departure", "value": "A"}, members{"key": "gate", "value": 1}}}))
	first, second := b.pass(t, id, nil), b.pass(t, id, nil)
	b.pass(t, id, `{"keys": [{"key": "Departure", "value": "C"}]}`)
	phone := b.Phone(t)
	if _, err := phone.Install(t.Context(), first.URL); err != nil {
		t.Fatal(err)
	}
	const move = `{"keys": [{"key": "Departure", "value": "A"}], "updatekeys": [{"key": "Departure", "value": "B"}]}`
	got := b.update(t, id, move)
	if got.Matched != 2 || !slices.Equal(got.Serials, []string{first.SentPass.SerialNo, second.SentPass.SerialNo}) || got.URL != first.URL {
		t.Errorf("the first call: %+v", got)
	}
	phone.WantUpdates(t, compattest.Record(t, b.Server, first.issued()), 1)
	got = b.update(t, id, move)
	if got.Matched != 0 || got.Updated != 0 || got.URL != "" || got.SentPass.SerialNo != "" || got.Description != "Plain" {
		t.Errorf("the second call: %+v", got)
	}
	for body, want := range map[string][2]int{
		`{}`: {3, 0},
		`{"updatekeys": [{"key": "none", "value": 1}]}`:                                          {3, 0},
		`{"keys": [{"key": "gate", "value": 1}, {"key": "gate", "value": 2}], "updatekeys": []}`: {0, 0},
		`{"keys": [{"key": "none", "value": 1}]}`:                                                {0, 0},
		`{"id": "x", "description": "y", "keys": [{"key": "Departure", "value": "C"}]}`:          {1, 0},
	} {
		if got := b.update(t, id, body); got.Matched != want[0] || got.Updated != want[1] {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := b.update(t, id, `{"updateKeys": [{"key": "gate", "value": 9}, {"key": "x", "value": 1}]}`); got.Updated != 3 || !slices.Equal(got.Ignored, []string{"x"}) {
		t.Errorf("everything: %+v", got)
	}
	if n := len(b.Push.Log(phone.PushToken)); n > 2 {
		t.Errorf("%d pushes", n)
	}
}

func TestQ20(t *testing.T) {
	b := newBrand(t)
	p := b.pass(t, b.template(t, b.plain()), members{"barcode_message": 4711, "barcode_alttext": "x"})
	if got := b.document(t, p); got["barcode"] != nil || got["barcodes"] != nil || !slices.Equal(p.Ignored, []string{"barcode_alttext", "barcode_message"}) {
		t.Errorf("the pass has %s, ignored %v", got, p.Ignored)
	}
}

func TestQ21(t *testing.T) {
	b := newBrand(t)
	p := b.pass(t, b.template(t, b.plain()), nil)
	if !strings.HasPrefix(p.URL, "http") || !strings.HasSuffix(p.URL, "/"+p.SentPass.SerialNo+".pkpass") {
		t.Errorf("the link is %s", p.URL)
	}
	a := b.Anonymous().Get(t, strings.TrimPrefix(p.URL, servertest.BaseURL)).Status(t, 200)
	b.CheckPass(t, a.Body)
	for name, want := range map[string]string{"Content-Type": "application/vnd.apple.pkpass", "Content-Disposition": `attachment; filename="` + p.SentPass.SerialNo + `.pkpass"`,
		"Cache-Control": "no-store", "X-Robots-Tag": "noindex"} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Header.Get("Last-Modified") == "" {
		t.Error("Last-Modified is missing")
	}
	if head := b.Anonymous().Head(t, strings.TrimPrefix(p.URL, servertest.BaseURL)).Status(t, 200); len(head.Body) != 0 {
		t.Error("HEAD has a body")
	}
}

// TestQ22 names inner addresses, directly, by a name and by a redirect.
func TestQ22(t *testing.T) {
	var asked atomic.Int32
	inner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(inner.Close)
	_, port, err := net.SplitHostPort(inner.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b := newBrand(t, servertest.Config(func(c *server.Config) { c.Outbound.Allow = nil }))
	for _, address := range []string{inner.URL, "http://localhost:" + port, "http://127.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "file:///etc/passwd",
		"http://10.0.0.1/x.png", "http://user:pass@example.org/", "http://0x7f.1/", "http://[::ffff:127.0.0.1]/", "http://1.1.1.1:25/", "http://1.1.1.1:8080/",
		"ftp://example.org/x.png", "nonsense"} {
		fails(t, b.send(t, "POST", templates, with(b.plain(), members{"icon": address})), 400, "image_url_refused", "icon")
	}
	near := newBrand(t)
	redirect := httptest.NewServer(http.RedirectHandler("http://[::1]:"+port, http.StatusFound))
	t.Cleanup(redirect.Close)
	fails(t, near.send(t, "POST", templates, with(near.plain(), members{"icon": redirect.URL})), 400, "image_url_refused", "icon")
	if asked.Load() != 0 {
		t.Error("an inner address was asked")
	}
	if n := len(listed(t, near)); n != 0 {
		t.Errorf("%d templates were made", n)
	}
}

func listed(t testing.TB, b *brand) (out []any) {
	t.Helper()
	b.send(t, "GET", templates, nil).Status(t, 200).JSON(t, &out)
	return out
}

// TestQ23 is cut off by size; that it would be by time shows in package issuer, which
// needs no waiting for it.
func TestQ23(t *testing.T) {
	b := newBrand(t)
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 64<<10); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	fails(t, b.send(t, "POST", templates, with(b.plain(), members{"logo2x": endless.URL})), 400, "image_fetch_failed", "logo2x")
	tests := map[string]string{"image_invalid": "text", "image_fetch_failed": ""}
	for code, body := range tests {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if body == "" {
				w.WriteHeader(http.StatusTeapot)
			}
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(other.Close)
		a := b.send(t, "POST", templates, with(b.plain(), members{"strip": other.URL}))
		fails(t, a, 400, code, "strip")
		if strings.Contains(string(a.Body), "418") || strings.Contains(string(a.Body), "127.0.0.1") {
			t.Errorf("the answer tells about the other side: %s", a.Body)
		}
	}
	id := b.template(t, b.plain())
	fails(t, b.send(t, "POST", templates+"/"+id, members{"strip": endless.URL}), 400, "image_fetch_failed", "strip")
	if n := b.passes(t, id); n != 0 {
		t.Errorf("%d passes were made", n)
	}
}

// TestQ24 also wants the rest of the service to know the template no more.
func TestQ24(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.concert())
	p := b.pass(t, id, nil)
	b.send(t, "DELETE", templates+"/"+id, nil).Status(t, 200)
	b.download(t, p)
	if len(listed(t, b)) != 0 {
		t.Error("a deleted template is listed")
	}
	for _, method := range []string{"GET", "DELETE", "POST", "PUT"} {
		fails(t, b.send(t, method, templates+"/"+id, nil), 404, "not_found", "")
	}
	fails(t, b.send(t, "POST", templates+"/"+id+"?sno="+p.SentPass.SerialNo, members{"location": locations(1)}), 404, "not_found", "")
}

func TestQ25(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	org, key, secret, err := b.Access.CreateOrganisation(t.Context(), "other", access.Once{})
	if err != nil || org.ID == b.Actor.Org {
		t.Fatal(err)
	}
	stranger := []string{"brand-id: " + key.ID.Short(), "api-key: " + secret}
	for _, method := range []string{"GET", "DELETE", "POST", "PUT"} {
		fails(t, b.Anonymous().Send(t, method, templates+"/"+id, nil, stranger...), 404, "not_found", "")
	}
	fails(t, b.Anonymous().Get(t, templates, stranger[0], b.headers[1]), 401, "unauthorized", "")
	fails(t, b.Anonymous().Send(t, "POST", templates, b.plain(), b.credentials(t, access.NewKey{Name: "till", Role: store.Scanner})...), 401, "unauthorized", "")
	a := b.record.Caller.Send(t, "POST", templates, b.plain(), stranger...)
	fails(t, a, 503, "signing_unavailable", "")
}

// TestQ26 makes the six calls of the Python client, whose address holds the path already.
func TestQ26(t *testing.T) {
	b := newBrand(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{"api.walletkit.com": "walletkit"} }))
	b.headers = []string{"Brand-Id: " + value(b.headers[0]), "API-Key: " + value(b.headers[1]), "Content-Type: application/json"}
	for _, base := range []string{servertest.BaseURL + "/walletkit/v1/passes", "https://api.walletkit.com/v1/passes"} {
		call := func(method, path string, body any) members {
			var content io.Reader
			if body != nil {
				raw, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				content = strings.NewReader(string(raw))
			}
			r, err := http.NewRequestWithContext(t.Context(), method, base+path, content)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range b.headers {
				name, _, _ := strings.Cut(h, ":")
				r.Header.Set(name, value(h))
			}
			resp, err := b.HTTP.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var out any
			if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
				t.Errorf("%s %s: %v", method, path, err)
			}
			object, _ := out.(members)
			return object
		}
		id, _ := call("POST", "", b.plain())["id"].(string)
		call("GET", "", nil)
		call("GET", "/"+id, nil)
		if p := call("POST", "/"+id, members{}); p["url"] == nil {
			t.Errorf("a pass is %v", p)
		}
		if p := call("PUT", "/"+id, nil); p["error"] == nil {
			t.Errorf("an update without a body is %v", p)
		}
		if d := call("DELETE", "/"+id, nil); d["deleted"] != true {
			t.Errorf("a deletion is %v", d)
		}
	}
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

// TestQ28 is served without TLS, as behind a proxy that ends it for old clients.
func TestQ28(t *testing.T) {
	b := newBrand(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+b.Server.Server.Addr("listen")+templates, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Brand-Id", value(b.headers[0]))
	r.Header.Set("API-Key", value(b.headers[1]))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}
