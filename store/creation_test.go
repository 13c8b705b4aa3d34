package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pocketpass/store"
	"pocketpass/store/kv"
)

// TestPassIDsCreated: whatever is issued, moved here, changed and deleted, and however the
// clock is set meanwhile, a span finds the passes created in it once, oldest first.
func TestPassIDsCreated(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			s := &dated{fixture: newFixture(t), passes: make(map[store.ID]store.Pass)}
			s.prepare(t)
			for range 20 {
				s.now = s.now.Add(time.Duration(rnd.Int64N(int64(2*time.Hour))) - 30*time.Minute)
				s.update(t, func(tx store.Tx) error { return s.change(tx, rnd) })
				s.wantClean(t)
				for range 20 {
					s.check(t, s.filter(rnd), s.span(rnd))
				}
			}
			s.check(t, store.PassFilter{Org: s.org}, store.Span{})
		})
	}
}

// dated is a store with passes of two campaigns, of which the first has two templates.
type dated struct {
	*fixture
	passes map[store.ID]store.Pass
	order  []store.ID
}

func (s *dated) prepare(t testing.TB) {
	s.update(t, func(tx store.Tx) error {
		return errors.Join(tx.PutCampaign(store.Campaign{ID: 10, Org: s.org}), tx.PutCampaign(store.Campaign{ID: 11, Org: s.org}),
			tx.PutTemplate(store.Template{ID: 20, Org: s.org, Campaign: 10}), tx.PutTemplate(store.Template{ID: 21, Org: s.org, Campaign: 10}),
			tx.PutTemplate(store.Template{ID: 22, Org: s.org, Campaign: 11}))
	})
}

func (s *dated) change(tx store.Tx, rnd *rand.Rand) error {
	for range 15 {
		p, err := s.next(tx, rnd)
		if err != nil {
			return err
		}
		n := int64(0)
		old, known := s.passes[p.ID]
		if p.Deleted.IsZero() {
			n++
		}
		if known && old.Deleted.IsZero() {
			n--
		}
		s.passes[p.ID] = p
		if err := errors.Join(tx.PutPass(p), tx.Count(p.Campaign, store.CountPasses, n)); err != nil {
			return err
		}
	}
	return nil
}

// next is a new pass, or a change of one.
func (s *dated) next(tx store.Tx, rnd *rand.Rand) (store.Pass, error) {
	if len(s.order) > 0 && rnd.IntN(3) == 0 {
		p := s.passes[s.order[rnd.IntN(len(s.order))]]
		switch {
		case rnd.IntN(2) == 0 && p.Campaign == 10:
			p.Template = 20 + store.ID(rnd.IntN(2))
		case p.Deleted.IsZero():
			p.Deleted = tx.Now
		default:
			p.Deleted = time.Time{}
		}
		return p, nil
	}
	id, err := tx.NewID()
	p := s.pass(id, id.Short())
	if p.Template = 20 + store.ID(rnd.IntN(3)); p.Template == 22 {
		p.Campaign = 11
	}
	if rnd.IntN(2) == 0 {
		p.Created = p.Created.Add(-time.Duration(rnd.Int64N(int64(40 * time.Hour)))).Truncate(time.Second >> rnd.IntN(2))
	}
	s.order = append(s.order, id)
	return p, err
}

func (s *dated) filter(rnd *rand.Rand) store.PassFilter {
	return []store.PassFilter{{Org: s.org}, {Org: s.org, Campaign: 10}, {Org: s.org, Campaign: 11}, {Org: s.org, Template: 20}, {Org: s.org, Template: 22}}[rnd.IntN(5)]
}

// span lies between two passes, or has no end.
func (s *dated) span(rnd *rand.Rand) (out store.Span) {
	some := func() time.Time {
		return s.passes[s.order[rnd.IntN(len(s.order))]].Created.Add(time.Duration(rnd.IntN(3)-1) * time.Millisecond / 2)
	}
	if rnd.IntN(4) > 0 {
		out.Since(some())
	}
	if rnd.IntN(4) > 0 {
		out.Before(some())
	}
	return out
}

func (s *dated) check(t *testing.T, f store.PassFilter, within store.Span) {
	t.Helper()
	var ids []store.ID
	s.view(t, func(r store.Reader) error {
		var more bool
		var err error
		if ids, more, err = r.PassIDsCreated(f, within, len(s.order)); more {
			t.Error("there would be more passes than there are")
		}
		return err
	})
	found, last := make(map[store.ID]bool), time.Time{}
	for _, id := range ids {
		p := s.passes[id]
		late := !within.To.IsZero() && p.Created.After(within.To.Add(time.Second+2*time.Millisecond))
		if found[id] || !f.Matches(&p) || p.Created.Before(within.From.Add(-time.Second)) || late {
			t.Errorf("%+v in %v finds %v, created %v", f, within, id, p.Created)
		}
		if p.Created.Before(last.Add(-time.Second)) {
			t.Errorf("%+v in %v has %v behind %v", f, within, p.Created, last)
		}
		found[id], last = true, p.Created
	}
	for id, p := range s.passes {
		inside := !p.Created.Before(within.From) && (within.To.IsZero() || p.Created.Before(within.To))
		if f.Matches(&p) && inside && !found[id] {
			t.Errorf("%+v in %v lacks %v, created %v", f, within, id, p.Created)
		}
	}
}

// TestPassIDsCreatedLimit reads no more than it may: not of what it finds, and not of what
// it passes over.
func TestPassIDsCreatedLimit(t *testing.T) {
	f := newFixture(t)
	add := func(n int, created time.Time) {
		f.update(t, func(tx store.Tx) error {
			for range n {
				id, err := tx.NewID()
				p := f.pass(id, id.Short())
				p.Created = created
				if err := errors.Join(err, tx.AddPass(&p)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	f.update(t, func(tx store.Tx) error { return tx.PutCampaign(store.Campaign{ID: 10, Org: f.org}) })
	long := f.now.AddDate(-3, 0, 0)
	add(41, long)
	add(2, f.now)
	for _, tt := range []struct {
		name  string
		span  store.Span
		limit int
		want  int
		more  bool
	}{
		{"all", store.Span{}, 43, 43, false},
		{"not all", store.Span{}, 42, 42, true},
		{"backdated ones", store.Span{To: long.Add(time.Hour)}, 41, 41, false},
		{"fewer of them", store.Span{To: long.Add(time.Hour)}, 3, 3, true},
		{"of today, past those that came today", store.Span{From: f.now}, 3, 2, false},
		{"past too many", store.Span{From: f.now}, 2, 0, true},
		{"before 1970", store.Span{To: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)}, 1, 0, false},
		{"never", store.Span{From: f.now, To: f.now.Add(-time.Hour)}, 43, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.view(t, func(r store.Reader) error {
				ids, more, err := r.PassIDsCreated(store.PassFilter{Org: f.org}, tt.span, tt.limit)
				if len(ids) != tt.want || more != tt.more {
					t.Errorf("%d passes, more %v; want %d, %v", len(ids), more, tt.want, tt.more)
				}
				return err
			})
		})
	}
}

// TestPassesMadeHere are in no index of backdated ones, not even those of a batch whose ids
// run ahead.
func TestPassesMadeHere(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		for range 3 {
			for range 4096 {
				if _, err := tx.NewID(); err != nil {
					return err
				}
			}
			id, err := tx.NewID()
			if err := errors.Join(err, tx.PutPass(f.pass(id, id.Short()))); err != nil {
				return err
			}
		}
		return nil
	})
	for _, table := range []kv.Table{"pass_creation", "pass_arrival"} {
		f.raw(t, func(w kv.Writer) error {
			return w.Scan(table, kv.Range{}, func(key, _ []byte) error { return fmt.Errorf("%s has %x", table, key) })
		})
	}
}

// TestOlderBackdatedPassesAreFound: a database of version 8 has no indexes of them. They are
// more than one commit fills in, and a crash comes after it.
func TestOlderBackdatedPassesAreFound(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		err := errors.Join(tx.PutCampaign(store.Campaign{ID: 10, Org: f.org}), tx.Count(10, store.CountPasses, store.FillRecords+1))
		for n := range store.FillRecords + 1 {
			id, failed := tx.NewID()
			p := f.pass(id, fmt.Sprint(n))
			p.Created = f.now.AddDate(-1, 0, 0)
			err = errors.Join(err, failed, tx.PutPass(p))
		}
		return err
	})
	f.raw(t, func(w kv.Writer) error {
		err := w.Delete("meta", []byte("version"))
		for _, table := range []kv.Table{"pass_creation", "pass_arrival"} {
			var all [][]byte
			err = errors.Join(err, w.Scan(table, kv.Range{}, func(key, _ []byte) error { all = append(all, bytes.Clone(key)); return nil }))
			for _, key := range all {
				err = errors.Join(err, w.Delete(table, key))
			}
		}
		return err
	})
	older := slices.Repeat([]func(store.Tx) error{func(store.Tx) error { return nil }}, 8)
	restore := store.SetMigrations(older...)
	f.reopen(t)
	restore()
	f.wantFault(t, "the index lacks a record")
	if _, err := store.Open(t.Context(), &crashing{Engine: f.engine, left: 1}, nil); !errors.Is(err, errCrash) {
		t.Fatalf("the crash: %v", err)
	}
	restore = store.SetMigrations(older...)
	if _, err := store.Open(t.Context(), f.engine, nil); !errors.Is(err, store.ErrNewer) {
		t.Errorf("the older program opened what is half done: %v", err)
	}
	restore()
	f.wantFault(t, "the index lacks a record")
	f.reopen(t)
	f.wantClean(t)
}

// crashing is an engine that some commits get through to.
type crashing struct {
	kv.Engine
	left int
}

var errCrash = errors.New("power cut")

func (c *crashing) Update(ctx context.Context, fn func(kv.Writer) error) error {
	if c.left--; c.left < 0 {
		return errCrash
	}
	return c.Engine.Update(ctx, fn)
}
