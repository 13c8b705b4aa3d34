package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"pocketpass/store"
)

// Longest parts of a pair that is taken over, in bytes.
const (
	maxPairID     = 64
	maxPairSecret = 256
)

// adoptPair makes k answer to the id and the secret of another service, whose clients
// sign with the secret: it is kept, encrypted.
func adoptPair(k *store.Key, n NewKey) error {
	id, secret, ok := strings.Cut(n.Token, ".")
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if !ok || id == "" || len(id) > maxPairID || len(secret) < 8 || len(secret) > maxPairSecret || strings.ContainsFunc(n.Token, odd) || id == localID {
		return ErrPair
	}
	k.External, k.Given, k.Sealed = id, hash(secret), n.seal(sealedName(k.ID), []byte(secret))
	return nil
}

// ErrPair means that an id and a secret of another service cannot be taken over.
var ErrPair = errors.New("a pair to take over is <id>.<secret>, an id of 1 to 64 characters and a secret of 8 to 256, without blanks; no other key has the id")

// sealedName binds a sealed secret to its key.
func sealedName(key store.ID) string { return "key secret " + key.Short() }

// ErrNoSecret means that of a key's secret there is only a hash.
var ErrNoSecret = errors.New("of the secret of this key only a hash is kept, so nothing can be signed with it")

// SigningSecret is the secret of a key, for what is signed with it. ErrNoSecret if it is
// not known.
func (a *Access) SigningSecret(k store.Key) (string, error) {
	switch {
	case k.Given == "":
		return a.Secret(k), nil
	case len(k.Sealed) == 0:
		return "", ErrNoSecret
	}
	plain, err := a.master.Open(sealedName(k.ID), k.Sealed)
	if err != nil {
		return "", fmt.Errorf("secret of key %s: %w", k.ID, err)
	}
	return string(plain), nil
}

// Signed checks a key whose secret signed something; good says whether it did. It is
// asked in any case, so that time tells nothing. ErrDenied if the key is no good, or if
// nothing can be signed with it.
func (a *Access) Signed(ctx context.Context, id string, good func(secret string) bool) (Caller, error) {
	var k store.Key
	var c Caller
	var now time.Time
	err := a.db.View(ctx, func(r store.Reader) (err error) {
		if k, err = lookup(r, id); err == nil {
			c = Caller{Org: k.Org, Key: k.ID, Name: k.Name, Role: k.Role, Operator: k.Operator, Devices: !k.NoDevices}
		}
		now = r.Now
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Caller{}, fmt.Errorf("look up key: %w", err)
	}
	known := err == nil && k.Revoked.IsZero()
	secret, err := a.SigningSecret(k)
	if err != nil && !errors.Is(err, ErrNoSecret) {
		return Caller{}, err
	}
	if !good(secret) || err != nil || !known {
		return Caller{}, ErrDenied
	}
	a.touch(k.ID, now)
	return c, nil
}
