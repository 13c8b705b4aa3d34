package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"pocketpass/store"
)

const idempotencyKey = "Idempotency-Key"

func TestRepeatedRequestChangesNothing(t *testing.T) {
	s := newShop(t)
	tests := []struct {
		name, path  string
		body, other any
	}{
		{"pass", s.passes(), `{"values": {"stamps": 1}}`, `{"values": {"stamps": 2}}`},
		{"campaign", "/campaigns", map[string]any{"name": "A", "passTypeIdentifier": passType}, map[string]any{"name": "B", "passTypeIdentifier": passType}},
		{"template", "/campaigns/" + s.campaign + "/templates", map[string]any{"name": "A", "design": s.design(document)}, map[string]any{"name": "B", "design": s.design(document)}},
		{"asset", "/assets", form("kind", "icon", "file", picture(t, 90, 90)), form("kind", "icon", "file", picture(t, 91, 91))},
		{"certificate request", "/certificates/requests", `{"name": "A"}`, `{"name": "B"}`},
		{"key", "/keys", `{"name": "A", "role": "viewer"}`, `{"name": "A", "role": "admin"}`},
		{"organisation", "/organisations", `{"name": "A"}`, `{"name": "B"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			first := s.with(idempotencyKey, test.name, "POST", test.path, test.body).is(201)
			again := s.with(idempotencyKey, test.name, "POST", test.path, test.body).is(201)
			if string(first.body) != string(again.body) {
				t.Errorf("first %s\nagain %s", first.body, again.body)
			}
			s.with(idempotencyKey, test.name, "POST", test.path, test.other).fails(422, "idempotency_key_reused")
			s.with(idempotencyKey, test.name+" 2", "POST", test.path, test.other).is(201)
		})
	}
}

func TestIdempotencyKeyOfAnotherOperationOrCaller(t *testing.T) {
	s := newShop(t)
	s.with(idempotencyKey, "k", "POST", s.passes(), `{}`).is(201)
	s.with(idempotencyKey, "k", "POST", "/keys", `{}`).fails(422, "role_unknown")
	s.with(idempotencyKey, "k", "POST", "/keys", `{"name": "x", "role": "viewer"}`).fails(422, "idempotency_key_reused")
	mine := s.issue(`{}`)
	s.admin = s.key(s.org, store.Issuer)
	if other := s.with(idempotencyKey, "k", "POST", s.passes(), `{}`).is(201); other.text("id") == mine {
		t.Error("keys of two callers were taken for one")
	}
	s.with(idempotencyKey, strings.Repeat("k", 256), "POST", s.passes(), `{}`).fails(422, "idempotency_key")
	s.with(idempotencyKey, "schlüssel", "POST", s.passes(), `{}`).fails(422, "idempotency_key")
}

func TestConcurrentRepeatsIssueOnePass(t *testing.T) {
	s := newShop(t)
	const many = 20
	var all sync.WaitGroup
	bodies := make([]string, many)
	for n := range many {
		r := s.request("POST", s.passes(), `{"values": {"stamps": 1}}`)
		r.Header.Set(idempotencyKey, "once")
		all.Go(func() {
			w := s.call(r)
			bodies[n] = fmt.Sprint(w.status, string(w.body))
		})
	}
	all.Wait()
	for _, b := range bodies {
		if b != bodies[0] || !strings.HasPrefix(b, "201") {
			t.Errorf("got %s, first %s", b, bodies[0])
		}
	}
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body), `"issued":1`)
}

func TestIfMatch(t *testing.T) {
	s := newShop(t)
	pass := "/passes/" + s.issue(`{}`)
	tests := []struct{ path, change string }{
		{"/campaigns/" + s.campaign, `{"name": "New"}`},
		{"/templates/" + s.template, `{"name": "New"}`},
		{pass, `{"values": {"stamps": 9}}`},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			seen := s.do("GET", test.path, nil).is(200).header.Get("ETag")
			after := s.with("If-Match", seen, "PATCH", test.path, test.change).is(200).header.Get("ETag")
			if seen == "" || after == "" || seen == after {
				t.Errorf("ETag %q, then %q", seen, after)
			}
			before := string(s.do("GET", test.path, nil).is(200).body)
			for _, stale := range []string{seen, `"foreign"`, `"-1"`, `W/` + after, `0`} {
				s.with("If-Match", stale, "PATCH", test.path, test.change).fails(412, "changed_meanwhile")
			}
			if got := string(s.do("GET", test.path, nil).is(200).body); got != before {
				t.Errorf("changed: %s", got)
			}
			s.with("If-Match", "*", "PATCH", test.path, test.change).is(200)
		})
	}
	s.with("If-Match", `"77"`, "POST", "/templates/"+s.template+"/publish", nil).fails(412, "changed_meanwhile")
	s.with("If-Match", `"77"`, "DELETE", pass, nil).fails(412, "changed_meanwhile")
	s.do("DELETE", pass, nil).is(204)
}
