package issuer

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"

	"pocketpass/signer/code"
	"pocketpass/store"
)

// codeKeyInUse is the number of the key that signs codes. Those with lower numbers are still
// good; each organisation has its own.
const codeKeyInUse uint8 = 1

// codeKey derives a key of an organisation from the master key, so that none is stored.
func (i *Issuer) codeKey(org store.ID, number uint8) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(i.cfg.Master.Derive("signed codes", org.Short()+"/"+strconv.Itoa(int(number)))))
	return ed25519.NewKeyFromSeed(seed[:])
}

// CodeKey is what scanners verify the codes of an organisation with.
type CodeKey struct {
	Number uint8
	Public ed25519.PublicKey
}

// CodeKeys lists the keys whose codes are good.
func (i *Issuer) CodeKeys(a Actor) []CodeKey {
	out := make([]CodeKey, 0, codeKeyInUse)
	for n := range codeKeyInUse {
		out = append(out, CodeKey{n + 1, i.codeKey(a.Org, n+1).Public().(ed25519.PublicKey)})
	}
	return out
}

// barcodeText is what barcodes without a message of their own say, "" for the serial number.
func (i *Issuer) barcodeText(s subject) string {
	if !s.campaign.SignedCodes || s.campaign.Rules.Numbering.Kind == store.Fixed {
		return s.code()
	}
	p := s.pass
	return code.Sign(i.codeKey(p.Org, codeKeyInUse), code.Code{
		Key: codeKeyInUse, SingleUse: s.campaign.Redemption.Kind == store.Single,
		Pass: uint64(p.ID), Campaign: uint64(p.Campaign), NotBefore: p.Created, NotAfter: p.Expires,
	})
}

// signedPass finds the pass of a signed code. A code that is not ours, or was changed, is
// Invalid; one that is not good now is a Conflict. Whether the pass itself has expired is
// for the till to say.
func (i *Issuer) signedPass(r store.Reader, a Actor, text string) (store.Pass, error) {
	c, err := code.Verify(text, func(n uint8) ed25519.PublicKey {
		if n < 1 || n > codeKeyInUse {
			return nil
		}
		return i.codeKey(a.Org, n).Public().(ed25519.PublicKey)
	}, r.Now)
	switch {
	case errors.Is(err, code.ErrEarly):
		return store.Pass{}, conflict("code_early", "the code is valid from %s", written(c.NotBefore))
	case errors.Is(err, code.ErrExpired):
		return store.Pass{}, conflict("code_expired", "the code was valid until %s; a newer one is on the phone once it is online", written(c.NotAfter))
	case err != nil:
		return store.Pass{}, invalid("/scan", "code_forged", "%v; do not let its holder in", err)
	}
	p, err := r.Pass(a.Org, store.ID(c.Pass))
	if err == nil && uint64(p.Campaign) != c.Campaign {
		err = store.ErrNotFound
	}
	return p, err
}

// Limits of the list of revoked codes.
const (
	maxRevoked         = 5000 // passes on a page
	maxSigned          = 1000 // campaigns that are looked at, the newest
	maxSignedTemplates = 1000 // of each of them
)

// RevokedCodes lists the passes whose signed codes are good no longer, after the one
// with the id since, and signs the list.
func (i *Issuer) RevokedCodes(ctx context.Context, a Actor, since store.ID, limit int) (l code.List, signature []byte, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		l = code.List{Key: codeKeyInUse, Made: r.Now, Since: uint64(since)}
		campaigns, templates, err := invalidSigned(r, a.Org)
		if err != nil {
			return err
		}
		if since == 0 {
			l.Campaigns = campaigns
		}
		ids, next, err := revoked(r, a.Org, templates, since, min(limit, maxRevoked))
		l.Passes, l.Next = numbers(ids), uint64(next)
		return err
	})
	return l, l.Sign(i.codeKey(a.Org, codeKeyInUse)), err
}

// revoked lists, in their order, at most limit passes after since: those that are good no longer
// themselves, and all of the templates. next is where the following page begins, 0 if there is none.
func revoked(r store.Reader, org store.ID, templates []store.ID, since store.ID, limit int) (ids []store.ID, next store.ID, err error) {
	marked, next, err := r.RevokedPasses(org, store.Page{After: since, Limit: limit}, func(p *store.Pass) bool {
		c, err := r.Campaign(org, p.Campaign)
		return err != nil || c.SignedCodes
	})
	for _, p := range marked {
		ids = append(ids, p.ID)
	}
	end := cmp.Or(next, store.MaxID) // what lies behind it is for the pages to come
	for _, t := range templates {
		of, failed := r.PassIDs(store.PassFilter{Org: org, Template: t}, since, store.MaxID, limit)
		if err = errors.Join(err, failed); len(of) == limit {
			end = min(end, of[limit-1])
		}
		ids = append(ids, of...)
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id store.ID) bool { return id > end })
	if len(ids) > limit {
		ids, end = ids[:limit], ids[limit-1]
	}
	if end == store.MaxID {
		end = 0
	}
	return ids, end, err
}

// invalidSigned lists the campaigns with signed codes that were made invalid for ever, in the order
// of their ids, and the templates of the others that were.
func invalidSigned(r store.Reader, org store.ID) (campaigns []uint64, templates []store.ID, err error) {
	all, _, err := r.Campaigns(org, store.Page{Limit: maxSigned, Reverse: true})
	for _, c := range all {
		if !c.SignedCodes {
			continue
		}
		if c.State == store.Invalid {
			campaigns = append(campaigns, uint64(c.ID))
			continue
		}
		of, _, failed := r.Templates(c.ID, store.Page{Limit: maxSignedTemplates})
		err = errors.Join(err, failed)
		for _, t := range of {
			if !t.Invalid.IsZero() {
				templates = append(templates, t.ID)
			}
		}
	}
	slices.Sort(campaigns)
	return campaigns, templates, err
}

func numbers(ids []store.ID) []uint64 {
	out := make([]uint64, len(ids))
	for n, id := range ids {
		out[n] = uint64(id)
	}
	return out
}
