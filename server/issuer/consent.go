package issuer

import (
	"context"
	"errors"
	"net/netip"

	"pocketpass/store"
)

// agreement is what a visitor agreed to, to be kept in the commit that issues.
type agreement struct {
	text    string // blob
	version string
	from    string
}

// networkOf is as much of an address as tells roughly where a consent came from: the
// first 24 bits of IPv4, 48 of IPv6.
func networkOf(a netip.Addr) string {
	bits := 24
	if a = a.Unmap(); a.Is6() {
		bits = 48
	}
	network, err := a.Prefix(bits)
	if err != nil {
		return "" // no address at all, as behind a socket
	}
	return network.String()
}

// consent keeps what was agreed to.
func consent(tx store.Tx, a Actor, o Order, p store.Pass) error {
	if o.agreed == nil {
		return nil
	}
	id, err := tx.NewID()
	if err != nil {
		return err
	}
	detail := map[string]string{"link": o.Link.Short(), "sha256": o.agreed.text} // nothing that an erasure would have to find
	if o.agreed.version != "" {
		detail["version"] = o.agreed.version
	}
	return errors.Join(
		tx.PutConsent(store.Consent{ID: id, Org: p.Org, Pass: p.ID, Link: o.Link, Text: o.agreed.text, Version: o.agreed.version, From: o.agreed.from, Given: tx.Now}),
		happened(tx, a, p, eventConsented, detail),
	)
}

// forgetConsents forgets, in the commit that empties p, what its holder agreed to, and
// the personal link that it came of.
func forgetConsents(tx store.Tx, p store.Pass) error {
	if err := tx.DeleteConsents(p.ID); err != nil || p.Link == 0 {
		return err
	}
	l, err := tx.Link(p.Org, p.Link)
	if err != nil || l.Pass != p.ID {
		return except(err, store.ErrNotFound)
	}
	return tx.DeleteLink(l.ID)
}

// Agreed is what somebody agreed to for a pass.
type Agreed struct {
	store.Consent
	Words string
}

// maxConsents is how many consents of a pass are told.
const maxConsents = 100

// Consents lists what was agreed to for a pass.
func (i *Issuer) Consents(ctx context.Context, a Actor, pass store.ID) (out []Agreed, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Pass(a.Org, pass); err != nil {
			return err
		}
		out, err = agreedFor(r, pass)
		return err
	})
	return out, err
}

func agreedFor(r store.Reader, pass store.ID) (out []Agreed, err error) {
	all, _, err := r.Consents(pass, store.Page{Limit: maxConsents, Reverse: true})
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		words, err := LinkText(r, c.Text)
		if err != nil {
			return nil, err
		}
		out = append(out, Agreed{c, words})
	}
	return out, nil
}
