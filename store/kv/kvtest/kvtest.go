// Package kvtest holds the tests that every engine behind store/kv must pass.
package kvtest

import (
	"testing"

	"pocketpass/store/kv"
)

// Run tests the engine that open returns, a new and empty one for every test.
// open arranges for it to be closed.
func Run(t *testing.T, open func(*testing.T) kv.Engine) {
	tests := []struct {
		name string
		run  func(*testing.T, kv.Engine)
	}{
		{"an absent table reads as empty", absentTable},
		{"a put is read back", putAndGet},
		{"a delete takes away", deleteKeys},
		{"tables are apart", tablesApart},
		{"an empty key is refused", emptyKey},
		{"large values and many keys", sizes},
		{"a function sees its own writes", ownWrites},
		{"a failing function changes nothing", failureChangesNothing},
		{"a panic changes nothing", panicChangesNothing},
		{"scans keep order and bounds", scanBounds},
		{"scans end when told", scanEnds},
		{"scans pass over what the transaction deleted", scanOverDeleted},
		{"a view does not move", viewStandsStill},
		{"increments are not lost", increments},
		{"concurrent functions fail alone", failAlone},
		{"an answer holds for what is stored", answersAreFinal},
		{"a done context prevents", doneContext},
		{"a transaction is of no use after its end", ended},
		{"a snapshot can be taken while others write", snapshotWhileWriting},
		{"a closed engine answers with errors", closed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func put(t *testing.T, e kv.Engine, table kv.Table, pairs ...string) {
	t.Helper()
	err := e.Update(t.Context(), func(w kv.Writer) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := w.Put(table, []byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// want compares all of table with pairs, in order.
func want(t *testing.T, e kv.Engine, table kv.Table, pairs ...string) {
	t.Helper()
	err := e.View(t.Context(), func(r kv.Reader) error {
		wantIn(t, r, table, kv.Range{}, pairs...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantIn(t *testing.T, r kv.Reader, table kv.Table, rng kv.Range, pairs ...string) {
	t.Helper()
	got := []string{}
	err := r.Scan(table, rng, func(key, value []byte) error {
		got = append(got, string(key), string(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(pairs) {
		t.Fatalf("%s holds %q, want %q", table, got, pairs)
	}
	for i := range got {
		if got[i] != pairs[i] {
			t.Fatalf("%s holds %q, want %q", table, got, pairs)
		}
	}
}
