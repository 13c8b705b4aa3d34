package issuer

import (
	"errors"
	"fmt"

	"pocketpass/store"
)

// Holder says whom a pass is for: somebody who is known, by id, or details. Of
// details the person with their external id is meant, or else with their
// e-mail address, or else with their phone number; if there is nobody, they are added.
type Holder struct {
	ID store.ID
	Details
	New bool // add somebody even if the contact is known: it was not proven to be theirs
}

func (h Holder) named() bool {
	d := h.Details
	return h.ID != 0 || d.ExternalID != nil || d.Name != nil || d.Email != nil || d.Phone != nil || d.Language != nil || len(d.Attributes) > 0
}

// find is the person that h means, with the details over what is known; they have
// no id yet if they are new.
func (h Holder) find(r store.Reader, org store.ID) (p store.Person, err error) {
	if h.ID != 0 {
		if p, err = r.Person(org, h.ID); err != nil {
			return p, missing(err, "/holder", "person")
		}
	} else if !h.New {
		if p, err = h.Details.lookUp(r, org); err != nil {
			return p, err
		}
	}
	return h.Details.apply(p)
}

func (d Details) lookUp(r store.Reader, org store.ID) (p store.Person, err error) {
	if d.ExternalID != nil && *d.ExternalID != "" {
		p, err = r.PersonByExternalID(org, *d.ExternalID)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return p, err
	}
	var f store.PersonFilter
	switch {
	case d.Email != nil && *d.Email != "":
		f.Email = *d.Email
	case d.Phone != nil && *d.Phone != "":
		f.Phone = *d.Phone
	default:
		return store.Person{}, nil
	}
	known, _, err := r.People(org, f, store.Page{Limit: 1})
	if err != nil || len(known) == 0 {
		return store.Person{}, err
	}
	return known[0], nil
}

// hold makes sure that the person of an order is there, as the order says.
func (h Holder) hold(tx store.Tx, org store.ID) (store.Person, error) {
	if !h.named() {
		return store.Person{}, nil
	}
	p, err := h.find(tx.Reader, org)
	if err != nil {
		return p, err
	}
	if p.ID == 0 {
		return addPerson(tx, org, h.Details)
	}
	held, _, err := tx.PassesOf(p.ID, store.Page{Limit: maxHeld})
	if err != nil {
		return p, err
	}
	if len(held) == maxHeld {
		return p, conflict("person_full", "this person has %d passes, which is the most; delete some first", maxHeld)
	}
	before, err := tx.Person(org, p.ID)
	if err != nil || same(before, p) {
		return p, err
	}
	p.Edited++
	p.Updated = tx.Now
	if err := tx.PutPerson(p); err != nil {
		return p, fmt.Errorf("holder: %w", err)
	}
	return p, nil
}
