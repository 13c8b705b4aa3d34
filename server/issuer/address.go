package issuer

import (
	"context"
	"encoding/json"
	"fmt"

	"pocketpass/store"
)

// maxAddressBytes bounds what is kept of one address, in bytes.
const maxAddressBytes = 16 << 10

// AddAddress keeps a place in the organisation's address book.
func (i *Issuer) AddAddress(ctx context.Context, a Actor, p store.Place, details json.RawMessage) (out store.Address, err error) {
	if err := checkPlace("", p); err != nil {
		return out, err
	}
	if len(details) > maxAddressBytes {
		return out, invalid("", "address_large", "an address has up to %d bytes; shorten it", maxAddressBytes)
	}
	err = i.update(ctx, func(tx store.Tx) (err error) {
		out = store.Address{Org: a.Org, Place: p, Details: details, Created: tx.Now}
		if out.ID, err = tx.NewID(); err != nil {
			return err
		}
		return tx.PutAddress(out)
	})
	if err != nil {
		return out, fmt.Errorf("add address: %w", err)
	}
	return out, nil
}
