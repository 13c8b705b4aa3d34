package access_test

import (
	"errors"
	"testing"

	"pocketpass/server/access"
	"pocketpass/store"
)

// TestSigned checks what was signed with a secret: a derived one, and one that moved here.
func TestSigned(t *testing.T) {
	o := newOffice(t)
	k, secret := o.create(t)
	moved, none, err := o.Create(t.Context(), access.NewKey{Name: "moved", Role: store.Issuer, Token: "harbourKey.harbourSecret", Signs: true})
	must(t, err)
	hashed, _, err := o.Create(t.Context(), access.NewKey{Name: "hashed", Role: store.Issuer, Token: "a-token-of-another"})
	must(t, err)
	is := func(want string) func(string) bool { return func(s string) bool { return s == want } }
	for _, x := range []struct {
		id, secret string
		good       bool
	}{{k.ID.Short(), secret, true}, {k.ID.Short(), "wrong", false}, {"harbourKey", "harbourSecret", true}, {moved.ID.Short(), "harbourSecret", true}, {"harbourKey", "other", false},
		{"unknown", secret, false}, {hashed.ID.Short(), "", false}} {
		c, err := o.Signed(t.Context(), x.id, is(x.secret))
		if x.good != (err == nil) || err != nil && !errors.Is(err, access.ErrDenied) || x.good && c.Org != o.org {
			t.Errorf("%s with %s: %+v, %v", x.id, x.secret, c, err)
		}
	}
	if _, err := o.SigningSecret(hashed); !errors.Is(err, access.ErrNoSecret) || none != "" {
		t.Errorf("%v, %q", err, none)
	}
	must(t, o.Revoke(t.Context(), o.operator(), moved.ID))
	if _, err := o.Signed(t.Context(), "harbourKey", is("harbourSecret")); !errors.Is(err, access.ErrDenied) {
		t.Errorf("a revoked key: %v", err)
	}
}

// TestPairsRefused takes over no pair that no client could have, and no id twice.
func TestPairsRefused(t *testing.T) {
	o := newOffice(t)
	for _, pair := range []string{"", "key", "key.short", ".longsecret", "a key.longsecret", "local.longsecret"} {
		if _, _, err := o.Create(t.Context(), access.NewKey{Name: "moved", Role: store.Issuer, Token: pair, Signs: true}); !errors.Is(err, access.ErrPair) {
			t.Errorf("%q: %v", pair, err)
		}
	}
	twice := access.NewKey{Name: "moved", Role: store.Issuer, Token: "key.longsecret", Signs: true}
	_, _, err := o.Create(t.Context(), twice)
	must(t, err)
	if _, _, err := o.Create(t.Context(), twice); !errors.Is(err, access.ErrPair) {
		t.Errorf("one id is two keys': %v", err)
	}
}

// TestPairOfAToken takes over id and key of clients that send both, as WalletKit's do.
func TestPairOfAToken(t *testing.T) {
	o := newOffice(t)
	k, _, err := o.Create(t.Context(), access.NewKey{Name: "moved", Role: store.Issuer, Token: "my-brand.my-api-key"})
	must(t, err)
	c, err := o.Pair(t.Context(), "my-brand", "my-api-key")
	if must(t, err); c.Key != k.ID {
		t.Errorf("the caller is %+v", c)
	}
	for _, pair := range [][2]string{{"my-brand", "my-api"}, {"my", "brand.my-api-key"}, {"", "my-brand.my-api-key"}} {
		if _, err := o.Pair(t.Context(), pair[0], pair[1]); !errors.Is(err, access.ErrDenied) {
			t.Errorf("%q: %v", pair, err)
		}
	}
	must(t, o.Revoke(t.Context(), o.operator(), k.ID))
	if _, err := o.Pair(t.Context(), "my-brand", "my-api-key"); !errors.Is(err, access.ErrDenied) {
		t.Errorf("a revoked key: %v", err)
	}
}
