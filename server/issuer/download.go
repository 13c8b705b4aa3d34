package issuer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Download is a pass as a file.
type Download struct {
	Data     []byte // shared; not to be changed
	Name     string // for Content-Disposition, ASCII
	Modified time.Time
	Revision uint64
}

// sealKey names sealed bytes that never change.
type sealKey struct {
	pass        store.ID
	revision    uint64
	certificate store.ID
}

// Download returns the sealed pass, of any state. Unavailable if no certificate
// can sign it now.
func (i *Issuer) Download(ctx context.Context, a Actor, id store.ID) (Download, error) {
	return i.download(ctx, func(r store.Reader) (store.Pass, error) { return r.Pass(a.Org, id) })
}

// PublicDownload returns the sealed pass of a public page to whoever asks from an address,
// and counts that. head says that they get no more than its size and date.
func (i *Issuer) PublicDownload(ctx context.Context, public string, from netip.Addr, head bool) (Download, error) {
	var p store.Pass
	d, err := i.download(ctx, func(r store.Reader) (_ store.Pass, err error) {
		p, err = r.PassByPublicID(public)
		return p, err
	})
	if err == nil && !head {
		i.seen.visited(store.Downloads, p, from, i.cfg.Now())
	}
	return d, err
}

// LatestQuestion is what a phone sends when it asks for the newest version.
type LatestQuestion struct {
	PassTypeIdentifier string
	SerialNumber       string
	Token              string
	Since              time.Time  // Last-Modified of the phone's copy, zero if it has none
	Known              Mark       // the same of a client that may know the millisecond, instead of Since
	Owner              store.ID   // organisation whose key stands in for the token, 0 if none does
	From               netip.Addr // tells which device it is
	Head               bool       // only whether there is a newer version, and none is sent
}

// LatestPass is Apple's request for the newest version of a pass. notModified is
// true, and Data empty, if the phone's copy is as new. An unknown
// pass and a wrong token are both Denied; NotFound is what a key vouched for, or a file
// that was deleted.
func (i *Issuer) LatestPass(ctx context.Context, q LatestQuestion) (d Download, notModified bool, err error) {
	var work *unsealed
	var p store.Pass
	err = i.db.View(ctx, func(r store.Reader) (err error) {
		p, err = i.authorised(r, claimant{q.PassTypeIdentifier, q.SerialNumber, q.Token, q.Owner})
		if err != nil {
			return err
		}
		v, err := r.EffectiveVersion(p)
		if err != nil {
			return err
		}
		d = Download{Modified: time.Unix(v.Modified, 0).UTC(), Revision: v.Revision}
		if notModified = asNew(p, q.Since, d.Modified) || q.Known.covers(v.Moment()); notModified {
			return nil
		}
		d, work, err = i.prepare(r, p, v)
		return err
	})
	if err == nil && work != nil {
		d, err = i.seal(d, work)
	}
	status := fetchStatus(err, notModified)
	if q.Head && status == http.StatusOK {
		return d, false, nil
	}
	i.seen.fetched(p.ID, q, status, d.Revision, i.cfg.Now())
	if status == http.StatusOK {
		i.seen.visited(store.Fetches, p, q.From, i.cfg.Now())
	}
	if err != nil {
		return Download{}, false, fmt.Errorf("latest pass: %w", err)
	}
	return d, notModified, nil
}

// asNew says whether a phone's copy of p, dated since, is the version of modified. Copies
// of a pass that was taken over may come from its former service, which may have dated
// them later than that: of those only a date that is ours counts.
func asNew(p store.Pass, since, modified time.Time) bool {
	if p.Origin == OriginTakeover {
		return since.Equal(modified)
	}
	return !since.IsZero() && !modified.After(since)
}

// claimant is who asks for a pass, and what shows that they may.
type claimant struct {
	passType, serial string
	token            string   // of the pass
	owner            store.ID // organisation whose key came instead, 0 if none did
}

// authorised finds a pass by what a phone knows of it. Whether the pass is unknown
// or the token is wrong does not show, in the answer or in the time it takes. Who has a
// key of the pass type's owner is told: ErrNotFound.
func (i *Issuer) authorised(r store.Reader, c claimant) (store.Pass, error) {
	p, missing := r.PassBySerial(c.passType, c.serial)
	if missing != nil && !errors.Is(missing, store.ErrNotFound) {
		return store.Pass{}, missing
	}
	good, err := i.opens(p, c.token) // also for the empty pass
	if err != nil {
		return store.Pass{}, err
	}
	vouched, err := c.vouched(r)
	switch {
	case err != nil:
		return store.Pass{}, err
	case vouched || good && missing == nil:
		return p, missing
	}
	return store.Pass{}, &Error{Kind: Denied, Code: "wrong_token", Msg: "unknown pass or wrong authentication token"}
}

// vouched says whether a key of the owner of the pass type came.
func (c claimant) vouched(r store.Reader) (bool, error) {
	if c.owner == 0 {
		return false, nil
	}
	owner, err := r.PassTypeOwner(c.passType)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return owner == c.owner, err
}

// download seals what find returns, or takes it from the cache. All of a pass is
// read in one transaction; signing happens after it.
func (i *Issuer) download(ctx context.Context, find func(store.Reader) (store.Pass, error)) (Download, error) {
	var out Download
	var work *unsealed
	err := i.db.View(ctx, func(r store.Reader) error {
		p, err := find(r)
		if err != nil {
			return err
		}
		v, err := r.EffectiveVersion(p)
		if err != nil {
			return err
		}
		out, work, err = i.prepare(r, p, v)
		return err
	})
	if err == nil && work != nil {
		out, err = i.seal(out, work)
	}
	if err != nil {
		return Download{}, fmt.Errorf("download pass: %w", err)
	}
	return out, nil
}

func (i *Issuer) seal(d Download, work *unsealed) (Download, error) {
	data, err := signer.Seal(work.files, work.identity.Identity, i.cfg.Now())
	if err != nil {
		return Download{}, &Error{Kind: Unavailable, Code: "cannot_sign", Msg: "the pass cannot be signed: " + err.Error(), Err: err}
	}
	i.signed.Add(1)
	d.Data = data
	i.sealed.put(work.key, d, int64(len(data)))
	return d, nil
}

// Signed is how many passes were signed since the start: what downloads cost.
func (i *Issuer) Signed() int64 { return i.signed.Load() }

// unsealed is a pass that is ready to be signed.
type unsealed struct {
	key      sealKey
	files    pkpass.Bundle
	identity *signing
}

// prepare takes the sealed pass from the cache, or returns what is to be sealed.
func (i *Issuer) prepare(r store.Reader, p store.Pass, v store.Version) (Download, *unsealed, error) {
	if p.IsFile() {
		d, err := i.prepareFile(r, p, v)
		return d, nil, err
	}
	id, err := i.identity(r, p.PassTypeIdentifier)
	if err != nil {
		return Download{}, nil, err
	}
	key := sealKey{p.ID, v.Revision, id.certificate}
	if d, ok := i.sealed.get(key); ok {
		return d, nil, nil
	}
	design, err := i.designOf(r, p)
	if err != nil {
		return Download{}, nil, err
	}
	doc, files, err := i.assemble(r, design, p, id.TeamIdentifier)
	if err != nil {
		return Download{}, nil, err
	}
	raw, err := doc.Encode()
	if err != nil {
		return Download{}, nil, fmt.Errorf("encode pass.json: %w", err)
	}
	files[documentFile] = pkpass.NewFile(raw)
	return Download{Name: fileName(p), Modified: time.Unix(v.Modified, 0).UTC(), Revision: v.Revision},
		&unsealed{key, files, id}, nil
}

// Preview is a pass for pages that draw it.
type Preview struct {
	Pass     store.Pass
	Document *pkpass.Document
	Files    pkpass.Bundle // images and languages
	Demo     bool
}

// Preview returns what a page needs to draw the pass that find returns.
func (i *Issuer) Preview(ctx context.Context, find func(store.Reader) (store.Pass, error)) (v Preview, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if v.Pass, err = find(r); err != nil {
			return err
		}
		if v.Pass.IsFile() {
			v.Document, v.Files, err = openFile(r, v.Pass)
			return err
		}
		team := ""
		if id, err := i.identity(r, v.Pass.PassTypeIdentifier); err == nil {
			v.Demo, team = id.Demo, id.TeamIdentifier
		}
		design, err := i.designOf(r, v.Pass)
		if err != nil {
			return err
		}
		v.Document, v.Files, err = i.assemble(r, design, v.Pass, team)
		return err
	})
	return v, err
}
