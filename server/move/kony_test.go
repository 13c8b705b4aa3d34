package move_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestKony takes over a folder of files and folders of them, which phones get as they are.
func TestKony(t *testing.T) {
	issuer, dir := servertest.New(t), t.TempDir()
	files := make(map[string][]byte) // by serial number
	for _, name := range []string{"a", "guests/2026/b"} {
		p := issuer.Issue(t, store.Campaign{}, nil)
		files[p.SerialNumber] = issuer.Anonymous().Get(t, "/p/"+p.PublicID+".pkpass").Status(t, 200).Body
		write(t, filepath.Join(dir, name+".pkpass"), files[p.SerialNumber])
	}
	write(t, filepath.Join(dir, "c.pkpass"), []byte("no pass"))
	write(t, filepath.Join(dir, ".old", "d.pkpass"), []byte("hidden"))
	home := newHome(t)
	m := newMover(t, "kony", nil, dir, home)
	if told := m.run(t, "pass 2 made 0 there 1 left"); !strings.Contains(told, "c.pkpass is no pass") {
		t.Errorf("it told %s", told)
	}
	for serial, want := range files {
		p := compattest.Record(t, home, compattest.Issued{SerialNumber: serial})
		if got := home.Anonymous().Get(t, "/p/"+p.PublicID+".pkpass").Status(t, 200).Body; !bytes.Equal(got, want) {
			t.Errorf("the file of %s has changed", serial)
		}
	}
	m.run(t, "pass 0 made 2 there 1 left")
}
