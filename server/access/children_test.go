package access_test

import (
	"errors"
	"regexp"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/store"
)

// parent is an admin of the default organisation.
func (o *office) parent() access.Caller { return access.Caller{Org: o.org, Role: store.Admin} }

func (o *office) child(t *testing.T, name string) access.Child {
	t.Helper()
	c, err := o.CreateChild(t.Context(), o.parent(), name, access.Once{})
	must(t, err)
	return c
}

// enter is who the password of a child lets in.
func (o *office) enter(t *testing.T, c access.Child) access.Caller {
	t.Helper()
	who, err := o.Pair(t.Context(), c.Username, c.Password)
	must(t, err)
	return who
}

func TestChildHasAKeyOfItsOwn(t *testing.T) {
	o := newOffice(t)
	c := o.child(t, "Finch Events")
	if c.Username != "finch-events" || c.Parent != o.org || c.Name != "Finch Events" || !c.Updated().Equal(start) {
		t.Errorf("made %+v", c)
	}
	who := o.enter(t, c)
	if who.Org != c.ID || who.Role != store.Admin || who.Operator {
		t.Errorf("the child's caller is %+v", who)
	}
	for name, by := range map[string]access.Caller{"the child": who, "an issuer": {Org: o.org, Role: store.Issuer}} {
		if _, err := o.CreateChild(t.Context(), by, "more", access.Once{}); !errors.Is(err, access.ErrNoChildren) {
			t.Errorf("%s made another: %v", name, err)
		}
		if _, _, err := o.Children(t.Context(), by, store.Page{}); !errors.Is(err, access.ErrNoChildren) {
			t.Errorf("%s listed: %v", name, err)
		}
		if _, err := o.RefreshChild(t.Context(), by, c.ID); !errors.Is(err, access.ErrNoChildren) {
			t.Errorf("%s took the key: %v", name, err)
		}
	}
}

// TestChildrenMayShareAName, also that of an organisation without a parent, but never a username.
func TestChildrenMayShareAName(t *testing.T) {
	o := newOffice(t)
	seen := make(map[string]bool)
	good := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, name := range []string{"Baker", "baker!", "default", "Local", "Żółć", "東京", "ab", "a name that is much longer than any username would want to be"} {
		c := o.child(t, name)
		if seen[c.Username] || !good.MatchString(c.Username) || len(c.Username) > 50 {
			t.Errorf("%q got the username %q", name, c.Username)
		}
		seen[c.Username] = true
		if o.enter(t, c).Org != c.ID {
			t.Errorf("%q leads elsewhere", c.Username)
		}
	}
	must(t, o.db.View(t.Context(), func(r store.Reader) error {
		d, err := r.OrganisationNamed(store.DefaultOrganisation)
		if d.ID != o.org {
			t.Error("a child took the name of the default organisation")
		}
		return err
	}))
	if _, err := o.CreateChild(t.Context(), o.parent(), " ", access.Once{}); !errors.Is(err, access.ErrName) {
		t.Errorf("without a name: %v", err)
	}
}

func TestChildrenAreCounted(t *testing.T) {
	o := newOffice(t)
	o.MaxChildren = 2
	first, second := o.child(t, "first"), o.child(t, "second")
	if _, err := o.CreateChild(t.Context(), o.parent(), "third", access.Once{}); !errors.Is(err, access.ErrChildren) {
		t.Errorf("a third: %v", err)
	}
	all, next, err := o.Children(t.Context(), o.parent(), store.Page{Limit: 1})
	if err != nil || len(all) != 1 || all[0] != first || next == 0 {
		t.Errorf("first page %+v, %d, %v", all, next, err)
	}
	all, next, err = o.Children(t.Context(), o.parent(), store.Page{After: next, Limit: 1})
	if err != nil || len(all) != 1 || all[0] != second || next != 0 {
		t.Errorf("second page %+v, %d, %v", all, next, err)
	}
	o.MaxChildren = 0
	if _, err := o.CreateChild(t.Context(), o.parent(), "x", access.Once{}); !errors.Is(err, access.ErrNoChildren) {
		t.Errorf("where nobody may: %v", err)
	}
}

func TestChildOnce(t *testing.T) {
	o := newOffice(t)
	once := access.Once{Caller: 5, Key: "k", Request: "r"}
	a, err := o.CreateChild(t.Context(), o.parent(), "once", once)
	must(t, err)
	b, err := o.CreateChild(t.Context(), o.parent(), "once", once)
	if err != nil || a != b {
		t.Errorf("again: %+v, %v", b, err)
	}
}

func TestRefreshChild(t *testing.T) {
	o := newOffice(t)
	c := o.child(t, "Finch")
	o.now = start.Add(time.Minute)
	fresh, err := o.RefreshChild(t.Context(), o.parent(), c.ID)
	must(t, err)
	if fresh.Password == c.Password || fresh.Username != c.Username || !fresh.Updated().Equal(o.now) {
		t.Errorf("refreshed %+v", fresh)
	}
	if _, err := o.Pair(t.Context(), c.Username, c.Password); !errors.Is(err, access.ErrDenied) {
		t.Errorf("the old password: %v", err)
	}
	who := o.enter(t, fresh)
	must(t, o.Revoke(t.Context(), who, who.Key))
	again, err := o.RefreshChild(t.Context(), o.parent(), c.ID)
	must(t, err)
	if again.Username != c.Username || o.enter(t, again).Key == who.Key {
		t.Errorf("after the child revoked its key: %+v", again)
	}
	for name, id := range map[string]store.ID{"itself": o.org, "nobody": 12345} {
		if _, err := o.RefreshChild(t.Context(), o.parent(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, _, _, err := o.CreateOrganisation(t.Context(), "Stranger", access.Once{})
	must(t, err)
	if _, err := o.RefreshChild(t.Context(), access.Caller{Org: other.ID, Role: store.Admin}, c.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestLock(t *testing.T) {
	o := newOffice(t)
	c := o.child(t, "Finch")
	org, err := o.Lock(t.Context(), o.operator(), c.ID, true)
	if err != nil || !org.Locked.Equal(start) {
		t.Fatalf("locked %+v, %v", org, err)
	}
	_, err = o.Pair(t.Context(), c.Username, c.Password)
	if !errors.Is(err, access.ErrLocked) || !errors.Is(err, access.ErrDenied) {
		t.Errorf("its password: %v", err)
	}
	if _, err := o.Pair(t.Context(), c.Username, "wrong"); errors.Is(err, access.ErrLocked) {
		t.Error("somebody without the password is told of the lock")
	}
	o.now = start.Add(time.Hour)
	if org, err = o.Lock(t.Context(), o.operator(), c.ID, true); err != nil || !org.Locked.Equal(start) {
		t.Errorf("locked again: %+v, %v", org, err)
	}
	_, err = o.Lock(t.Context(), o.operator(), c.ID, false)
	must(t, err)
	o.enter(t, c)
	if _, err := o.Lock(t.Context(), o.operator(), o.org, true); !errors.Is(err, access.ErrOwnOrganisation) {
		t.Errorf("its own: %v", err)
	}
}

// TestAdminKeyIsNoChilds: the operator's key must not come to rule a child that took its id before.
func TestAdminKeyIsNoChilds(t *testing.T) {
	o := newOffice(t)
	o.child(t, "operator")
	if err := o.Guarantee(t.Context(), firstToken); !errors.Is(err, access.ErrAdminKeyTaken) {
		t.Errorf("guaranteed: %v", err)
	}
}
