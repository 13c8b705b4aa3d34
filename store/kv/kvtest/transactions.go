package kvtest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"pocketpass/store/kv"
)

func ownWrites(t *testing.T, e kv.Engine) {
	put(t, e, "a", "1", "old", "2", "old")
	err := e.Update(t.Context(), func(w kv.Writer) error {
		err := errors.Join(
			w.Put("a", []byte("1"), []byte("new")),
			w.Delete("a", []byte("2")),
			w.Put("a", []byte("3"), []byte("new")),
			w.Put("fresh", []byte("k"), []byte("new")),
		)
		wantIn(t, w, "a", kv.Range{}, "1", "new", "3", "new")
		wantIn(t, w, "a", kv.Range{Reverse: true}, "3", "new", "1", "new")
		wantIn(t, w, "fresh", kv.Range{}, "k", "new")
		if _, ok, _ := w.Get("a", []byte("2")); ok {
			t.Error("a deleted key is still there")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func failureChangesNothing(t *testing.T, e kv.Engine) {
	put(t, e, "a", "k", "old")
	refused := errors.New("refused")
	err := e.Update(t.Context(), func(w kv.Writer) error {
		return errors.Join(w.Put("a", []byte("k"), []byte("new")), w.Put("b", []byte("k"), nil), refused)
	})
	if !errors.Is(err, refused) {
		t.Errorf("Update returned %v, want its function's error", err)
	}
	err = e.View(t.Context(), func(kv.Reader) error { return refused })
	if err != refused {
		t.Errorf("View returned %v, want its function's error", err)
	}
	want(t, e, "a", "k", "old")
	want(t, e, "b")
}

func panicChangesNothing(t *testing.T, e kv.Engine) {
	put(t, e, "a", "k", "old")
	reason := errors.New("reason")
	got := func() (p any) {
		defer func() { p = recover() }()
		e.Update(t.Context(), func(w kv.Writer) error {
			w.Put("a", []byte("k"), []byte("new"))
			panic(reason)
		})
		return nil
	}()
	if got != reason {
		t.Errorf("recovered %v, want what the function panicked with", got)
	}
	want(t, e, "a", "k", "old")
	put(t, e, "a", "k", "newer")
	want(t, e, "a", "k", "newer")
}

func viewStandsStill(t *testing.T, e kv.Engine) {
	put(t, e, "a", "1", "old", "2", "old")
	err := e.View(t.Context(), func(r kv.Reader) error {
		before, _, _ := r.Get("a", []byte("1"))
		done := make(chan error)
		go func() { // an engine may not make writers wait for a reader
			done <- e.Update(context.Background(), func(w kv.Writer) error {
				return errors.Join(w.Put("a", []byte("1"), []byte("new")), w.Delete("a", []byte("2")), w.Put("b", []byte("k"), nil))
			})
		}()
		if err := <-done; err != nil {
			return err
		}
		wantIn(t, r, "a", kv.Range{}, "1", "old", "2", "old")
		wantIn(t, r, "b", kv.Range{})
		if string(before) != "old" {
			t.Errorf("a value changed under its reader to %q", before)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, e, "a", "1", "new")
}

func doneContext(t *testing.T, e kv.Engine) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func() error { t.Error("a function ran although the context was done"); return nil }
	for name, err := range map[string]error{
		"View":     e.View(ctx, func(kv.Reader) error { return never() }),
		"Update":   e.Update(ctx, func(kv.Writer) error { return never() }),
		"Snapshot": e.Snapshot(ctx, new(bytes.Buffer)),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", name, err)
		}
	}
}

func ended(t *testing.T, e kv.Engine) {
	put(t, e, "a", "k", "v")
	var kept kv.Reader
	var keptWriter kv.Writer
	err := errors.Join(
		e.View(t.Context(), func(r kv.Reader) error { kept = r; return nil }),
		e.Update(t.Context(), func(w kv.Writer) error { keptWriter = w; return nil }),
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Get":    second(kept.Get("a", []byte("k"))),
		"Scan":   kept.Scan("a", kv.Range{}, func(_, _ []byte) error { return nil }),
		"Put":    keptWriter.Put("a", []byte("k"), []byte("late")),
		"Delete": keptWriter.Delete("a", []byte("k")),
	} {
		if err == nil {
			t.Errorf("%s worked after the end of its transaction", name)
		}
	}
	want(t, e, "a", "k", "v")
}

func second(_ []byte, _ bool, err error) error { return err }

func closed(t *testing.T, e kv.Engine) {
	put(t, e, "a", "k", "v")
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	for name, err := range map[string]error{
		"View":     e.View(t.Context(), func(kv.Reader) error { return nil }),
		"Update":   e.Update(t.Context(), func(w kv.Writer) error { return w.Put("a", []byte("k"), nil) }),
		"Snapshot": e.Snapshot(t.Context(), new(bytes.Buffer)),
	} {
		if err == nil {
			t.Errorf("%s worked on a closed engine", name)
		}
	}
}
