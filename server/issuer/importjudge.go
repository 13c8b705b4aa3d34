package issuer

import (
	"encoding/json"
	"errors"
	"maps"
	"strconv"

	"pocketpass/store"
)

// judge finds out what a row does: a new pass, a change of one, or nothing.
func (w *importing) judge(r store.Reader, it item) (apply, error) {
	if why, broken := it.data.(*Error); broken {
		return nil, why
	}
	in := it.data.(tableRow)
	o, err := w.order(in.cells)
	if err == nil {
		err = w.settle(r, &o)
	}
	if err != nil {
		return nil, w.inColumn(err)
	}
	do, err := w.judgeOrder(r, o)
	if err != nil {
		return nil, w.inColumn(err)
	}
	if !w.spec.writes() {
		return w.claiming(o, in.row, do != nil), nil
	}
	if do == nil {
		return nil, nil
	}
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, changed, err := do(tx)
		if errors.Is(err, errOutdated) { // as by a row before this one, with the same id
			p, changed, err = w.again(tx, o)
		}
		return p, changed, w.inColumn(err)
	}, nil
}

// again judges a row in the transaction.
func (w *importing) again(tx store.Tx, o rowOrder) (p store.Pass, changed bool, err error) {
	do, err := w.judgeOrder(tx.Reader, o)
	if err != nil || do == nil {
		return p, false, err
	}
	return do(tx)
}

// inColumn names the column that the refused member of an order comes from.
func (w *importing) inColumn(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = []FieldError{e.Fields[0]}
	if name, ours := w.byPath[e.Fields[0].Path]; ours {
		out.Fields[0].Path = name
	}
	return &out
}

func (w *importing) judgeOrder(r store.Reader, o rowOrder) (apply, error) {
	p, found, err := w.find(r, o.order)
	if err != nil {
		return nil, err
	}
	deleted := o.deleted != nil && *o.deleted
	switch {
	case deleted && found:
		return w.deleting(p.ID), nil
	case deleted:
		return nil, nil
	case found:
		return w.changing(r, p, o)
	case o.message != "":
		return nil, invalid("/message", "message_nobody", "there is no pass for the row, and so nobody to tell; import it without a message first")
	}
	return w.making(r, o)
}

// deleting withdraws the pass of a row. It may be that of a row before this one.
func (w *importing) deleting(id store.ID) apply {
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, err := withdraw(tx, actorOf(w.job), id, nil)
		if errors.Is(err, store.ErrNotFound) {
			return p, false, nil
		}
		return p, true, err
	}
}

// find returns the pass that a row is about, if there is one.
func (w *importing) find(r store.Reader, o Order) (p store.Pass, found bool, err error) {
	switch w.spec.UpsertBy {
	case UpsertExternalID:
		if o.ExternalID == "" {
			return p, false, invalid("/externalId", "external_id", "the row has no external id, by which passes are told apart; give one")
		}
		p, err = o.find(actorOf(w.job))(r)
	case UpsertSerialNumber:
		if o.SerialNumber == "" {
			return p, false, invalid("/serialNumber", "serial_number", "the row has no serial number, by which passes are told apart; give one")
		}
		p, err = w.findSerial(r, o)
	default:
		return p, false, nil
	}
	if errors.Is(err, store.ErrNotFound) {
		return p, false, nil
	}
	return p, err == nil, err
}

func (w *importing) findSerial(r store.Reader, o Order) (store.Pass, error) {
	c, err := r.Campaign(w.job.Org, w.job.Campaign)
	if err != nil {
		return store.Pass{}, err
	}
	p, err := present(r.PassBySerial(c.PassTypeIdentifier, o.SerialNumber))
	if err == nil && p.Campaign != c.ID {
		err = invalid("/serialNumber", "serial_number_elsewhere", "the pass with this serial number belongs to another campaign")
	}
	return p, err
}

// making judges a row that gets a new pass.
func (w *importing) making(r store.Reader, o rowOrder) (apply, error) {
	a := actorOf(w.job)
	if err := checkOrder(o.order); err != nil {
		return nil, err
	}
	found, err := w.orders.judge(r, o.order)
	if err != nil {
		return nil, err
	}
	issue := w.issuer.ordered(a, o.order, found)
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, _, err := issue(tx)
		if e, ok := errors.AsType[*Error](err); ok && e.Code == codeTaken && w.spec.UpsertBy != UpsertNone {
			if _, found, lost := w.find(tx.Reader, o.order); found || lost != nil {
				return p, false, errors.Join(lost, errOutdated)
			}
		}
		if err == nil && o.voided != nil && *o.voided {
			p, _, err = setVoid(tx, a, p.ID, true)
		}
		return p, true, err
	}, nil
}

// changing judges a row about a pass that is there.
func (w *importing) changing(r store.Reader, p store.Pass, o rowOrder) (apply, error) {
	ch := o.order.change()
	if err := ch.check(); err != nil {
		return nil, err
	}
	e, err := w.issuer.judgeChange(r, &p, ch)
	if err == nil && o.message != "" {
		e, err = w.issuer.messaged(r, e, Message{Text: o.message}, w.job.ID)
		err = ofMessage(err)
	}
	update, err := applying(actorOf(w.job), e, err)
	if err != nil {
		return nil, err
	}
	hold, err := w.issuer.holding(r, actorOf(w.job), p, o.order.Holder)
	if err != nil {
		return nil, err
	}
	revoke := o.voided != nil && *o.voided == p.Voided.IsZero()
	if update == nil && hold == nil && !revoke {
		return nil, nil
	}
	return func(tx store.Tx) (out store.Pass, changed bool, err error) {
		out = p
		if update != nil {
			out, changed, err = update(tx)
		}
		if hold != nil && err == nil {
			out, changed, err = hold(tx)
		}
		if revoke && err == nil {
			_, changed, err = setVoid(tx, actorOf(w.job), p.ID, *o.voided)
		}
		return out, changed, err
	}, nil
}

// claiming stands for a row that is judged and not written. It makes sure that no
// other row of the file wants the names that this one has.
func (w *importing) claiming(o rowOrder, row int64, changes bool) apply {
	owner := map[string]string{UpsertExternalID: o.order.ExternalID, UpsertSerialNumber: o.order.SerialNumber, UpsertNone: strconv.FormatInt(row, 10)}[w.spec.UpsertBy]
	names := map[string]string{targetExternalID: o.order.ExternalID, targetSerialNumber: o.order.SerialNumber, targetCode: o.order.Code}
	maps.DeleteFunc(names, func(_, name string) bool { return name == "" })
	return func(tx store.Tx) (store.Pass, bool, error) {
		for target, name := range names {
			_, free, err := tx.ClaimName(w.job.ID, target+" "+name, owner)
			if err != nil {
				return store.Pass{}, false, err
			}
			if !free {
				return store.Pass{}, false, w.inColumn(invalid("/"+target, codeTaken, "another row of the file has the same %s; each may have it once", target))
			}
		}
		return store.Pass{}, changes, nil
	}
}

// finish has the rows of a table that is written as a whole or not at all written,
// once all of them were judged and none failed.
func (w *importing) finish(_ store.Tx, j *store.Job) (again bool, err error) {
	if w.spec.writes() || w.spec.DryRun {
		return false, nil
	}
	if j.Failed > 0 {
		return false, conflict("rows_broken", "%d rows are broken, so nothing was written; mend them and upload the file again, or import with onError skip", j.Failed)
	}
	w.spec.Checked = true
	j.Cursor, j.Total, j.Done, j.Skipped = nil, j.Seen(), 0, 0
	j.Spec, err = json.Marshal(w.spec)
	return true, err
}
