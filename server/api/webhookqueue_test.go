package api_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/secret"
	"pocketpass/server/servertest"
	"pocketpass/store"
	"pocketpass/store/backup"
)

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

// interrupted is a server that has two events of a pass for a receiver, which has not
// answered the first yet.
func interrupted(t *testing.T) (*servertest.Server, *receiver, hook) {
	t.Helper()
	s := servertest.New(t, lan())
	r := newReceiver(t)
	r.hang = make(chan struct{})
	h := listen(t, s, r.URL, "events", []string{"pass.*"})
	p := s.Issue(t, store.Campaign{}, nil)
	s.Change(t, p, servertest.Values{"stamps": 1})
	s.Until(t, "the first is under way", func() bool { return r.requests() == 1 })
	return s, r, h
}

// TestKilledServerKeepsTheQueue takes a copy of the database while a delivery is under
// way, as it stands on the disk when the process is killed.
func TestKilledServerKeepsTheQueue(t *testing.T) {
	s, r, h := interrupted(t)
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
	s, r, h := interrupted(t)
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
