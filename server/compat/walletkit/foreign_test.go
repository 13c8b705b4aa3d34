package walletkit_test

import (
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestForeign lists a template of the native API and makes passes of it, which change by
// their values, as those of clients of the service do.
func TestForeign(t *testing.T) {
	b := newBrand(t)
	design := store.Design{Document: []byte(`{"organizationName": "Morgenrot", "description": "Card of {{'{{'}}Mo", "logoText": "Morgenrot", "backgroundColor": "rgb(1,2,3)",
		"relevantDate": "2031-04-09T19:30:00Z", "locations": [{"latitude": 1, "longitude": 2, "relevantText": "near"}],
		"barcodes": [{"format": "PKBarcodeFormatQR", "message": "{{serialNumber}}", "messageEncoding": "iso-8859-1", "altText": "your number"}],
		"boardingPass": {"transitType": "PKTransitTypeBus", "headerFields": [{"key": "stamps", "label": "STAMPS", "value": 0, "changeMessage": "Now %@"}],
			"backFields": [{"key": "terms", "label": "Terms", "value": "None"}]}}`)}
	native, template, err := b.Issuer.Launch(t.Context(), b.Actor, issuer.Launch{
		Campaign: issuer.NewCampaign{Name: "Bus"}, Template: issuer.NewTemplate{Name: "Bus card", Design: design},
		Pictures: map[string]issuer.Upload{"icon": {Name: "icon", Kind: "icon", Data: compattest.Picture(87, 87)}}})
	if err != nil {
		t.Fatal(err)
	}
	own, id := b.template(t, b.plain()), template.ID.Short()
	if a := b.send(t, "GET", templates, nil).Status(t, 200); string(a.Body) != `[{"id":"`+id+`","description":"Card of {{Mo"},{"id":"`+own+`","description":"Plain"}]`+"\n" {
		t.Errorf("listed are %s", a.Body)
	}
	want := `[{"id":"` + id + `","description":"Card of {{Mo","pass_type":"boardingPass","transittype":"PKTransitTypeBus","logotext":"Morgenrot","username":"Morgenrot",` +
		`"relevant_date":"2031-04-09T19:30:00Z","background_color":"rgb(1,2,3)","barcode":{"format":"PKBarcodeFormatQR","message":"{{serialNumber}}","messageEncoding":"iso-8859-1","alttext":"your number"},` +
		`"location":[{"latitude":1,"longitude":2,"relevanttext":"near"}],"headerFields":[{"key":"stamps","label":"STAMPS","value":0,"changemessage":"Now %@"}],` +
		`"backFields":[{"key":"terms","label":"Terms","value":"None"}]}]` + "\n"
	if a := b.send(t, "GET", templates+"/"+id, nil).Status(t, 200); string(a.Body) != want {
		t.Errorf("it is\n%s, want\n%s", a.Body, want)
	}
	p := b.pass(t, id, `{"keys": [{"key": "stamps", "value": 5}, {"key": "none", "value": 1}], "barcode_alttext": "{{yours}}", "location": [{"latitude": 3, "longitude": 4}]}`)
	got := b.document(t, p)
	if text := string(got["barcode"]); !strings.Contains(text, `"message":"`+p.SentPass.SerialNo+`"`) || !strings.Contains(text, `"altText":"{{yours}}"`) ||
		!strings.Contains(string(got["boardingPass"]), `"value":5`) || b.places(t, p) != 2 || !slices.Equal(p.Ignored, []string{"none"}) {
		t.Errorf("a pass is %s, without %q", got, p.Ignored)
	}
	issued, err := b.Issuer.Issue(t.Context(), b.Actor, issuer.Order{Campaign: native.ID})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.update(t, id, `{"keys": [{"key": "stamps", "value": "0"}], "updatekeys": [{"key": "stamps", "value": 1}]}`); !slices.Equal(got.Serials, []string{issued.SerialNumber}) {
		t.Errorf("of a pass that was made elsewhere it found %+v", got)
	}
	b.send(t, "POST", templates+"/"+id+"?sno="+issued.SerialNumber, `{"location_reset": true}`).Status(t, 200)
	b.send(t, "DELETE", templates+"/"+id, nil).Status(t, 200)
	fails(t, b.send(t, "GET", templates+"/"+id, nil), 404, "not_found", "")
	if c, err := b.Issuer.Campaign(t.Context(), b.Actor, native.ID); err != nil || c.State != store.Active {
		t.Errorf("its campaign is %s, %v", c.State, err)
	}
	b.download(t, p)
}

// TestForeignCodes takes the message of a barcode for the code where those come with orders.
func TestForeignCodes(t *testing.T) {
	b := newBrand(t)
	given := store.Numbering{Kind: store.Given}
	_, template, err := b.Issuer.Launch(t.Context(), b.Actor, issuer.Launch{
		Campaign: issuer.NewCampaign{Name: "Library", CampaignSettings: issuer.CampaignSettings{Numbering: &given}},
		Template: issuer.NewTemplate{Name: "Library", Design: store.Design{Document: []byte(`{"organizationName": "L", "description": "Library", "generic": {},
			"barcodes": [{"format": "PKBarcodeFormatQR", "message": "{{code}}", "messageEncoding": "iso-8859-1"}]}`)}},
		Pictures: map[string]issuer.Upload{"icon": {Name: "icon", Kind: "icon", Data: compattest.Picture(87, 87)}}})
	if err != nil {
		t.Fatal(err)
	}
	p := b.pass(t, template.ID.Short(), `{"barcode_message": "L-1"}`)
	if got := compattest.Record(t, b.Server, p.issued()); got.Code != "L-1" || !strings.Contains(string(b.document(t, p)["barcode"]), `"message":"L-1"`) {
		t.Errorf("the code is %q, the pass %s", got.Code, b.document(t, p))
	}
	fails(t, b.send(t, "POST", templates+"/"+template.ID.Short(), `{"barcode_message": "L-1"}`), 400, "invalid_field", "barcode_message")
	fails(t, b.send(t, "POST", templates+"/"+template.ID.Short(), `{}`), 400, "invalid_field", "barcode_message")
}

// TestForeignChange holds to what a template says of its fields, and refuses in the words
// of the request.
func TestForeignChange(t *testing.T) {
	b := newBrand(t)
	_, template, err := b.Issuer.Launch(t.Context(), b.Actor, issuer.Launch{
		Campaign: issuer.NewCampaign{Name: "Fixed"},
		Template: issuer.NewTemplate{Name: "Fixed", Design: store.Design{Fields: []store.Field{{Key: "who", Fixed: true}, {Key: "count", Type: store.NumberField}},
			Document: []byte(`{"organizationName": "L", "description": "Fixed", "generic": {"backFields": [{"key": "who", "value": "all"}, {"key": "count", "value": 1}]}}`)}},
		Pictures: map[string]issuer.Upload{"icon": {Name: "icon", Kind: "icon", Data: compattest.Picture(87, 87)}}})
	if err != nil {
		t.Fatal(err)
	}
	at := templates + "/" + template.ID.Short()
	if p := b.pass(t, template.ID.Short(), `{"keys": [{"key": "who", "value": "me"}]}`); !slices.Equal(p.Ignored, []string{"who"}) {
		t.Errorf("of a fixed field it says %q", p.Ignored)
	}
	fails(t, b.send(t, "POST", at, `{"keys": [{"key": "count", "value": "two"}]}`), 400, "invalid_field", "keys")
	fails(t, b.send(t, "PUT", at, `{"updatekeys": [{"key": "count", "value": "two"}]}`), 400, "invalid_field", "updatekeys")
}
