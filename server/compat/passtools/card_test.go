package passtools_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

// shows wants a member of pass.json, as JSON; "null" if it must not be there.
func (a *account) shows(t testing.TB, id, member, want string) {
	t.Helper()
	raw, err := json.Marshal(a.document(t, id)[member])
	if err != nil {
		t.Fatal(err)
	}
	var got, wanted any
	if json.Unmarshal(raw, &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil || !reflect.DeepEqual(got, wanted) {
		t.Errorf("%s is %s, want %s", member, raw, want)
	}
}

func value(v any) members { return members{"value": v} }

// TestHeaders compares what headers become in pass.json.
func TestHeaders(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	body := voucher()
	body["headers"] = members{"logo_text": value("Moss {{and}} Fern"), "logo_color": value("#0a141e"), "foreground_color": value("rgb( 1, 2 ,3)"), "background_color": value("rgb(4,5,6)"),
		"relevantDate": value("2013-02-08 9:00"), "expirationDate": value("2031-08-06T00:00"), "suppress_strip_shine": value("True"), "sharingStatus": value("oneUserOneDevice"),
		"barcode_type": value("qr"), "barcode_label": value("Scan")}
	id := a.template(t, body)
	p := a.pass(t, id, members{"fields": offer("x")})
	for member, want := range map[string]string{"logoText": `"Moss {{and}} Fern"`, "labelColor": `"rgb(10,20,30)"`, "foregroundColor": `"rgb(1,2,3)"`, "backgroundColor": `"rgb(4,5,6)"`,
		"relevantDate": `"2013-02-08T09:00:00Z"`, "expirationDate": `"2031-08-06T00:00:00Z"`, "suppressStripShine": "true", "sharingProhibited": "true", "barcodes": "null", "barcode": "null", "voided": "null"} {
		a.shows(t, p.ID, member, want)
	}
	for _, tt := range []struct {
		key          string
		value        any
		member, want string
	}{
		{"logo_text", "", "logoText", "null"},
		{"logo_text", "{{x", "logoText", `"{{x"`},
		{"foreground_color", "#fff000", "foregroundColor", `"rgb(255,240,0)"`},
		{"relevantDate", "soon", "relevantDate", "null"},
		{"relevantDate", "2013-01-30T18:30-08:00", "relevantDate", `"2013-01-30T18:30:00-08:00"`},
		{"relevantDate", "2024-08-20T9:41-08:00", "relevantDate", `"2024-08-20T09:41:00-08:00"`},
		{"relevantDate", "2012-01-01T12:01Z", "relevantDate", `"2012-01-01T12:01:00Z"`},
		{"relevantDate", "2012-01-01T12:01:30.250Z", "relevantDate", `"2012-01-01T12:01:30Z"`},
		{"suppress_strip_shine", false, "suppressStripShine", "false"},
		{"sharingStatus", "multipleHolders", "sharingProhibited", "null"},
		{"barcode_value", "MF-1", "barcodes", `[{"format":"PKBarcodeFormatQR","message":"MF-1","messageEncoding":"iso-8859-1"}]`},
		{"barcode_value", "MF-1", "barcode", `{"format":"PKBarcodeFormatQR","message":"MF-1","messageEncoding":"iso-8859-1"}`},
		{"barcodeAltText", "one", "barcode", `{"format":"PKBarcodeFormatQR","message":"MF-1","messageEncoding":"iso-8859-1","altText":"one"}`},
		{"barcode_type", "CODE_128", "barcode", "null"},
		{"barcode_type", "PDF_417", "barcode", `{"format":"PKBarcodeFormatPDF417","message":"MF-1","messageEncoding":"iso-8859-1","altText":"one"}`},
		{"barcode_value", "½ €", "barcode", `{"format":"PKBarcodeFormatPDF417","message":"½ €","messageEncoding":"utf-8","altText":"one"}`},
		{"barcode_value", "", "barcodes", "null"},
	} {
		a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{tt.key: value(tt.value)}}, rev12).Status(t, 200)
		a.shows(t, p.ID, tt.member, tt.want)
		if got := a.get(t, p.ID).Headers[tt.key].Value; tt.key != "barcode_type" && tt.key != "suppress_strip_shine" && got != tt.value {
			t.Errorf("%s comes back as %v, was %v", tt.key, got, tt.value)
		}
	}
	for key, bad := range map[string]any{"barcode_type": "EAN_13", "foreground_color": "red", "transitType": "Rocket", "sharingStatus": "everybody", "icon_image": "icon.png", "logo_image": "data:image/png;base64,!"} {
		got := a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{key: value(bad)}}, rev12).Status(t, 406)
		if !strings.Contains(string(got.Body), `"fieldName":"`+key+`"`) {
			t.Errorf("%s: %s", key, got.Body)
		}
	}
}

// TestVoided voids a pass by the label of its date, and makes it valid again.
func TestVoided(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	p := a.pass(t, a.template(t, voucher()), members{"fields": offer("x")})
	for label, want := range map[string]string{"voided": "true", "valid": "null"} {
		a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"expirationDate": members{"label": "voided"}}}, rev12).Status(t, 200)
		a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"expirationDate": members{"label": label}}}, rev12).Status(t, 200)
		a.shows(t, p.ID, "voided", want)
	}
	born := a.pass(t, p.TemplateID, members{"headers": members{"expirationDate": members{"label": "voided"}}, "fields": offer("x"), "tags": []any{"many"}, "publicUrl": members{"type": "multiple"}})
	a.shows(t, born.ID, "voided", "true")
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), born.Public.Path); err != nil {
		t.Fatal(err)
	}
	record := compattest.Record(t, a.Server, compattest.Issued{SerialNumber: born.SerialNumber})
	for n, label := range []string{"valid", "voided", "valid"} {
		if tk := a.change(t, "/tag/many/passes", members{"headers": members{"expirationDate": members{"label": label}}}); tk.Status != "COMPLETED" {
			t.Errorf("%s: the ticket is %+v", label, tk)
		}
		a.shows(t, born.ID, "voided", map[string]string{"valid": "null", "voided": "true"}[label])
		phone.WantUpdates(t, record, n+1)
	}
	a.send(t, "PUT", "/pass/"+born.ID, members{"expirationDate": members{"label": "voided"}}, rev10).Status(t, 200)
	a.shows(t, born.ID, "voided", "true")
	if n := len(a.Push.Log(phone.PushToken)); n != 3 {
		t.Errorf("pushed %d times", n)
	}
}

// TestFields compares what fields become in pass.json.
func TestFields(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	body := members{"name": "All", "description": "", "type": "offer", "fields": members{
		"b":     members{"fieldType": "SECONDARY", "order": 2, "label": "B", "value": "x", "textAlignment": "PKTextAlignmentCenter"},
		"a":     members{"fieldType": "secondary", "order": "2", "label": "A", "value": "", "changeMessage": "Now %@"},
		"first": members{"fieldType": "secondary", "order": 1, "value": 7, "formatType": "number", "numberStyle": "PKNumberStylePercent"},
		"hid":   members{"fieldType": "auxiliary", "value": "", "hideEmpty": true, "label": "H"},
		"third": members{"fieldType": "tertiary", "value": "t"},
		"aux":   members{"fieldType": "auxiliary", "value": "{{serialNumber}}", "order": 9},
		"money": members{"fieldType": "back", "formatType": "Currency", "currencyCode": "eur", "value": "12.50", "textAlignment": "left"},
		"date":  members{"fieldType": "back", "formatType": "Date", "value": "2031-02-08 09:00", "ignoresTimeZone": true},
		"none":  members{"value": "not on the pass"},
	}}
	id := a.template(t, body)
	p := a.pass(t, id, members{})
	const secondary = `"secondaryFields":[{"key":"first","value":7,"numberStyle":"PKNumberStylePercent"},{"key":"a","label":"A","value":"","changeMessage":"Now %@"},{"key":"b","label":"B","value":"x","textAlignment":"PKTextAlignmentCenter"}]`
	const back = `"backFields":[{"key":"date","value":"2031-02-08T09:00:00Z","dateStyle":"PKDateStyleMedium","timeStyle":"PKDateStyleShort","ignoresTimeZone":true},{"key":"money","value":12.50,"currencyCode":"EUR"}]`
	a.shows(t, p.ID, "coupon", `{`+secondary+`,"auxiliaryFields":[{"key":"aux","value":"{{serialNumber}}"},{"key":"third","value":"t"}],`+back+`}`)
	a.shows(t, p.ID, "description", `"All"`)
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": members{"hid": value("shown"), "none": value("kept"), "aux": members{"value": "{{x", "label": "{{y"}, "first": value("many"), "date": value("soon"),
		"b": members{"label": "", "changeMessage": "B is %@"}, "money": value(3)}}, rev12).Status(t, 200)
	a.shows(t, p.ID, "coupon", `{"secondaryFields":[{"key":"first","value":"many"},{"key":"a","label":"A","value":"","changeMessage":"Now %@"},{"key":"b","value":"x","textAlignment":"PKTextAlignmentCenter","changeMessage":"B is %@"}],
		"auxiliaryFields":[{"key":"hid","label":"H","value":"shown"},{"key":"aux","label":"{{y","value":"{{x"},{"key":"third","value":"t"}],"backFields":[{"key":"date","value":""},{"key":"money","value":3,"currencyCode":"EUR"}]}`)
	got := a.get(t, p.ID)
	for key, want := range map[string]any{"hid": "shown", "none": "kept", "aux": "{{x", "first": "many", "date": "soon", "money": 3.0, "third": "t"} {
		if got.Fields[key].Value != want {
			t.Errorf("%s comes back as %v, was %v", key, got.Fields[key].Value, want)
		}
	}
	if l := a.get(t, p.ID, rev11).Fields["b"]; l.TextAlignment != "PKTextAlignmentCenter" || l.FieldType != "SECONDARY" || l.Label != "" {
		t.Errorf("in 1.1 b is %+v", l)
	}
	if m := a.get(t, p.ID).Fields; m["money"].TextAlignment != "" || m["none"].FieldType != "notAssigned" || m["first"].FormatType != "Number" {
		t.Errorf("in 1.2 the fields are %+v", m)
	}
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": members{"hid": value(""), "date": value("2030-01-01T10:00Z")}}, rev12).Status(t, 200)
	if got := object(t, a.document(t, p.ID), "coupon"); len(list(t, got, "auxiliaryFields")) != 2 || list(t, got, "backFields")[0].(members)["dateStyle"] != "PKDateStyleMedium" {
		t.Errorf("the pass has %v", got)
	}
}

// TestShapes reads the three shapes of a pass document, and what must not be one.
func TestShapes(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	p := a.pass(t, a.template(t, voucher()), members{"passFields": offer("whole"), "tags": []any{"a"}, "anything": 5, "externalId": "doc"})
	if p.Fields["offer"].Value != "whole" || len(p.Tags) != 1 || p.ExternalID != "doc" {
		t.Errorf("the pass is %+v", p)
	}
	for want, doc := range map[string]string{
		"nested":    `{"fields":{"offer":{"value":"nested"}},"passFields":{"offer":{"value":"no"}},"other":[1]}`,
		"crossed":   `{"headers":{"offer":{"value":"crossed"}},"fields":{"logo_text":{"value":"crossed"}}}`,
		"flat":      `{"offer":{"value":"flat","fieldType":"BACK","required":false},"tags":["b"],"locations":[],"id":"7","url":null,"status":"x","secondary1":null}`,
		"attrs":     `{"fields":{"offer":{"value":"attrs","formatType":"Number","order":"9","textAlignment":"x","hideEmpty":1,"nonsense":[]}}}`,
		"apple":     `{"backgroundColor":"rgb(1,1,1)","coupon":{"primaryFields":[{"key":"offer","value":"apple"}]}}`,
		"nowhere":   `{"offer":{"value":"nowhere"},"passLocationFields":{"passLevel":[]}}`,
		"untouched": `{"offer":{"value":"untouched"},"logo_text":{}}`,
	} {
		a.send(t, "PUT", "/pass/"+p.ID, json.RawMessage(doc), rev10).Status(t, 200)
		if got := a.get(t, p.ID).Fields["offer"].Value; got != want {
			t.Errorf("%s: the offer is %v", doc, got)
		}
	}
	if got := a.get(t, p.ID); got.Headers["background_color"].Value != "rgb(1,1,1)" || got.Headers["logo_text"].Value != "crossed" || len(got.Tags) != 2 || got.Fields["offer"].FieldType != "primary" {
		t.Errorf("the pass is %+v", got)
	}
	fails(t, a.send(t, "PUT", "/pass/"+p.ID, `json={"x":{"value":1},"y":{"label":"2"}}`, rev12), 406,
		`{"code":406,"description":"Not Acceptable Request","details":"field errors","fieldErrors":[{"fieldName":"x","message":"unknown field!"},{"fieldName":"y","message":"unknown field!"}]}`)
	fails(t, a.send(t, "PUT", "/pass/id/doc", `json={"headers":{},"templates":["7"]}`, rev12), 404, errNotFound("pass", "doc"))
	many := make(members)
	for n := range 301 {
		many[fmt.Sprint(n)] = value("x")
	}
	fails(t, a.send(t, "PUT", "/pass/"+p.ID, many, rev12), 406, errField("fields", "there may be at most 300"))
	fails(t, a.send(t, "PUT", "/pass/"+p.ID, members{"headers": many}, rev12), 406, errField("headers", "there may be at most 300"))
	fails(t, a.send(t, "PUT", "/template/"+p.TemplateID, members{"fields": many}, rev12), 406, errField("fields", "there may be at most 300"))
	a.send(t, "PUT", "/pass/id/doc", `json={"headers":{},"templates":[7,`+p.TemplateID+`]}`, rev12).Status(t, 200)
}

// TestImages fetches pictures when something is saved, and goes on without those that
// cannot be had.
func TestImages(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	pictures := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() || r.URL.Path == "/none.png" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(compattest.Picture(480, 150))
	}))
	t.Cleanup(pictures.Close)
	a := newAccount(t)
	body := voucher()
	body["headers"] = members{"logo_image": value(pictures.URL + "/logo.png"), "strip_image": value("data:image/png;base64," + base64.StdEncoding.EncodeToString(compattest.Picture(1125, 369))),
		"icon_image": value("https://gone.example.invalid/icon.png"), "footer_image": value(pictures.URL + "/footer.png")}
	id := a.template(t, body)
	p := a.pass(t, id, members{"fields": offer("x")})
	files := a.file(t, p.ID).Contents.Files
	for name, want := range map[string]bool{"icon.png": true, "icon@2x.png": true, "logo.png": true, "strip@3x.png": true, "footer.png": false} {
		if _, ok := files[name]; ok != want {
			t.Errorf("%s is there: %v", name, ok)
		}
	}
	if got := a.get(t, p.ID).Headers["icon_image"].Value; got != "https://gone.example.invalid/icon.png" {
		t.Errorf("the address comes back as %v", got)
	}
	before := files["logo.png"].Data
	gone.Store(true)
	a.send(t, "PUT", "/template/"+id, body, rev12).Status(t, 200)
	if after := a.file(t, p.ID).Contents.Files["logo.png"].Data; string(after) != string(before) {
		t.Error("the logo that cannot be had now is lost")
	}
	gone.Store(false)
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"logo_image": value(a.pictures + "/300x100.png"), "strip_image": value(pictures.URL + "/none.png")}}, rev12).Status(t, 200)
	files = a.file(t, p.ID).Contents.Files
	if string(files["logo.png"].Data) == string(before) || files["strip.png"].Data == nil {
		t.Error("the pass has not a logo of its own and the template's strip")
	}
	asset := a.Asset(t, "logo")
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"logo_image": value(asset.Short())}}, rev12).Status(t, 200)
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"logo_image": value(servertest.BaseURL + "/api/v1/assets/" + asset.Short() + "/logo.png")}}, rev12).Status(t, 200)
	fails(t, a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"strip_image": value(asset.Short())}}, rev12), 406, errField("strip_image", "there is no such picture of this kind"))
}

// TestTemplates replaces templates: what is sent takes the place of what was there.
func TestTemplates(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	for want, change := range map[string]members{
		errField("name", "required field missing!"):                                         {"name": nil},
		errField("type", "required field missing!"):                                         {"type": nil},
		errField("type", "must be boardingPass, coupon, eventTicket, generic or storeCard"): {"type": "loyalty1"},
		errField("vendor", "must be Apple"):                                                 {"vendorId": 2},
		errField("barcode_type", "passes of Apple have no such barcode: write PKBarcodeFormatQR, PKBarcodeFormatPDF417, PKBarcodeFormatAztec or PKBarcodeFormatCode128"): {"headers": members{"barcode_type": value("upc-a")}},
	} {
		body := voucher()
		for name, v := range change {
			body[name] = v
		}
		fails(t, a.send(t, "POST", "/template", body, rev12), 406, want)
	}
	long := strings.Repeat("x", 129)
	fails(t, a.send(t, "POST", "/template/id/"+long, voucher(), rev12), 406, errField("externalId", "must have 1 to 128 characters"))
	a.send(t, "POST", "/template/id/t1", voucher(), rev12).Status(t, 200)
	fails(t, a.send(t, "POST", "/template/id/t1", voucher(), rev12), 406, errField("externalId", "is in use already"))
	p := a.pass(t, "id/t1", members{"fields": members{"offer": value("x"), "secondary1": value("own")}})
	phone := a.Phone(t)
	q := a.pass(t, "id/t1", members{"fields": offer("x"), "publicUrl": members{"type": "multiple"}})
	if _, err := phone.Install(t.Context(), q.Public.Path); err != nil {
		t.Fatal(err)
	}
	a.send(t, "PUT", "/template/id/t1", members{"headers": members{"logo_text": value("New")}}, rev12).Status(t, 200)
	a.shows(t, p.ID, "logoText", `"New"`)
	if got := a.get(t, p.ID); got.Fields["offer"].Value != "x" {
		t.Errorf("fields that were not sent are %+v", got.Fields)
	}
	a.send(t, "PUT", "/template/id/t1", members{"fields": members{"offer": members{"fieldType": "back", "value": ""}}}, rev12).Status(t, 200)
	a.shows(t, p.ID, "coupon", `{"backFields":[{"key":"offer","value":"x"}]}`)
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": members{"secondary1": value("still mine")}}, rev12).Status(t, 200)
	if got := a.get(t, p.ID).Fields["secondary1"]; got.Value != "still mine" || got.FieldType != "notAssigned" {
		t.Errorf("the field that was taken away is %+v", got)
	}
	fails(t, a.send(t, "PUT", "/template/id/t1", members{"type": "generic"}, rev12), 406, errField("type", "passes were made as Coupon: make another template"))
	if n := len(a.Push.Log(phone.PushToken)); n != 0 {
		t.Errorf("changes of the template were pushed %d times", n)
	}
	a.send(t, "DELETE", "/template/id/t1", nil).Status(t, 200)
	a.file(t, p.ID)
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": offer("after")}, rev12).Status(t, 200)
	a.send(t, "POST", "/pass/"+p.TemplateID, members{"fields": offer("x")}, rev12).Status(t, 404)
	if got := decoded(t, a.send(t, "GET", "/pass", nil)); got["Count"] != 2.0 {
		t.Errorf("listed are %v", got)
	}
	fields := make(members)
	for n := range 101 {
		fields[fmt.Sprint("f", n)] = members{"fieldType": "back", "value": "x"}
	}
	body := voucher()
	body["fields"] = fields
	a.send(t, "POST", "/template", body, rev12).Status(t, 406)
}
