package issuer

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"slices"

	"pocketpass/signer"
	"pocketpass/store"
)

// maxIntermediates bounds the intermediates kept for an organisation.
const maxIntermediates = 16

func intermediatesName(org store.ID) string { return "intermediates/" + org.Short() }

func intermediates(r store.Reader, org store.ID) (ders [][]byte, err error) {
	raw, ok, err := r.Setting(intermediatesName(org))
	if err != nil || !ok {
		return nil, err
	}
	return ders, json.Unmarshal(raw, &ders)
}

// KeepIntermediate stores an intermediate certificate, so that leaves that it
// issued can be imported later without a network.
func (i *Issuer) KeepIntermediate(ctx context.Context, a Actor, file []byte) ([]*x509.Certificate, error) {
	m, err := signer.Read(file, "")
	if err != nil {
		return nil, invalid("/file", "certificate_unreadable", "%v", err)
	}
	if len(m.Certificates) == 0 {
		return nil, invalid("/file", "not_an_intermediate", "the file holds no certificate; download the WWDR intermediate that your certificate's issuer names")
	}
	for _, c := range m.Certificates {
		if !c.IsCA {
			return nil, invalid("/file", "not_an_intermediate", "%q is no intermediate certificate; download the WWDR intermediate that its issuer names", c.Subject.CommonName)
		}
	}
	return m.Certificates, i.update(ctx, func(tx store.Tx) error {
		kept, err := intermediates(tx.Reader, a.Org)
		if err != nil {
			return err
		}
		for _, c := range m.Certificates {
			if !slices.ContainsFunc(kept, func(der []byte) bool { return bytes.Equal(der, c.Raw) }) {
				kept = append(kept, c.Raw)
			}
		}
		if len(kept) > maxIntermediates {
			return conflict("intermediates_full", "more than %d intermediates would be stored, which is all that are kept", maxIntermediates)
		}
		raw, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		return tx.PutSetting(intermediatesName(a.Org), raw)
	})
}
