package issuer

import (
	"context"

	"pocketpass/store"
)

// Pass returns a pass of the actor's organisation.
func (i *Issuer) Pass(ctx context.Context, a Actor, id store.ID) (p store.Pass, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err = r.Pass(a.Org, id)
		return err
	})
	return p, err
}

// PublicPass finds a pass by the random id of its page.
func (i *Issuer) PublicPass(ctx context.Context, public string) (p store.Pass, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err = r.PassByPublicID(public)
		return err
	})
	return p, err
}

// PassList is one page of passes.
type PassList struct {
	Passes []store.Pass
	Next   store.ID // After of the next page, zero if there is none
}

// Passes lists the organisation's passes, or those of a campaign, a template or a
// tag. A campaign or template of another organisation is NotFound.
func (i *Issuer) Passes(ctx context.Context, a Actor, f store.PassFilter, p store.Page) (l PassList, err error) {
	f.Org = a.Org
	err = i.db.View(ctx, func(r store.Reader) error {
		if f.Campaign != 0 {
			if _, err := r.Campaign(a.Org, f.Campaign); err != nil {
				return err
			}
		}
		if f.Template != 0 {
			if _, err := r.Template(a.Org, f.Template); err != nil {
				return err
			}
		}
		l.Passes, l.Next, err = r.Passes(f, p)
		return err
	})
	return l, err
}

// PassName is what a client calls a pass; package store says how its ids differ. The first
// that is not empty counts.
type PassName struct {
	ExternalID                       string
	Campaign                         store.ID
	LocalID                          string // of the Campaign
	PassTypeIdentifier, SerialNumber string
}

func (n PassName) find(r store.Reader, org store.ID) (p store.Pass, err error) {
	switch {
	case n.ExternalID != "":
		p, err = r.PassByExternalID(org, n.ExternalID)
	case n.LocalID != "":
		p, err = r.PassByLocalID(n.Campaign, n.LocalID)
	default:
		p, err = r.PassBySerial(n.PassTypeIdentifier, n.SerialNumber)
	}
	if err == nil && (p.Org != org || !p.Deleted.IsZero()) {
		err = store.ErrNotFound
	}
	return p, err
}

// PassNamed finds a pass by what a client calls it.
func (i *Issuer) PassNamed(ctx context.Context, a Actor, n PassName) (p store.Pass, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err = n.find(r, a.Org)
		return err
	})
	return p, err
}

// History lists what happened to a pass.
func (i *Issuer) History(ctx context.Context, a Actor, id store.ID, p store.Page) (e []store.Event, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Pass(a.Org, id); err != nil {
			return err
		}
		e, next, err = r.Events(id, p)
		return err
	})
	return e, next, err
}

// Installed is a device that has a pass.
type Installed struct {
	store.Registration
	Device store.Device
}

// Registrations lists the devices that registered for a pass.
func (i *Issuer) Registrations(ctx context.Context, a Actor, id store.ID) (out []Installed, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err := r.Pass(a.Org, id)
		if err != nil {
			return err
		}
		out, err = installed(r, p)
		return err
	})
	return out, err
}

func installed(r store.Reader, p store.Pass) ([]Installed, error) {
	all, err := r.RegistrationsOfPass(p.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Installed, 0, len(all))
	for _, g := range all {
		d, err := r.Device(g.PassTypeIdentifier, g.Library)
		if err != nil {
			return nil, err
		}
		out = append(out, Installed{g, d})
	}
	return out, nil
}

// View reads records of the actor's organisation for lists that need no rule.
func (i *Issuer) View(ctx context.Context, fn func(store.Reader) error) error {
	return i.db.View(ctx, fn)
}
