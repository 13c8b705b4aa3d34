package issuer

import (
	"context"
	"errors"
	"fmt"
	"math"

	"pocketpass/signer"
	"pocketpass/store"
)

// CertificateState is what to show of a certificate.
type CertificateState struct {
	store.Certificate
	State   signer.State // Requested before there is a certificate
	Days    int          // whole days until it expires, negative afterwards
	Warning int          // reminder in force: 60, 30, 14, 7 or 1 days before expiry, 0 after it
	Warn    bool         // whether one is in force
}

// Requested is the state before Apple's answer.
const Requested signer.State = "requested"

// Certificates lists the organisation's certificates with their states.
func (i *Issuer) Certificates(ctx context.Context, a Actor, p store.Page) (out []CertificateState, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		all, n, err := r.Certificates(a.Org, p)
		if err != nil {
			return err
		}
		next = n
		for _, c := range all {
			s, err := i.stateOf(r, c)
			if err != nil {
				return err
			}
			out = append(out, s)
		}
		return nil
	})
	return out, next, err
}

// Certificate returns one certificate with its state.
func (i *Issuer) Certificate(ctx context.Context, a Actor, id store.ID) (out CertificateState, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err := r.Certificate(a.Org, id)
		if err != nil {
			return err
		}
		out, err = i.stateOf(r, c)
		return err
	})
	return out, err
}

// stateOf judges a certificate's dates.
func (i *Issuer) stateOf(r store.Reader, c store.Certificate) (CertificateState, error) {
	out := CertificateState{Certificate: c, State: Requested}
	if !c.Ready() {
		return out, nil
	}
	s, err := i.open(r, c.ID)
	if err != nil {
		return out, err
	}
	now := i.cfg.Now()
	out.State, out.Days = s.State(now), int(math.Floor(s.NotAfter.Sub(now).Hours()/24))
	out.Warning, out.Warn = s.Warning(now)
	return out, nil
}

// DeleteCertificate removes a certificate with its key, for ever. The one that
// signs for a pass type that campaigns use is kept until another can.
func (i *Issuer) DeleteCertificate(ctx context.Context, a Actor, id store.ID) error {
	err := i.update(ctx, func(tx store.Tx) error {
		c, err := tx.Certificate(a.Org, id)
		if err != nil {
			return err
		}
		if c.Ready() {
			if err := i.needed(tx.Reader, a.Org, c); err != nil {
				return err
			}
		}
		return errors.Join(tx.DeleteCertificate(id), happenedTo(tx, a, about{org: a.Org, id: id}, eventCertificateDeleted, nil))
	})
	if err != nil {
		return fmt.Errorf("delete certificate: %w", err)
	}
	i.identities.byID.Delete(id)
	return nil
}

// needed refuses to part with a certificate of a campaign that no other of its
// type can stand in for now.
func (i *Issuer) needed(r store.Reader, org store.ID, c store.Certificate) error {
	others, err := r.CertificatesFor(c.PassTypeIdentifier)
	if err != nil {
		return err
	}
	now := i.cfg.Now()
	for _, o := range others {
		if o.ID != c.ID && !now.Before(o.NotBefore) && !now.After(o.NotAfter) {
			return nil
		}
	}
	all, _, err := r.Campaigns(org, store.Page{})
	if err != nil {
		return err
	}
	for _, campaign := range all {
		if campaign.PassTypeIdentifier == c.PassTypeIdentifier {
			return conflict("certificate_in_use", "the campaign %q needs this certificate to update its passes; import its successor first", campaign.Name)
		}
	}
	return nil
}
