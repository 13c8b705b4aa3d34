package issuer_test

import (
	"fmt"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestFetchIsAttributed to the device that asked from the same address before,
// and to none where that cannot be told.
func TestFetchIsAttributed(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	a, b := phoneNumber(1), phoneNumber(2)
	w.register(t, p, a)
	w.register(t, p, b)
	ask := func(d phone, from string) {
		_, err := w.ChangedPasses(t.Context(), passType, d.library, "", from)
		must(t, err)
	}
	fetch := func(from string) {
		_, _, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: w.token(p), From: from})
		must(t, err)
	}
	ask(a, "192.0.2.1")
	fetch("192.0.2.1")
	w.wantFetched(t, p, a.library)
	ask(b, "192.0.2.2")
	ask(a, "192.0.2.2") // one address for both
	fetch("192.0.2.2")
	fetch("192.0.2.3")
	w.wantFetched(t, p, a.library)
}

func (w *world) wantFetched(t *testing.T, p store.Pass, libraries ...string) {
	t.Helper()
	must(t, w.FlushSeen(t.Context()))
	all, err := w.Registrations(t.Context(), w.me, p.ID)
	must(t, err)
	var got []string
	for _, g := range all {
		if !g.Fetched.IsZero() {
			got = append(got, g.Library)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(libraries) {
		t.Errorf("fetched by %v, want %v", got, libraries)
	}
}

// TestStrangersAreNotRemembered: questions about what is not ours take no transaction
// and so no memory until then.
func TestStrangersAreNotRemembered(t *testing.T) {
	w := newWorld(t)
	for n := range 50 {
		_, err := w.ChangedPasses(t.Context(), passType, strings.Repeat("x", 1000+n), "", "192.0.2.1")
		must(t, err)
		_, _, err = w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: strings.Repeat("x", 1000+n)})
		refusal(t, err, issuer.Denied, "wrong_token")
	}
	before := w.engine.updates.Load()
	must(t, w.FlushSeen(t.Context()))
	if n := w.engine.updates.Load() - before; n != 0 {
		t.Errorf("%d transactions", n)
	}
}

func TestWatch(t *testing.T) {
	w := newWorld(t)
	var told []store.ID
	stop := w.Watch(func(p store.Pass) { told = append(told, p.ID) })
	p := w.issue(t)
	w.change(t, p, "stamps", 1)
	_, err := w.Void(t.Context(), w.me, p.ID, true)
	must(t, err)
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
	stop()
	w.change(t, w.issue(t), "stamps", 1)
	if fmt.Sprint(told) != fmt.Sprint([]store.ID{p.ID, p.ID, p.ID}) {
		t.Errorf("told of %v", told)
	}
}

// TestFailedFetchIsListedAgain: some phones keep the tag that came with the list, so a
// pass that they could not get has to be listed once more.
func TestFailedFetchIsListedAgain(t *testing.T) {
	w := newWorld(t)
	p, d := w.issue(t), phoneNumber(1)
	w.register(t, p, d)
	w.change(t, p, "stamps", 1)
	tag := w.list(t, d, "").Tag
	wantSerials(t, w.list(t, d, tag))
	w.clock.set(start.AddDate(2, 0, 0)) // nothing can be signed
	_, _, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: w.token(p)})
	refusal(t, err, issuer.Unavailable, "certificate_expired")
	must(t, w.FlushSeen(t.Context()))
	wantSerials(t, w.list(t, d, tag), p)
}
