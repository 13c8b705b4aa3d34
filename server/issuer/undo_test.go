package issuer_test

import (
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestUndoOfOne: a redemption that others came after.
func TestUndoOfOne(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Points})
	p := w.issue(t)
	var made []store.ID
	for _, s := range []step{{action: "earn", amount: 50}, {action: "earn", amount: 30}, {action: "spend", amount: 40}} {
		d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: s.action, Amount: s.amount})
		must(t, err)
		made = append(made, d.Entry.ID)
	}
	undo := func(id store.ID, want string) store.ID {
		t.Helper()
		d, err := w.Undo(t.Context(), w.me, issuer.Undoing{Redemption: id})
		if codeOf(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
		return d.Entry.ID
	}
	undo(made[0], "balance_short") // 40 are left
	taken := undo(made[1], "")
	undo(made[1], "already_undone")
	undo(taken, "undo_of_undo")
	undo(5, "not_found")
	got, err := w.Pass(t.Context(), w.me, p.ID)
	if must(t, err); state(got) != "10/50/2/0" {
		t.Errorf("state %s", state(got))
	}
	proof, err := w.VerifyLedger(t.Context(), w.me, p.ID)
	if must(t, err); proof.Entries != 4 || len(proof.Faults) != 0 {
		t.Errorf("proof %+v", proof)
	}
}

// TestUndoAtTheGate: only the last time through a gate can be taken back.
func TestUndoAtTheGate(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Attendance})
	p := w.issue(t)
	in, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	_, err = w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: store.CheckOut})
	must(t, err)
	_, err = w.Undo(t.Context(), w.me, issuer.Undoing{Redemption: in.Entry.ID})
	refusal(t, err, issuer.Conflict, "not_last")
}

// TestUndoLeavesOtherVoids: what somebody voided by hand stays void.
func TestUndoLeavesOtherVoids(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Single, KeepValid: true})
	p := w.issue(t)
	_, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	w.clock.add(time.Second)
	_, err = w.Void(t.Context(), w.me, p.ID, true)
	must(t, err)
	d, err := w.Undo(t.Context(), w.me, issuer.Undoing{Pass: p.ID})
	if must(t, err); d.Pass.Voided.IsZero() || !d.Pass.Spent.IsZero() {
		t.Errorf("voided %v, spent %v", d.Pass.Voided, d.Pass.Spent)
	}
	reset, err := w.ResetRedemptions(t.Context(), w.me, p.ID)
	if must(t, err); !reset.Voided.IsZero() || reset.Account.Entries != 2 {
		t.Errorf("after the reset %+v", reset)
	}
}
