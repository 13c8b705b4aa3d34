package walletkit_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
)

// TestDocument compares pass.json with what the service's documents say of each member.
func TestDocument(t *testing.T) {
	b := newBrand(t)
	p := b.pass(t, b.template(t, b.concert()), members{"keys": []any{members{"key": "seat", "value": "x"}, members{"key": "seat", "value": "C 17"}, members{"key": "door", "value": 3},
		members{"key": "none", "value": 1}}, "location": []any{members{"latitude": 53.55, "longitude": 10.0}}, "barcode_message": "HH-4711", "barcode_alttext": 4711})
	b.download(t, p)
	got := b.document(t, p)
	code := `{"format":"PKBarcodeFormatQR","message":"HH-4711","messageEncoding":"iso-8859-1","altText":"4711"}`
	for name, want := range map[string]string{
		"organizationName": `"Harbour Hall Ltd"`, "description": `"Evening concert"`, "logoText": `"Harbour Hall"`, "relevantDate": `"2031-04-09T19:30:00+02:00"`,
		"foregroundColor": `"rgb(255,255,255)"`, "backgroundColor": `"rgb(20,60,90)"`, "labelColor": `"rgb(180,200,220)"`,
		"barcode": code, "barcodes": "[" + code + "]",
		"locations":           `[{"latitude":53.5413,"longitude":9.9841,"altitude":6,"relevantText":"The hall is next to you"},{"latitude":53.55,"longitude":10}]`,
		"authenticationToken": `"` + p.SentPass.AuthenticationToken + `"`, "serialNumber": `"` + p.SentPass.SerialNo + `"`,
		"eventTicket": `{"headerFields":[{"key":"door","label":"DOOR","value":3,"changeMessage":"Your door is now %@"}],` +
			`"primaryFields":[{"key":"act","label":"TONIGHT","value":"To be announced"}],` +
			`"secondaryFields":[{"key":"seat","label":"SEAT","value":"C 17","changeMessage":"Your seat: %@","textAlignment":"PKTextAlignmentLeft"}],` +
			`"backFields":[{"key":"terms","label":"Terms","value":"No refunds"}]}`,
	} {
		if string(got[name]) != want {
			t.Errorf("%s is\n%s, want\n%s", name, got[name], want)
		}
	}
	if !slices.Equal(p.Ignored, []string{"none"}) {
		t.Errorf("ignored are %v", p.Ignored)
	}
}

// TestBraces wants texts that look like the engine's placeholders to stay as they are.
func TestBraces(t *testing.T) {
	b := newBrand(t)
	const text = "{{serialNumber}} {{ {"
	id := b.template(t, with(b.plain(), members{"logotext": text, "backFields": []any{members{"key": "a", "label": text, "value": text}, members{"key": "b", "value": 1}},
		"barcode": members{"format": "PKBarcodeFormatQR", "message": text, "messageEncoding": "utf-8"}}))
	own := b.pass(t, id, members{"keys": []any{members{"key": "b", "value": text}}, "barcode_alttext": text})
	for _, p := range []sent{own, b.pass(t, id, nil)} {
		if n := strings.Count(string(b.file(t, p).Contents.Files["pass.json"].Data), text); n < 5 {
			t.Errorf("the text stands there %d times: %s", n, b.document(t, p))
		}
	}
	if got := b.update(t, id, `{"keys": [{"key": "a", "value": "`+text+`"}]}`); got.Matched != 2 {
		t.Errorf("the filter found %+v", got)
	}
}

// TestTextBarcode shows a code that Wallet does not know on the back.
func TestTextBarcode(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": fields("barcode_text", 1),
		"barcode": members{"format": "PKBarcodeFormatText", "message": "M", "messageEncoding": "utf-8"}}))
	taken := b.template(t, with(b.plain(), members{"backFields": []any{members{"key": "barcode_text", "value": 1}},
		"barcode": members{"format": "PKBarcodeFormatText", "message": "M", "messageEncoding": "utf-8", "alttext": "A"}}))
	for _, tt := range []struct{ template, body, want string }{
		{id, `{}`, `{"key":"barcode_text","label":"Code","value":"M"}`},
		{id, `{"barcode_message": "N"}`, `{"key":"barcode_text","label":"Code","value":"N"}`},
		{taken, `{"barcode_message": "N"}`, `{"key":"barcode_text_2","label":"Code","value":"A"}`},
		{taken, `{"barcode_alttext": "B"}`, `{"key":"barcode_text_2","label":"Code","value":"B"}`},
	} {
		got := b.document(t, b.pass(t, tt.template, tt.body))
		if got["barcode"] != nil || got["barcodes"] != nil || !strings.Contains(string(got["coupon"]), tt.want) {
			t.Errorf("%s: %s, want %s", tt.body, got, tt.want)
		}
	}
}

func TestBarcodes(t *testing.T) {
	b := newBrand(t)
	for _, tt := range []struct{ format, message, encoding, legacy, wantEncoding string }{
		{"PKBarcodeFormatCode128", "4711", "iso-8859-1", "", "iso-8859-1"},
		{"PKBarcodeFormatQR", "żółw", "iso-8859-1", "barcode", "utf-8"},
		{"PKBarcodeFormatAztec", "żółw", "UTF-8", "barcode", "UTF-8"},
	} {
		id := b.template(t, with(b.plain(), members{"barcode": members{"format": tt.format, "message": tt.message, "messageEncoding": tt.encoding}}))
		got := b.document(t, b.pass(t, id, nil))
		if (got["barcode"] != nil) != (tt.legacy != "") || !strings.Contains(string(got["barcodes"]), `"messageEncoding":"`+tt.wantEncoding+`"`) {
			t.Errorf("%s: %s and %s", tt.format, got["barcode"], got["barcodes"])
		}
	}
}

// TestPictures looks at what becomes of pictures of a template and of a pass.
func TestPictures(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"pass_type": "eventTicket", "icon": b.pictures + "/58x58.png", "logo": b.pictures + "/900x300.png",
		"thumbnail": b.pictures + "/90x90.png", "footer": b.pictures + "/286x15.png"}))
	p := b.pass(t, id, nil)
	own := b.pass(t, id, members{"strip": b.pictures + "/375x98.png", "logo": b.pictures + "/10x10.png", "icon2x": ""})
	for _, tt := range []struct {
		pass   sent
		name   string
		width  int
		height int
	}{
		{p, "icon.png", 58, 58}, {p, "icon@2x.png", 58, 58}, {p, "logo.png", 450, 150}, {p, "thumbnail.png", 90, 90}, {p, "footer.png", 0, 0},
		{own, "strip.png", 375, 98}, {own, "logo.png", 10, 10}, {own, "icon@2x.png", 58, 58},
	} {
		data := b.file(t, tt.pass).Contents.Files[tt.name].Data
		if data == nil && tt.width == 0 {
			continue
		}
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width != tt.width || c.Height != tt.height {
			t.Errorf("%s has %d × %d pixels, %v; want %d × %d", tt.name, c.Width, c.Height, err, tt.width, tt.height)
		}
	}
}

// TestPassRefused makes no pass of any of these.
func TestPassRefused(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": []any{members{"key": "sum", "value": 1, "numberStyle": "PKNumberStyleDecimal"}}}))
	for body, want := range map[string][2]string{
		`[]`:                       {"invalid_json", ""},
		`{"keys": {}}`:             {"invalid_field", "keys"},
		`{"keys": [{"key": "a"}]}`: {"missing_field", "keys[0].value"},
		`{"keys": [{"value": 1}]}`: {"missing_field", "keys[0].key"},
		`{"keys": [{"key": "a", "value": true}]}`:   {"invalid_field", "keys[0].value"},
		`{"keys": ["a"]}`:                           {"invalid_field", "keys[0]"},
		`{"sms": "12345"}`:                          {"invalid_phone", "sms"},
		`{"sms": "+123 456"}`:                       {"invalid_phone", "sms"},
		`{"email": "a@example.org, b@example.org"}`: {"invalid_email", "email"},
		`{"email": "nobody"}`:                       {"invalid_email", "email"},
		`{"email": "a@example.org", "emailsubject": "` + strings.Repeat("x", 201) + `"}`: {"invalid_field", "emailsubject"},
		`{"barcode_message": {}}`:                    {"invalid_field", "barcode_message"},
		`{"keys": [{"key": "sum", "value": "two"}]}`: {"invalid_field", ""},
	} {
		fails(t, b.send(t, "POST", templates+"/"+id, body), 400, want[0], want[1])
	}
	if n := b.passes(t, id); n != 0 {
		t.Errorf("%d passes were made", n)
	}
	b.pass(t, id, `{"emailsubject": "without email", "keys": null, "location": [], "unknown": {"a": [1]}}`)
}

// TestLinks opens the two links as people and phones do.
func TestLinks(t *testing.T) {
	b := newBrand(t)
	p := b.pass(t, b.template(t, b.concert()), nil)
	short, file := strings.TrimPrefix(p.SentPass.ShortURL, servertest.BaseURL), strings.TrimPrefix(p.URL, servertest.BaseURL)
	visitor := b.record
	visitor.Headers = nil
	a := visitor.Send(t, "link-short-phone", "GET", short, nil, "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)").Status(t, 302)
	if a.Header.Get("Location") != p.URL {
		t.Errorf("a phone is sent to %s, want %s", a.Header.Get("Location"), p.URL)
	}
	a = b.Anonymous().Get(t, short, "User-Agent: Mozilla/5.0 (X11; Linux x86_64)").Status(t, 200)
	if text := string(a.Body); !strings.Contains(text, p.URL) || !strings.Contains(text, "barcode") || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("the page is %s with %v", text, a.Header)
	}
	visitor.Send(t, "link-file", "GET", file, nil).Status(t, 200)
	for _, path := range []string{"/walletkit/s/none", short[:len(short)-1], short + "0", "/walletkit/p/none/x.pkpass", strings.Replace(file, ".pkpass", "", 1), file[:len("/walletkit/p/")+11] + "0" + file[len("/walletkit/p/")+12:]} {
		if path != file {
			fails(t, b.Anonymous().Get(t, path), 404, "not_found", "")
		}
	}
	record := compattest.Record(t, b.Server, p.issued())
	if _, err := b.Issuer.Void(t.Context(), b.Actor, record.ID, true); err != nil {
		t.Fatal(err)
	}
	if got := b.document(t, p)["voided"]; string(got) != "true" {
		t.Errorf("a void pass has voided %s", got)
	}
	if err := b.Issuer.Delete(t.Context(), b.Actor, record.ID, nil); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{file, short} {
		if a := b.Anonymous().Get(t, link).Status(t, 410); !strings.Contains(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("a deleted pass is answered with %v at %s", a.Header, link)
		}
	}
}

// TestShortLinkOnOwnHost: the page is made of files that a host of the service does not have.
func TestShortLinkOnOwnHost(t *testing.T) {
	const host = "wk.example.com"
	b := newBrand(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{host: "walletkit"} }))
	short := b.pass(t, b.template(t, b.concert()), nil).SentPass.ShortURL
	root := strings.TrimPrefix(short, servertest.BaseURL)
	for _, path := range []string{root, strings.TrimPrefix(root, "/walletkit")} {
		if a := b.Anonymous().At("https://"+host).Get(t, path).Status(t, 302); a.Header.Get("Location") != short || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s led to %v, want %s", path, a.Header, short)
		}
	}
}

// TestSettings: an operator may have templates answered and checked in another way.
func TestSettings(t *testing.T) {
	b := newBrand(t, servertest.Config(func(c *server.Config) { c.Compat.WalletKitObject, c.Compat.WalletKitAnyFields = true, true }))
	body := with(b.plain(), members{"secondaryFields": fields("s", 3), "auxiliaryFields": fields("a", 2)})
	id := b.template(t, body)
	var one members
	b.send(t, "GET", templates+"/"+id, nil).Status(t, 200).JSON(t, &one)
	if all, ok := one["auxiliaryFields"].([]any); !ok || len(all) != 2 {
		t.Errorf("the template is %v", one)
	}
	b.file(t, b.pass(t, id, nil))
}

// TestShortLinkLimit answers whoever guesses at short links.
func TestShortLinkLimit(t *testing.T) {
	b := newBrand(t)
	for n := range 51 {
		a := b.Anonymous().Get(t, "/walletkit/s/guess")
		if n < 50 {
			a.Status(t, 404)
			continue
		}
		if fails(t, a, 429, "rate_limited", ""); a.Header.Get("Retry-After") == "" {
			t.Error("it does not say when to come again")
		}
	}
}

// TestOwnIcon wants each pass to have an icon in single size.
func TestOwnIcon(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	files := b.file(t, b.pass(t, id, members{"icon2x": b.pictures + "/76x76.png"})).Contents.Files
	if files["icon.png"].Data == nil || string(files["icon.png"].Data) != string(files["icon@2x.png"].Data) {
		t.Errorf("the pass has an icon of %d bytes, and of %d twice as large", len(files["icon.png"].Data), len(files["icon@2x.png"].Data))
	}
}

// TestExpired leaves out passes that are over.
func TestExpired(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": fields("a", 1)}))
	p := compattest.Record(t, b.Server, b.pass(t, id, nil).issued())
	soon := b.Clock.Now().Add(time.Hour)
	if _, err := b.Issuer.Update(t.Context(), b.Actor, p.ID, issuer.Change{Expires: &soon}); err != nil {
		t.Fatal(err)
	}
	if got := b.update(t, id, `{}`); got.Matched != 1 {
		t.Errorf("before the end: %+v", got)
	}
	b.Advance(t, 2*time.Hour)
	if got := b.update(t, id, `{"updatekeys": [{"key": "a0", "value": "x"}]}`); got.Matched != 0 || got.Updated != 0 {
		t.Errorf("after the end: %+v", got)
	}
}

// TestStored keeps a template readable after the server started anew.
func TestStored(t *testing.T) {
	dir := t.TempDir()
	b := newBrand(t, servertest.Data(dir))
	id := b.template(t, b.concert())
	want := b.send(t, "GET", templates+"/"+id, nil).Status(t, 200).Body
	b.Stop(t)
	again := servertest.New(t, servertest.Data(dir), servertest.Bare())
	a := again.Anonymous().Get(t, templates+"/"+id, b.headers...).Status(t, 200)
	if !bytes.Equal(a.Body, want) {
		t.Errorf("got %s, want %s", a.Body, want)
	}
	var p sent
	again.Anonymous().Post(t, templates+"/"+id, json.RawMessage(`{"keys": [{"key": "door", "value": 1}]}`), b.headers...).Status(t, 200).JSON(t, &p)
	if p.Description != "Evening concert" || p.Ignored != nil {
		t.Errorf("a pass is %+v", p)
	}
}
