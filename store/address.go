package store

import (
	"encoding/json"
	"time"

	"pocketpass/store/kv"
)

// Address is a place in the address book of an organisation.
type Address struct {
	ID      ID              `json:"id"`
	Org     ID              `json:"org"`
	Place   Place           `json:"place"`
	Details json.RawMessage `json:"details,omitempty"` // as the client wrote it
	Created time.Time       `json:"created"`
}

var addresses = table[Address]{
	name: "address",
	key:  func(a *Address) []byte { return a.ID.key() },
	indexes: []index[Address]{
		{name: addressByOrg, bare: true, keys: func(a *Address) [][]byte { return [][]byte{join(a.Org, a.ID)} }},
	},
}

const addressByOrg kv.Table = "address_organisation"

// Addresses lists the address book of the organisation.
func (r Reader) Addresses(org ID, p Page) ([]Address, ID, error) {
	return addresses.list(r.kv, addressByOrg, join(org), p, nil)
}

// PutAddress writes a.
func (tx Tx) PutAddress(a Address) error { return addresses.put(tx.kv, &a) }
