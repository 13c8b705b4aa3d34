package issuer_test

import (
	"errors"
	"fmt"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
	"pocketpass/store/kv"
)

func TestPublic(t *testing.T) {
	tests := []struct {
		name string
		err  error
		kind issuer.Kind
		code string
	}{
		{"a refusal is told as it is", &issuer.Error{Kind: issuer.Conflict, Code: "pass_void"}, issuer.Conflict, "pass_void"},
		{"what is not there", store.ErrNotFound, issuer.NotFound, "not_found"},
		{"a full disk may have room later", fmt.Errorf("%w: write: no space", kv.ErrFull), issuer.Full, "storage_full"},
		{"a failed disk waits for somebody", fmt.Errorf("%w: sync: i/o error", kv.ErrFailed), issuer.Unavailable, "storage_failed"},
		{"the rest is not told", errors.New("secret detail"), issuer.Internal, "internal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := fmt.Errorf("issue pass: %w", tt.err)
			if e := issuer.Public(err); e.Kind != tt.kind || e.Code != tt.code || issuer.KindOf(err) != tt.kind {
				t.Errorf("kind %d, code %s, KindOf %d; want %d, %s", e.Kind, e.Code, issuer.KindOf(err), tt.kind, tt.code)
			}
		})
	}
}
