package api_test

import (
	"strings"
	"testing"
)

// TestPersonOfAnOrder finds somebody by external id, e-mail address or phone number,
// whatever they look like, and adds them if there is nobody.
func TestPersonOfAnOrder(t *testing.T) {
	s := newShop(t)
	holder := func(order string) string {
		return s.do("POST", "/campaigns/"+s.campaign+"/passes", order).is(201).text("holder")
	}
	ada := holder(`{"person": {"name": "Ada", "email": "Ada@example.org"}}`)
	for name, order := range map[string]string{
		"the same address": `{"person": {"email": "ada@EXAMPLE.org", "phone": "+49 (30) 123-456"}}`,
		"by id":            `{"holder": "` + ada + `"}`,
	} {
		if got := holder(order); got != ada {
			t.Errorf("%s: %s, want %s", name, got, ada)
		}
	}
	if got := holder(`{"person": {"phone": "+4930123456"}}`); got != ada {
		t.Errorf("the number that came with the address: %s, want %s", got, ada)
	}
	if got := holder(`{"person": {"email": "eve@example.org"}}`); got == ada {
		t.Error("another address is the same person")
	}
	contains(t, string(s.do("GET", "/people/"+ada, nil).is(200).body), `"name":"Ada"`, `"phone":"+4930123456"`)
	if n := strings.Count(string(s.do("GET", "/people/"+ada+"/passes", nil).is(200).body), `"serialNumber"`); n != 4 {
		t.Errorf("%d passes, want 4", n)
	}
	for _, query := range []string{"email=ADA@example.org", "phone=%2B4930123456", "phone=+4930123456"} {
		contains(t, string(s.do("GET", "/people?"+query, nil).is(200).body), ada)
	}
}

func TestPersonRefuses(t *testing.T) {
	s := newShop(t)
	s.do("POST", "/people", `{"externalId": "e1"}`).is(201)
	for body, code := range map[string]string{
		`{"email": "no address"}`:             "email",
		`{"email": "Ada <ada@example.org>"}`:  "email",
		`{"phone": "030 123456"}`:             "phone",
		`{"language": "klingon speech"}`:      "language_unknown",
		`{"name": "a\u0000b"}`:                "person_name",
		`{"attributes": {"": "x"}}`:           "attribute",
		`{"attributes": {"x": "a\nb"}}`:       "attribute",
		`{"externalId": "` + long(129) + `"}`: "external_id",
	} {
		s.do("POST", "/people", body).fails(422, code)
	}
	if p := s.do("POST", "/people", `{"externalId": "e1"}`).fails(409, "already_exists"); len(p.Errors) != 1 || p.Errors[0].Path != "/externalId" {
		t.Errorf("an external id that is taken is told with %+v", p.Errors)
	}
	s.do("POST", "/campaigns/"+s.campaign+"/passes", `{"person": {"email": "x"}}`).fails(422, "email")
	s.do("POST", "/campaigns/"+s.campaign+"/passes", `{"holder": "00000000001"}`).fails(422, "unknown_person")
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body), `"issued":0`)
}

func long(n int) string { return strings.Repeat("x", n) }

// TestErasure leaves nothing of somebody but the counts.
func TestErasure(t *testing.T) {
	s := newShop(t)
	w := s.do("POST", "/campaigns/"+s.campaign+"/passes",
		`{"externalId": "secret-id", "values": {"member": "Ada Secret"}, "tags": ["secret-tag"], "person": {"name": "Ada Secret", "email": "secret@example.org"}}`).is(201)
	pass, person := w.text("id"), w.text("holder")
	contains(t, string(s.do("GET", "/people/"+person+"/export", nil).is(200).body), "Ada Secret", "secret@example.org", "secret-id", "pass.created")
	before := string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body)

	contains(t, string(s.do("DELETE", "/people/"+person, nil).is(200).body), `"passes":1`)

	s.do("GET", "/people/"+person, nil).fails(404, "not_found")
	s.do("DELETE", "/people/"+person, nil).fails(404, "not_found")
	for _, path := range []string{"/passes/" + pass, "/passes/" + pass + "/pass.json", "/passes/" + pass + "/history", "/people", "/passes?externalId=secret-id"} {
		if body := string(s.do("GET", path, nil).is(200).body); strings.Contains(strings.ToLower(body), "secret") {
			t.Errorf("%s still says %s", path, body)
		}
	}
	contains(t, string(s.do("GET", "/passes/"+pass, nil).is(200).body), `"voided":true`)
	counters := func(body string) string {
		return body[strings.Index(body, `"counters"`):strings.Index(body, `"created"`)]
	}
	if after := string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body); counters(after) != counters(before) {
		t.Errorf("counters were %s and are %s", counters(before), counters(after))
	}
}

// TestTags add up, stay without passes and can be forgotten.
func TestTags(t *testing.T) {
	s := newShop(t)
	one, two := s.issue(`{"tags": ["gold"]}`), s.issue(`{}`)
	contains(t, string(s.do("POST", "/passes/"+two+"/tags", `{"add": ["gold", "vip", "gold"]}`).is(200).body), `"added":["gold","vip"]`, `"removed":[]`)
	contains(t, string(s.do("GET", "/tags", nil).is(200).body), `"name":"gold","passes":2`, `"name":"vip","passes":1`)
	contains(t, string(s.do("POST", "/passes/"+two+"/tags", `{"remove": ["vip", "none"]}`).is(200).body), `"removed":["vip"]`)
	contains(t, string(s.do("GET", "/tags/vip", nil).is(200).body), `"passes":0`)
	s.do("DELETE", "/passes/"+one, nil).is(204)
	contains(t, string(s.do("GET", "/tags/gold", nil).is(200).body), `"passes":1`)
	contains(t, string(s.do("DELETE", "/tags/gold", nil).is(200).body), `"passes":1`)
	s.do("GET", "/tags/gold", nil).fails(404, "not_found")
	contains(t, string(s.do("GET", "/passes/"+two, nil).is(200).body), `"tags":[]`)
	s.do("POST", "/passes/"+two+"/tags", `{"add": [""]}`).fails(422, "tag")
}
