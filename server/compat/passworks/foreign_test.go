package passworks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestForeign: what the native API made, and other services', is listed and shown by its
// style, issued and redeemed, and cannot be changed in words that have none for all of it.
func TestForeign(t *testing.T) {
	a := newAccount(t)
	c := a.Server.Campaign(t, func(d *store.Design) {
		d.Document = []byte(strings.Replace(string(d.Document), `"By the window"`, `"Row {{serialNumber}}"`, 1))
	})
	a.campaign(t, "store_cards", with(plain(t), members{"name": "Ours"}))
	native := a.Server.Issue(t, c, servertest.Values{"stamps": 3})
	at := "/store_cards/" + c.ID.UUID()

	all := a.send(t, "GET", "/store_cards", nil).Status(t, 200)
	if got := list(t, all); len(got) != 2 || got[0]["name"] != c.Name || got[1]["name"] != "Ours" || all.Header.Get("X-Total") != "2" {
		t.Errorf("listed are %s", all.Body)
	}
	for query, want := range map[string]string{"?q[name_eq]=Ours": "Ours", "?q[s]=name+desc&per_page=1": "Ours", "?page=2&per_page=1": "Ours", "?q[state_eq]=published&per_page=1": c.Name} {
		if got := list(t, a.send(t, "GET", "/store_cards"+query, nil).Status(t, 200)); len(got) != 1 || got[0]["name"] != want {
			t.Errorf("%s lists %v", query, got)
		}
	}
	shown := object(t, a.send(t, "GET", at, nil).Status(t, 200))
	if shown["state"] != "published" || shown["code_type"] != "list" || field(t, shown, "header_fields", "stamps") != "STAMPS=0" || shown["template_id"] != c.Template.UUID() {
		t.Errorf("the campaign is %v", shown)
	}
	look := object(t, a.send(t, "GET", "/templates/"+c.Template.UUID(), nil).Status(t, 200))
	if look["pass_type"] != "storeCard" || look["source"] != "web" || look["icon_id"] != nil {
		t.Errorf("its template is %v", look)
	}
	if got := list(t, a.send(t, "GET", "/templates", nil).Status(t, 200)); len(got) != 2 || got[0]["id"] != look["id"] || got[1]["source"] != "api" {
		t.Errorf("templates are %v", got)
	}
	a.send(t, "GET", "/coupons/"+c.ID.UUID(), nil).Status(t, 404) // is another collection

	pass := object(t, a.send(t, "GET", at+"/passes/"+native.ID.UUID(), nil).Status(t, 200))
	if field(t, pass, "header_fields", "stamps") != "STAMPS=3" || strings.Contains(field(t, pass, "auxiliary_fields", "seat"), "{{") || pass["serial_number"] != native.SerialNumber {
		t.Errorf("its pass is %v", pass)
	}
	if b := pass["barcode"].(members); strings.Contains(b["message"].(string), "{{") {
		t.Errorf("its barcode is %v", b)
	}
	mine := at + "/passes/" + a.pass(t, "store_cards", c.ID.UUID(), members{"header_fields": []any{members{"key": "stamps", "value": "7"}}})
	changed := object(t, a.send(t, "PATCH", mine, members{"pass": members{"header_fields": []any{members{"key": "stamps", "value": "8"}}}}).Status(t, 200))
	if field(t, changed, "header_fields", "stamps") != "STAMPS=8" {
		t.Errorf("changed to %v", changed)
	}
	a.send(t, "POST", mine+"/redeem", nil).Status(t, 200)
	if got := list(t, a.send(t, "GET", at+"/passes", nil).Status(t, 200)); len(got) != 2 || got[1]["redeemed_count"] != 1.0 {
		t.Errorf("passes are %v", got)
	}

	const why = "was not made by a client of this service; change it where it was made"
	fails(t, a.send(t, "PATCH", at, members{"store_card": members{"name": "x"}}), 412, "Campaign "+why, `{"campaign":["`+why+`"]}`)
	fails(t, a.send(t, "DELETE", "/templates/"+c.Template.UUID(), nil), 412, "Template in use by 1 campaigns", `{"template":["in use by 1 campaigns"]}`)
	for _, step := range []string{"/push", "/merge", "/pause", "/resume", "/archive"} {
		a.send(t, "POST", at+step, nil).Status(t, 200)
	}
	a.send(t, "DELETE", at, nil).Status(t, 200)
	fails(t, a.send(t, "DELETE", at, nil), 412, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	for _, path := range []string{at, "/templates/" + c.Template.UUID()} {
		a.send(t, "GET", path, nil).Status(t, 404)
	}
	if got := list(t, a.send(t, "GET", "/store_cards", nil).Status(t, 200)); len(got) != 1 {
		t.Errorf("after the deletion there are %v", got)
	}
}

// TestForeignPattern: a campaign is made after a template of somebody else, which has no
// pictures here.
func TestForeignPattern(t *testing.T) {
	a := newAccount(t)
	c := a.Server.Campaign(t)
	body := members{"name": "Copied", "template_id": c.Template.UUID()}
	fails(t, a.send(t, "POST", "/store_cards", members{"store_card": body}), 422, "Icon can't be blank", `{"icon_id":["can't be blank"]}`)
	made := object(t, a.send(t, "POST", "/store_cards", members{"store_card": with(body, members{"icon_id": a.icon()})}).Status(t, 201))
	var look, pattern members
	for id, to := range map[any]*members{made["template_id"]: &look, c.Template.UUID(): &pattern} {
		*to = object(t, a.send(t, "GET", "/templates/"+id.(string), nil).Status(t, 200))
	}
	for _, name := range []string{"background_color", "text_color", "logo_text"} {
		if look[name] != pattern[name] {
			t.Errorf("%s is %v, want %v", name, look[name], pattern[name])
		}
	}
	if look["id"] == pattern["id"] || look["source"] != "api" {
		t.Errorf("made %v", look)
	}
	fails(t, a.send(t, "POST", "/coupons", members{"coupon": body}), 422, "Template does not exist", `{"template_id":["does not exist"]}`)
}

// TestForeignPictures: what was uploaded as an asset here is known wherever it is used, and
// is copied with a template; what was not stays unknown.
func TestForeignPictures(t *testing.T) {
	a := newAccount(t)
	icon, ok := store.ParseUUID(a.icon())
	if !ok {
		t.Fatal("the icon has no id")
	}
	logo := a.Server.Asset(t, "logo")
	c := a.Server.Campaign(t, func(d *store.Design) { d.Images = map[string]store.ID{"icon": icon, "logo": logo} })
	for _, path := range []string{"/passworks/v1/store_cards/" + c.ID.UUID(), base + "/templates/" + c.Template.UUID()} {
		got := object(t, a.sendTo(t, "GET", path, nil).Status(t, 200))
		if got["icon_id"] != a.icon() || got["logo_id"] != nil {
			t.Errorf("%s has the icon %v and the logo %v", path, got["icon_id"], got["logo_id"])
		}
	}
	for _, path := range []string{base + "/assets/" + logo.UUID(), "/passworks/uploads/asset/" + logo.UUID() + "/original.png"} {
		a.sendTo(t, "GET", path, nil).Status(t, 404)
	}
	made := object(t, a.send(t, "POST", "/store_cards", members{"store_card": members{"name": "Copied", "template_id": c.Template.UUID()}}).Status(t, 201))
	if look := object(t, a.send(t, "GET", "/templates/"+made["template_id"].(string), nil).Status(t, 200)); look["icon_id"] != a.icon() || look["logo_id"] != nil {
		t.Errorf("the copy has the icon %v and the logo %v", look["icon_id"], look["logo_id"])
	}
	a.send(t, "DELETE", "/assets/"+a.icon(), nil).Status(t, 412)
}

// TestForeignDraft issues nothing until a client resumes it.
func TestForeignDraft(t *testing.T) {
	a := newAccount(t)
	var made struct{ ID string }
	a.Post(t, "/api/v1/campaigns", members{"name": "Later", "passTypeIdentifier": servertest.PassTypeIdentifier, "state": "draft"}).Status(t, 201).JSON(t, &made)
	id, ok := store.ParseShort(made.ID)
	if !ok {
		t.Fatalf("%q is no id", made.ID)
	}
	at := "/generics/" + id.UUID()
	fails(t, a.send(t, "GET", at, nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`) // looks like nothing yet
	var template struct{ ID string }
	document := json.RawMessage(`{"description": "Later", "organizationName": "Quay", "generic": {"primaryFields": [{"key": "who", "label": "WHO", "value": "you"}]}}`)
	icon := a.Server.Asset(t, "icon")
	a.Post(t, "/api/v1/campaigns/"+made.ID+"/templates", members{"name": "Later", "design": members{"document": document, "images": members{"icon": icon.Short()}}}).Status(t, 201).JSON(t, &template)
	a.Post(t, "/api/v1/templates/"+template.ID+"/publish", nil).Status(t, 200)
	if got := object(t, a.send(t, "GET", at, nil).Status(t, 200)); got["state"] != "paused" {
		t.Errorf("a draft is %v", got["state"])
	}
	fails(t, a.send(t, "POST", at+"/passes", nil), 412, "Campaign is paused", `{"campaign":["is paused"]}`)
	a.send(t, "POST", at+"/resume", nil).Status(t, 200)
	a.send(t, "POST", at+"/passes", nil).Status(t, 201)
}

// TestForeignLoose: where a field shows its own text whatever its key is, a change by a
// client is the pass's own text.
func TestForeignLoose(t *testing.T) {
	a := newAccount(t)
	c := a.Server.Campaign(t, func(d *store.Design) { d.Loose, d.Fields = true, nil })
	at := "/store_cards/" + c.ID.UUID() + "/passes"
	pass := at + "/" + a.pass(t, "store_cards", c.ID.UUID(), nil)
	for n, seat := range []string{"Row 4", "Row 5"} {
		got := object(t, a.send(t, "PATCH", pass, members{"pass": members{"auxiliary_fields": []any{members{"key": "seat", "value": seat}}}}).Status(t, 200))
		if field(t, got, "auxiliary_fields", "seat") != "SEAT="+seat || len(got["auxiliary_fields"].([]any)) != 1 {
			t.Errorf("change %d shows %v", n, got["auxiliary_fields"])
		}
	}
}
