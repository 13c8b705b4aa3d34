package issuer

import (
	"context"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// designOf is the design that p shows: pinned, or in force; of a pass that was redeemed
// the one for such passes, if there is one.
func (i *Issuer) designOf(r store.Reader, p store.Pass) (*design, error) {
	if p.IsFile() {
		return nil, errIsFile
	}
	number := p.Pinned
	if number == store.OwnDesign {
		return i.ownDesign(r, p.ID)
	}
	if number == 0 {
		t, err := r.Template(p.Org, p.Template)
		if err != nil {
			return nil, err
		}
		number = t.Published
	}
	d, err := i.design(r, p.Org, p.Template, number)
	if err == nil && d.redeemed != nil && p.Account.Uses > 0 {
		d = d.redeemed
	}
	return d, err
}

// Document returns pass.json of a pass as it would be signed now, and what the
// checks say of it.
func (i *Issuer) Document(ctx context.Context, a Actor, id store.ID) (doc *pkpass.Document, found []pkpass.Finding, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err := r.Pass(a.Org, id)
		if err != nil {
			return err
		}
		if p.IsFile() {
			doc, found, err = i.lintFile(r, p)
			return err
		}
		d, err := i.designOf(r, p)
		if err != nil {
			return err
		}
		s, err := subjectOf(r, p)
		if err != nil {
			return err
		}
		x, err := i.render(d, s, i.team(r, p))
		if err != nil {
			return err
		}
		doc = x.doc
		found, err = i.verdict(r, d, p, x)
		return err
	})
	return doc, found, err
}

// Shown is pass.json of p as it would be signed now, which nobody has checked.
func (i *Issuer) Shown(r store.Reader, p store.Pass) (*pkpass.Document, error) {
	d, err := i.designOf(r, p)
	if err != nil {
		return nil, err
	}
	s, err := subjectOf(r, p)
	if err != nil {
		return nil, err
	}
	x, err := i.render(d, s, i.team(r, p))
	return x.doc, err
}

// team is that of the certificate that signs p now, empty without one.
func (i *Issuer) team(r store.Reader, p store.Pass) string {
	id, err := i.identity(r, p.PassTypeIdentifier)
	if err != nil {
		return ""
	}
	return id.TeamIdentifier
}

// assemble is everything of p that is to be sealed, without pass.json's bytes.
func (i *Issuer) assemble(r store.Reader, d *design, p store.Pass, team string) (*pkpass.Document, pkpass.Bundle, error) {
	s, err := subjectOf(r, p)
	if err != nil {
		return nil, nil, err
	}
	x, err := i.render(d, s, team)
	if err != nil {
		return nil, nil, err
	}
	files, err := filesOf(r, d, p, x.strings)
	return x.doc, files, err
}
