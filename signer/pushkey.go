package signer

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
)

// PushIdentity is what proves a server to the push service and signs nothing. It may
// be of any authority: whether it is good the push service says.
type PushIdentity struct {
	PassTypeIdentifier string // user id of the subject, empty if it has none
	Key                crypto.Signer
	Leaf               *x509.Certificate
	Chain              []*x509.Certificate // that came with it
}

// PushIdentity picks the certificate of the only key of m. ErrKey if there is another
// number of keys, or none that belongs to a certificate.
func (m Material) PushIdentity() (PushIdentity, error) {
	if len(m.Keys) != 1 {
		return PushIdentity{}, refuse(ErrKey, "the file holds %d private keys: give the .p12 with the certificate and its one key", len(m.Keys))
	}
	id := PushIdentity{Key: m.Keys[0]}
	for _, c := range m.Certificates {
		if id.Leaf == nil && m.keyOf(c) != nil {
			id.Leaf, id.PassTypeIdentifier = c, userID(c)
		} else {
			id.Chain = append(id.Chain, c)
		}
	}
	if id.Leaf == nil {
		return PushIdentity{}, refuse(ErrKey, "the private key belongs to none of the certificates: give the .p12 that holds both")
	}
	return id, nil
}

// TLS is the identity as a client certificate for APNs.
func (id PushIdentity) TLS() tls.Certificate {
	out := tls.Certificate{Certificate: [][]byte{id.Leaf.Raw}, PrivateKey: id.Key, Leaf: id.Leaf}
	for _, c := range id.Chain {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out
}
