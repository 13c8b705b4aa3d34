package issuer

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"pocketpass/store"
)

// Redeeming asks to redeem a pass.
type Redeeming struct {
	Target
	Action   store.Action // empty means what passes of the kind are redeemed for as a rule
	Amount   int64        // stamps, points, minor units; 0 means one stamp
	Currency string       // ISO 4217; has to be the campaign's if it is given
	Note     string
	Place    string
	Who      string // empty means the name of the actor
	Channel  store.Channel

	// Key is chosen by the client and kept with the ledger: whoever asks again, however
	// late, gets the redemption that it made.
	Key         string
	Idempotency Idempotency

	Expired bool // redeem an expired pass too, as some services do

	still still
}

// Redemption is an entry of a ledger with what it is about.
type Redemption struct {
	Entry    store.Entry
	Pass     store.Pass // as it is now
	Campaign store.Campaign
}

// Limits of what tills say, in characters.
const (
	maxNote      = 500
	maxPlace     = 120
	maxClientKey = 255
)

// Redeem redeems a pass, once for each order. What its kind does not allow is a Conflict
// whose code says which rule; if a redemption stands in the way the error says whose.
func (i *Issuer) Redeem(ctx context.Context, a Actor, o Redeeming) (Redemption, error) {
	if err := errors.Join(o.Target.check(), o.checkTexts()); err != nil {
		return Redemption{}, err
	}
	out, done, err := i.approach(ctx, a, &o)
	if done || err != nil {
		return out, err
	}
	fresh := false
	err = i.update(ctx, func(tx store.Tx) error {
		id, found, err := earlier(tx.Reader, a, o)
		if fresh = !found; found || err != nil {
			out, err = redemption(tx.Reader, a, id, err)
			return err
		}
		_, _, err = i.once(tx, a, o.Idempotency, func() (store.ID, error) {
			out, err = redeem(tx, a, o)
			return out.Entry.ID, err
		})
		return err
	})
	if err != nil {
		return Redemption{}, fmt.Errorf("redeem: %w", err)
	}
	if fresh {
		i.tell(out.Pass)
	}
	return out, nil
}

// approach looks, before there is a transaction that writes, for what came of the same
// order earlier, and for the pass: verifying a signed code takes its time, and whoever is
// refused holds up nobody.
func (i *Issuer) approach(ctx context.Context, a Actor, o *Redeeming) (out Redemption, done bool, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		id, found, err := earlier(r, a, *o)
		if done = found; found || err != nil {
			out, err = redemption(r, a, id, err)
			return err
		}
		p, err := i.find(r, a, o.Target)
		if err != nil {
			return err
		}
		c, err := r.Campaign(a.Org, p.Campaign)
		if err != nil {
			return err
		}
		o.Target.Pass = p.ID
		t, err := tillFor(r, c, p)
		if err != nil {
			return err
		}
		if _, err = t.judge(*o); err == nil {
			o.still = i.stillness(r, c, p)
		}
		return err
	})
	if err != nil {
		return Redemption{}, false, fmt.Errorf("redeem: %w", err)
	}
	return out, done, nil
}

// earlier finds the redemption that the same order made. Another order under its key is Invalid.
func earlier(r store.Reader, a Actor, o Redeeming) (id store.ID, found bool, err error) {
	if id, found, err = remembered(r, a, o.Idempotency); found || err != nil || o.Key == "" {
		return id, found, err
	}
	e, err := r.EntryOfClient(a.Org, a.Key, o.Key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	if err == nil && e.Request != o.request() {
		err = invalid("/key", "key_reused", "this key came with another redemption before; use a new key for a new one")
	}
	return e.ID, err == nil, err
}

// redemption reads what an entry is about.
func redemption(r store.Reader, a Actor, id store.ID, err error) (out Redemption, _ error) {
	if err != nil {
		return out, err
	}
	if out.Entry, err = r.Entry(a.Org, id); err != nil {
		return out, err
	}
	if out.Pass, err = r.AnyPass(out.Entry.Pass); err != nil {
		return out, err
	}
	out.Campaign, err = r.Campaign(a.Org, out.Entry.Campaign)
	return out, err
}

// request is a digest of what an order asks for. The pass that was found is no part of it.
func (o Redeeming) request() string {
	t := o.Target
	if t.text() != "" || t.ExternalID != "" {
		t.Pass = 0
	}
	raw, err := json.Marshal([]any{t, o.Action, o.Amount, o.Currency})
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

func (o Redeeming) checkTexts() error {
	if err := checkTexts(o.Note, o.Place, o.Who); err != nil {
		return err
	}
	if len(o.Key) > maxClientKey || !printable(o.Key) {
		return invalid("/key", "key", "a key has up to %d characters and no control characters", maxClientKey)
	}
	return nil
}

func checkTexts(note, place, who string) error {
	for _, x := range []struct {
		path, text string
		most       int
	}{{"/note", note, maxNote}, {"/place", place, maxPlace}, {"/by", who, maxName}} {
		if utf8.RuneCountInString(x.text) > x.most || !printable(x.text) {
			return invalid(x.path, "text", "the text has up to %d characters and no control characters", x.most)
		}
	}
	return nil
}

// redeem enters what o asks for.
func redeem(tx store.Tx, a Actor, o Redeeming) (out Redemption, err error) {
	if out.Pass, err = tx.Pass(a.Org, o.Pass); err != nil {
		return out, err
	}
	if out.Campaign, err = tx.Campaign(a.Org, out.Pass.Campaign); err != nil {
		return out, err
	}
	till, err := tillFor(tx.Reader, out.Campaign, out.Pass)
	if err != nil {
		return out, err
	}
	move, err := till.judge(o)
	if err != nil {
		return out, err
	}
	out.Entry, err = enter(tx, a, out.Campaign, &out.Pass, store.Entry{
		Action: move.action, Amount: move.amount, Key: a.Key, Channel: cmp.Or(o.Channel, store.ByAPI), Client: o.Key, Request: o.request(),
		By: erasable(cmp.Or(o.Who, a.By)), Place: erasable(o.Place), Code: erasable(cmp.Or(o.text(), out.Pass.Code)), Note: erasable(o.Note),
	}, o.still)
	return out, err
}

// erasable gives a text a salt of its own.
func erasable(text string) store.Erasable {
	if text == "" {
		return store.Erasable{}
	}
	var salt [16]byte
	rand.Read(salt[:])
	return store.NewErasable(text, string(salt[:]))
}

// enter appends to the ledger of p, voids a pass that is used up with it, or gives back one that is
// no longer, and saves p.
func enter(tx store.Tx, a Actor, c store.Campaign, p *store.Pass, e store.Entry, s still) (store.Entry, error) {
	before, after := *p, *p
	after.Account = p.Account.With(e.Action, e.Amount)
	spend(c, &after, tx.Now)
	e.Voided = p.Voided.IsZero() && !after.Voided.IsZero()
	e, err := tx.Enter(p, e, nil)
	if err != nil {
		return e, err
	}
	spend(c, p, tx.Now)
	return e, s.save(tx, a, &before, p, eventOf(e.Action), entryDetail(e))
}

// spend notes whether a pass is used up, and voids it for as long as it is, or for good
// if its campaign has ended.
func spend(c store.Campaign, p *store.Pass, now time.Time) {
	left := usesLeft(c, p.Account)
	switch {
	case left == 0 && p.Spent.IsZero():
		p.Spent = now
		if !c.Redemption.KeepValid && p.Voided.IsZero() {
			p.Voided = now
		}
	case left > 0 && !p.Spent.IsZero():
		if voidWhileSpent(c, *p) {
			p.Voided = time.Time{}
		}
		p.Spent = time.Time{}
	}
}

// voidWhileSpent says whether a pass is void for as long as it is used up, and no longer.
func voidWhileSpent(c store.Campaign, p store.Pass) bool {
	return !p.Spent.IsZero() && p.Voided.Equal(p.Spent) && c.Rules.Ended.IsZero()
}

// eventOf is what an entry is called in histories and to receivers of events.
func eventOf(x store.Action) string {
	switch x {
	case store.Charge:
		return eventCharged
	case store.CheckOut:
		return eventLeft
	case store.Adjust:
		return eventCorrected
	}
	return eventRedeemed
}

// entryDetail has nothing that may name a person: events are kept.
func entryDetail(e store.Entry) map[string]string {
	return map[string]string{"redemption": e.ID.Short(), "action": string(e.Action), "amount": strconv.FormatInt(e.Amount, 10),
		"balance": strconv.FormatInt(e.After.Balance, 10)}
}
