package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestEventsAreSentAndSigned(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	h := listen(t, s, r.URL+"/in?token=x")
	p := s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 7})
	s.Change(t, p, servertest.Values{"stamps": 8})
	s.Post(t, "/api/v1/passes/"+p.ID.Short()+"/void", nil).Status(t, 200)
	all := r.wait(t, s, 4)
	var types, ids []string
	for _, l := range all {
		l.verify(t, h.Secret)
		types, ids = append(types, l.Type), append(ids, l.header.Get("webhook-id"))
		if at := strconv.FormatInt(s.Clock.Now().Unix(), 10); l.header.Get("webhook-timestamp") != at || l.header.Get("Content-Type") != "application/json" {
			t.Errorf("headers %v", l.header)
		}
		if l.Type != "template.published" && (l.Data.Pass.ID != p.ID.Short() || l.Data.Pass.SerialNumber != p.SerialNumber || l.Data.Pass.Voided != (l.Type == "pass.voided")) {
			t.Errorf("%s", l.body)
		}
		if bytes.Contains(l.body, []byte("stamps")) || bytes.Contains(l.body, []byte("oken")) {
			t.Errorf("the event tells too much: %s", l.body)
		}
	}
	slices.Sort(ids)
	slices.Sort(types)
	if want := []string{"pass.created", "pass.updated", "pass.voided", "template.published"}; !slices.Equal(types, want) || len(slices.Compact(ids)) != 4 {
		t.Errorf("%v as %v, want %v", types, ids, want)
	}
	h.until(t, s, "all are settled", func(all []delivered) bool {
		return !slices.ContainsFunc(all, func(d delivered) bool {
			return d.State != "delivered" || d.LastAttempt.Status != 204 || d.Attempts != 1
		})
	})
	if strings.Contains(string(s.Get(t, h.path()).Body), "whsec_") {
		t.Error("the secret is shown again")
	}
}

func TestEndpointsChoose(t *testing.T) {
	s := servertest.New(t, lan())
	one, other := s.Campaign(t), s.Campaign(t)
	mine, created, all := newReceiver(t), newReceiver(t), newReceiver(t)
	listen(t, s, mine.URL, "campaign", one.ID.Short())
	listen(t, s, created.URL, "events", []string{"pass.created", "job.*"})
	listen(t, s, all.URL, "events", []string{"pass.*"})
	off := listen(t, s, all.URL)
	s.Patch(t, "/api/v1/webhooks/"+off.ID, map[string]any{"state": "disabled"}).Status(t, 200)
	a, b := s.Issue(t, one, nil), s.Issue(t, other, nil)
	s.Change(t, a, servertest.Values{"stamps": 1})
	s.Change(t, b, servertest.Values{"stamps": 1})
	for _, test := range []struct {
		name string
		r    *receiver
		want []string
	}{
		{"of a campaign", mine, []string{"pass.created " + a.ID.Short(), "pass.updated " + a.ID.Short()}},
		{"of a kind", created, []string{"pass.created " + a.ID.Short(), "pass.created " + b.ID.Short()}},
		{"of passes", all, []string{"pass.created " + a.ID.Short(), "pass.created " + b.ID.Short(), "pass.updated " + a.ID.Short(), "pass.updated " + b.ID.Short()}},
	} {
		var got []string
		for _, l := range test.r.wait(t, s, len(test.want)) {
			got = append(got, l.Type+" "+l.Data.Pass.ID)
		}
		slices.Sort(got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if n := len(off.deliveries(t, s)); n != 0 {
		t.Errorf("%d deliveries for a disabled endpoint", n)
	}
}

func TestGoneDisables(t *testing.T) {
	s := servertest.New(t, lan())
	gone, witness := newReceiver(t), newReceiver(t)
	gone.answer(http.StatusGone)
	gone.hang = make(chan struct{})
	h := listen(t, s, gone.URL, "events", []string{"pass.*"})
	listen(t, s, witness.URL, "events", []string{"endpoint.disabled"})
	p := s.Issue(t, store.Campaign{}, nil)
	s.Change(t, p, servertest.Values{"stamps": 1})
	close(gone.hang)
	l := witness.wait(t, s, 1)[0]
	if l.Data.Endpoint.ID != h.ID || !strings.Contains(l.Data.Detail["why"], "410") {
		t.Errorf("%s", l.body)
	}
	if h := h.now(t, s); h.State != "disabled" || !strings.Contains(h.Why, "410") {
		t.Errorf("the endpoint is %+v", h)
	}
	all := h.until(t, s, "the rest is dropped", func(all []delivered) bool { return len(all) == 2 && all[1].State == "dropped" })
	if all[0].State != "failed" || gone.requests() != 1 {
		t.Errorf("%+v after %d requests", all, gone.requests())
	}
	s.Post(t, h.path()+"/replay", map[string]any{"since": s.Clock.Now()}).Fails(t, 409, "endpoint_disabled")
	gone.answer(http.StatusOK)
	s.Patch(t, h.path(), map[string]any{"state": "active"}).Status(t, 200)
	var done struct{ Replayed int }
	s.Post(t, h.path()+"/replay", map[string]any{"since": s.Clock.Now()}).Status(t, 200).JSON(t, &done)
	again := gone.wait(t, s, 2)
	if done.Replayed != 2 || again[0].Type != "pass.created" || again[1].Type != "pass.updated" || again[0].header.Get("webhook-id") != all[0].WebhookID {
		t.Errorf("%d replayed: %v", done.Replayed, again)
	}
}

func TestThreeDaysDisable(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.answer(http.StatusInternalServerError)
	h := listen(t, s, r.URL, "events", []string{"pass.*"})
	s.Issue(t, store.Campaign{}, nil)
	for n := 1; h.now(t, s).State == "active"; n++ {
		all := h.until(t, s, fmt.Sprint("attempt ", n), func(all []delivered) bool { return tried(all) == n })
		if all[0].State == "failed" {
			break
		}
		if n == 20 {
			t.Fatal("it does not end")
		}
		s.Advance(t, all[0].Next.Sub(s.Clock.Now()))
	}
	if h := h.now(t, s); h.State != "disabled" || !strings.Contains(h.Why, "three days") {
		t.Errorf("the endpoint is %+v", h)
	}
	if days := s.Clock.Now().Sub(servertest.Start).Hours() / 24; days < 3 || days > 4 {
		t.Errorf("disabled after %.1f days", days)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.answer(http.StatusFound)
	h := listen(t, s, r.URL)
	var got struct {
		Taken  bool
		Status int
		Error  string
	}
	s.Post(t, h.path()+"/test", nil).Status(t, 200).JSON(t, &got)
	if got.Taken || got.Status != 302 || !strings.Contains(got.Error, "redirect") || r.requests() != 1 {
		t.Errorf("%+v after %d requests", got, r.requests())
	}
}

// TestPrivateAddressIsRefusedWhenItIsCalled has an address that was allowed when it was
// entered and is so no longer.
func TestPrivateAddressIsRefusedWhenItIsCalled(t *testing.T) {
	s := servertest.New(t)
	r := newReceiver(t)
	port := r.URL[strings.LastIndexByte(r.URL, ':'):]
	s.Post(t, "/api/v1/webhooks", map[string]any{"url": "http://127.0.0.1" + port}).Fails(t, 422, "url_refused")
	h := listen(t, s, "https://hooks.example/")
	must(t, s.Store.Update(t.Context(), func(tx store.Tx) error {
		all, _, err := tx.Endpoints(s.Actor.Org, store.Page{})
		must(t, err)
		all[0].URL = "http://localhost" + port
		return tx.PutEndpoint(all[0])
	}))
	s.Issue(t, store.Campaign{}, nil)
	all := h.until(t, s, "the first attempt", func(all []delivered) bool { return tried(all) > 0 })
	for _, d := range all {
		if d.Attempts > 0 && (d.LastAttempt.Status != 0 || !strings.Contains(d.LastAttempt.Error, "[outbound] allow")) {
			t.Errorf("%+v", d)
		}
	}
	if r.requests() != 0 {
		t.Error("the private address was called")
	}
}

func TestSecretIsReplaced(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	h := listen(t, s, r.URL)
	var next hook
	s.Post(t, h.path()+"/rotate", nil).Status(t, 200).JSON(t, &next)
	if next.Secret == h.Secret || next.Secret == "" {
		t.Fatalf("secret %q after %q", next.Secret, h.Secret)
	}
	test := func() letter {
		s.Post(t, h.path()+"/test", nil).Status(t, 200)
		all := r.letters()
		return all[len(all)-1]
	}
	test().verify(t, next.Secret, h.Secret)
	s.Clock.Advance(24 * time.Hour)
	l := test()
	l.verify(t, next.Secret)
	if l.Type != "webhook.test" || l.Data.Endpoint.ID != h.ID {
		t.Errorf("%s", l.body)
	}
}

func TestWhatAnEndpointMayBe(t *testing.T) {
	s := newShop(t)
	for _, test := range []struct{ body, code string }{
		{`{"url": ""}`, "url_refused"},
		{`{"url": "ftp://example.com"}`, "url_refused"},
		{`{"url": "https://user:word@example.com"}`, "url_refused"},
		{`{"url": "http://10.0.0.1/"}`, "url_refused"},
		{`{"url": "http://localhost:8080/hook"}`, "url_refused"},
		{`{"url": "https://LOCALHOST./"}`, "url_refused"},
		{`{"url": "https://example.com/` + strings.Repeat("x", 2050) + `"}`, "url_too_long"},
		{`{"url": "https://example.com", "events": ["pass.lost"]}`, "event_unknown"},
		{`{"url": "https://example.com", "events": ["pass*"]}`, "event_unknown"},
		{`{"url": "https://example.com", "form": "morse"}`, "form_unknown"},
		{`{"url": "https://example.com", "campaign": "` + s.icon + `"}`, "unknown_campaign"},
		{`{"url": "https://example.com", "campaign": "x"}`, "id_malformed"},
	} {
		s.do("POST", "/webhooks", test.body).fails(422, test.code)
	}
	w := s.do("POST", "/webhooks", `{"url": "https://example.com", "events": ["*", "pass.*"]}`).is(201)
	h := w.text("id")
	s.with("If-Match", `"7"`, "PATCH", "/webhooks/"+h, `{"url": "https://example.org"}`).fails(412, "changed_meanwhile")
	s.do("PATCH", "/webhooks/"+h, `{"state": "asleep"}`).fails(422, "state_unknown")
	s.do("PATCH", "/webhooks/"+h, `{"state": "disabled", "events": []}`).is(200)
	if got := s.do("GET", "/webhooks/"+h, nil).is(200); got.text("state") != "disabled" || got.text("why") == "" || got.text("form") != "standard" {
		t.Errorf("%s", got.body)
	}
	for range 25 {
		s.do("POST", "/webhooks", `{"url": "https://example.com"}`).is(201)
	}
	s.do("POST", "/webhooks", `{"url": "https://example.com"}`).fails(409, "endpoint_limit")
	s.do("PATCH", "/webhooks/"+h, `{"state": "active"}`).fails(409, "endpoint_limit")
	s.do("DELETE", "/webhooks/"+h, nil).is(204)
	s.do("GET", "/webhooks/"+h, nil).fails(404, "not_found")
}
