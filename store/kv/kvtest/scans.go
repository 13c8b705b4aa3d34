package kvtest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pocketpass/store/kv"
)

func scanBounds(t *testing.T, e kv.Engine) {
	put(t, e, "a", "b", "", "d", "", "d\x00", "", "f", "", "\xff", "")
	tests := []struct {
		name     string
		from, to []byte
		keys     []string
	}{
		{"all", nil, nil, []string{"b", "d", "d\x00", "f", "\xff"}},
		{"from is included", []byte("d"), nil, []string{"d", "d\x00", "f", "\xff"}},
		{"to is left out", nil, []byte("d"), []string{"b"}},
		{"between keys", []byte("c"), []byte("e"), []string{"d", "d\x00"}},
		{"the one after a key", []byte("d\x00"), []byte("d\x01"), []string{"d\x00"}},
		{"empty to is before the first", nil, []byte{}, nil},
		{"nothing below", nil, []byte("a"), nil},
		{"nothing above", []byte("\xff\x00"), nil, nil},
		{"to past the last", []byte("f"), []byte("\xff\xff"), []string{"f", "\xff"}},
		{"equal bounds", []byte("d"), []byte("d"), nil},
		{"crossed bounds", []byte("f"), []byte("b"), nil},
	}
	for _, test := range tests {
		for _, reverse := range []bool{false, true} {
			rng := kv.Range{From: test.from, To: test.to, Reverse: reverse}
			keys := slices.Clone(test.keys)
			if reverse {
				slices.Reverse(keys)
			}
			err := e.View(t.Context(), func(r kv.Reader) error { return wantKeys(r, rng, keys) })
			if err == nil {
				err = e.Update(t.Context(), func(w kv.Writer) error { return wantKeys(w, rng, keys) })
			}
			if err != nil {
				t.Errorf("%s, reverse %v: %v", test.name, reverse, err)
			}
		}
	}
}

// wantKeys scans table a.
func wantKeys(r kv.Reader, rng kv.Range, keys []string) error {
	var got []string
	err := r.Scan("a", rng, func(key, _ []byte) error {
		got = append(got, string(key))
		return nil
	})
	if err == nil && !slices.Equal(got, keys) {
		err = fmt.Errorf("got %q, want %q", got, keys)
	}
	return err
}

func scanEnds(t *testing.T, e kv.Engine) {
	put(t, e, "a", "1", "", "2", "", "3", "")
	broken := errors.New("broken")
	for _, test := range []struct{ answer, want error }{
		{kv.ErrStop, nil},
		{broken, broken},
		{fmt.Errorf("wrapped: %w", broken), broken},
	} {
		visits := 0
		err := e.View(t.Context(), func(r kv.Reader) error {
			return r.Scan("a", kv.Range{}, func(_, _ []byte) error {
				if visits++; visits == 2 {
					return test.answer
				}
				return nil
			})
		})
		if !errors.Is(err, test.want) || visits != 2 {
			t.Errorf("visit answered %v: scan returned %v after %d visits", test.answer, err, visits)
		}
	}
}

// scanOverDeleted deletes so much that whole pages of a tree are empty.
func scanOverDeleted(t *testing.T, e kv.Engine) {
	const n = 3000
	key := func(i int) []byte { return fmt.Appendf(nil, "%06d", i) }
	fill(t, e, n, key)
	for _, gap := range [][2]int{{0, 1000}, {1000, 2000}, {2000, n}, {1, n - 1}, {0, n}} {
		undo := errors.New("undo")
		err := e.Update(t.Context(), func(w kv.Writer) error {
			var left []string
			for i := range n {
				if i < gap[0] || i >= gap[1] {
					left = append(left, string(key(i)))
				} else if err := w.Delete("a", key(i)); err != nil {
					return err
				}
			}
			if err := bothWays(w, left); err != nil {
				return err
			}
			return undo
		})
		if err != undo {
			t.Errorf("with %v deleted: %.300v", gap, err)
		}
	}
}

func fill(t *testing.T, e kv.Engine, n int, key func(int) []byte) {
	t.Helper()
	err := e.Update(t.Context(), func(w kv.Writer) error {
		for i := range n {
			if err := w.Put("a", key(i), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// bothWays scans table a up, down, and down from the middle.
func bothWays(r kv.Reader, keys []string) error {
	if err := wantKeys(r, kv.Range{}, keys); err != nil {
		return fmt.Errorf("up: %w", err)
	}
	middle := "001500"
	lower := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k >= middle })
	slices.Reverse(lower)
	if err := wantKeys(r, kv.Range{To: []byte(middle), Reverse: true}, lower); err != nil {
		return fmt.Errorf("down from the middle: %w", err)
	}
	keys = slices.Clone(keys)
	slices.Reverse(keys)
	if err := wantKeys(r, kv.Range{Reverse: true}, keys); err != nil {
		return fmt.Errorf("down: %w", err)
	}
	return nil
}
