package issuer

import "pocketpass/store"

// holding judges what is said of the holder of a pass that is there. One without a
// holder gets it, if the campaign would issue it to them; of others the details
// change. Somebody else than the holder is a Conflict. A nil apply means that there is
// nothing to do.
func (i *Issuer) holding(r store.Reader, a Actor, p store.Pass, h Holder) (apply, error) {
	if !h.named() {
		return nil, nil
	}
	if p.Holder == 0 {
		_, known, err := i.acquaint(r, p.Org, h)
		return handingOver(a, p.ID, h, known), err
	}
	if err := h.holds(r, p); err != nil {
		return nil, err
	}
	before, err := r.Person(p.Org, p.Holder)
	if err != nil {
		return nil, err
	}
	after, err := h.Details.over(before)
	if err != nil || same(before, after) {
		return nil, err
	}
	showing, err := i.showing(r, before, after)
	return func(tx store.Tx) (store.Pass, bool, error) {
		_, err := alter(tx, a, before, after, showing)
		return p, true, err
	}, err
}

// handingOver gives a pass without a holder to somebody.
func handingOver(a Actor, pass store.ID, h Holder, known acquaintance) apply {
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, err := tx.Pass(a.Org, pass)
		if err == nil && p.Holder != 0 {
			err = errOutdated
		}
		if err != nil {
			return p, false, err
		}
		c, err := tx.Campaign(p.Org, p.Campaign)
		if err == nil {
			err = checkPerson(tx.Reader, c, h)
		}
		if err != nil {
			return p, false, err
		}
		if p.Holder, err = h.hold(tx, a, known); err != nil {
			return p, false, err
		}
		return p, true, saveSeen(tx, a, &p, eventUpdated, nil)
	}
}

// holds refuses h if it names somebody who is not the holder of p. An address or number
// names nobody: it may be a new one of the holder's.
func (h Holder) holds(r store.Reader, p store.Pass) error {
	id := h.ID
	if id == 0 && h.ExternalID != nil && *h.ExternalID != "" {
		known, err := r.PersonByExternalID(p.Org, *h.ExternalID)
		if err != nil {
			return except(err, store.ErrNotFound)
		}
		id = known.ID
	}
	if id == 0 || id == p.Holder {
		return nil
	}
	return conflict("holder_other", "the pass is held by somebody else and stays theirs; issue another one, under another external id")
}

// heldAfter is a pass that was saved, once what is said of its holder is so too.
func heldAfter(tx store.Tx, hold apply, p store.Pass) (store.Pass, error) {
	if hold == nil {
		return p, nil
	}
	_, _, err := hold(tx)
	if err != nil {
		return p, err
	}
	return tx.Pass(p.Org, p.ID)
}
