package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pocketpass/store"
	"pocketpass/store/kv"
)

// shelf is a campaign with many passes, and what its list has to be.
type shelf struct {
	*fixture
	list []store.ID
	gone []store.ID
}

func newShelf(t testing.TB, passes int) *shelf {
	s := &shelf{fixture: newFixture(t)}
	s.update(t, func(tx store.Tx) error {
		return tx.PutCampaign(store.Campaign{ID: 10, Org: s.org, Name: "Coffee", PassTypeIdentifier: "pass.test"})
	})
	s.add(t, passes)
	return s
}

func (s *shelf) add(t testing.TB, n int) { s.addOf(t, n, 20) }

func (s *shelf) addOf(t testing.TB, n int, template store.ID) {
	s.update(t, func(tx store.Tx) error {
		for range n {
			id, err := tx.NewID()
			if err != nil {
				return err
			}
			p := s.pass(id, strconv.FormatUint(uint64(id), 10))
			p.Template = template
			if err := tx.AddPass(&p); err != nil {
				return err
			}
			s.list = append(s.list, id)
		}
		return tx.Count(10, store.CountPasses, int64(n))
	})
}

// hide deletes a pass, or brings one back.
func (s *shelf) hide(t testing.TB, id store.ID, deleted bool) {
	s.update(t, func(tx store.Tx) error {
		p, err := tx.AnyPass(id)
		if err != nil {
			return err
		}
		n := int64(1)
		if p.Deleted = (time.Time{}); deleted {
			p.Deleted, n = s.now, -1
		}
		if err := tx.PutPass(p); err != nil {
			return err
		}
		return tx.Count(10, store.CountPasses, n)
	})
	at, found := slices.BinarySearch(s.list, id)
	if found {
		s.list, s.gone = slices.Delete(s.list, at, at+1), append(s.gone, id)
	} else {
		s.list = slices.Insert(s.list, at, id)
	}
}

// want is a page of the list.
func (s *shelf) want(skip, limit int, reverse bool) []store.ID {
	all := slices.Clone(s.list)
	if reverse {
		slices.Reverse(all)
	}
	from := min(skip, len(all))
	return all[from:min(from+limit, len(all))]
}

func (s *shelf) check(t testing.TB, f store.PassFilter, skip, limit int, reverse bool) {
	t.Helper()
	f.Org = s.org
	s.view(t, func(r store.Reader) error {
		got, err := r.PassIDsAt(f, skip, limit, reverse)
		if want := s.want(skip, limit, reverse); !slices.Equal(got, want) {
			t.Fatalf("%+v, %d after %d, reverse %v: got %v, want %v", f, limit, skip, reverse, got, want)
		}
		return err
	})
}

// TestPagesFarIn compares pages by number with the list that they are pages of, while
// passes are issued, deleted and brought back.
func TestPagesFarIn(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	s := newShelf(t, 4000)
	for range 400 {
		switch n := random.IntN(20); {
		case n == 0:
			s.hide(t, s.list[random.IntN(len(s.list))], true)
		case n == 1 && len(s.gone) > 0:
			at := random.IntN(len(s.gone))
			id := s.gone[at]
			s.gone = slices.Delete(s.gone, at, at+1)
			s.hide(t, id, false)
		case n < 4:
			s.add(t, 1+random.IntN(30))
		}
		f := store.PassFilter{}
		if random.IntN(2) == 0 {
			f.Campaign = 10
		}
		s.check(t, f, random.IntN(len(s.list)+100), 1+random.IntN(200), random.IntN(2) == 0)
	}
}

// TestPageFarInIsNotCounted reads few keys for a page that is far in, once somebody has
// been there, and sees nothing of what was never committed.
func TestPageFarInIsNotCounted(t *testing.T) {
	s := newShelf(t, 6000)
	counted := &keys{Engine: s.engine}
	var err error
	if s.Store, err = store.Open(t.Context(), counted, nil); err != nil {
		t.Fatal(err)
	}
	for _, reverse := range []bool{false, true} {
		s.check(t, store.PassFilter{}, 4000, 25, reverse)
	}
	for _, skip := range []int{4000, 3990, 1000, 1555, 4975} {
		for _, reverse := range []bool{false, true} {
			counted.n = 0
			s.check(t, store.PassFilter{}, skip, 25, reverse)
			if counted.n > 200 {
				t.Errorf("%d after the first, reverse %v: %d keys were read", skip, reverse, counted.n)
			}
		}
	}
	counted.n = 0
	s.hide(t, s.list[10], true)
	s.check(t, store.PassFilter{}, 2000, 25, false)
	if counted.n < 2000 {
		t.Errorf("after a pass was deleted, %d keys were read: places of before were believed", counted.n)
	}
}

// TestPagesOfTemplate: passes of a template are those of its campaign only if that has no
// other template and no files.
func TestPagesOfTemplate(t *testing.T) {
	s := newShelf(t, 1200)
	s.update(t, func(tx store.Tx) error {
		return errors.Join(tx.ClaimPassType("pass.test", s.org), tx.PutTemplate(store.Template{ID: 20, Org: s.org, Campaign: 10}))
	})
	f := store.PassFilter{Template: 20}
	s.check(t, f, 1100, 50, true)
	mine := len(s.list)
	s.update(t, func(tx store.Tx) error { return tx.SetFilesCampaign("pass.test", 10) })
	s.addOf(t, 300, 0)
	s.list = s.list[:mine]
	s.check(t, f, 1100, 50, true)
	s.view(t, func(r store.Reader) error {
		n, err := r.CountPasses(store.PassFilter{Org: s.org, Template: 20})
		if n != int64(mine) {
			t.Errorf("%d passes of the template, want %d: files have none", n, mine)
		}
		return err
	})
}

// keys counts what is visited by scans.
type keys struct {
	kv.Engine
	n int
}

func (k *keys) View(ctx context.Context, fn func(kv.Reader) error) error {
	return k.Engine.View(ctx, func(r kv.Reader) error { return fn(countingReader{r, &k.n}) })
}

type countingReader struct {
	kv.Reader
	n *int
}

func (c countingReader) Scan(t kv.Table, r kv.Range, visit func(key, value []byte) error) error {
	return c.Reader.Scan(t, r, func(key, value []byte) error {
		*c.n++
		return visit(key, value)
	})
}

// BenchmarkPageFarIn reads page 2,000 of many passes, and the first one.
func BenchmarkPageFarIn(b *testing.B) {
	s := newShelf(b, 100_000)
	for _, page := range []int{1, 2000} {
		b.Run(strconv.Itoa(page), func(b *testing.B) {
			for b.Loop() {
				s.view(b, func(r store.Reader) error {
					_, err := r.PassIDsAt(store.PassFilter{Org: s.org}, 25*(page-1), 25, true)
					return err
				})
			}
		})
	}
}
