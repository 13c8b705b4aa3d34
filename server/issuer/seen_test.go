package issuer_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// asks has the device ask from an address what is new.
func (w *world) asks(t *testing.T, d phone, from string) {
	t.Helper()
	_, err := w.ChangedPasses(t.Context(), passType, d.library, "", netip.MustParseAddr(from))
	must(t, err)
}

func (w *world) fetches(t *testing.T, p store.Pass, from string) {
	t.Helper()
	_, _, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: w.token(p), From: netip.MustParseAddr(from)})
	must(t, err)
}

// TestFetchIsAttributed to the device that asked from the same address before,
// and to none where that cannot be told.
func TestFetchIsAttributed(t *testing.T) {
	w := newWorld(t)
	p, only := w.issue(t), w.issue(t)
	a, b := phoneNumber(1), phoneNumber(2)
	w.register(t, p, a)
	w.register(t, p, b)
	w.register(t, only, b)
	w.asks(t, a, "192.0.2.1")
	w.fetches(t, p, "192.0.2.1")
	w.wantFetched(t, p, a.library)
	w.asks(t, b, "192.0.2.2")
	w.asks(t, a, "192.0.2.2") // one address for both
	w.fetches(t, p, "192.0.2.2")
	w.fetches(t, only, "192.0.2.2") // which one of them has
	w.fetches(t, p, "192.0.2.3")
	w.wantFetched(t, p, a.library)
	w.wantFetched(t, only, b.library)
}

// TestHeadIsNoFetch: who is sent no file has none, in no number and in no diagnosis.
func TestHeadIsNoFetch(t *testing.T) {
	w := newWorld(t)
	p, d := w.issue(t), phoneNumber(1)
	w.register(t, p, d)
	w.asks(t, d, "192.0.2.1")
	_, _, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: w.token(p), From: netip.MustParseAddr("192.0.2.1"), Head: true})
	must(t, err)
	_, err = w.PublicDownload(t.Context(), p.PublicID, home, true)
	must(t, err)
	w.wantFetched(t, p)
	w.view(t, func(r store.Reader) error {
		day := store.DayOf(w.clock.Now())
		all, err := r.Tallies(store.Scope{Org: w.me.Org, ID: w.campaign.ID}, day, day)
		if must(t, err); all[0].Counts[store.Fetches]+all[0].Counts[store.Downloads] != 0 {
			t.Errorf("counted %v", all[0].Counts)
		}
		return nil
	})
}

// TestFetchFromASharedAddress: of neither phone is said that it has not fetched.
func TestFetchFromASharedAddress(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	both := []phone{phoneNumber(1), phoneNumber(2)}
	for _, d := range both {
		w.register(t, p, d)
	}
	want := func(code string) {
		t.Helper()
		d, err := w.Diagnose(t.Context(), w.me, p.ID)
		must(t, err)
		for _, one := range d.Devices {
			if one.Code != code {
				t.Errorf("%s: %+v, want %s", one.Library, one.Verdict, code)
			}
		}
	}
	w.clock.add(time.Second)
	w.change(t, p, "stamps", 1)
	for _, d := range both {
		w.asks(t, d, "192.0.2.1")
	}
	want("not_fetched")
	w.fetches(t, p, "192.0.2.1")
	want("fetched_by_one")
	w.clock.add(3 * time.Minute) // now each is alone
	for _, d := range both {
		w.asks(t, d, "192.0.2.1")
		w.fetches(t, p, "192.0.2.1")
		w.clock.add(3 * time.Minute)
	}
	want("up_to_date")
	w.change(t, p, "stamps", 2)
	want("push_waiting")
}

// TestCrowdedAddress: of more phones than are remembered none is sure.
func TestCrowdedAddress(t *testing.T) {
	w := newWorld(t)
	p, other := w.issue(t), w.issue(t)
	w.register(t, p, phoneNumber(0))
	for n := range 20 {
		w.register(t, other, phoneNumber(n))
		w.asks(t, phoneNumber(n), "192.0.2.1")
	}
	w.asks(t, phoneNumber(0), "192.0.2.1")
	w.fetches(t, p, "192.0.2.1")
	w.wantFetched(t, p)
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
		_, err := w.ChangedPasses(t.Context(), passType, strings.Repeat("x", 1000+n), "", home)
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

// TestFlushWaitsForTheOneBefore: when either returns, what both found is written.
func TestFlushWaitsForTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Viewed(w.issue(t), home)
		busy := make(chan struct{})
		go w.db.Update(t.Context(), func(store.Tx) error { <-busy; return nil })
		synctest.Wait()
		var done atomic.Int32
		for range 2 {
			go func() {
				if err := w.FlushSeen(t.Context()); err != nil {
					t.Error(err)
				}
				done.Add(1)
			}()
		}
		if synctest.Wait(); done.Load() != 0 {
			t.Error("it returned before what was observed is written")
		}
		close(busy)
		if synctest.Wait(); done.Load() != 2 {
			t.Error("it does not return")
		}
	})
}
