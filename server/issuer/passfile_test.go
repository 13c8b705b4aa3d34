package issuer_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// sealedElsewhere is a finished pass.
func sealedElsewhere(t *testing.T, w *world, members map[string]any) []byte {
	t.Helper()
	raw, err := json.Marshal(members)
	must(t, err)
	data, err := signer.Seal(pkpass.Bundle{"pass.json": pkpass.NewFile(raw)}, w.identity(t), w.clock.Now())
	must(t, err)
	return data
}
