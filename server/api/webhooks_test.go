package api_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/secret"
	"pocketpass/server/servertest"
	"pocketpass/store"
	"pocketpass/store/backup"
)

// lan lets a server call receivers on this machine.
func lan() servertest.Option {
	return servertest.Config(func(c *server.Config) {
		c.Outbound.Allow = []server.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")}}
	})
}

// receiver is somebody's shop.
type receiver struct {
	*httptest.Server
	hang chan struct{} // if it is not nil, answers wait until it is closed

	mu     sync.Mutex
	status int
	got    []letter // what it answered with 2xx
	asked  int
}

type letter struct {
	header http.Header
	body   []byte
	Type   string
	Data   struct {
		Pass struct {
			ID, SerialNumber, Campaign string
			Tags                       []string
			Voided                     bool
		}
		Detail   map[string]string
		Times    int
		Endpoint struct{ ID string }
	}
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusNoContent}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	r.asked++
	hang, status := r.hang, r.status
	r.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-q.Context().Done():
			return
		}
	}
	if status/100 == 3 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(status)
	fmt.Fprint(w, strings.Repeat("x", 5000)[:map[bool]int{true: 0, false: 5000}[status == http.StatusNoContent]])
	if status/100 != 2 {
		return
	}
	l := letter{header: q.Header, body: body}
	_ = json.Unmarshal(body, &l) // what is no event fails the test by its type
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, l)
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) letters() []letter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked
}

// wait returns the first n letters.
func (r *receiver) wait(t *testing.T, s *servertest.Server, n int) []letter {
	t.Helper()
	s.Until(t, fmt.Sprintf("%d events arrived", n), func() bool { return len(r.letters()) >= n })
	return r.letters()
}

// verify is the check of a receiver, by the specification alone.
func (l letter) verify(t *testing.T, secrets ...string) {
	t.Helper()
	signatures := strings.Fields(l.header.Get("webhook-signature"))
	if len(signatures) != len(secrets) {
		t.Errorf("%d signatures, want %d", len(signatures), len(secrets))
		return
	}
	for n, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) < 24 || !strings.HasPrefix(s, "whsec_") {
			t.Fatalf("secret %q: %v", s, err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", l.header.Get("webhook-id"), l.header.Get("webhook-timestamp"), l.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); signatures[n] != want {
			t.Errorf("signature %s, want %s", signatures[n], want)
		}
	}
}

type hook struct{ ID, Secret, State, Why, FailingSince string }

func listen(t *testing.T, s *servertest.Server, url string, more ...any) hook {
	t.Helper()
	body := map[string]any{"url": url}
	for n := 0; n < len(more); n += 2 {
		body[more[n].(string)] = more[n+1]
	}
	var h hook
	s.Post(t, "/api/v1/webhooks", body).Status(t, 201).JSON(t, &h)
	return h
}

func (h hook) path() string { return "/api/v1/webhooks/" + h.ID }

func (h hook) now(t *testing.T, s *servertest.Server) (out hook) {
	t.Helper()
	s.Get(t, h.path()).Status(t, 200).JSON(t, &out)
	return out
}

type delivered struct {
	ID, WebhookID, Type, State string
	Attempts                   int
	Next                       time.Time
	LastAttempt                struct {
		Taken         bool
		Status        int
		Answer, Error string
	}
}

// deliveries are oldest first.
func (h hook) deliveries(t *testing.T, s *servertest.Server) []delivered {
	t.Helper()
	var out struct{ Items []delivered }
	s.Get(t, h.path()+"/deliveries?order=oldest").Status(t, 200).JSON(t, &out)
	return out.Items
}

func (h hook) until(t *testing.T, s *servertest.Server, what string, ready func([]delivered) bool) []delivered {
	t.Helper()
	s.Until(t, what, func() bool { return ready(h.deliveries(t, s)) })
	return h.deliveries(t, s)
}

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

// TestReceiverThatComesBack has several changes of several passes happen while nobody
// takes them.
func TestReceiverThatComesBack(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.answer(http.StatusServiceUnavailable)
	s.Campaign(t)
	h := listen(t, s, r.URL, "events", []string{"pass.*"})
	var passes []store.Pass
	for n := range 3 {
		p := s.Issue(t, store.Campaign{}, nil)
		for range n + 1 {
			p = s.Change(t, p, servertest.Values{"stamps": p.Edited + 1})
		}
		passes = append(passes, p)
	}
	waits := []time.Duration{7 * time.Second, 7 * time.Minute, 37 * time.Minute}
	for n, wait := range waits {
		all := h.until(t, s, fmt.Sprint("attempt ", n+1), func(all []delivered) bool { return tried(all) == 3*(n+1) })
		if d := all[0]; d.State != "queued" || d.LastAttempt.Status != 503 || len(d.LastAttempt.Answer) != 1024 || !strings.Contains(d.LastAttempt.Error, "503") {
			t.Errorf("after %d attempts: %+v", n+1, d)
		}
		if h.now(t, s).FailingSince == "" {
			t.Error("the endpoint is not shown as failing")
		}
		if n == len(waits)-1 {
			r.answer(http.StatusOK)
		}
		s.Advance(t, wait)
	}
	got := make(map[string][]string)
	for _, l := range r.wait(t, s, 9) {
		l.verify(t, h.Secret)
		got[l.Data.Pass.ID] = append(got[l.Data.Pass.ID], l.Type)
	}
	h.until(t, s, "all are delivered", func(all []delivered) bool {
		return !slices.ContainsFunc(all, func(d delivered) bool { return d.State != "delivered" })
	})
	for n, p := range passes {
		want := append([]string{"pass.created"}, slices.Repeat([]string{"pass.updated"}, n+1)...)
		if !slices.Equal(got[p.ID.Short()], want) {
			t.Errorf("pass %d: %v, want %v", n, got[p.ID.Short()], want)
		}
	}
	if n := len(r.letters()); n != 9 {
		t.Errorf("%d events arrived, want 9", n)
	}
	if h := h.now(t, s); h.FailingSince != "" || h.State != "active" {
		t.Errorf("the endpoint is %+v", h)
	}
}

func tried(all []delivered) (n int) {
	for _, d := range all {
		n += d.Attempts
	}
	return n
}

func TestEventsOfOnePassWaitForEachOther(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.hang = make(chan struct{})
	h := listen(t, s, r.URL, "events", []string{"pass.*"})
	p := s.Issue(t, store.Campaign{}, nil)
	s.Change(t, p, servertest.Values{"stamps": 1})
	s.Until(t, "the first is under way", func() bool { return r.requests() == 1 })
	s.Issue(t, store.Campaign{}, nil)
	s.Until(t, "another pass is not held up", func() bool { return r.requests() == 2 })
	if all := h.deliveries(t, s); len(all) != 3 || all[1].Type != "pass.updated" || !all[1].Next.IsZero() {
		t.Errorf("queue %+v", all)
	}
	close(r.hang)
	r.wait(t, s, 3)
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

func TestSlowReceiverHoldsUpNobody(t *testing.T) {
	s := servertest.New(t, lan())
	slow, quick := newReceiver(t), newReceiver(t)
	slow.hang = make(chan struct{})
	defer close(slow.hang)
	listen(t, s, slow.URL)
	listen(t, s, quick.URL, "events", []string{"pass.created"})
	begun := time.Now()
	for range 30 {
		s.Issue(t, store.Campaign{}, nil)
	}
	quick.wait(t, s, 30)
	if d := time.Since(begun); d > 10*time.Second {
		t.Errorf("it took %s", d)
	}
	if n := slow.requests(); n > 8 {
		t.Errorf("%d requests hang at one receiver", n)
	}
}

// TestKilledServerKeepsTheQueue takes a copy of the database while a delivery is under
// way, as it stands on the disk when the process is killed.
func TestKilledServerKeepsTheQueue(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.hang = make(chan struct{})
	h := listen(t, s, r.URL, "events", []string{"pass.*"})
	p := s.Issue(t, store.Campaign{}, nil)
	s.Change(t, p, servertest.Values{"stamps": 1})
	s.Until(t, "the first is under way", func() bool { return r.requests() == 1 })
	dir, err := os.MkdirTemp("", "pocketpass-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	var db bytes.Buffer
	must(t, s.Store.Engine().Snapshot(context.Background(), &db))
	must(t, os.WriteFile(filepath.Join(dir, backup.DefaultDatabase), db.Bytes(), 0o600))
	key, err := os.ReadFile(filepath.Join(s.Data, secret.FileName))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, secret.FileName), key, 0o600))
	s.Stop(t)
	close(r.hang)
	if len(r.letters()) != 0 {
		t.Fatal("it was taken before the end")
	}

	s = servertest.New(t, lan(), servertest.Data(dir), servertest.Bare(), servertest.At(servertest.Start.Add(2*time.Minute)))
	all := r.wait(t, s, 2)
	if all[0].Type != "pass.created" || all[1].Type != "pass.updated" {
		t.Errorf("%s then %s", all[0].Type, all[1].Type)
	}
	all[0].verify(t, h.Secret)
	h.until(t, s, "all are delivered", func(all []delivered) bool { return len(all) == 2 && all[1].State == "delivered" })
	if n := len(r.letters()); n != 2 {
		t.Errorf("%d events arrived, want 2", n)
	}
}

// TestStoppedServerKeepsTheQueue stops while a delivery is under way: it is sent again
// at once, and is no attempt that failed.
func TestStoppedServerKeepsTheQueue(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.hang = make(chan struct{})
	h := listen(t, s, r.URL, "events", []string{"pass.*"})
	p := s.Issue(t, store.Campaign{}, nil)
	s.Change(t, p, servertest.Values{"stamps": 1})
	s.Until(t, "the first is under way", func() bool { return r.requests() == 1 })
	s.Stop(t)
	close(r.hang)

	s = servertest.New(t, lan(), servertest.Data(s.Data), servertest.Bare())
	if all := r.wait(t, s, 2); all[0].Type != "pass.created" || all[1].Type != "pass.updated" {
		t.Errorf("%s then %s", all[0].Type, all[1].Type)
	}
	h.until(t, s, "all are delivered", func(all []delivered) bool {
		return len(all) == 2 && all[0].Attempts == 1 && all[1].State == "delivered"
	})
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

func TestOneDeliveryIsReplayed(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	h, other := listen(t, s, r.URL, "events", []string{"pass.*"}), listen(t, s, r.URL, "events", []string{"job.*"})
	s.Issue(t, store.Campaign{}, nil)
	d := h.until(t, s, "it is delivered", func(all []delivered) bool { return len(all) == 1 && all[0].State == "delivered" })[0]
	s.Post(t, h.path()+"/deliveries/"+d.ID+"/replay", nil).Status(t, 200)
	all := r.wait(t, s, 2)
	if all[0].header.Get("webhook-id") != all[1].header.Get("webhook-id") || !bytes.Equal(all[0].body, all[1].body) {
		t.Errorf("%s, then %s", all[0].body, all[1].body)
	}
	s.Post(t, other.path()+"/deliveries/"+d.ID+"/replay", nil).Fails(t, 404, "not_found")
}

func TestWhatIsSeenIsCountedAndSent(t *testing.T) {
	s := servertest.New(t, lan())
	r := newReceiver(t)
	listen(t, s, r.URL, "events", []string{"pass.viewed", "pass.downloaded", "pass.fetched"})
	p := s.Issue(t, store.Campaign{}, nil)
	for range 3 {
		s.Anonymous().Get(t, "/p/"+p.PublicID).Status(t, 200)
	}
	s.Anonymous().Head(t, "/p/"+p.PublicID).Status(t, 200)
	phone := s.Phone(t, p)
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.WantUpdates(t, p, 1)
	must(t, s.Issuer.FlushSeen(t.Context()))
	var want = map[string]int{"pass.viewed": 3, "pass.downloaded": 1, "pass.fetched": 1}
	s.Until(t, "all was sent", func() bool {
		seen := make(map[string]int)
		for _, l := range r.letters() {
			seen[l.Type] += l.Data.Times
		}
		return seen["pass.viewed"] == 3 && seen["pass.downloaded"] == 1 && seen["pass.fetched"] == 1
	})
	must(t, s.Store.View(t.Context(), func(tx store.Reader) error {
		day := store.DayOf(s.Clock.Now())
		all, err := tx.Tallies(store.Scope{Org: p.Org, ID: p.Campaign}, day, day)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d tallies, %w", len(all), err)
		}
		c := all[0].Counts
		got := map[string]int{"pass.viewed": int(c[store.Views]), "pass.downloaded": int(c[store.Downloads]), "pass.fetched": int(c[store.Fetches])}
		for kind, n := range want {
			if got[kind] != n {
				t.Errorf("%d of %s are counted, want %d", got[kind], kind, n)
			}
		}
		return nil
	}))
}

func TestFeed(t *testing.T) {
	s := newShop(t)
	first := s.issue(`{}`)
	second := s.issue(`{}`)
	s.do("POST", "/passes/"+first+"/void", nil).is(200)
	type line struct{ Type, Subject, Campaign string }
	tests := []struct {
		query string
		want  []line
	}{
		{"type=pass.*", []line{{"pass.voided", first, s.campaign}, {"pass.created", second, s.campaign}, {"pass.created", first, s.campaign}}},
		{"type=pass.voided", []line{{"pass.voided", first, s.campaign}}},
		{"pass=" + first + "&order=oldest", []line{{"pass.created", first, s.campaign}, {"pass.voided", first, s.campaign}}},
		{"campaign=" + s.campaign + "&limit=1", []line{{"pass.voided", first, s.campaign}}},
		{"type=template.published", []line{{"template.published", s.template, s.campaign}}},
	}
	for _, test := range tests {
		got := decode[struct{ Items []line }](s.do("GET", "/events?"+test.query, nil).is(200)).Items
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.query, got, test.want)
		}
	}
	s.do("GET", "/events?type=pass.lost", nil).fails(422, "event_unknown")
	s.do("GET", "/events?campaign="+first, nil).fails(404, "not_found")
	s.do("GET", "/events?pass="+s.campaign, nil).fails(404, "not_found")
	types := decode[struct {
		Items []struct{ Name, About string }
	}](s.do("GET", "/events/types", nil).is(200)).Items
	if len(types) < 10 || types[0].Name != "pass.created" || types[0].About == "" {
		t.Errorf("types %v", types)
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
