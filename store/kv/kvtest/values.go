package kvtest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"pocketpass/store/kv"
)

func absentTable(t *testing.T, e kv.Engine) {
	look := func(r kv.Reader) error {
		if value, ok, err := r.Get("none", []byte("k")); value != nil || ok || err != nil {
			t.Errorf("Get: %q, %v, %v", value, ok, err)
		}
		wantIn(t, r, "none", kv.Range{})
		wantIn(t, r, "none", kv.Range{Reverse: true})
		return nil
	}
	if err := e.View(t.Context(), look); err != nil {
		t.Error(err)
	}
	err := e.Update(t.Context(), func(w kv.Writer) error {
		return errors.Join(look(w), w.Delete("none", []byte("k")))
	})
	if err != nil {
		t.Error(err)
	}
}

func putAndGet(t *testing.T, e kv.Engine) {
	values := map[string][]byte{"text": []byte("x"), "empty": {}, "nil": nil, "\x00": {0}, "\xff\xff": {255}}
	err := e.Update(t.Context(), func(w kv.Writer) error {
		for key, value := range values {
			if err := w.Put("a", []byte(key), value); err != nil {
				return err
			}
		}
		return getAll(t, w, values)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.View(t.Context(), func(r kv.Reader) error { return getAll(t, r, values) }); err != nil {
		t.Fatal(err)
	}
	put(t, e, "b", "k", "old")
	put(t, e, "b", "k", "new")
	want(t, e, "b", "k", "new")
}

func getAll(t *testing.T, r kv.Reader, values map[string][]byte) error {
	for key, value := range values {
		got, ok, err := r.Get("a", []byte(key))
		if err != nil {
			return err
		}
		if !ok || !bytes.Equal(got, value) {
			t.Errorf("Get(%q): %q, %v, want %q", key, got, ok, value)
		}
	}
	return nil
}

func deleteKeys(t *testing.T, e kv.Engine) {
	put(t, e, "a", "1", "x", "2", "x", "3", "x")
	err := e.Update(t.Context(), func(w kv.Writer) error {
		return errors.Join(w.Delete("a", []byte("2")), w.Delete("a", []byte("absent")))
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, e, "a", "1", "x", "3", "x")
}

func tablesApart(t *testing.T, e kv.Engine) {
	put(t, e, "a", "k", "of a")
	put(t, e, "b", "k", "of b")
	want(t, e, "a", "k", "of a")
	want(t, e, "b", "k", "of b")
}

func emptyKey(t *testing.T, e kv.Engine) {
	err := e.Update(t.Context(), func(w kv.Writer) error { return w.Put("a", nil, []byte("x")) })
	if err == nil {
		t.Error("a record without a key was accepted")
	}
	put(t, e, "a", "k", "x") // and left nothing behind
	want(t, e, "a", "k", "x")
}

func sizes(t *testing.T, e kv.Engine) {
	large, long := string(bytes.Repeat([]byte("v"), 1<<20)), string(bytes.Repeat([]byte("k"), 1<<10))
	put(t, e, "large", "k", large, long, "x")
	want(t, e, "large", "k", large, long, "x")

	var pairs []string
	for i := range 20_000 {
		pairs = append(pairs, fmt.Sprintf("%06d", i), fmt.Sprint(i))
	}
	put(t, e, "many", pairs...)
	want(t, e, "many", pairs...)
}
