package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pocketpass/server/issuer"
)

// maxIdempotencyKey is in characters, all of them printable ASCII.
const maxIdempotencyKey = 255

// idempotency reads the Idempotency-Key of a request whose body is known by digest.
func idempotency(r *http.Request, digest []byte) (issuer.Idempotency, error) {
	key := r.Header.Get(headerIdempotency)
	if key == "" {
		return issuer.Idempotency{}, nil
	}
	unprintable := func(c rune) bool { return c < ' ' || c > '~' }
	if len(key) > maxIdempotencyKey || strings.ContainsFunc(key, unprintable) {
		return issuer.Idempotency{}, invalid("header."+headerIdempotency, "idempotency_key",
			"an Idempotency-Key has up to %d printable ASCII characters; a random UUID will do", maxIdempotencyKey)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %s\n", r.Method, r.URL.EscapedPath())
	sum.Write(digest)
	return issuer.Idempotency{Key: key, Request: hex.EncodeToString(sum.Sum(nil))}, nil
}

// etag is the tag of a record that was changed so many times.
func etag(edited int) string { return `"` + strconv.Itoa(edited) + `"` }

// noVersion is the number of changes that no record has.
const noVersion = -1

// ifMatch is the number of changes that the caller has seen, nil if any will do.
// A tag that we never gave matches no record.
func ifMatch(header string) *int {
	if header == "" || header == "*" {
		return nil
	}
	seen := noVersion
	if n, err := strconv.Atoi(strings.Trim(header, `"`)); err == nil && etag(n) == header {
		seen = n
	}
	return &seen
}
