package issuer

import (
	"errors"

	"pocketpass/store"
)

func (i *Issuer) addPass(tx store.Tx, a Actor, o Order, j judgement) (store.Pass, error) {
	c, err := tx.Campaign(a.Org, o.Campaign)
	if err != nil {
		return store.Pass{}, err
	}
	t, err := templateFor(tx.Reader, c, o.Template)
	if err != nil {
		return store.Pass{}, err
	}
	if o.Former.ID == "" { // else it was issued elsewhere, while that was allowed
		if err := allowed(tx.Reader, c, t); err != nil {
			return store.Pass{}, err
		}
	}
	if err := linkAllows(tx.Reader, a, o); err != nil {
		return store.Pass{}, err
	}
	if t.ID != j.template || t.Published != j.published {
		return store.Pass{}, errOutdated
	}
	p, err := i.newPass(tx, c, t, o, j)
	if err != nil {
		return store.Pass{}, err
	}
	if p.Holder, err = o.Holder.hold(tx, a, j.holder); err != nil {
		return store.Pass{}, err
	}
	if p.Images, err = putAssets(tx, a, p.Images, o.pictures); err != nil {
		return store.Pass{}, err
	}
	if err := tx.AddPass(&p); err != nil {
		return store.Pass{}, whichTaken(tx, a.Org, o, err)
	}
	return p, errors.Join(
		spendCode(tx, c),
		countIssued(tx, c, t),
		happened(tx, a, p, eventCreated, nil),
		throughLink(tx, a, o, p),
		movedIn(tx, p),
		lapseIfOver(tx, p),
	)
}

// whichTaken names the member of the order that another pass holds.
func whichTaken(tx store.Tx, org store.ID, o Order, err error) error {
	if !errors.Is(err, store.ErrExists) {
		return err
	}
	have, lost := tx.PassByFormer(org, o.Former)
	if err := formerTaken("pass", o.Former, have.ID, lost); err != nil {
		return err
	}
	path, what := "/serialNumber", "serial number"
	if _, err := tx.PassByPublicID(o.PublicID); err == nil {
		path, what = "/publicId", "public id"
	}
	if o.LocalID != "" {
		if _, err := tx.PassByLocalID(o.Campaign, o.LocalID); err == nil {
			return localTaken()
		}
	}
	if _, err := tx.PassByExternalID(org, o.ExternalID); err == nil {
		path, what = "/externalId", "external id"
	}
	e := conflict(codeTaken, "the %s is taken by another pass; choose another or change that one", what)
	e.Fields = []FieldError{{Path: path, Msg: e.Msg}}
	return e
}

// newPass is the pass that an order gets, if its campaign's rules let it. It only
// reads: whoever shares the commit has nothing to undo when the order is refused.
func (i *Issuer) newPass(tx store.Tx, c store.Campaign, t store.Template, o Order, j judgement) (p store.Pass, err error) {
	p = o.pass(c, t, tx.Now)
	if err := checkPerson(tx.Reader, c, o.Holder); err != nil {
		return p, err
	}
	if p.Code, err = codeFor(tx.Reader, c, o); err != nil {
		return p, err
	}
	if p.ID, err = tx.NewID(); err != nil {
		return p, err
	}
	if p.Version, err = tx.NextVersion(store.Version{}); err != nil {
		return p, err
	}
	p.Scans, p.Created, p.Updated = j.scans, o.created(tx.Now), tx.Now
	if p.PublicID == "" {
		p.PublicID = newPublicID()
	}
	switch {
	case p.SerialNumber != "": // given
	case o.PublicSerial:
		p.SerialNumber = p.PublicID
	default:
		p.SerialNumber = newSerial()
	}
	if o.Token != "" {
		p.SealedToken = string(i.cfg.Master.Seal(tokenName(p.ID), []byte(o.Token)))
	}
	return p, nil
}
