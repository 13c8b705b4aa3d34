package passworks_test

import (
	"fmt"
	"pocketpass/server/compat/compattest"
	"pocketpass/store"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/servertest"
)

// headerCase reads the answer as it comes over the wire: clients of PHP compare letters.
func headerCase(t *testing.T, a *account) {
	text := a.wire(t, a.request(t, "GET", base+"/certificates", ""), "passes.example.org")
	for _, name := range []string{"X-Total: ", "X-Total-Pages: ", "X-Page: ", "X-Per-Page: ", "X-Offset: ", "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: ", "X-RateLimit-Reset: "} {
		if !strings.Contains(text, "\r\n"+name) {
			t.Errorf("the answer lacks %q: %s", name, text)
		}
	}
}

func emptyArrays(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"user_info": []any{}}))
	at := "/coupons/" + campaign
	if got := object(t, a.send(t, "GET", at, nil)); fmt.Sprint(got["user_info"]) != "map[]" {
		t.Errorf("user_info is %v", got["user_info"])
	}
	a.send(t, "POST", at+"/passes", `{"pass":[]}`).Status(t, 201)
	a.send(t, "PATCH", at, `{"coupon":[]}`).Status(t, 200)
}

func passRoots(t *testing.T, a *account) {
	for _, collection := range []string{"store_cards", "event_tickets", "generics"} {
		campaign := a.campaign(t, collection, with(plain(t), members{"name": t.Name() + collection}))
		at := "/" + collection + "/" + campaign
		got := object(t, a.send(t, "PATCH", at, members{"pass": members{"auxiliary_fields": []any{members{"key": "until", "value": "later"}}}}).Status(t, 200))
		fields := got["auxiliary_fields"].([]any)
		if len(fields) != 2 || fields[1].(members)["value"] != "later" || fields[1].(members)["label"] != "UNTIL" {
			t.Errorf("%s: %v", collection, fields)
		}
		a.send(t, "PATCH", at, members{"name": "x"}).Status(t, 400)
	}
	campaign := a.campaign(t, "coupons", plain(t))
	pass := "/coupons/" + campaign + "/passes/" + a.pass(t, "coupons", campaign, nil)
	for _, method := range []string{"PATCH", "PUT", "POST"} {
		for _, body := range []string{``, `[]`, `{"voided": true}`, `{"coupon": {"voided": true}}`} {
			fails(t, a.send(t, method, pass, body), 400, "Pass is missing", `{"pass":["is missing"]}`)
		}
	}
}

func pushToPass(t *testing.T, a *account) {
	campaign := a.campaign(t, "boarding_passes", with(plain(t), members{"transit_type": "air"}))
	pass := a.pass(t, "boarding_passes", campaign, nil)
	at := "/" + campaign + "/passes/" + pass
	for _, collection := range []string{"boarding_passes", "event_tickets"} { // all pages print the latter
		a.send(t, "POST", "/"+collection+at+"/push", "null").Status(t, 200)
	}
	a.send(t, "POST", "/generics"+at+"/push", "null").Status(t, 404)
	for _, collection := range []string{"boarding_passes", "coupons"} {
		a.send(t, "POST", "/"+collection+at+"/reset_redeem", nil).Status(t, 200)
	}
}

func addresses(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	d := object(t, a.send(t, "GET", "/coupons/"+campaign, nil))["distributions"].([]any)[0].(members)
	p := object(t, a.send(t, "POST", "/coupons/"+campaign+"/passes", nil).Status(t, 201))
	for _, address := range []any{d["page_url"], p["page_url"], p["pkpass_url"]} {
		a.visit(t, address).Status(t, 200)
	}
	for short, long := range map[any]any{d["page_short_url"]: d["page_url"], d["pkpass_short_url"]: d["pkpass_url"], d["preview_short_url"]: d["preview_url"],
		p["page_short_url"]: p["page_url"], p["pkpass_short_url"]: p["pkpass_url"]} {
		if got := a.visit(t, short).Status(t, 302); got.Header.Get("Location") != long {
			t.Errorf("%s leads to %s, want %s", short, got.Header.Get("Location"), long)
		}
	}
	a.visit(t, servertest.BaseURL+"/passworks/s/aaaaaaaaaaaaaa").Status(t, 404)
	a.visit(t, servertest.BaseURL+"/passworks/d/aaaaaaaaaaaaaa").Status(t, 404)
	a.send(t, "PATCH", "/coupons/"+campaign, members{"coupon": members{"render_on_short_url": true}}).Status(t, 200)
	d = object(t, a.send(t, "GET", "/coupons/"+campaign, nil))["distributions"].([]any)[0].(members)
	a.visit(t, d["page_short_url"]).Status(t, 200)
}

// visit opens an address without credentials.
func (a *account) visit(t testing.TB, address any) *servertest.Answer {
	t.Helper()
	return a.Anonymous().Get(t, strings.TrimPrefix(address.(string), servertest.BaseURL))
}

// answeredRefusals come back as the answer, where nothing may look like a pass.
func answeredRefusals(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign + "/passes/" + a.pass(t, "coupons", campaign, nil) + "/redeem"
	a.send(t, "POST", at, "null").Status(t, 200)
	refused(t, a.send(t, "POST", at, "null"), 412)
	limited := newAccount(t, servertest.Config(limits))
	for range 60 {
		limited.Anonymous().Get(t, base+"/ping").Status(t, 200)
	}
	refused(t, limited.Anonymous().Get(t, base+"/ping"), 420)
}

// deadlyRefusals end old clients whatever is in them; newer ones read them.
func deadlyRefusals(t *testing.T, a *account) {
	nobody := *a
	nobody.headers = []string{basic("till", "wrong")}
	for status, got := range map[int]*servertest.Answer{
		401: nobody.sendTo(t, "GET", "/passworks/v1/assets?page=1", nil),
		403: a.as(t, store.Scanner).sendTo(t, "POST", "/passworks/v1/coupons", members{"coupon": members{}}),
		404: a.sendTo(t, "GET", "/passworks/v1/coupons/none", nil),
	} {
		refused(t, got, status)
	}
}

// awaitedUploads are told to go on before the answer, which is HTTP's way; without Expect
// there is the answer alone.
func awaitedUploads(t *testing.T, a *account) {
	body, contentType := form(t, "icon", compattest.Picture(60, 60))
	for expect, want := range map[string][]string{"": {"201"}, "100-continue": {"100", "201"}} {
		r := a.request(t, "POST", "/passworks/v1/assets", string(body))
		r.Header.Set("Content-Type", contentType)
		if expect != "" {
			r.Header.Set("Expect", expect)
		}
		var got []string
		for _, m := range statusLine.FindAllStringSubmatch(a.wire(t, r, "passes.example.org"), -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("expecting %q: answered with %v, want %v", expect, got, want)
		}
	}
}

var statusLine = regexp.MustCompile(`(?m)^HTTP/1\.1 ([0-9]{3}) `)
