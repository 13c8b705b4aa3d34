package issuer_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"pocketpass/server/issuer"
)

// TestFetchPicturesLimits holds what is fetched for one request to its limits.
func TestFetchPicturesLimits(t *testing.T) {
	var under, most atomic.Int64
	i := issuer.New(issuer.Config{FetchPicture: func(ctx context.Context, address string, limit int64) ([]byte, error) {
		deadline, ok := ctx.Deadline()
		if !ok || time.Until(deadline) > 15*time.Second || limit != 2<<20 {
			t.Errorf("%s: until %v, %d bytes", address, deadline, limit)
		}
		for n := under.Add(1); n > most.Load(); {
			most.Store(n)
		}
		defer under.Add(-1)
		switch address {
		case "refused":
			return nil, &issuer.Error{Kind: issuer.Invalid, Code: issuer.CodePictureRefused}
		case "failed":
			return nil, errors.New("the answer was 418")
		}
		return make([]byte, 2<<20), nil
	}})
	tests := []struct {
		name      string
		addresses map[string]string
		wantCode  string
	}{
		{"five of the largest", map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}, ""},
		{"one too many", map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"}, "image_fetch_failed"},
		{"an address that is not called", map[string]string{"a": "refused"}, "image_url_refused"},
		{"one that does not answer", map[string]string{"a": "failed"}, "image_fetch_failed"},
	}
	for _, tt := range tests {
		got, err := i.FetchPictures(t.Context(), tt.addresses)
		if tt.wantCode == "" && (err != nil || len(got) != len(tt.addresses)) || tt.wantCode != "" && issuer.Public(err).Code != tt.wantCode {
			t.Errorf("%s: %d pictures, %v", tt.name, len(got), err)
		}
	}
	if most.Load() > 4 {
		t.Errorf("%d were fetched at once", most.Load())
	}
}
