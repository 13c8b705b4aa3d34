package store

import (
	"errors"
	"fmt"
	"time"

	"pocketpass/store/kv"
)

// Proof is what came of recomputing the ledger of a pass.
type Proof struct {
	Pass    ID
	Entries uint64 // that were looked at
	Faults  []LedgerFault
}

// LedgerFault is an entry that is not what its chain, its amounts or its pass say.
type LedgerFault struct {
	Number uint64 // of the entry; 0 for the pass itself
	What   string
}

// prover recomputes a ledger entry by entry. It keeps a few words for each.
type prover struct {
	proof   Proof
	account Account
	past    []pastEntry // by number, from 1
}

type pastEntry struct {
	action Action
	amount int64
	at     time.Time
	undone bool
}

// VerifyLedger recomputes the ledger of p from its first entry: numbers, hashes, digests
// of texts and amounts, and at last the account of p. An error means that it
// could not look.
func (r Reader) VerifyLedger(p Pass) (Proof, error) {
	v := prover{proof: Proof{Pass: p.ID}}
	prefix := join(p.ID)
	err := r.kv.Scan(entries.name, kv.Range{From: prefix, To: successor(prefix)}, func(_, raw []byte) error {
		var e Entry
		if err := entries.decode(raw, &e); err != nil {
			v.fault(uint64(len(v.past)+1), "it and what follows cannot be judged: "+err.Error())
			return kv.ErrStop
		}
		v.entry(&e)
		return nil
	})
	if len(v.proof.Faults) == 0 && v.account != p.Account {
		v.fault(0, fmt.Sprintf("the pass says %s, its ledger %s", p.Account.summary(), v.account.summary()))
	}
	return v.proof, err
}

func (a Account) summary() string {
	return fmt.Sprintf("%d entries, balance %d, total %d, %d uses, %d rewards", a.Entries, a.Balance, a.Total, a.Uses, a.Rewards)
}

func (v *prover) fault(number uint64, what string) {
	v.proof.Faults = append(v.proof.Faults, LedgerFault{number, what})
}

func (v *prover) entry(e *Entry) {
	v.proof.Entries++
	before := v.account
	if want := before.Entries + 1; e.Number != want {
		v.fault(e.Number, fmt.Sprintf("entry %d is missing", want))
	}
	if e.Hash != e.link(before.Hash) {
		v.fault(e.Number, "the hash is not that of the entry and of those before it")
	}
	for _, x := range e.texts() {
		if !x.intact() {
			v.fault(e.Number, "a text is not the one that was entered")
		}
	}
	after, err := v.following(before, e)
	if err != nil {
		v.fault(e.Number, err.Error())
	} else if after.sum() != e.After.sum() || !e.After.Sound() {
		v.fault(e.Number, fmt.Sprintf("the entry says %s, the amounts %s", e.After.summary(), after.summary()))
	}
	v.past = append(v.past, pastEntry{action: e.Action, amount: e.Amount, at: e.At, undone: e.Undoes != 0})
	v.account = e.After
}

var errUndoes = errors.New("it takes back what does not stand")

func (v *prover) following(before Account, e *Entry) (Account, error) {
	if e.Action != Undo {
		after := before.With(e.Action, e.Amount)
		if e.Action.Counted() {
			after.Last = e.At
		}
		return after, nil
	}
	if e.Undoes == 0 || e.Undoes > uint64(len(v.past)) || v.past[e.Undoes-1].undone {
		return before, errUndoes
	}
	undone := &v.past[e.Undoes-1]
	undone.undone = true
	after := before.Without(undone.action, undone.amount)
	after.Last = v.last()
	return after, nil
}

// last is when the newest redemption was that stands.
func (v *prover) last() time.Time {
	for n := len(v.past) - 1; n >= 0; n-- {
		if p := v.past[n]; !p.undone && p.action.Counted() {
			return p.at
		}
	}
	return time.Time{}
}

// checkLedgers recomputes the ledger of every pass, finds ledgers without one, and compares
// the counters of campaigns.
func checkLedgers(r kv.Reader) ([]Fault, error) {
	uses := make(map[ID]int64)
	out, err := each(r, passes, func(key []byte, p *Pass) (out []Fault, err error) {
		uses[p.Campaign] += p.Account.Uses
		proof, err := Reader{kv: r}.VerifyLedger(*p)
		for _, f := range proof.Faults {
			out = append(out, Fault{entries.name, join(p.ID, f.Number), f.What})
		}
		return out, err
	})
	if err != nil {
		return out, err
	}
	lost, err := each(r, entries, func(key []byte, e *Entry) ([]Fault, error) {
		if e.Number != 1 {
			return nil, nil
		}
		_, ok, err := r.Get(passes.name, e.Pass.key())
		if ok || err != nil {
			return nil, err
		}
		return []Fault{{entries.name, key, "the pass is missing"}}, nil
	})
	out = append(out, lost...)
	if err != nil {
		return out, err
	}
	miscounted, err := each(r, campaigns, func(_ []byte, c *Campaign) ([]Fault, error) {
		if n, err := (Reader{kv: r}).Counter(c.ID, CountRedeemed); err == nil && n == uses[c.ID] {
			return nil, nil
		}
		return []Fault{{counterTable, join(c.ID, CountRedeemed), "the counter is wrong"}}, nil
	})
	return append(out, miscounted...), err
}
