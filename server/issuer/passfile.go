package issuer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// PassFile is a pass that somebody else has sealed. It is kept and served byte for byte.
type PassFile struct {
	PassTypeIdentifier string // empty means that of the file
	SerialNumber       string // likewise
	Data               []byte
	Verified           bool // refuse a file whose signature Wallet would not take

	// IsKey says whether an authentication token opens more than its pass. Nil means that none does.
	IsKey func(token string) (bool, error)
}

// KeptFile is what came of a PassFile.
type KeptFile struct {
	Pass     store.Pass
	Created  bool             // there was no such pass
	Changed  bool             // there was, with other bytes
	Findings []pkpass.Finding // what Wallet may object to, worst first
}

const originFile = "file"

// KeepPassFile takes a file in as a pass, or in place of the file of the pass with its
// pass type and serial number, and tells the devices, unless they have these very
// bytes. Devices that asked for the pass before it was there are registered with it.
//
// Invalid with the code pass_file is no file that can be served, pass_mismatch one of
// another pass; Conflict with pass_type_taken is one of another organisation's pass
// type, pass_sealed_here one of a pass with a template.
func (i *Issuer) KeepPassFile(ctx context.Context, a Actor, f PassFile) (k KeptFile, err error) {
	facts, err := i.examine(f)
	if err != nil {
		return k, fmt.Errorf("keep pass file: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		k, err = i.keepFile(tx, a, facts)
		return err
	})
	if err != nil {
		return KeptFile{}, fmt.Errorf("keep pass file: %w", err)
	}
	if k.Created || k.Changed {
		i.tell(k.Pass)
	}
	return k, nil
}

func (i *Issuer) keepFile(tx store.Tx, a Actor, f fileFacts) (KeptFile, error) {
	k := KeptFile{Findings: f.found}
	p, err := i.passOf(tx, a, f)
	if err != nil {
		return k, err
	}
	if k.Pass = p; p.File == store.FileSum(f.data) {
		return k, nil
	}
	event := eventUpdated
	if k.Created = p.Created.IsZero(); k.Created {
		p.Created, event = tx.Now, eventCreated
	}
	k.Changed = !k.Created
	if err := i.replaceFile(tx, &p, f); err != nil {
		return k, err
	}
	p.Edited++
	p.Updated = tx.Now
	err = errors.Join(tx.PutPass(p), happened(tx, a, p, event, map[string]string{"file": p.File}), pushTo(tx, p))
	if err == nil {
		err = admitPending(tx, p)
	}
	if err == nil {
		k.Pass, err = tx.AnyPass(p.ID)
	}
	return k, err
}

// passOf is the pass that a file is for: one that is there, or a new one without a
// date of creation.
func (i *Issuer) passOf(tx store.Tx, a Actor, f fileFacts) (store.Pass, error) {
	if err := claim(tx, a, f.passType); err != nil {
		return store.Pass{}, err
	}
	p, err := tx.PassBySerial(f.passType, f.serial)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return newFilePass(tx, a, f)
	case err != nil:
		return p, err
	case !p.IsFile():
		return p, conflict("pass_sealed_here", "the pass with this serial number has a template and is sealed here; give the file another serial number")
	case !p.Deleted.IsZero():
		p.Deleted = time.Time{}
		return p, countFile(tx, p.Campaign)
	}
	return p, nil
}

// claim makes the pass type the organisation's if it is nobody's.
func claim(tx store.Tx, a Actor, passType string) error {
	err := tx.ClaimPassType(passType, a.Org)
	if errors.Is(err, store.ErrExists) {
		return conflict("pass_type_taken", "the pass type identifier %s belongs to another organisation on this server", passType)
	}
	return err
}

func newFilePass(tx store.Tx, a Actor, f fileFacts) (p store.Pass, err error) {
	p = store.Pass{Org: a.Org, PassTypeIdentifier: f.passType, SerialNumber: f.serial, PublicID: newPublicID(), Origin: originFile}
	if p.Campaign, err = filesCampaign(tx, a, f.passType); err != nil {
		return p, err
	}
	if p.ID, err = tx.NewID(); err != nil {
		return p, err
	}
	return p, errors.Join(countFile(tx, p.Campaign), tx.Count(p.Campaign, store.CountIssued, 1))
}

func countFile(tx store.Tx, campaign store.ID) error { return tx.Count(campaign, store.CountPasses, 1) }

// filesCampaign is the campaign of the passes of a type that are files. It has no
// template and comes with the first of them.
func filesCampaign(tx store.Tx, a Actor, passType string) (store.ID, error) {
	id, err := tx.FilesCampaign(passType)
	if id != 0 || err != nil {
		return id, err
	}
	id, err = addCampaign(tx, store.Campaign{Org: a.Org, Name: truncate("Files of "+passType, maxName), PassTypeIdentifier: passType, State: store.Active}, NewCampaign{})
	if err != nil {
		return 0, err
	}
	return id, tx.SetFilesCampaign(passType, id)
}

// betweenFiles is how long after the one before a file counts as made, at least: an
// HTTP date has whole seconds.
const betweenFiles = time.Second

// replaceFile gives p the file of f with what it says.
func (i *Issuer) replaceFile(tx store.Tx, p *store.Pass, f fileFacts) (err error) {
	before := p.Version
	if p.Version, err = tx.NextVersion(before); err != nil {
		return err
	}
	if before.At != 0 {
		p.Version.At = max(p.Version.At, before.At+betweenFiles.Milliseconds())
	}
	p.Scans = f.scans
	return errors.Join(i.replaceToken(p, f.token), tx.PutPassFile(p, f.data))
}

// maxRetired is how many earlier tokens of a pass are good, the newest.
const maxRetired = 16

// replaceToken gives p the token of its file. A device that still has the file before
// comes with the earlier one, and may.
func (i *Issuer) replaceToken(p *store.Pass, token string) error {
	earlier := ""
	if p.SealedToken != "" {
		var err error
		if earlier, err = i.token(*p); err != nil {
			return err
		}
	}
	if earlier == token {
		return nil
	}
	if earlier != "" {
		p.Retired = append(p.Retired[max(0, len(p.Retired)-maxRetired+1):], tokenSum(earlier))
	}
	if p.SealedToken = ""; token != "" {
		p.SealedToken = string(i.cfg.Master.Seal(tokenName(p.ID), []byte(token)))
	}
	return nil
}

// opens says whether a token is the one of p, or an earlier one. It takes as long for
// the empty pass.
func (i *Issuer) opens(p store.Pass, token string) (bool, error) {
	want, err := i.token(p)
	if err != nil {
		return false, err
	}
	good := subtle.ConstantTimeCompare([]byte(want), []byte(token))
	for _, sum := range p.Retired {
		good |= subtle.ConstantTimeCompare([]byte(sum), []byte(tokenSum(token)))
	}
	return good == 1, nil
}

func tokenSum(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// prepareFile is prepare for a pass that is a file: nothing is left to be sealed.
func (i *Issuer) prepareFile(r store.Reader, p store.Pass, v store.Version) (Download, error) {
	key := sealKey{pass: p.ID, revision: v.Revision}
	if d, ok := i.sealed.get(key); ok {
		return d, nil
	}
	data, err := r.PassFile(p)
	if err != nil {
		return Download{}, err
	}
	d := Download{Data: data, Name: fileName(p), Modified: time.Unix(v.Modified, 0).UTC(), Revision: v.Revision}
	i.sealed.put(key, d, int64(len(data)))
	return d, nil
}

// fileName is plain ASCII, whatever the serial number is.
func fileName(p store.Pass) string {
	name := p.SerialNumber
	if !goodSerial.MatchString(name) {
		name = ""
	}
	return cmp.Or(name, p.PublicID) + ".pkpass"
}

// errIsFile refuses what needs a template.
var errIsFile = conflict("pass_is_file", "the pass was handed over as a file and shows that alone; hand over its next version instead")

// openFile is what the file of a pass shows.
func openFile(r store.Reader, p store.Pass) (*pkpass.Document, pkpass.Bundle, error) {
	data, err := r.PassFile(p)
	if err != nil {
		return nil, nil, err
	}
	c, _, err := pkpass.Read(data, pkpass.Limits{})
	if err != nil {
		return nil, nil, fmt.Errorf("file of pass %s: %w", p.ID, err)
	}
	doc := cmp.Or(pkpass.SalvageDocument(c.Files[documentFile].Data), new(pkpass.Document))
	delete(c.Files, documentFile)
	return doc, c.Files, nil
}

// lintFile judges the file of a pass as Wallet would.
func (i *Issuer) lintFile(r store.Reader, p store.Pass) (*pkpass.Document, []pkpass.Finding, error) {
	data, err := r.PassFile(p)
	if err != nil {
		return nil, nil, err
	}
	report, err := signer.Lint(data, i.cfg.Now())
	if err != nil {
		return nil, nil, fmt.Errorf("file of pass %s: %w", p.ID, err)
	}
	return cmp.Or(report.Document, new(pkpass.Document)), report.Findings, nil
}
