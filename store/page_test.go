package store_test

import (
	"fmt"
	"slices"
	"testing"

	"pocketpass/store"
)

// withPasses has n passes with the ids 1 to n, of which every tenth is void.
func withPasses(t *testing.T, n int) *fixture {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		for id := 1; id <= n; id++ {
			p := f.pass(store.ID(id), fmt.Sprint(id))
			p.Tags = []string{"all"}
			if id%10 == 0 {
				p.Voided = tx.Now
			}
			if err := tx.PutPass(p); err != nil {
				return err
			}
		}
		return nil
	})
	return f
}

// walk follows the pages of a list to its end.
func (f *fixture) walk(t *testing.T, filter store.PassFilter, page store.Page) (ids []store.ID, pages int) {
	t.Helper()
	filter.Org = f.org
	for {
		pages++
		var got []store.Pass
		var next store.ID
		f.view(t, func(r store.Reader) (err error) {
			got, next, err = r.Passes(filter, page)
			return err
		})
		if len(got) > page.Limit {
			t.Fatalf("a page has %d passes, the limit is %d", len(got), page.Limit)
		}
		for _, p := range got {
			ids = append(ids, p.ID)
		}
		if next == 0 {
			return ids, pages
		}
		page.After = next
	}
}

func TestPagesForwardAndBackward(t *testing.T) {
	const n = 25
	f := withPasses(t, n)
	yes, no := true, false
	filters := map[string]struct {
		store.PassFilter
		keep func(int) bool
	}{
		"campaign":   {store.PassFilter{Campaign: 10}, func(int) bool { return true }},
		"template":   {store.PassFilter{Template: 20}, func(int) bool { return true }},
		"tag":        {store.PassFilter{Tag: "all"}, func(int) bool { return true }},
		"all":        {store.PassFilter{}, func(int) bool { return true }},
		"void":       {store.PassFilter{Campaign: 10, Voided: &yes}, func(id int) bool { return id%10 == 0 }},
		"not void":   {store.PassFilter{Tag: "all", Voided: &no}, func(id int) bool { return id%10 != 0 }},
		"other tag":  {store.PassFilter{Tag: "al"}, func(int) bool { return false }},
		"other camp": {store.PassFilter{Campaign: 11}, func(int) bool { return false }},
	}
	for name, filter := range filters {
		var want []store.ID
		for id := 1; id <= n; id++ {
			if filter.keep(id) {
				want = append(want, store.ID(id))
			}
		}
		for _, limit := range []int{1, 5, 7, n, 100} {
			if ids, _ := f.walk(t, filter.PassFilter, store.Page{Limit: limit}); !slices.Equal(ids, want) {
				t.Errorf("%s by %d: %v", name, limit, ids)
			}
			ids, _ := f.walk(t, filter.PassFilter, store.Page{Limit: limit, Reverse: true})
			slices.Reverse(ids)
			if !slices.Equal(ids, want) {
				t.Errorf("%s by %d backward: %v", name, limit, ids)
			}
		}
	}
}

// TestFilterThatMatchesLittle: a page costs no more than the budget, is perhaps
// empty, and the pages together still hold everything.
func TestFilterThatMatchesLittle(t *testing.T) {
	n := store.ScanBudget + 500
	f := withPasses(t, n)
	f.update(t, func(tx store.Tx) error {
		p, err := tx.Pass(f.org, store.ID(n))
		p.Template = 21
		p.Campaign = 10
		if err != nil {
			return err
		}
		return tx.PutPass(p)
	})
	filter := store.PassFilter{Tag: "all", Template: 21}
	for _, reverse := range []bool{false, true} {
		ids, pages := f.walk(t, filter, store.Page{Limit: 10, Reverse: reverse})
		if !slices.Equal(ids, []store.ID{store.ID(n)}) || pages != 2 {
			t.Errorf("reverse %v: %v on %d pages, want the last pass on 2", reverse, ids, pages)
		}
	}
}

// TestListOfOneOrganisation walks its own passes only: a page is full however many
// others there are, and the next one begins at one of its own.
func TestListOfOneOrganisation(t *testing.T) {
	f := withPasses(t, store.ScanBudget+10)
	own := store.ID(store.ScanBudget + 1000)
	f.update(t, func(tx store.Tx) error {
		for n := range store.ID(3) {
			p := f.pass(own+n, fmt.Sprint(own+n))
			p.Org = 77
			if err := tx.PutPass(p); err != nil {
				return err
			}
		}
		return nil
	})
	for _, reverse := range []bool{false, true} {
		f.view(t, func(r store.Reader) error {
			got, next, err := r.Passes(store.PassFilter{Org: 77}, store.Page{Limit: 2, Reverse: reverse})
			if err != nil {
				return err
			}
			if len(got) != 2 || next != got[1].ID {
				t.Errorf("reverse %v: %d passes, next %d", reverse, len(got), next)
			}
			got, next, err = r.Passes(store.PassFilter{Org: 77}, store.Page{Limit: 2, Reverse: reverse, After: next})
			if len(got) != 1 || next != 0 {
				t.Errorf("reverse %v: %d passes on the last page, next %d", reverse, len(got), next)
			}
			return err
		})
	}
}

func TestEventsByPages(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		for n := range 7 {
			if err := tx.AddEvent(&store.Event{Subject: store.ID(1 + n%2), Type: fmt.Sprint(n)}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, reverse := range []bool{false, true} {
		var kinds []string
		page := store.Page{Limit: 3, Reverse: reverse}
		for pages := 0; pages < 2; pages++ {
			f.view(t, func(r store.Reader) error {
				events, next, err := r.Events(1, page)
				for _, e := range events {
					kinds = append(kinds, e.Type)
				}
				page.After = next
				return err
			})
		}
		if reverse {
			slices.Reverse(kinds)
		}
		if !slices.Equal(kinds, []string{"0", "2", "4", "6"}) || page.After != 0 {
			t.Errorf("reverse %v: events %v, then %d", reverse, kinds, page.After)
		}
	}
}
