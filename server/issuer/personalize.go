package issuer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"unicode/utf8"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Personalizing is what a holder filled into Wallet's sign-up sheet.
type Personalizing struct {
	PassTypeIdentifier string
	SerialNumber       string
	PersonalToken      string            // personalizationToken, to be signed
	Info               map[string]string // fullName, emailAddress …
}

// maxInfo is what a sheet may send of one thing, in bytes.
const maxInfo = 512

// goodPersonalToken has room for what Wallet sends and none for JSON. The token is
// signed with the key that passes are signed with, for anyone who asks: a manifest
// in its place would make a pass of anything that it lists.
var goodPersonalToken = regexp.MustCompile(`^[A-Za-z0-9+/=_.:-]{1,512}$`)

var infoKeys = map[string]bool{
	"fullName": true, "givenName": true, "familyName": true, "emailAddress": true,
	"phoneNumber": true, "postalCode": true, "ISOCountryCode": true,
}

// Personalize keeps what the holder gave and returns the token's signature. The
// call carries no authorisation, so only a pass that offers a sheet takes it; a
// repeated call gives a signature again and changes nothing.
func (i *Issuer) Personalize(ctx context.Context, n Personalizing) ([]byte, error) {
	info, err := checkPersonal(n)
	if err != nil {
		return nil, err
	}
	p, id, err := i.offersSheet(ctx, n)
	if err == nil {
		err = i.keepPerson(ctx, p, info)
	}
	if err != nil {
		return nil, fmt.Errorf("personalize: %w", err)
	}
	signature, err := id.Sign([]byte(n.PersonalToken), i.cfg.Now())
	if err != nil {
		return nil, fmt.Errorf("personalize: %w", err)
	}
	return signature, nil
}

// offersSheet finds the pass, which must offer a sheet, and who signs for it. It
// only reads: a stranger must not hold up those who write.
func (i *Issuer) offersSheet(ctx context.Context, n Personalizing) (p store.Pass, id *signing, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if p, err = present(r.PassBySerial(n.PassTypeIdentifier, n.SerialNumber)); err != nil {
			return err
		}
		d, err := i.designOf(r, p)
		if err != nil {
			return err
		}
		if _, offers := d.files[pkpass.PersonalizationFile]; !offers {
			return store.ErrNotFound
		}
		id, err = i.identity(r, p.PassTypeIdentifier)
		return err
	})
	return p, id, err
}

func checkPersonal(n Personalizing) (map[string]string, error) {
	if !goodPersonalToken.MatchString(n.PersonalToken) {
		return nil, invalid("/personalizationToken", "personalization_token", "personalizationToken must have 1 to 512 characters of A-Z a-z 0-9 + / = _ . : -")
	}
	info, says := maps.Clone(n.Info), false
	for k, v := range info {
		if !infoKeys[k] {
			delete(info, k)
		} else if len(v) > maxInfo || !utf8.ValidString(v) {
			return nil, invalid("/requiredPersonalizationInfo/"+k, "personalization_info", "%s is longer than %d bytes or not UTF-8", k, maxInfo)
		} else if k != "ISOCountryCode" && strings.TrimSpace(v) != "" {
			says = true
		}
	}
	if !says { // or anybody could make the pass nobody's for good
		return nil, invalid("/requiredPersonalizationInfo", "personalization_info", "requiredPersonalizationInfo says nothing of the holder: send what the sheet asks for")
	}
	return info, nil
}

// keepPerson keeps the first answer for ever; the same again writes nothing. Whoever
// sends the sheet of a pass that nobody holds is somebody new, even if their address
// is known, for nobody has proven that it is theirs.
func (i *Issuer) keepPerson(ctx context.Context, p store.Pass, info map[string]string) error {
	if again, err := answered(p, info); again || err != nil {
		return err
	}
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if p, err = present(tx.AnyPass(p.ID)); err != nil {
			return err
		}
		if again, err := answered(p, info); again || err != nil {
			return err
		}
		if err := alterable(tx.Reader, &p); err != nil {
			return err
		}
		p.Person, p.Personalized = info, tx.Now
		if p.Holder == 0 && len(info) > 0 {
			who, err := addPerson(tx, p.Org, introduced(info))
			if err != nil {
				return err
			}
			p.Holder = who.ID
		}
		return saveSeen(tx, Actor{}, &p, eventPersonalized, nil)
	})
	if err == nil {
		i.tell(p)
	}
	return err
}

// introduced are the details of somebody who sent a sheet. What cannot be right is left
// out: it stays with the pass as it came.
func introduced(info map[string]string) (d Details) {
	for _, one := range []struct {
		to    **string
		given string
	}{
		{&d.Name, cmp.Or(info["fullName"], strings.TrimSpace(info["givenName"]+" "+info["familyName"]))},
		{&d.Email, info["emailAddress"]},
		{&d.Phone, info["phoneNumber"]},
	} {
		without := d
		*one.to = &one.given
		if with, err := d.check(""); err == nil {
			d = with
		} else {
			d = without
		}
	}
	return d
}

// answered says whether the sheet was sent before, which only the same holder may repeat.
func answered(p store.Pass, info map[string]string) (bool, error) {
	if p.Personalized.IsZero() {
		return false, nil
	}
	if !maps.Equal(p.Person, info) {
		return false, conflict("personalized", "the pass was personalised before")
	}
	return true, nil
}

// present hides a deleted pass.
func present(p store.Pass, err error) (store.Pass, error) {
	if err == nil && !p.Deleted.IsZero() {
		return store.Pass{}, store.ErrNotFound
	}
	return p, err
}
