package issuer_test

import (
	"encoding/json"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

const day = 24 * time.Hour

// expiring is the date in the document of a pass.
func (w *world) expiring(t *testing.T, p store.Pass) string {
	t.Helper()
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	return doc.ExpirationDate
}

func TestExpiry(t *testing.T) {
	date := start.Add(90 * day)
	own := start.Add(time.Hour)
	tests := []struct {
		name  string
		rule  store.ExpiryRule
		given *time.Time
		doc   string
		want  string // in the document
	}{
		{"none", store.ExpiryRule{}, nil, ``, ""},
		{"on a date", store.ExpiryRule{At: date}, nil, ``, "2026-05-30T12:00:00Z"},
		{"days after issue", store.ExpiryRule{AfterIssue: 30}, nil, ``, "2026-03-31T12:00:00Z"},
		{"of its own", store.ExpiryRule{AfterIssue: 30}, &own, ``, "2026-03-01T13:00:00Z"},
		{"never", store.ExpiryRule{AfterIssue: 30}, new(time.Time), ``, ""},
		{"its own document", store.ExpiryRule{AfterIssue: 30}, nil, `{"expirationDate": "2030-01-01T00:00Z"}`, "2030-01-01T00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.set(t, issuer.CampaignSettings{Expiry: &tt.rule})
			o := w.order()
			o.Expires, o.Document = tt.given, json.RawMessage(tt.doc)
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			if got := w.expiring(t, p); got != tt.want {
				t.Errorf("expires %q, want %q", got, tt.want)
			}
		})
	}
}

// TestExpiryAfterInstall: the first device starts the time, and is told the date.
func TestExpiryAfterInstall(t *testing.T) {
	w := newWorld(t)
	w.set(t, issuer.CampaignSettings{Expiry: &store.ExpiryRule{AfterInstall: 7}})
	p := w.issue(t)
	if got := w.expiring(t, p); got != "" {
		t.Errorf("expires %q before anyone installed it", got)
	}
	w.clock.add(day)
	w.register(t, p, phoneNumber(1))
	w.wantQueued(t, 1)
	w.clock.add(day)
	w.register(t, p, phoneNumber(2))
	w.wantQueued(t, 1)
	if got := w.expiring(t, p); got != "2026-03-09T12:00:00Z" {
		t.Errorf("expires %q, want a week after the first installation", got)
	}
}

// TestNeverExpires: never is said of a pass whatever its campaign's rule, until a date is.
func TestNeverExpires(t *testing.T) {
	w := newWorld(t)
	w.set(t, issuer.CampaignSettings{Expiry: &store.ExpiryRule{AfterInstall: 7}})
	never := new(time.Time)
	order := w.order()
	order.Expires = never
	issued, err := w.Issue(t.Context(), w.me, order)
	must(t, err)
	changed, dated := w.issue(t), w.issue(t)
	for _, p := range []store.Pass{changed, dated} {
		_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Expires: never})
		must(t, err)
	}
	_, err = w.Update(t.Context(), w.me, dated.ID, issuer.Change{Expires: new(start.Add(day))})
	must(t, err)
	for n, p := range []store.Pass{issued, changed, dated} {
		w.register(t, p, phoneNumber(n))
	}
	if got := w.expiring(t, issued) + w.expiring(t, changed); got != "" {
		t.Errorf("expires %q", got)
	}
	if got := w.expiring(t, dated); got != "2026-03-02T12:00:00Z" {
		t.Errorf("expires %q", got)
	}
}

// TestExpiryAfterMerge: taking over the campaign's rule is no promise that a pass never expires.
func TestExpiryAfterMerge(t *testing.T) {
	w := newWorld(t)
	w.set(t, issuer.CampaignSettings{Expiry: &store.ExpiryRule{AfterInstall: 7}})
	p := w.issue(t)
	w.run(t, issuer.NewJob{Kind: issuer.KindMerge, Campaign: w.campaign.ID, Merging: &issuer.Merging{Expires: true}})
	w.register(t, p, phoneNumber(1))
	if got := w.expiring(t, p); got != "2026-03-08T12:00:00Z" {
		t.Errorf("expires %q, want a week after the first installation", got)
	}
}

// TestInstallations notes when devices came and went, beside whoever changes the pass.
func TestInstallations(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for n := range 2 {
		w.clock.add(day)
		w.register(t, p, phoneNumber(n))
	}
	for n := range 2 {
		w.clock.add(day)
		must(t, w.Unregister(t.Context(), w.registering(p, phoneNumber(n))))
	}
	p = w.change(t, p, "stamps", 1)
	if want := (store.Installations{FirstAdded: start.Add(day), LastAdded: start.Add(2 * day), FirstRemoved: start.Add(3 * day), LastRemoved: start.Add(4 * day)}); p.Devices != want {
		t.Errorf("%+v, want %+v", p.Devices, want)
	}
	if p.Edited != 1 {
		t.Errorf("%d changes, want the one of a client", p.Edited)
	}
}

// expirations is how often a pass's history says that it expired.
func (w *world) expirations(t *testing.T, p store.Pass) (n int) {
	t.Helper()
	events, _, err := w.History(t.Context(), w.me, p.ID, store.Page{})
	must(t, err)
	for _, e := range events {
		if e.Type == "pass.expired" {
			n++
		}
	}
	return n
}

func (w *world) expire(t *testing.T, want int) {
	t.Helper()
	n, err := w.ExpirePasses(t.Context())
	must(t, err)
	if n != want {
		t.Errorf("%d passes expired, want %d", n, want)
	}
}

func (w *world) expireAt(t *testing.T, p store.Pass, at time.Time) store.Pass {
	t.Helper()
	p, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Expires: &at})
	must(t, err)
	return p
}

// TestExpirePasses: once for each pass and date.
func TestExpirePasses(t *testing.T) {
	w := newWorld(t)
	first, second, never := w.issue(t), w.issue(t), w.issue(t)
	w.expireAt(t, first, start.Add(time.Hour))
	w.expireAt(t, second, start.Add(2*time.Hour))
	w.expire(t, 0)
	w.clock.add(time.Hour)
	w.expire(t, 1)
	w.expire(t, 0)
	w.Issuer = issuer.New(w.config) // as after a restart
	w.clock.add(time.Hour)
	w.expire(t, 1)

	w.expireAt(t, first, start.Add(3*time.Hour)) // given more time
	w.clock.add(time.Hour)
	w.expire(t, 1)
	w.expireAt(t, first, start.Add(4*time.Hour)) // given more, which is taken back
	w.expireAt(t, first, time.Time{})
	w.clock.add(time.Hour)
	w.expire(t, 0)
	for p, want := range map[store.ID]int{first.ID: 2, second.ID: 1, never.ID: 0} {
		if got := w.expirations(t, store.Pass{ID: p}); got != want {
			t.Errorf("%d events, want %d", got, want)
		}
	}
	w.view(t, func(r store.Reader) error {
		days, err := r.Tallies(store.Scope{Org: w.me.Org, ID: w.campaign.ID}, 0, store.DayOf(w.clock.Now()))
		if len(days) != 1 || days[0].Counts[store.Expires] != 3 {
			t.Errorf("tallies %+v", days)
		}
		return err
	})
}

// TestExpiresInThePast: a date that was over when it was given is noted once, by
// the change or by the sweep that has not come to it.
func TestExpiresInThePast(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.expireAt(t, p, start.Add(-time.Hour))
	if got := w.expirations(t, p); got != 0 {
		t.Errorf("%d events before the first sweep", got)
	}
	w.expire(t, 1)
	w.expireAt(t, p, start.Add(-2*time.Hour)) // behind the sweep
	w.change(t, p, "stamps", 1)
	w.expire(t, 0)
	if got := w.expirations(t, p); got != 2 {
		t.Errorf("%d events, want 2", got)
	}
	o := w.order()
	o.Expires = new(start.Add(-3 * time.Hour))
	late, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.expire(t, 0)
	if got := w.expirations(t, late); got != 1 {
		t.Errorf("%d events of a pass that was issued too late, want 1", got)
	}
}

// TestExpireMany takes more than one commit.
func TestExpireMany(t *testing.T) {
	w := newWorld(t)
	at := start.Add(time.Hour)
	w.set(t, issuer.CampaignSettings{Expiry: &store.ExpiryRule{At: at}})
	for range 501 {
		w.issue(t)
	}
	w.clock.set(at)
	w.expire(t, 501)
}
