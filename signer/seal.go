package signer

import (
	"fmt"
	"time"

	"pocketpass/signer/pkpass"
)

// Seal signs the bundle's manifest at the given time and packs all of it into a
// .pkpass file. The manifest is made once, because the signature covers its
// exact bytes. It refuses as Sign does.
func Seal(b pkpass.Bundle, id *Identity, at time.Time) ([]byte, error) {
	manifest := b.Manifest()
	signature, err := id.Sign(manifest, at)
	if err != nil {
		return nil, fmt.Errorf("sign manifest: %w", err)
	}
	return b.Archive(manifest, signature)
}
