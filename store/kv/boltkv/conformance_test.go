package boltkv_test

import (
	"path/filepath"
	"testing"

	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
	"pocketpass/store/kv/kvtest"
)

func TestConformance(t *testing.T) {
	kvtest.Run(t, func(t *testing.T) kv.Engine { return openNew(t) })
}

// openNew opens a database in a folder of its own and closes it after the test.
func openNew(t testing.TB) *boltkv.DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "test.db"))
}

func openAt(t testing.TB, path string) *boltkv.DB {
	t.Helper()
	d, err := boltkv.Open(path, boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}
