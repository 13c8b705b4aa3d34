package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/store"
)

const (
	firstToken  = "operator.a-first-long-secret"
	secondToken = "operator.another-long-secret"
)

func TestGuarantee(t *testing.T) {
	o := newOffice(t)
	var ids []store.ID
	for _, token := range []string{firstToken, firstToken, secondToken, firstToken} {
		must(t, o.Guarantee(t.Context(), token))
		c, err := o.Token(t.Context(), token)
		must(t, err)
		if c.Role != store.Admin || !c.Operator || c.Org != o.org {
			t.Errorf("%+v is not the operator", c)
		}
		ids = append(ids, c.Key)
	}
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("keys %v, want one", ids)
		}
	}
	o.wantDenied(t, secondToken)
}

// TestGuaranteeTwiceWritesNothing the second time.
func TestGuaranteeTwiceWritesNothing(t *testing.T) {
	o := newOffice(t)
	must(t, o.Guarantee(t.Context(), firstToken))
	before := o.engine.Stats().Commits
	must(t, o.Guarantee(t.Context(), firstToken))
	if n := o.engine.Stats().Commits - before; n != 0 {
		t.Errorf("%d commits", n)
	}
}

// TestGuaranteeRepairs what happened to the key since.
func TestGuaranteeRepairs(t *testing.T) {
	o := newOffice(t)
	must(t, o.Guarantee(t.Context(), firstToken))
	c, err := o.Token(t.Context(), firstToken)
	must(t, err)
	_, derived, err := o.Rotate(t.Context(), o.operator(), c.Key)
	must(t, err)
	o.wantDenied(t, firstToken)
	if _, err := o.Pair(t.Context(), "operator", derived); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	must(t, o.Guarantee(t.Context(), firstToken))
	o.wantDenied(t, "operator."+derived)
	must(t, o.Revoke(t.Context(), o.operator(), c.Key))
	o.wantDenied(t, firstToken)
	must(t, o.Guarantee(t.Context(), firstToken))
	_, err = o.Token(t.Context(), firstToken)
	must(t, err)
}

func TestGuaranteeOfAnExistingKey(t *testing.T) {
	o := newOffice(t)
	k, old := o.create(t)
	must(t, o.Guarantee(t.Context(), k.ID.Short()+".a-secret-of-sixteen"))
	c, err := o.Token(t.Context(), k.ID.Short()+".a-secret-of-sixteen")
	must(t, err)
	if c.Key != k.ID || c.Role != store.Admin {
		t.Errorf("caller %+v", c)
	}
	o.wantDenied(t, k.ID.Short()+"."+old)
}

func TestGuaranteeRefusesBadForms(t *testing.T) {
	o := newOffice(t)
	for _, token := range []string{"", "operator", "operator.", "operator.short", "ab.a-first-long-secret", ".a-first-long-secret",
		"oper ator.a-first-long-secret", "ope\x00rator.a-first-long-secret", strings.Repeat("a", 65) + ".a-first-long-secret"} {
		if err := o.Guarantee(t.Context(), token); !errors.Is(err, access.ErrAdminKey) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	o := newOffice(t)
	for name, tt := range map[string]struct {
		key  access.NewKey
		want error
	}{
		"no role":      {access.NewKey{Name: "x"}, access.ErrRole},
		"another role": {access.NewKey{Name: "x", Role: "root"}, access.ErrRole},
		"no name":      {access.NewKey{Role: store.Viewer}, access.ErrName},
		"long name":    {access.NewKey{Name: strings.Repeat("x", 121), Role: store.Viewer}, access.ErrName},
		"control":      {access.NewKey{Name: "a\x00b", Role: store.Viewer}, access.ErrName},
	} {
		if _, secret, err := o.Create(t.Context(), tt.key); !errors.Is(err, tt.want) || secret != "" {
			t.Errorf("%s: %q, %v", name, secret, err)
		}
	}
}

func TestCreateOnce(t *testing.T) {
	o := newOffice(t)
	n := access.NewKey{Name: "x", Role: store.Viewer, Once: access.Once{Caller: 1, Key: "k", Request: "r"}}
	a, s, err := o.Create(t.Context(), n)
	must(t, err)
	b, again, err := o.Create(t.Context(), n)
	must(t, err)
	if a.ID != b.ID || s != again {
		t.Error("a repeated request made another key")
	}
	n.Once.Request = "other"
	if _, _, err := o.Create(t.Context(), n); !errors.Is(err, access.ErrReused) {
		t.Errorf("another request under its key: %v", err)
	}
}

// TestFlush notes the use of keys to the minute, and writes only what is new.
func TestFlush(t *testing.T) {
	o := newOffice(t)
	k, secret := o.create(t)
	use := func() int64 {
		t.Helper()
		_, err := o.Pair(t.Context(), k.ID.Short(), secret)
		must(t, err)
		before := o.engine.Stats().Commits
		must(t, o.Flush(t.Context()))
		return o.engine.Stats().Commits - before
	}
	if n := use(); n != 1 || !o.key(t, k.ID).LastUsed.Equal(start.Truncate(time.Minute)) {
		t.Errorf("%d commits, last used at %v", n, o.key(t, k.ID).LastUsed)
	}
	o.now = start.Add(20 * time.Second)
	if n := use(); n != 0 {
		t.Errorf("%d commits within the same minute", n)
	}
	o.now = start.Add(time.Hour)
	if n := use(); n != 1 || !o.key(t, k.ID).LastUsed.Equal(o.now.Truncate(time.Minute)) {
		t.Errorf("%d commits, last used at %v", n, o.key(t, k.ID).LastUsed)
	}
	o.wantDenied(t, k.ID.Short()+".wrong")
	o.now = start.Add(2 * time.Hour)
	before := o.engine.Stats().Commits
	must(t, o.Flush(t.Context()))
	if o.engine.Stats().Commits != before {
		t.Error("a refused call counts as use")
	}
}

func TestLocal(t *testing.T) {
	o := newOffice(t)
	c, err := o.Token(t.Context(), o.Local())
	must(t, err)
	if c.Role != store.Admin || !c.Operator || c.Org != o.org {
		t.Errorf("the command line is %+v", c)
	}
	token := o.Local()
	o.restart(t, 8)
	o.wantDenied(t, token)
	o.wantDenied(t, "local.")
}
