package passworks_test

import (
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestRemoteForm(t *testing.T) {
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", loaf())
	path := base + "/remote_forms/" + campaign
	var fields struct {
		Fields  map[string]members
		Dynamic []string `json:"dynamic_fields_keys"`
		Static  []string `json:"static_fields_keys"`
	}
	a.record.Send(t, "form-fields", "GET", path+"/fields", nil).Status(t, 200).JSON(t, &fields)
	if !slices.Equal(fields.Dynamic, []string{"holder"}) || !slices.Equal(fields.Static, []string{"deal", "until"}) || len(fields.Fields) != 3 || len(fields.Fields["holder"]) != 4 {
		t.Errorf("the fields are %+v", fields)
	}
	body := `{"holder": "Jonas Weil", "until": "never", "unknown": "x", "voided": true,
		"locations": [{"latitude": "52.0907", "longitude": "5.1214", "relevant_text": "Market stall today"}],
		"barcodes": [{"format": "qrcode", "message": "FF-2209"}, {"format": "aztec", "message": "FF-2209"}]}`
	p := object(t, a.record.Send(t, "form-submit", "POST", path+"/submit", body).Status(t, 201))
	if p["voided"] != false || p["page_short_url"] == "" {
		t.Errorf("issued %v", p)
	}
	aux := p["auxiliary_fields"].([]any)
	if holder, until := aux[0].(members)["value"], aux[1].(members)["value"]; holder != "Jonas Weil" || until != "31 October" {
		t.Errorf("the fields are %v and %v", holder, until)
	}
	if all := p["locations"].([]any); len(all) != 1 || all[0].(members)["latitude"] != 52.0907 {
		t.Errorf("the locations are %v", all)
	}
	if all := p["barcodes"].([]any); len(all) != 2 || all[1].(members)["format"] != "aztec" || all[1].(members)["message"] != "FF-2209" {
		t.Errorf("the barcodes are %v", all)
	}
	plain := object(t, a.send(t, "POST", "/remote_forms/"+campaign+"/submit/", nil).Status(t, 201))
	if got := plain["auxiliary_fields"].([]any)[0].(members)["value"]; got != "" {
		t.Errorf("a key that is missing gives %v, want the campaign's value", got)
	}
}

func TestRemoteFormRefusals(t *testing.T) {
	a := newAccount(t)
	campaign := a.campaign(t, "generics", members{"name": "Library card", "code_type": "per_pass", "barcode": members{"format": "ean128"},
		"primary_fields": []any{members{"key": "reader", "label": "READER", "behaviour": "dynamic"}}})
	submit := "/remote_forms/" + campaign + "/submit"
	fails(t, a.send(t, "POST", submit, members{"reader": "x"}), 422, "Barcodes can't be blank", `{"barcodes":["can't be blank"]}`)
	coded := members{"reader": 7, "barcodes": []any{members{"message": "R-1"}}}
	p := object(t, a.send(t, "POST", submit, coded).Status(t, 201))
	if p["redeem_code"] != "R-1" || p["primary_fields"].([]any)[0].(members)["value"] != "7" {
		t.Errorf("issued %v", p)
	}
	fails(t, a.send(t, "POST", submit, with(coded, members{"reader": []any{1}})), 422, "Reader must be a string", `{"reader":["must be a string"]}`)
	fails(t, a.send(t, "POST", submit, `{"reader":`), 400, "The body is not valid JSON", `{"base":["the body is not valid JSON"]}`)
	for _, path := range []string{"/remote_forms/nothing/fields", "/remote_forms/nothing/submit"} {
		method := map[bool]string{true: "POST", false: "GET"}[strings.HasSuffix(path, "submit")]
		fails(t, a.send(t, method, path, nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	}
	const denied = "API username or API key is missing or wrong."
	fails(t, a.Anonymous().Get(t, base+"/remote_forms/"+campaign+"/fields"), 401, denied, `{"base":"`+denied+`"}`)
	a.as(t, store.Viewer).send(t, "GET", "/remote_forms/"+campaign+"/fields", nil).Status(t, 200)
	fails(t, a.as(t, store.Viewer).send(t, "POST", submit, coded), 403, "This API key may not do that.", `{"base":"This API key may not do that."}`)
	a.send(t, "POST", "/generics/"+campaign+"/pause", nil).Status(t, 200)
	fails(t, a.send(t, "POST", submit, with(coded, members{"barcodes": []any{members{"message": "R-2"}}})), 412, "Campaign is paused", `{"campaign":["is paused"]}`)
}

// TestRemoteFormLeadsVisitors: the page of a campaign with a form elsewhere leads there,
// with the campaign's id as the API knows it.
func TestRemoteFormLeadsVisitors(t *testing.T) {
	a := newAccount(t)
	made := object(t, a.send(t, "POST", "/coupons", members{"coupon": with(loaf(), members{
		"icon_id": a.asset(t, "icon", 87, 87), "remote_form_url": "https://forms.example.org/join?a=b#top"})}).Status(t, 201))
	for _, name := range []string{"page_url", "pkpass_url"} {
		resp := a.visit(t, made[name])
		if got, want := resp.Header.Get("Location"), "https://forms.example.org/join?a=b&campaign_id="+made["id"].(string)+"#top"; resp.Code != 302 || got != want {
			t.Errorf("%s: %d, led to %s, want %s", name, resp.Code, got, want)
		}
	}
	p := issued(t, a.send(t, "POST", "/coupons/"+made["id"].(string)+"/passes", nil).Status(t, 201))
	compattest.Download(t, a.Server, p) // pages of passes are not affected
}

// TestRequired: the form of a campaign insists on what is required and has no value, which
// is everything dynamic unless the client says otherwise; the API does not.
func TestRequired(t *testing.T) {
	a := newAccount(t)
	dynamic := func(key string, more members) members {
		return with(members{"key": key, "label": strings.ToUpper(key), "behaviour": "dynamic"}, more)
	}
	c := object(t, a.send(t, "GET", "/generics/"+a.campaign(t, "generics", members{"name": "Library card", "primary_fields": []any{
		dynamic("reader", nil), dynamic("shelf", members{"required": false}), dynamic("branch", members{"value": "Harbour"}),
		dynamic("terms", members{"value": "One.\nTwo."}), members{"key": "year", "value": "2026"}}}), nil).Status(t, 200))
	page := a.visit(t, c["page_url"]).Status(t, 200)
	path := strings.TrimPrefix(c["page_url"].(string), servertest.BaseURL)
	passes := "/generics/" + c["id"].(string) + "/passes"
	for key, want := range map[string]string{"reader": ` value="" maxlength="500" required>`, "shelf": ` value="" maxlength="500">`,
		"branch": ` value="Harbour" maxlength="500" required>`, "terms": ` value="" maxlength="500">`} {
		if !strings.Contains(string(page.Body), `name="/values/`+key+`" type="text"`+want) {
			t.Errorf("%s is not asked for by %s: %s", key, want, page.Body)
		}
	}
	send := func(form string) *servertest.Answer {
		return a.Anonymous().Send(t, "POST", path, form, "Content-Type: application/x-www-form-urlencoded")
	}
	for form, wrong := range map[string]string{"%2Fvalues%2Freader=+&%2Fvalues%2Fbranch=Harbour": "q0", "%2Fvalues%2Freader=Ada&%2Fvalues%2Fbranch=": "q2"} {
		if got := send(form).Status(t, 422); !strings.Contains(string(got.Body), `id="`+wrong+`-error"`) {
			t.Errorf("%s: %s", form, got.Body)
		}
	}
	if all := list(t, a.send(t, "GET", passes, nil).Status(t, 200)); len(all) != 0 {
		t.Errorf("empty answers made %v", all)
	}
	send("%2Fvalues%2Freader=Ada&%2Fvalues%2Fbranch=Harbour").Status(t, 303)
	a.pass(t, "generics", c["id"].(string), nil)
	a.send(t, "POST", "/remote_forms/"+c["id"].(string)+"/submit", nil).Status(t, 201)
	all := list(t, a.send(t, "GET", passes, nil).Status(t, 200))
	if len(all) != 3 {
		t.Fatalf("%d passes", len(all))
	}
	for n, want := range []any{"Ada", nil, nil} {
		if got := all[n]["primary_fields"].([]any); got[0].(members)["value"] != want || got[3].(members)["value"] != "One.\nTwo." {
			t.Errorf("pass %d has %v", n, got)
		}
	}
}
