package issuer

import (
	"errors"
	"slices"

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
	return h.Details.over(p)
}

// over is p with the details of an order over it. An address that p has stays as it is
// spelt: in orders it finds somebody, whatever the case.
func (d Details) over(p store.Person) (store.Person, error) {
	if d.Email != nil && store.SameMailbox(p.Email, *d.Email) {
		d.Email = nil
	}
	return d.apply(p)
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

// acquaintance is what was known of the person of an order when it was judged.
type acquaintance struct {
	before  store.Person
	showing []store.ID // passes that look different with what the order says
}

// acquaint finds the person that h means, as they are to be.
func (i *Issuer) acquaint(r store.Reader, org store.ID, h Holder) (p store.Person, k acquaintance, err error) {
	if !h.named() {
		return p, k, nil
	}
	if p, err = h.find(r, org); err != nil || p.ID == 0 {
		return p, k, err
	}
	if k.before, err = r.Person(org, p.ID); err != nil || same(k.before, p) {
		return p, k, err
	}
	k.showing, err = i.showing(r, k.before, p)
	return p, k, err
}

// hold makes sure that the person of an order is there, as the order says, and tells
// the devices of what they hold already.
func (h Holder) hold(tx store.Tx, a Actor, k acquaintance) (store.ID, error) {
	if !h.named() {
		return 0, nil
	}
	p, err := h.find(tx.Reader, a.Org)
	if err != nil {
		return 0, err
	}
	if p.ID == 0 {
		p, err = addPerson(tx, a.Org, h.Details)
		return p.ID, err
	}
	before, err := tx.Person(a.Org, p.ID)
	switch {
	case err != nil || same(before, p):
		return p.ID, err
	case before.ID != k.before.ID:
		return 0, errOutdated
	}
	_, err = alter(tx, a, k.before, p, k.showing)
	return p.ID, err
}

// checkPerson refuses a pass to a person who has as many as one may have, or who
// lacks what tells one person from another in the campaign.
func checkPerson(r store.Reader, c store.Campaign, h Holder) error {
	rules := c.Rules
	if !h.named() {
		if rules.Unique == "" && rules.PerPerson == 0 {
			return nil
		}
		return invalid("/person", "person_missing", "the campaign limits the passes of a person; say with person or holder whom this one is for")
	}
	p, err := h.find(r, c.Org)
	if err != nil {
		return err
	}
	if err := distinct(r, c, p); err != nil {
		return err
	}
	if p.ID == 0 {
		return newcomer(r, c, p)
	}
	held, _, err := r.PassesOf(p.ID, store.Page{Limit: maxHeld})
	if err != nil {
		return err
	}
	if len(held) == maxHeld {
		return conflict("person_full", "this person has %d passes, which is the most; delete some first", maxHeld)
	}
	if n := ofCampaign(held, c.ID); rules.PerPerson > 0 && n >= rules.PerPerson {
		return conflict(codePersonLimit, "the campaign gives %d to a person, who has %d; change that one, or raise the limit", rules.PerPerson, n)
	}
	return nil
}

// codePersonLimit is what a pass is refused with to who has as many as they may.
const codePersonLimit = "person_limit"

func ofCampaign(all []store.Pass, campaign store.ID) (n int) {
	for _, p := range all {
		if p.Campaign == campaign {
			n++
		}
	}
	return n
}

// maxNamesakes is how many people with one address or number are looked at.
const maxNamesakes = 100

// distinct refuses a second pass of a campaign for an e-mail address or a phone
// number, whoever gave it.
func distinct(r store.Reader, c store.Campaign, p store.Person) error {
	if c.Rules.Unique == "" {
		return nil
	}
	f, what := contactIn(c, p)
	if f == (store.PersonFilter{}) {
		return invalid("/person/"+string(c.Rules.Unique), "person_contact", "the campaign gives one pass for each %s; give that of the person", what)
	}
	held, err := heldAt(r, c.Org, c.ID, f)
	if err != nil || len(held) == 0 {
		return err
	}
	return conflict(codePersonLimit, "the campaign gives one pass for each %s, and this one has a pass; change that one", what)
}

// contactIn is what tells somebody from others in a campaign that gives one pass for
// each address or number, and what that is called; nothing if they have none.
func contactIn(c store.Campaign, p store.Person) (f store.PersonFilter, what string) {
	if c.Rules.Unique == store.ByPhone {
		return store.PersonFilter{Phone: p.Phone}, "phone number"
	}
	return store.PersonFilter{Email: p.Email}, "e-mail address"
}

// stillDistinct refuses somebody an address or number that has the one pass of a
// campaign, if they have a pass of it too.
func stillDistinct(r store.Reader, before, after store.Person) error {
	if before.Email == after.Email && before.Phone == after.Phone {
		return nil
	}
	own, _, err := r.PassesOf(before.ID, store.Page{Limit: maxHeld})
	if err != nil {
		return err
	}
	looked := make(map[store.ID]bool)
	for _, p := range own {
		if looked[p.Campaign] {
			continue
		}
		looked[p.Campaign] = true
		c, err := r.Campaign(after.Org, p.Campaign)
		if err != nil {
			return err
		}
		if err := distinctFrom(r, c, before, after); err != nil {
			return err
		}
	}
	return nil
}

// distinctFrom refuses after a contact at which somebody other than before has a pass
// of a campaign.
func distinctFrom(r store.Reader, c store.Campaign, before, after store.Person) error {
	f, what := contactIn(c, after)
	if was, _ := contactIn(c, before); c.Rules.Unique == "" || f == was || f == (store.PersonFilter{}) {
		return nil
	}
	held, err := heldAt(r, c.Org, c.ID, f)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(held, func(p store.Pass) bool { return p.Holder != before.ID }) {
		return conflict(codePersonLimit, "this person has a pass of a campaign that gives one for each %s, and so has whoever has this one; delete one of the passes first", what)
	}
	return nil
}

// newcomer refuses a pass to somebody new at whose address, or at whose number, there
// are as many as one person may have: who fills in a form is always new.
func newcomer(r store.Reader, c store.Campaign, p store.Person) error {
	if c.Rules.PerPerson == 0 {
		return nil
	}
	for _, f := range []store.PersonFilter{{Email: p.Email}, {Phone: p.Phone}} {
		if f == (store.PersonFilter{}) {
			continue
		}
		held, err := heldAt(r, c.Org, c.ID, f)
		if err != nil {
			return err
		}
		if len(held) >= c.Rules.PerPerson {
			return conflict(codePersonLimit, "the campaign gives %d to a person, and as many are at this address or number; change those, or raise the limit", c.Rules.PerPerson)
		}
	}
	return nil
}

// heldAt lists the passes of a campaign at an e-mail address or a phone number, whoever
// gave it.
func heldAt(r store.Reader, org, campaign store.ID, f store.PersonFilter) (out []store.Pass, err error) {
	known, _, err := r.People(org, f, store.Page{Limit: maxNamesakes})
	if err != nil {
		return nil, err
	}
	for _, person := range known {
		held, _, err := r.PassesOf(person.ID, store.Page{Limit: maxHeld})
		if err != nil {
			return nil, err
		}
		for _, p := range held {
			if p.Campaign == campaign {
				out = append(out, p)
			}
		}
	}
	return out, nil
}
