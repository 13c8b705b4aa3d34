package passworks_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// bases are the prefix, and the root of a host of the service's own, for both versions.
func bases(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	for _, version := range []string{"/passworks/v1", "/passworks/v2"} {
		at := version + "/coupons/" + campaign
		a.sendTo(t, "GET", at, nil).Status(t, 200)
		pass := id(t, a.sendTo(t, "POST", at+"/passes", members{"pass": members{}}).Status(t, 201))
		a.sendTo(t, "PATCH", at+"/passes/"+pass, members{"pass": members{}}).Status(t, 200)
		a.sendTo(t, "POST", at+"/passes/"+pass+"/push", members{"push_message": "Hello"}).Status(t, 200)
		a.sendTo(t, "DELETE", at+"/passes/"+pass, nil).Status(t, 200)
		for _, list := range []string{"/assets", "/certificates", "/coupons", "/templates"} {
			a.sendTo(t, "GET", version+list, nil).Status(t, 200)
		}
	}
	own := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{"api.passworks.example": "passworks"} }))
	for _, path := range []string{"/v1/coupons/", "/v2/coupons", "/passworks/v2/coupons"} {
		if text := own.wire(t, own.request(t, "GET", path, ""), "api.passworks.example"); !strings.HasPrefix(text, "HTTP/1.1 200 ") || !strings.HasSuffix(text, "[]\n") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// asSent is a request as both clients put it on the wire, in one piece.
func asSent(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	r := a.request(t, "PATCH", base+"/coupons/"+campaign, `{"coupon": {"og": "0"}}`)
	if text := a.wire(t, r, "passes.example.org"); strings.Count(text, "HTTP/1.1 ") != 1 || !strings.HasPrefix(text, "HTTP/1.1 200 ") || !strings.Contains(text, `"og":false`) {
		t.Errorf("the answer is %s", text)
	}
}

func trailingSlashes(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", plain(t))
	at := "/generics/" + campaign
	if x, y := a.send(t, "GET", at, nil).Status(t, 200), a.send(t, "GET", at+"/", nil).Status(t, 200); string(x.Body) != string(y.Body) {
		t.Errorf("%s and %s differ", x.Body, y.Body)
	}
	a.send(t, "PATCH", at+"/", members{"generic": members{}}).Status(t, 200)
	pass := id(t, a.send(t, "POST", at+"/passes/", members{}).Status(t, 201))
	a.send(t, "GET", "/generic/"+campaign+"/passes/"+pass+"/", nil).Status(t, 200) // in the singular, too
	a.send(t, "POST", at+"/passes/"+pass, members{"pass": members{"voided": true}}).Status(t, 200)
	a.send(t, "PUT", at+"/passes/"+pass, members{"pass": members{"voided": "false"}}).Status(t, 200)
	a.send(t, "GET", at+"/reports?", nil)
	a.send(t, "GET", "/coupons/"+campaign, nil).Status(t, 404) // another collection
}

func lists(t *testing.T, a *account) {
	campaign := a.campaign(t, "event_tickets", plain(t))
	at := "/event_tickets/" + campaign + "/passes"
	empty := a.send(t, "GET", at, nil).Status(t, 200)
	if string(empty.Body) != "[]\n" || empty.Header.Get("X-Total-Pages") != "0" {
		t.Errorf("an empty list is %s with %v", empty.Body, empty.Header)
	}
	for range 3 {
		a.pass(t, "event_tickets", campaign, nil)
	}
	for _, tt := range []struct {
		query, next, prev, pages string
		records                  int
	}{
		{"?page=1", "", "", "1", 3}, {"?per_page=2", "2", "", "2", 2}, {"?page=2&per_page=2", "", "1", "2", 1}, {"?page=9&per_page=2", "", "8", "2", 0},
		{"?page=0&per_page=999", "", "", "1", 3}, {"?page=x&per_page=0", "2", "", "3", 1}, {"?offset=2", "", "", "1", 1}, {"?offset=1&per_page=1&page=2", "", "1", "2", 1},
	} {
		got := a.send(t, "GET", at+tt.query, nil).Status(t, 200)
		h := got.Header
		if len(list(t, got)) != tt.records || h.Get("X-Next-Page") != tt.next || h.Get("X-Prev-Page") != tt.prev || h.Get("X-Total-Pages") != tt.pages || h.Get("X-Total") != "3" {
			t.Errorf("%s: %d records, %v", tt.query, len(list(t, got)), h)
		}
		if _, there := h["X-Next-Page"]; there && tt.next == "" {
			t.Errorf("%s: there is an empty X-Next-Page", tt.query)
		}
	}
}

func errorsAreJSON(t *testing.T, a *account) {
	const nowhere, never = "There is nothing at this address.", "This address does not know the method."
	for _, path := range []string{"/nothing", "/coupons/x/y/z", "/coupons%3Fq%5Bs%5D%3Dname", "", "/../v2"} {
		fails(t, a.send(t, "GET", path, nil), 404, nowhere, `{"base":"`+nowhere+`"}`)
	}
	fails(t, a.sendTo(t, "GET", "/passworks/v3/coupons", nil), 404, nowhere, `{"base":"`+nowhere+`"}`)
	fails(t, a.send(t, "DELETE", "/coupons", nil), 405, never, `{"base":"`+never+`"}`)
	fails(t, a.send(t, "GET", "/coupons/unknown", nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	fails(t, a.send(t, "DELETE", "/coupons/unknown", nil), 412, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	fails(t, a.send(t, "GET", "/assets/unknown", nil), 404, "Asset not found.", `{"asset":"Asset not found."}`)
	fails(t, a.send(t, "POST", "/coupons", "{broken"), 400, "The body is not valid JSON", `{"base":["the body is not valid JSON"]}`)
	fails(t, a.send(t, "POST", "/coupons", `"text"`), 400, "The body must be a JSON object", `{"base":["the body must be a JSON object"]}`)
	fails(t, a.send(t, "POST", "/coupons", members{"name": "x"}), 400, "Coupon is missing", `{"coupon":["is missing"]}`)
	a.send(t, "HEAD", "/nothing", nil).Status(t, 404)
}

// onlyKnownStatuses also for what is too large, too often or of another type.
func onlyKnownStatuses(t *testing.T, a *account) {
	large := `{"pass":{"user_info":{"x":"` + strings.Repeat("x", 3<<20) + `"}}}`
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign + "/passes"
	fails(t, a.send(t, "POST", at, large), 422, "The body is too large", `{"base":["the body is too large"]}`)
	a.send(t, "POST", at, `{}`, "Content-Type: text/plain").Status(t, 201)
	a.send(t, "POST", at, `{}`, "Content-Type: nonsense/;;").Status(t, 201)
	limited := newAccount(t, servertest.Config(limits))
	for range 60 {
		limited.Anonymous().Get(t, base+"/ping").Status(t, 200)
	}
	const often = "The rate limit is exceeded; wait for the hour to end."
	fails(t, limited.Anonymous().Get(t, base+"/ping"), 420, often, `{"base":"`+often+`"}`)
	limited.send(t, "GET", "/ping", nil).Status(t, 200) // its key is counted by itself
	limited.Advance(t, time.Hour)
	limited.Anonymous().Get(t, base+"/ping").Status(t, 200)
}

// everyCollection also says what differs between the types.
func everyCollection(t *testing.T, a *account) {
	for _, tt := range []struct {
		collection string
		extra      members
		far, too   int
	}{
		{"coupons", nil, 100, 101}, {"store_cards", nil, 100, 101}, {"generics", nil, 100, 101}, {"event_tickets", nil, 1000, 1001},
		{"boarding_passes", members{"transit_type": "boat"}, 1000, 1001},
	} {
		body := with(with(plain(t), tt.extra), members{"name": t.Name() + tt.collection, "max_distance": tt.far})
		campaign := a.campaign(t, tt.collection, body)
		if got := object(t, a.send(t, "GET", "/"+tt.collection+"/"+campaign, nil).Status(t, 200)); got["id"] != campaign || got["state"] != "published" {
			t.Errorf("%s: %v", tt.collection, got)
		}
		got := a.send(t, "PATCH", "/"+tt.collection+"/"+campaign, members{root(tt.collection): members{"max_distance": tt.too}})
		what := fmt.Sprintf("must be a whole number from 1 to %d", tt.far)
		fails(t, got, 422, "Max distance "+what, `{"max_distance":["`+what+`"]}`)
		if n := len(list(t, a.send(t, "GET", "/"+tt.collection+"?q[name_eq]="+url.QueryEscape(body["name"].(string)), nil).Status(t, 200))); n != 1 {
			t.Errorf("%s lists %d", tt.collection, n)
		}
	}
	icon := a.asset(t, "icon", 60, 60)
	fails(t, a.send(t, "POST", "/boarding_passes", members{"boarding_pass": members{"name": "x", "icon_id": icon}}), 422,
		"Transit type can't be blank", `{"transit_type":["can't be blank"]}`)
	all := list(t, a.send(t, "GET", "/certificates", nil).Status(t, 200))
	one := object(t, a.send(t, "GET", "/certificates/"+all[0]["id"].(string), nil).Status(t, 200))
	if one["pass_type_identifier"] != servertest.PassTypeIdentifier || one["issued_to"] == "" {
		t.Errorf("the certificate is %v", one)
	}
}
