package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// Known is everything that is known of a person.
type Known struct {
	Person store.Person
	Passes []HeldPass
}

// HeldPass is a pass of a person with what was kept of it.
type HeldPass struct {
	Pass    store.Pass
	Events  []store.Event // the newest
	Devices []Installed
	Parcels []store.Parcel // the newest
	Entries []store.Entry  // the newest of its ledger
	Agreed  []Agreed
}

// maxToldEvents is how many events, parcels and entries of each pass stand in the export of a person.
const maxToldEvents = 1000

// ExportPerson returns everything that is known of somebody.
func (i *Issuer) ExportPerson(ctx context.Context, a Actor, id store.ID) (k Known, err error) {
	err = i.db.View(ctx, func(r store.Reader) (err error) {
		if k.Person, err = r.Person(a.Org, id); err != nil {
			return err
		}
		held, _, err := r.PassesOf(id, store.Page{Limit: maxHeld})
		if err != nil {
			return err
		}
		for _, p := range held {
			h := HeldPass{Pass: p}
			if h.Events, _, err = r.Events(p.ID, store.Page{Limit: maxToldEvents, Reverse: true}); err != nil {
				return err
			}
			if h.Devices, err = installed(r, p); err != nil {
				return err
			}
			if h.Parcels, _, err = r.Parcels(p.ID, store.Page{Limit: maxToldEvents, Reverse: true}); err != nil {
				return err
			}
			if h.Agreed, err = agreedFor(r, p.ID); err != nil {
				return err
			}
			if h.Entries, _, err = r.Ledger(p.ID, store.Page{Limit: maxToldEvents, Reverse: true}); err != nil {
				return err
			}
			k.Passes = append(k.Passes, h)
		}
		return nil
	})
	return k, err
}

// Erasure is what ErasePerson did.
type Erasure struct {
	Passes int // that were emptied
}

// eraseBatch is how many passes of a person are emptied in one commit.
const eraseBatch = 50

// ErasePerson forgets somebody: who they are, and what their passes say of them.
// The passes stay, invalid and empty, so that every count remains; phones are told
// and show the template's own texts. It can be repeated if it was interrupted.
func (i *Issuer) ErasePerson(ctx context.Context, a Actor, id store.ID) (e Erasure, err error) {
	for done := false; !done; {
		var emptied []store.Pass
		err := i.update(ctx, func(tx store.Tx) error {
			emptied = nil
			if _, err := tx.Person(a.Org, id); err != nil {
				return err
			}
			held, next, err := tx.PassesOf(id, store.Page{Limit: eraseBatch})
			if err != nil {
				return err
			}
			for _, p := range held {
				if err := empty(tx, a, &p); err != nil {
					return err
				}
				emptied = append(emptied, p)
			}
			more, err := forgetLinks(tx, id)
			if err != nil {
				return err
			}
			if done = next == 0 && !more; done {
				return errors.Join(tx.DeletePerson(id), happenedTo(tx, a, about{org: a.Org, id: id}, eventPersonErased, nil))
			}
			return nil
		})
		if err != nil {
			return e, fmt.Errorf("erase person: %w", err)
		}
		e.Passes += len(emptied)
		for _, p := range emptied {
			i.tell(p)
		}
	}
	return e, nil
}

// strip takes everything out of p that somebody gave or that was given for them. Its tags
// count what becomes of it for the last time.
func strip(tx store.Tx, p *store.Pass, becomes store.Metric) {
	for _, tag := range p.Tags {
		tx.Tally(becomes, 1, store.Scope{Org: p.Org, Tag: tag})
	}
	p.Values, p.Patch, p.Images, p.Person, p.Meta = nil, nil, nil, nil, nil
	p.ExternalID, p.Code, p.Message, p.Tags, p.Scans = "", "", "", nil, nil
	p.Holder, p.Near, p.Sent, p.LocalID = 0, store.Point{}, 0, ""
}

// empty makes a void pass of p that nobody holds and that nothing makes good again: not
// taking back a redemption, nor a job that goes through all passes of a campaign.
func empty(tx store.Tx, a Actor, p *store.Pass) error {
	strip(tx, p, store.Voids)
	if err := errors.Join(tx.DeleteParcels(p.ID), forgetConsents(tx, *p), forgetTold(tx, p.ID)); err != nil {
		return err
	}
	if p.Voided.IsZero() {
		p.Voided = tx.Now
	}
	if p.Invalid.IsZero() {
		p.Invalid = tx.Now
	}
	return errors.Join(tx.EraseNotes(p.ID), saveSeen(tx, a, p, eventErased, nil))
}
