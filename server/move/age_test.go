package move_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestOldestFirst makes passes in the order of their dates, whatever their ids say, because
// lists here are in the order in which passes come.
func TestOldestFirst(t *testing.T) {
	for _, tt := range []struct {
		service, mount, date string
		fill                 func(testing.TB, *account)
		apart                bool // lists are those of a campaign each
	}{
		{"passkit", "/passkit", "createdAt", func(t testing.TB, a *account) { kit{a}.fill(t) }, false},
		{"passtools", "/passtools", "createdAt", func(t testing.TB, a *account) { tools{a}.fill(t) }, false},
		{"passworks", "/passworks", "created_at", func(t testing.TB, a *account) { works{a}.fill(t) }, true},
	} {
		t.Run(tt.service, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, servertest.Unsynced(), servertest.Ticking())
			tt.fill(t, a)
			dir, home := t.TempDir(), newHome(t, servertest.Unsynced(), servertest.Ticking())
			old := a.old(t, tt.mount)
			if tt.service == "passtools" {
				old.Key = a.id + "." + a.secret
			}
			if err := newMover(t, tt.service, old, dir, nil).Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			turn(t, dir, tt.date)
			if _, err := newMover(t, tt.service, nil, dir, home).Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			all := passesOf(t, home)
			if len(all) < 4 {
				t.Fatalf("only %d passes came", len(all))
			}
			last := make(map[store.ID]time.Time)
			for _, p := range all {
				list := p.Campaign
				if !tt.apart {
					list = 0
				}
				if p.Created.Before(last[list]) {
					t.Errorf("the pass of %v came after that of %v", p.Created, last[list])
				}
				last[list] = p.Created
			}
		})
	}
}

// turn makes the passes of a folder the older the higher their ids are.
func turn(t *testing.T, dir, member string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "passes", "*", "*.json"))
	if err != nil || len(files) < 4 {
		t.Fatalf("%d passes, %v", len(files), err)
	}
	for n, name := range files {
		var doc members
		text, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, &doc)
		}
		if err != nil {
			t.Fatal(err)
		}
		doc[member] = servertest.Start.AddDate(0, 0, -n).Format(time.RFC3339)
		if text, err = json.Marshal(doc); err != nil {
			t.Fatal(err)
		}
		write(t, name, text)
	}
}
