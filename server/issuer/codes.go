package issuer

import (
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

// Limits of a page of the list of revoked codes.
const (
	maxRevoked          = 5000
	maxInvalidCampaigns = 1000
)

// RevokedCodes lists the passes whose signed codes are good no longer, after the one
// with the id since, and signs the list.
func (i *Issuer) RevokedCodes(ctx context.Context, a Actor, since store.ID, limit int) (l code.List, signature []byte, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		l = code.List{Key: codeKeyInUse, Made: r.Now, Since: uint64(since)}
		all, next, err := r.RevokedPasses(a.Org, store.Page{After: since, Limit: min(limit, maxRevoked)}, func(p *store.Pass) bool {
			c, err := r.Campaign(a.Org, p.Campaign)
			return err != nil || c.SignedCodes
		})
		if err != nil {
			return err
		}
		l.Next = uint64(next)
		for _, p := range all {
			l.Passes = append(l.Passes, uint64(p.ID))
		}
		if since == 0 {
			l.Campaigns, err = invalidCampaigns(r, a.Org)
		}
		return err
	})
	return l, l.Sign(i.codeKey(a.Org, codeKeyInUse)), err
}

func invalidCampaigns(r store.Reader, org store.ID) (ids []uint64, err error) {
	all, _, err := r.Campaigns(org, store.Page{Limit: maxInvalidCampaigns, Reverse: true})
	for _, c := range all {
		if c.SignedCodes && c.State == store.Invalid {
			ids = append(ids, uint64(c.ID))
		}
	}
	slices.Sort(ids)
	return ids, err
}
