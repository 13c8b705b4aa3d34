package store_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pocketpass/store"
)

// enter appends an entry to the ledger of a pass, as an operation does.
func (f *fixture) enter(t *testing.T, id store.ID, e store.Entry) (out store.Entry) {
	t.Helper()
	f.update(t, func(tx store.Tx) error {
		p, err := tx.Pass(f.org, id)
		if err != nil {
			return err
		}
		var undone *store.Entry
		if e.Undoes != 0 {
			u, err := tx.EntryAt(id, e.Undoes)
			if err != nil {
				return err
			}
			undone = &u
		}
		if out, err = tx.Enter(&p, e, undone); err != nil {
			return err
		}
		return tx.PutPass(p)
	})
	return out
}

// stampCard has a pass with five entries: three stamps, a reward, and the last stamp taken back.
func stampCard(t *testing.T) *fixture {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		return errors.Join(tx.PutCampaign(store.Campaign{ID: 10, Org: f.org}), tx.PutPass(f.pass(1, "one")), tx.Count(10, store.CountPasses, 1))
	})
	for n, e := range []store.Entry{
		{Action: store.Stamp, Amount: 2, Client: "till-1", Key: 7},
		{Action: store.Stamp, Amount: 9, By: store.NewErasable("Ada", "salt-1"), Note: store.NewErasable("birthday", "salt-2"), Code: store.NewErasable("0001", "salt-3")},
		{Action: store.Reward, Amount: 10},
		{Action: store.Stamp, Amount: 1},
		{Action: store.Undo, Amount: 1, Undoes: 4},
	} {
		f.now = start.Add(time.Duration(n) * time.Minute)
		f.enter(t, 1, e)
	}
	f.wantClean(t)
	return f
}

func (f *fixture) proof(t *testing.T) (p store.Proof) {
	t.Helper()
	f.view(t, func(r store.Reader) error {
		pass, err := r.Pass(f.org, 1)
		if err == nil {
			p, err = r.VerifyLedger(pass)
		}
		return err
	})
	return p
}

func TestLedgerMakesTheAccount(t *testing.T) {
	f := stampCard(t)
	f.view(t, func(r store.Reader) error {
		p, err := r.Pass(f.org, 1)
		all, _, _ := r.Ledger(1, store.Page{})
		want := store.Account{Entries: 5, Hash: all[4].Hash, Balance: 1, Total: 11, Uses: 3, Rewards: 1, Last: start.Add(2 * time.Minute)}
		same(t, p.Account, want, err)
		if !reflect.DeepEqual(all[4].After, p.Account) {
			t.Errorf("the last entry says %+v, the pass %+v", all[4].After, p.Account)
		}
		var standing []uint64
		for e, err := range r.Standing(1) {
			must(t, err)
			standing = append(standing, e.Number)
		}
		if fmt.Sprint(standing) != "[3 2 1]" {
			t.Errorf("entries %v stand", standing)
		}
		return nil
	})
	if p := f.proof(t); p.Entries != 5 || len(p.Faults) != 0 {
		t.Errorf("proof %+v", p)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestChainIsWhatItsCommentSays hashes an entry without the package.
func TestChainIsWhatItsCommentSays(t *testing.T) {
	e := store.Entry{Pass: 3, Number: 2, ID: 4, Org: 5, Campaign: 6, Action: store.Adjust, Amount: -1, After: store.Account{Balance: 300, Inside: true, Entries: 9, Hash: "no part of it"},
		At: time.UnixMilli(7), Key: 8, Channel: store.ByWeb, By: store.NewErasable("Ada", "salt")}
	digest := sha256.Sum256([]byte("saltAda"))
	text := func(s string) string { return string(binary.AppendUvarint(nil, uint64(len(s)))) + s }
	minus := string(binary.AppendUvarint(nil, 1<<64-1))
	input := "pocketpass ledger 1\x00" + "before" + "\x03\x02\x04\x05\x06" + text("adjust") + minus + "\xac\x02\x00\x00\x00\x01\x00" + "\x00\x00\x07\x08" + text("web") + "\x00\x00" + text(string(digest[:])) + "\x00\x00\x00"
	sum := sha256.Sum256([]byte(input))
	if got, want := store.HashEntry(e, "before"), base64.RawURLEncoding.EncodeToString(sum[:]); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

// TestVerifyFindsTampering changes a ledger in ways that keep every checksum and index right.
func TestVerifyFindsTampering(t *testing.T) {
	edit := func(number uint64, change func(*store.Entry)) func(store.Tx) error {
		return func(tx store.Tx) error {
			e, err := tx.EntryAt(1, number)
			change(&e)
			return errors.Join(err, store.PutEntry(tx, e))
		}
	}
	tests := []struct {
		name   string
		tamper func(store.Tx) error
		want   string
	}{
		{"amount", edit(2, func(e *store.Entry) { e.Amount = 8 }), "2: the hash is not that"},
		{"balance after it", edit(2, func(e *store.Entry) { e.After.Balance++ }), "2: the hash is not that"},
		{"time", edit(3, func(e *store.Entry) { e.At = e.At.Add(time.Hour) }), "3: the hash is not that"},
		{"text", edit(2, func(e *store.Entry) { e.By.Text = "Eve" }), "2: a text is not the one"},
		{"text and digest", edit(2, func(e *store.Entry) { e.By = store.NewErasable("Eve", "salt") }), "2: the hash is not that"},
		{"key of the client", edit(1, func(e *store.Entry) { e.Client = "till-2" }), "1: the hash is not that"},
		{"entry with a hash that fits it", edit(2, func(e *store.Entry) { e.Amount, e.After.Balance, e.After.Total = 5, 7, 7; rehash(e, f1(t)) }), "3: the hash is not that"},
		{"hash of the last entry", edit(5, func(e *store.Entry) { e.Hash = "x" }), "5: the hash is not that"},
		{"entry removed", func(tx store.Tx) error { return store.RemoveEntry(tx, store.Entry{Pass: 1, Number: 2}) }, "3: entry 2 is missing"},
		{"last entry removed", func(tx store.Tx) error { return store.RemoveEntry(tx, store.Entry{Pass: 1, Number: 5}) }, "0: the pass says 5 entries"},
		{"balance of the pass", func(tx store.Tx) error {
			p, err := tx.AnyPass(1)
			p.Account.Balance = 1000
			return errors.Join(err, tx.PutPass(p))
		}, "0: the pass says 5 entries, balance 1000"},
		{"entry taken back twice", func(tx store.Tx) error {
			p, err := tx.AnyPass(1)
			if err != nil {
				return err
			}
			u, _ := tx.EntryAt(1, 4)
			_, err = tx.Enter(&p, store.Entry{Action: store.Undo, Undoes: 4, Amount: 1}, &u)
			return errors.Join(err, tx.PutPass(p))
		}, "6: it takes back what does not stand"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := stampCard(t)
			f.update(t, tt.tamper)
			var found []string
			for _, x := range f.proof(t).Faults {
				found = append(found, fmt.Sprintf("%d: %s", x.Number, x.What))
			}
			if !strings.Contains(strings.Join(found, "\n"), tt.want) {
				t.Errorf("found %q, want %q", found, tt.want)
			}
			_, what, _ := strings.Cut(tt.want, ": ")
			f.wantFault(t, what)
		})
	}
}

// f1 is the hash of the first entry of a stamp card, which is the same in each.
func f1(t *testing.T) (hash string) {
	f := stampCard(t)
	f.view(t, func(r store.Reader) error {
		e, err := r.EntryAt(1, 1)
		hash = e.Hash
		return err
	})
	return hash
}

func rehash(e *store.Entry, previous string) { e.Hash = store.HashEntry(*e, previous) }

// TestEntriesComeBack writes an entry in which every field has a value.
func TestEntriesComeBack(t *testing.T) {
	f := newFixture(t)
	var e store.Entry
	fillIn(reflect.ValueOf(&e).Elem(), new(int))
	e.After.Entries, e.After.Hash = e.Number, e.Hash
	f.update(t, func(tx store.Tx) error { return store.PutEntry(tx, e) })
	f.view(t, func(r store.Reader) error {
		got, err := r.EntryAt(e.Pass, e.Number)
		same(t, got, e, err)
		return nil
	})
}

func TestErasedNotesLeaveTheChainWhole(t *testing.T) {
	f := stampCard(t)
	f.update(t, func(tx store.Tx) error { return tx.EraseNotes(1) })
	f.view(t, func(r store.Reader) error {
		e, err := r.EntryAt(1, 2)
		if err != nil || e.Note.Text+e.Note.Salt+e.Code.Text+e.Code.Salt != "" || e.Note.Digest == "" || e.By.Text != "Ada" {
			t.Errorf("%+v, %v", e, err)
		}
		return nil
	})
	if p := f.proof(t); len(p.Faults) != 0 {
		t.Errorf("faults %v", p.Faults)
	}
	f.wantClean(t)
}

func TestLedgerWithoutPass(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		return store.PutEntry(tx, store.Entry{Pass: 99, Number: 1, ID: 5, Org: f.org})
	})
	f.wantFault(t, "the pass is missing")
}

func TestEntriesAreFound(t *testing.T) {
	f := stampCard(t)
	f.view(t, func(r store.Reader) error {
		first, err := r.EntryOfClient(f.org, 7, "till-1")
		if err != nil || first.Number != 1 {
			t.Errorf("by the client's key: %+v, %v", first, err)
		}
		if _, err := r.EntryOfClient(f.org, 8, "till-1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("under another API key: %v", err)
		}
		if _, err := r.Entry(f.org+1, first.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("of another organisation: %v", err)
		}
		middle := store.Page{From: store.IDAt(start.Add(time.Minute)), Before: store.IDAt(start.Add(3 * time.Minute))}
		for _, reverse := range []bool{false, true} {
			middle.Reverse = reverse
			got, next, err := r.Entries(store.EntryFilter{Org: f.org, Campaign: 10}, middle)
			if err != nil || next != 0 || len(got) != 2 || got[0].Number+got[1].Number != 5 {
				t.Errorf("between two times: %+v, %v", got, err)
			}
		}
		got, _, err := r.Entries(store.EntryFilter{Org: f.org, Key: 7}, store.Page{})
		if err != nil || len(got) != 1 {
			t.Errorf("by API key: %+v, %v", got, err)
		}
		return nil
	})
}
