package issuer_test

import (
	"errors"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// amend asks for changes of passes, by their ids.
func (w *world) amend(t testing.TB, all ...revision) ([]store.Pass, error) {
	t.Helper()
	var out []issuer.Amendment
	for _, x := range all {
		out = append(out, issuer.Amendment{
			Find:   func(r store.Reader) (store.Pass, error) { return r.Pass(w.me.Org, x.pass) },
			Change: func(store.Reader, store.Pass) (issuer.Change, error) { return x.change, nil },
		})
	}
	return w.Amend(t.Context(), w.me, out)
}

type revision struct {
	pass   store.ID
	change issuer.Change
}

func TestAmendAllOrNone(t *testing.T) {
	w := newWorld(t)
	one, other := w.issue(t), w.issue(t)
	yes := true
	all, err := w.amend(t, revision{pass: one.ID, change: issuer.Change{Values: values("stamps", 1)}}, revision{pass: other.ID, change: issuer.Change{Standing: issuer.Standing{Voided: &yes}}},
		revision{pass: one.ID, change: issuer.Change{Values: values("stamps", 2), Standing: issuer.Standing{Redeemed: &yes}}})
	must(t, err)
	if len(all) != 3 || string(all[0].Values["stamps"]) != "2" || all[2].Account.Uses != 1 || all[1].Voided.IsZero() || all[0].Version.Revision <= one.Version.Revision {
		t.Errorf("%+v", all)
	}
	_, err = w.amend(t, revision{pass: one.ID, change: issuer.Change{Values: values("stamps", 3)}}, revision{pass: 1})
	var item *issuer.ItemError
	if !errors.As(err, &item) || item.Index != 1 || issuer.KindOf(err) != issuer.NotFound {
		t.Errorf("%v", err)
	}
	_, err = w.amend(t, revision{pass: one.ID, change: issuer.Change{Values: values("stamps", 3)}}, revision{pass: other.ID, change: issuer.Change{Standing: issuer.Standing{Redeemed: &yes}}})
	refusal(t, err, issuer.Conflict, "pass_void")
	if now, err := w.Pass(t.Context(), w.me, one.ID); err != nil || string(now.Values["stamps"]) != "2" {
		t.Errorf("after a refusal %s, %v", now.Values["stamps"], err)
	}
}

// TestAmendNothing writes nothing for what is so already, also of an invalid pass.
func TestAmendNothing(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	yes := true
	_, err := w.amend(t, revision{pass: p.ID, change: issuer.Change{Standing: issuer.Standing{Invalid: &yes}}})
	must(t, err)
	again, err := w.amend(t, revision{pass: p.ID, change: issuer.Change{Standing: issuer.Standing{Invalid: &yes}}}, revision{pass: p.ID})
	must(t, err)
	if again[0].Edited != p.Edited+1 {
		t.Errorf("edited %d times", again[0].Edited)
	}
	no := false
	_, err = w.amend(t, revision{pass: p.ID, change: issuer.Change{Standing: issuer.Standing{Invalid: &no}}})
	refusal(t, err, issuer.Conflict, "pass_invalid")
}

// TestLocalID is one pass's alone in its campaign, and somebody else's in another.
func TestLocalID(t *testing.T) {
	w := newWorld(t)
	order := func(local string) issuer.Order {
		o := w.order()
		o.LocalID, o.PublicSerial = local, true
		return o
	}
	all, err := w.IssueAll(t.Context(), w.me, []issuer.Order{order("a"), order("b")})
	must(t, err)
	if all[0].SerialNumber != all[0].PublicID {
		t.Errorf("the serial number is %s, the public id %s", all[0].SerialNumber, all[0].PublicID)
	}
	_, err = w.IssueAll(t.Context(), w.me, []issuer.Order{order("c"), order("b")})
	refusal(t, err, issuer.Conflict, issuer.CodeLocalTaken)
	taken, free := "b", "c"
	_, err = w.amend(t, revision{pass: all[0].ID, change: issuer.Change{LocalID: &taken}})
	refusal(t, err, issuer.Conflict, issuer.CodeLocalTaken)
	_, err = w.amend(t, revision{pass: all[0].ID, change: issuer.Change{LocalID: &free}})
	must(t, err)
	w.view(t, func(r store.Reader) error {
		p, err := r.PassByLocalID(w.campaign.ID, "c")
		if p.ID != all[0].ID {
			t.Errorf("c is %s", p.ID)
		}
		if _, gone := r.PassByLocalID(w.campaign.ID, "a"); !errors.Is(gone, store.ErrNotFound) {
			t.Errorf("a is still there: %v", gone)
		}
		return err
	})
}

// TestOtherTemplate moves a pass to another template of its campaign, which phones see.
func TestOtherTemplate(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	all, err := w.amend(t, revision{pass: p.ID, change: issuer.Change{Template: w.loose(t).ID}})
	must(t, err)
	if all[0].Version.Revision <= p.Version.Revision || w.drawn(t, all[0]).Description != "Card of nobody" {
		t.Errorf("%+v", all[0])
	}
}
