package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"pocketpass/store/kv"
)

// Pass returns a pass of the organisation that was not deleted.
func (r Reader) Pass(org, id ID) (Pass, error) {
	p, err := passes.get(r.kv, id.key())
	return present(owned(p, err, org, p.Org))
}

// Image is a record as the database has it, to see later whether it still does.
type Image string

// PassImage is Pass with its image.
func (r Reader) PassImage(org, id ID) (*Pass, Image, error) {
	p, image, err := passes.getImage(r.kv, id.key())
	if err == nil && (p.Org != org || !p.Deleted.IsZero()) {
		return nil, "", ErrNotFound
	}
	return p, image, err
}

// HasPassImage says whether nobody has written the pass since an image of it was read.
func (r Reader) HasPassImage(id ID, image Image) (bool, error) {
	raw, _, err := r.kv.Get(passes.name, id.key())
	return string(raw) == string(image), err
}

// AnyPass returns a pass of any organisation, also a deleted one: what a
// registration refers to.
func (r Reader) AnyPass(id ID) (Pass, error) { return passes.get(r.kv, id.key()) }

// PinnedRevision is the Pinned of a pass, of any organisation, at little cost: a
// fan-out asks for that of every pass.
func (r Reader) PinnedRevision(id ID) (int, error) {
	raw, ok, err := r.kv.Get(passes.name, id.key())
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", passes.name, err)
	}
	if !ok {
		return 0, ErrNotFound
	}
	payload, err := unwrap(raw)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", passes.name, err)
	}
	var p Pass
	p.place(&fields{reading: true, in: string(payload[:min(len(payload), 5*binary.MaxVarintLen64)])})
	return p.Pinned, nil
}

// PassBySerial finds a pass by what identifies it to a phone, also a deleted one.
func (r Reader) PassBySerial(passTypeIdentifier, serialNumber string) (Pass, error) {
	return passes.find(r.kv, passBySerial, join(passTypeIdentifier, serialNumber))
}

// PassByPublicID finds a pass by the random id of its public page.
func (r Reader) PassByPublicID(public string) (Pass, error) {
	return passes.find(r.kv, passByPublicID, join(public))
}

// PassByExternalID finds a pass by the id that a client gave it.
func (r Reader) PassByExternalID(org ID, external string) (Pass, error) {
	return passes.find(r.kv, passByExternalID, join(org, external))
}

// PassByLocalID finds a pass by the id that a client gave it within its campaign. The
// caller has made sure that the campaign belongs to the organisation.
func (r Reader) PassByLocalID(campaign ID, local string) (Pass, error) {
	return passes.find(r.kv, passByLocalID, join(campaign, local))
}

// PassesScanned lists the organisation's passes with a code or a barcode of this text.
func (r Reader) PassesScanned(org ID, text string, p Page) ([]Pass, ID, error) {
	return passes.list(r.kv, passByScan, join(org, text), p, nil)
}

// Revoked says whether p is good for nothing, whatever its barcode says.
func (p *Pass) Revoked() bool {
	return !p.Voided.IsZero() || !p.Deleted.IsZero() || !p.Invalid.IsZero() || !p.Spent.IsZero()
}

// RevokedPasses lists the passes of the organisation that are good for nothing, also deleted ones.
func (r Reader) RevokedPasses(org ID, p Page, keep func(*Pass) bool) ([]Pass, ID, error) {
	return passes.list(r.kv, passByRevocation, join(org), p, keep)
}

// PassesOf lists the passes of a person.
func (r Reader) PassesOf(holder ID, p Page) ([]Pass, ID, error) {
	return passes.list(r.kv, passByHolder, join(holder), p, nil)
}

func present(p Pass, err error) (Pass, error) {
	if err == nil && !p.Deleted.IsZero() {
		return Pass{}, ErrNotFound
	}
	return p, err
}

// PassFilter narrows a list of an organisation's passes. Campaign, Template, Tag, Code
// and Sent have an index of their own.
type PassFilter struct {
	Org      ID
	Campaign ID
	Template ID
	Tag      string
	Code     string // exactly; campaigns may have the same ones
	Sent     ID     // whose Message came with this job
	Voided   *bool
}

// Passes lists passes of the organisation. The caller has made sure that the
// campaign and the template belong to it.
func (r Reader) Passes(f PassFilter, p Page) ([]Pass, ID, error) {
	ix, prefix := f.index()
	return passes.list(r.kv, ix, prefix, p, f.Matches)
}

// PassIDs lists the ids of passes among which are all that match f, oldest first, at
// most limit of them that are above after and below before. Fewer than limit means
// that there are no more.
func (r Reader) PassIDs(f PassFilter, after, before ID, limit int) (ids []ID, err error) {
	ix, prefix := f.index()
	within := Page{After: after}.prefixed(prefix)
	within.To = append(bytes.Clone(prefix), before.key()...)
	err = r.kv.Scan(ix, within, func(key, _ []byte) error {
		if len(ids) == limit {
			return kv.ErrStop
		}
		id, err := idFromKey(key[len(prefix):])
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// index is the one that leads to what matches f with the fewest others.
func (f PassFilter) index() (kv.Table, []byte) {
	switch {
	case f.Sent != 0:
		return passByMessage, join(f.Sent)
	case f.Code != "":
		return passByScan, join(f.Org, f.Code)
	case f.Tag != "":
		return passByTag, join(f.Org, f.Tag)
	case f.Template != 0:
		return passByTemplate, join(f.Template)
	case f.Campaign != 0:
		return passByCampaign, join(f.Campaign)
	}
	return passByOrganisation, join(f.Org)
}

// Matches says whether p is one that f asks for.
func (f PassFilter) Matches(p *Pass) bool {
	return p.Org == f.Org && p.Deleted.IsZero() &&
		(f.Campaign == 0 || p.Campaign == f.Campaign) &&
		(f.Template == 0 || p.Template == f.Template) &&
		(f.Tag == "" || slices.Contains(p.Tags, f.Tag)) &&
		(f.Code == "" || p.Code == f.Code) &&
		(f.Sent == 0 || p.Sent == f.Sent) &&
		(f.Voided == nil || *f.Voided == !p.Voided.IsZero())
}

// PutPass writes p. A serial number, public id, external id, former id or code that another
// pass holds is ErrExists.
func (tx Tx) PutPass(p Pass) error {
	old, err := passes.previous(tx.kv, p.ID.key())
	if err != nil {
		return err
	}
	return tx.replacePass(old, &p)
}

// AddPass is PutPass for a pass whose ID nobody has had before.
func (tx Tx) AddPass(p *Pass) error { return tx.replacePass(nil, p) }

// HasPass says whether p is in the database exactly as it is.
func (r Reader) HasPass(p *Pass) (bool, error) { return passes.holds(r.kv, p) }

// ReplacePass is PutPass for a pass that is in the database exactly as old.
func (tx Tx) ReplacePass(old, p *Pass) error { return tx.replacePass(old, p) }

func (tx Tx) replacePass(old, p *Pass) error {
	if err := passes.replace(tx.kv, old, p); err != nil {
		return err
	}
	if old != nil && old.Deleted.IsZero() != p.Deleted.IsZero() {
		if err := errors.Join(tx.Count(p.Campaign, countShifted, 1), tx.Count(p.Org, countShifted, 1)); err != nil {
			return err
		}
	}
	return tx.countTags(old, p)
}

// EffectiveVersion is the latest version of what a phone sees of p: the pass
// itself, its template in force unless it is pinned, its campaign. Of one that is a
// file only the file shows.
func (r Reader) EffectiveVersion(p Pass) (Version, error) {
	if p.Pinned == 0 || p.IsFile() {
		return r.FollowedVersion(&p)
	}
	c, err := r.campaign(p.Campaign)
	if err != nil {
		return Version{}, err
	}
	return p.Version.Later(c.Version), nil
}

// FollowedVersion is EffectiveVersion of p as if it were not pinned.
func (r Reader) FollowedVersion(p *Pass) (Version, error) {
	if p.IsFile() {
		return p.Version, nil
	}
	c, err := r.campaign(p.Campaign)
	if err != nil {
		return Version{}, err
	}
	v := p.Version.Later(c.Version)
	t, err := r.template(p.Template)
	if err != nil {
		return Version{}, err
	}
	return v.Later(t.Version), nil
}
