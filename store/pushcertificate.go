package store

import "time"

// PushCertificate is what the passes of a type are announced with if whoever seals
// them handed over the key for that alone. There is one of each pass type.
type PushCertificate struct {
	PassTypeIdentifier string    `json:"passType"`
	ID                 ID        `json:"id"` // another one for each that was handed over
	Org                ID        `json:"org"`
	SealedKey          []byte    `json:"key"`             // PKCS#8, encrypted under the master key with the id as associated data
	Leaf               []byte    `json:"leaf"`            // DER
	Chain              [][]byte  `json:"chain,omitempty"` // DER, of what came with it
	NotBefore          time.Time `json:"notBefore"`
	NotAfter           time.Time `json:"notAfter"`
	Created            time.Time `json:"created"`
}

var pushCertificates = table[PushCertificate]{
	name: "push_certificate",
	key:  func(c *PushCertificate) []byte { return join(c.PassTypeIdentifier) },
}

// PushCertificate returns the one of a pass type, of any organisation.
func (r Reader) PushCertificate(passTypeIdentifier string) (PushCertificate, error) {
	return pushCertificates.get(r.kv, join(passTypeIdentifier))
}

// PutPushCertificate writes c in place of the one before.
func (tx Tx) PutPushCertificate(c PushCertificate) error { return pushCertificates.put(tx.kv, &c) }

// DeletePushCertificate removes the one of a pass type; its key is gone with it.
func (tx Tx) DeletePushCertificate(passTypeIdentifier string) error {
	return pushCertificates.remove(tx.kv, join(passTypeIdentifier))
}
