package issuer

import (
	"context"
	"fmt"
	"maps"
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

// What a sheet may send.
const (
	maxPersonalToken = 1024
	maxInfo          = 512
)

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
	var id *signing
	var p store.Pass
	err = i.update(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.PassBySerial(n.PassTypeIdentifier, n.SerialNumber); err != nil {
			return err
		}
		if !p.Deleted.IsZero() {
			return store.ErrNotFound
		}
		if id, err = i.identity(tx.Reader, p.PassTypeIdentifier); err != nil {
			return err
		}
		d, err := i.designOf(tx.Reader, p)
		if err != nil {
			return err
		}
		if _, offers := d.files[pkpass.PersonalizationFile]; !offers {
			return store.ErrNotFound
		}
		return personalize(tx, &p, info)
	})
	if err != nil {
		return nil, fmt.Errorf("personalize: %w", err)
	}
	i.tell(p)
	signature, err := id.Sign([]byte(n.PersonalToken), i.Now())
	if err != nil {
		return nil, fmt.Errorf("personalize: %w", err)
	}
	return signature, nil
}

func checkPersonal(n Personalizing) (map[string]string, error) {
	if n.PersonalToken == "" || len(n.PersonalToken) > maxPersonalToken {
		return nil, invalid("/personalizationToken", "personalization_token", "personalizationToken is missing or longer than %d bytes", maxPersonalToken)
	}
	info := maps.Clone(n.Info)
	for k, v := range info {
		if !infoKeys[k] {
			delete(info, k)
		} else if len(v) > maxInfo || !utf8.ValidString(v) {
			return nil, invalid("/requiredPersonalizationInfo/"+k, "personalization_info", "%s is longer than %d bytes or not UTF-8", k, maxInfo)
		}
	}
	return info, nil
}

// personalize keeps the first answer for ever; the same again is no error.
func personalize(tx store.Tx, p *store.Pass, info map[string]string) error {
	if !p.Personalized.IsZero() {
		if maps.Equal(p.Person, info) {
			return nil
		}
		return conflict("personalized", "the pass was personalised before")
	}
	p.Person, p.Personalized = info, tx.Now
	return saveSeen(tx, p, "pass.personalized", "")
}
