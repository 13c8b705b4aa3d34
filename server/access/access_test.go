package access_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/secret"
	"pocketpass/store"
	"pocketpass/store/kv/boltkv"
)

var start = time.Date(2026, 3, 1, 12, 0, 30, 0, time.UTC)

// office is an Access on a database of its own, with a clock set by hand.
type office struct {
	*access.Access
	db     *store.Store
	engine *boltkv.DB
	path   string
	now    time.Time
	org    store.ID
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{path: filepath.Join(t.TempDir(), "test.db"), now: start}
	var err error
	o.engine, err = boltkv.Open(o.path, boltkv.Options{NoSync: true})
	must(t, err)
	t.Cleanup(func() { o.engine.Close() })
	o.db, err = store.Open(t.Context(), o.engine, func() time.Time { return o.now })
	must(t, err)
	o.restart(t, 7)
	must(t, o.db.View(t.Context(), func(r store.Reader) error {
		org, err := r.OrganisationNamed(store.DefaultOrganisation)
		o.org = org.ID
		return err
	}))
	return o
}

// restart makes a new Access under a master key of the given byte.
func (o *office) restart(t *testing.T, master byte) {
	t.Helper()
	m, err := secret.New(bytes.Repeat([]byte{master}, secret.Size))
	must(t, err)
	o.Access = access.New(o.db, m)
}

func (o *office) create(t *testing.T) (store.Key, string) {
	t.Helper()
	k, secret, err := o.Create(t.Context(), access.NewKey{Name: "till", Role: store.Scanner})
	must(t, err)
	return k, secret
}

// operator may change every key of the default organisation.
func (o *office) operator() access.Caller { return access.Caller{Org: o.org, Operator: true} }

func (o *office) wantDenied(t *testing.T, token string) {
	t.Helper()
	if _, err := o.Token(t.Context(), token); !errors.Is(err, access.ErrDenied) {
		t.Errorf("token %q: %v, want ErrDenied", token, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeyOpensItsDoor(t *testing.T) {
	o := newOffice(t)
	k, secret := o.create(t)
	c, err := o.Token(t.Context(), k.ID.Short()+"."+secret)
	must(t, err)
	want := access.Caller{Org: o.org, Key: k.ID, Name: "till", Role: store.Scanner, Devices: true}
	if c != want {
		t.Errorf("caller %+v, want %+v", c, want)
	}
	if !c.May(store.Admin, store.Scanner) || c.May(store.Admin, store.Issuer) || !c.May(access.Any...) {
		t.Error("a scanner may what scanners may, and no more")
	}
	o.restart(t, 7)
	_, err = o.Pair(t.Context(), k.ID.Short(), secret)
	must(t, err)
	o.restart(t, 8)
	o.wantDenied(t, k.ID.Short()+"."+secret)
}

// TestRefusalsLookTheSame, whatever is wrong with a key.
func TestRefusalsLookTheSame(t *testing.T) {
	o := newOffice(t)
	k, secret := o.create(t)
	revoked, gone := o.create(t)
	must(t, o.Revoke(t.Context(), o.operator(), revoked.ID))
	id := k.ID.Short()
	for name, token := range map[string]string{
		"nothing":           "",
		"no dot":            id + secret,
		"no secret":         id + ".",
		"wrong secret":      id + "." + strings.Repeat("a", len(secret)),
		"longer secret":     id + "." + secret + "a",
		"another's secret":  id + "." + gone,
		"unknown id":        "0123456789a." + secret,
		"id of another use": "unknown." + secret,
		"revoked":           revoked.ID.Short() + "." + gone,
		"empty id":          "." + secret,
		"secret of no key":  store.ID(0).Short() + "." + o.Secret(store.Key{}),
		"unknown, as if 0":  "unknown." + o.Secret(store.Key{}),
	} {
		_, err := o.Token(t.Context(), token)
		if err == nil || err.Error() != access.ErrDenied.Error() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsAreNotStored(t *testing.T) {
	o := newOffice(t)
	_, secret := o.create(t)
	const given = "a-secret-of-the-operator"
	must(t, o.Guarantee(t.Context(), "operator."+given))
	data, err := os.ReadFile(o.path)
	must(t, err)
	if !bytes.Contains(data, []byte(`"till"`)) {
		t.Fatal("the file is not the database")
	}
	for _, s := range []string{secret, given} {
		if bytes.Contains(data, []byte(s)) {
			t.Errorf("the database holds %q", s)
		}
	}
}

func TestRotate(t *testing.T) {
	o := newOffice(t)
	k, old := o.create(t)
	r, fresh, err := o.Rotate(t.Context(), o.operator(), k.ID)
	must(t, err)
	if fresh == old || r.Generation != k.Generation+1 {
		t.Errorf("generation %d after %d, secret changed: %v", r.Generation, k.Generation, fresh != old)
	}
	o.wantDenied(t, k.ID.Short()+"."+old)
	_, err = o.Pair(t.Context(), k.ID.Short(), fresh)
	must(t, err)
}

func TestRevoke(t *testing.T) {
	o := newOffice(t)
	k, secret := o.create(t)
	must(t, o.Revoke(t.Context(), o.operator(), k.ID))
	o.wantDenied(t, k.ID.Short()+"."+secret)
	o.now = start.Add(time.Hour)
	must(t, o.Revoke(t.Context(), o.operator(), k.ID))
	if r := o.key(t, k.ID); !r.Revoked.Equal(start) {
		t.Errorf("revoked at %v, want the first time, %v", r.Revoked, start)
	}
	if _, secret, err := o.Rotate(t.Context(), o.operator(), k.ID); !errors.Is(err, access.ErrRevoked) || secret != "" {
		t.Errorf("rotating it: %q, %v", secret, err)
	}
}

func TestKeysOfAnotherOrganisation(t *testing.T) {
	o := newOffice(t)
	k, _ := o.create(t)
	org, first, secret, err := o.CreateOrganisation(t.Context(), "Baker", access.Once{})
	must(t, err)
	if err := o.Revoke(t.Context(), access.Caller{Org: org.ID}, k.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoking another's key: %v", err)
	}
	if _, _, err := o.Rotate(t.Context(), access.Caller{Org: org.ID}, k.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("rotating another's key: %v", err)
	}
	c, err := o.Pair(t.Context(), first.ID.Short(), secret)
	must(t, err)
	if c.Org != org.ID || c.Role != store.Admin || c.Operator {
		t.Errorf("first key %+v", c)
	}
	_, _, _, err = o.CreateOrganisation(t.Context(), "Baker", access.Once{})
	if !errors.Is(err, store.ErrExists) {
		t.Errorf("the same name again: %v", err)
	}
}

func (o *office) key(t *testing.T, id store.ID) (k store.Key) {
	t.Helper()
	must(t, o.db.View(t.Context(), func(r store.Reader) (err error) {
		k, err = r.AnyKey(id)
		return err
	}))
	return k
}

func TestStandingKey(t *testing.T) {
	o := newOffice(t)
	standing := func() (store.Key, string) {
		k, secret, err := o.Standing(t.Context(), "demo")
		must(t, err)
		c, err := o.Token(t.Context(), k.ID.Short()+"."+secret)
		if err != nil || c.Role != store.Admin || !c.Operator || c.Name != "demo" {
			t.Errorf("caller %+v, %v", c, err)
		}
		return k, secret
	}
	first, secret := standing()
	if again, same := standing(); again.ID != first.ID || same != secret {
		t.Error("the second call made another key")
	}
	must(t, o.Revoke(t.Context(), o.operator(), first.ID))
	if next, _ := standing(); next.ID == first.ID {
		t.Error("a revoked key came back")
	}
	o.wantDenied(t, first.ID.Short()+"."+secret)
}

func TestOperatorKeyIsForTheOperator(t *testing.T) {
	o := newOffice(t)
	k, secret, err := o.Standing(t.Context(), "demo")
	must(t, err)
	admin := access.Caller{Org: o.org, Role: store.Admin}
	if err := o.Revoke(t.Context(), admin, k.ID); !errors.Is(err, access.ErrOperatorKey) {
		t.Errorf("revoke: %v", err)
	}
	if _, _, err := o.Rotate(t.Context(), admin, k.ID); !errors.Is(err, access.ErrOperatorKey) {
		t.Errorf("rotate: %v", err)
	}
	if _, err := o.Token(t.Context(), k.ID.Short()+"."+secret); err != nil {
		t.Errorf("the key no longer works: %v", err)
	}
}
