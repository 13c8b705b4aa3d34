package kvtest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"pocketpass/store/kv"
)

func increments(t *testing.T, e kv.Engine) {
	const writers, each = 16, 25
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if err := e.Update(t.Context(), func(w kv.Writer) error { return increment(w, "a") }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	want(t, e, "a", "counter", fmt.Sprint(writers*each))
}

func increment(w kv.Writer, table kv.Table) error {
	value, _, err := w.Get(table, []byte("counter"))
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(string(value))
	return w.Put(table, []byte("counter"), strconv.AppendInt(nil, int64(n+1), 10))
}

// failAlone mixes functions that succeed with those that fail early, fail late
// and panic: each caller gets its own outcome, and only the good ones are stored.
func failAlone(t *testing.T, e kv.Engine) {
	const n = 200
	var wg sync.WaitGroup
	pairs := []string{}
	for i := range n {
		key := fmt.Sprintf("%04d", i)
		own := errors.New("of " + key)
		var fail func() error
		switch i % 8 {
		case 0:
			fail = func() error { return own }
		case 1:
			fail = func() error { panic(own) }
		default:
			pairs = append(pairs, key, "v")
		}
		early := i%16 < 8
		wg.Go(func() {
			got, panicked := try(t, e, func(w kv.Writer) error {
				if early && fail != nil {
					return fail()
				}
				if err := errors.Join(w.Put("a", []byte(key), []byte("v")), increment(w, "count")); err != nil {
					return err
				}
				if fail != nil {
					return fail()
				}
				return nil
			})
			if (fail != nil) != (got == own) || panicked != (i%8 == 1) {
				t.Errorf("call %d: got %v, panicked %v", i, got, panicked)
			}
		})
	}
	wg.Wait()
	want(t, e, "a", pairs...)
	want(t, e, "count", "counter", fmt.Sprint(len(pairs)/2))
}

// try runs Update and returns its error, or what it panicked with.
func try(t *testing.T, e kv.Engine, fn func(kv.Writer) error) (outcome any, panicked bool) {
	defer func() {
		if p := recover(); p != nil {
			outcome, panicked = p, true
		}
	}()
	if err := e.Update(t.Context(), fn); err != nil {
		return err, false
	}
	return nil, false
}

// answersAreFinal lets many claim the same key: exactly one succeeds, and who is
// told that it is taken finds it taken.
func answersAreFinal(t *testing.T, e kv.Engine) {
	taken := errors.New("taken")
	for round := range 10 {
		key := fmt.Appendf(nil, "%d", round)
		var wg sync.WaitGroup
		var mu sync.Mutex
		winners := 0
		for range 20 {
			wg.Go(func() {
				err := e.Update(t.Context(), func(w kv.Writer) error {
					if _, ok, err := w.Get("a", key); ok || err != nil {
						return errors.Join(taken, err)
					}
					return w.Put("a", key, []byte("mine"))
				})
				seen := false
				e.View(t.Context(), func(r kv.Reader) error { _, seen, _ = r.Get("a", key); return nil })
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					winners++
				} else if !errors.Is(err, taken) {
					t.Error(err)
				}
				if !seen {
					t.Errorf("round %d: the key is absent after the answer %v", round, err)
				}
			})
		}
		wg.Wait()
		if winners != 1 {
			t.Errorf("round %d: %d claims succeeded, want 1", round, winners)
		}
	}
}

func snapshotWhileWriting(t *testing.T, e kv.Engine) {
	put(t, e, "a", "k", "v")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := e.Update(t.Context(), func(w kv.Writer) error { return increment(w, "a") }); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for range 5 {
		var copied bytes.Buffer
		if err := e.Snapshot(t.Context(), &copied); err != nil || copied.Len() == 0 {
			t.Errorf("snapshot: %d bytes, %v", copied.Len(), err)
		}
	}
	close(stop)
	wg.Wait()
}
