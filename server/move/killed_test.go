package move_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/move"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// killAfter are the lines of a child after which it is killed, run by run: early and late
// while the service is read, and while records are made.
var killAfter = []int64{3, 14, 25, 34, 44, 55, 66, 80}

// accounts fill one of each service, and compare what is told of it later.
var accounts = map[string]func(*testing.T, *account) (e errand, same func(*testing.T, *servertest.Server)){
	"walletkit": fillWallet, "passkit": fillKit, "passtools": fillTools, "passworks": fillWorks, "kony": fillKony,
}

// TestDryRun reads everything of each service and makes nothing but the key that it reads
// this server with, which is good for nothing afterwards.
func TestDryRun(t *testing.T) {
	for service, fill := range accounts {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, servertest.Local(), servertest.Ticking())
			e, _ := fill(t, a)
			if e.Folder == "" {
				e.Folder = t.TempDir()
			}
			var old *move.Old
			if e.URL != "" {
				old = a.old(t, strings.TrimPrefix(e.URL, a.BaseURL()))
				old.User, old.Key = e.User, e.Key
			}
			home := newHome(t)
			m := newMover(t, service, old, e.Folder, home)
			m.DryRun = true
			sum, err := m.Run(t.Context())
			if err != nil || sum["pass"] == nil || sum["pass"].Made != len(passesOf(t, a.Server)) || sum.Left() != 0 {
				t.Errorf("%v, %v", sum, err)
			}
			var campaigns []store.Campaign
			var assets []store.Asset
			err = home.Store.View(t.Context(), func(r store.Reader) error {
				var failed error
				campaigns, _, err = r.Campaigns(home.Actor.Org, store.Page{})
				assets, _, failed = r.Assets(home.Actor.Org, store.Page{})
				return errors.Join(err, failed)
			})
			if err != nil || len(campaigns)+len(assets)+len(passesOf(t, home)) > 0 {
				t.Errorf("it made %v and %v, %v", campaigns, assets, err)
			}
			for _, k := range allKeys(t, home) {
				if strings.HasPrefix(k.Name, "import from") && (k.Revoked.IsZero() || k.Role != store.Viewer) {
					t.Errorf("it left the key %+v", k)
				}
			}
		})
	}
}

// TestKilled kills -9 the process that moves an account, again and again at other places,
// until it is through: everything is there once, and as an undisturbed move has it.
func TestKilled(t *testing.T) {
	for service, fill := range accounts {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			old := newAccount(t, servertest.Local(), servertest.Ticking())
			e, same := fill(t, old)
			e.Service, e.Home, e.Then = service, servertest.Folder(t), old.Clock.Now()
			e.Now = e.Then.Add(24 * time.Hour)
			if e.Folder == "" {
				e.Folder = t.TempDir()
			}
			newHome(t, servertest.Data(e.Home)).Stop(t)
			kills := 0
			for _, n := range killAfter {
				if !e.run(t, n) {
					kills++
				}
				servertest.CheckFolder(t, e.Home)
			}
			if !e.run(t, 0) {
				t.Fatal("the last run was killed, too")
			}
			if t.Logf("%d kills", kills); kills < 3 {
				t.Error("so few kills prove nothing")
			}
			home := newHome(t, servertest.Data(e.Home))
			var was, is []string
			for _, p := range passesOf(t, old.Server) {
				was = append(was, p.SerialNumber)
			}
			for _, p := range passesOf(t, home) {
				is = append(is, p.SerialNumber)
			}
			slices.Sort(was)
			if slices.Sort(is); !slices.Equal(was, is) {
				t.Errorf("after %d kills the passes are %v, want %v", kills, is, was)
			}
			same(t, home)
		})
	}
}

// run moves as a process, which is killed after some lines, and says whether it came to
// its end. 0 kills it never.
func (e errand) run(t *testing.T, killAfter int64) bool {
	t.Helper()
	e.Killed = killAfter
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+string(text))
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines, killed := int64(0), false
	for s := bufio.NewScanner(out); s.Scan(); {
		if lines++; lines == killAfter {
			killed = child.Process.Kill() == nil
		}
	}
	if err := child.Wait(); err != nil && !killed {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return child.ProcessState.Success()
}

func fillWallet(t *testing.T, a *account) (errand, func(*testing.T, *servertest.Server)) {
	w := &wallet{account: a, answers: make(map[string]json.RawMessage)}
	w.fill(t)
	return errand{URL: a.BaseURL() + "/walletkit", User: a.id, Key: a.secret, Folder: w.keep(t)}, func(t *testing.T, home *servertest.Server) {
		key := as(t, home)
		w.same(t, home, key.id, key.secret)
	}
}

func fillKit(t *testing.T, a *account) (errand, func(*testing.T, *servertest.Server)) {
	k := kit{a}
	k.fill(t)
	return errand{URL: a.BaseURL() + "/passkit", User: a.id, Key: a.secret}, func(t *testing.T, home *servertest.Server) {
		if was, is := k.all(t), (kit{as(t, home)}).all(t); was != is {
			t.Errorf("it was %s\nand is %s", was, is)
		}
	}
}

func fillTools(t *testing.T, a *account) (errand, func(*testing.T, *servertest.Server)) {
	p := tools{a}
	p.fill(t)
	return errand{URL: a.BaseURL() + "/passtools", Key: a.id + "." + a.secret}, func(t *testing.T, home *servertest.Server) {
		if was, is := p.all(t), (tools{as(t, home)}).all(t); was != is {
			t.Errorf("it was %s\nand is %s", was, is)
		}
	}
}

func fillWorks(t *testing.T, a *account) (errand, func(*testing.T, *servertest.Server)) {
	w := works{a}
	w.fill(t)
	return errand{URL: a.BaseURL() + "/passworks", User: a.id, Key: a.secret}, func(t *testing.T, home *servertest.Server) {
		if was, is := w.all(t), (works{as(t, home)}).all(t); was != is {
			t.Errorf("it was %s\nand is %s", was, is)
		}
	}
}

func fillKony(t *testing.T, a *account) (errand, func(*testing.T, *servertest.Server)) {
	dir, files := t.TempDir(), make(map[string][]byte) // by serial number
	for range 6 {
		p := a.Issue(t, store.Campaign{}, nil)
		files[p.SerialNumber] = a.Anonymous().Get(t, "/p/"+p.PublicID+".pkpass").Status(t, 200).Body
		write(t, filepath.Join(dir, p.SerialNumber+".pkpass"), files[p.SerialNumber])
	}
	return errand{Folder: dir}, func(t *testing.T, home *servertest.Server) {
		for _, p := range passesOf(t, home) {
			if got := home.Anonymous().Get(t, "/p/"+p.PublicID+".pkpass").Status(t, 200).Body; !bytes.Equal(got, files[p.SerialNumber]) {
				t.Errorf("the file of %s has changed", p.SerialNumber)
			}
		}
	}
}
