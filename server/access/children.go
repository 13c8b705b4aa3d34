package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"pocketpass/store"
)

// An organisation may make others, its children, for whom it keeps the one key that they
// begin with: it can read its secret, which is derived and so never stored, and replace it.
// A child sees nothing of its parent or of other children, and has no children itself.

// DefaultChildren is how many children an organisation may have unless the operator says otherwise.
const DefaultChildren = 10

// Refusals of children.
var (
	ErrNoChildren = errors.New("this organisation may not make others: an admin of one that nobody made may, if the operator lets it")
	ErrChildren   = errors.New("this organisation has made as many others as the operator allows")

	// ErrOwnOrganisation keeps operators from locking themselves out.
	ErrOwnOrganisation = errors.New("this is your own organisation; its keys can be revoked, but it cannot be locked")
)

// Child is an organisation that another one made, with the key that it was given.
type Child struct {
	store.Organisation
	Username string // id of the key; letters, digits and hyphens
	Password string // secret of the key
}

// CreateChild makes an organisation that belongs to the caller's. Names need not differ.
// ErrName if the name will not do, ErrNoChildren if the caller may not make any,
// ErrChildren if there are too many.
func (a *Access) CreateChild(ctx context.Context, by Caller, name string, once Once) (c Child, err error) {
	if err := checkName(name); err != nil {
		return Child{}, err
	}
	err = a.db.Update(ctx, func(tx store.Tx) error {
		if err := a.mayParent(tx.Reader, by); err != nil {
			return err
		}
		id, err := once.do(tx, func() (store.ID, error) { return a.addChild(tx, by.Org, name) })
		if err == nil {
			c, err = a.child(tx.Reader, by, id)
		}
		return err
	})
	if err != nil {
		return Child{}, fmt.Errorf("create child: %w", err)
	}
	return c, nil
}

// mayParent refuses callers that have nothing to do with children.
func (a *Access) mayParent(r store.Reader, by Caller) error {
	o, err := r.Organisation(by.Org)
	if err == nil && (by.Role != store.Admin || o.Parent != 0 || a.MaxChildren == 0) {
		return ErrNoChildren
	}
	return err
}

func (a *Access) addChild(tx store.Tx, parent store.ID, name string) (store.ID, error) {
	n, err := tx.CountChildren(parent)
	if err != nil {
		return 0, err
	}
	if n >= a.MaxChildren {
		return 0, ErrChildren
	}
	username, err := freeUsername(tx.Reader, name)
	if err != nil {
		return 0, err
	}
	o := store.Organisation{Name: name, Parent: parent, Created: tx.Now}
	if o.ID, err = tx.NewID(); err != nil {
		return 0, err
	}
	if o.Key, err = addKey(tx, NewKey{Org: o.ID, Name: "first key", Role: store.Admin, external: username}); err != nil {
		return 0, err
	}
	return o.ID, tx.PutOrganisation(o)
}

// Children lists those of the caller's organisation. ErrNoChildren if it is none of the
// caller's business.
func (a *Access) Children(ctx context.Context, by Caller, p store.Page) (out []Child, next store.ID, err error) {
	err = a.db.View(ctx, func(r store.Reader) error {
		if err := a.mayParent(r, by); err != nil {
			return err
		}
		var all []store.Organisation
		if all, next, err = r.Children(by.Org, p); err != nil {
			return err
		}
		out = out[:0]
		for _, o := range all {
			c, err := a.withKey(r, o)
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list children: %w", err)
	}
	return out, next, nil
}

// RefreshChild gives a child's key a new secret; the old one ends at once. A child that
// has revoked the key gets another one under the same name. store.ErrNotFound if it is no
// child of the caller's.
func (a *Access) RefreshChild(ctx context.Context, by Caller, id store.ID) (c Child, err error) {
	err = a.db.Update(ctx, func(tx store.Tx) error {
		if c, err = a.child(tx.Reader, by, id); err != nil {
			return err
		}
		if err := renewKey(tx, &c.Organisation); err != nil {
			return err
		}
		c.Changed = tx.Now
		if err := tx.PutOrganisation(c.Organisation); err != nil {
			return err
		}
		c, err = a.child(tx.Reader, by, id)
		return err
	})
	if err != nil {
		return Child{}, fmt.Errorf("refresh the password of a child: %w", err)
	}
	return c, nil
}

// child finds a child of the caller's organisation.
func (a *Access) child(r store.Reader, by Caller, id store.ID) (Child, error) {
	if err := a.mayParent(r, by); err != nil {
		return Child{}, err
	}
	o, err := r.Child(by.Org, id)
	if err != nil {
		return Child{}, err
	}
	return a.withKey(r, o)
}

func (a *Access) withKey(r store.Reader, o store.Organisation) (Child, error) {
	k, err := r.Key(o.ID, o.Key)
	return Child{Organisation: o, Username: k.External, Password: a.Secret(k)}, err
}

// renewKey replaces the secret of an organisation's own key, or the key if it was revoked.
func renewKey(tx store.Tx, o *store.Organisation) error {
	k, err := tx.Key(o.ID, o.Key)
	if err != nil {
		return err
	}
	if k.Revoked.IsZero() {
		k.Generation++
		return tx.PutKey(k)
	}
	name := k.External
	k.External = ""
	if err := tx.PutKey(k); err != nil {
		return err
	}
	o.Key, err = addKey(tx, NewKey{Org: o.ID, Name: k.Name, Role: store.Admin, external: name})
	return err
}

// freeUsername spells a name with lower-case letters, digits and hyphens, and tells it
// from others by some letters at its end if it has to.
func freeUsername(r store.Reader, name string) (string, error) {
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	slug := strings.Join(words, "-")
	if len(slug) > maxUsername {
		slug = strings.TrimRight(slug[:maxUsername], "-")
	}
	if len(slug) >= shortestUsername && slug != localID {
		_, err := lookup(r, slug)
		if errors.Is(err, store.ErrNotFound) {
			return slug, nil
		}
		if err != nil {
			return "", err
		}
	}
	return strings.TrimLeft(slug+"-"+strings.ToLower(rand.Text()[:8]), "-"), nil
}

// Lengths of a username before what tells it from others.
const (
	shortestUsername = 3
	maxUsername      = 40
)

// Lock locks or opens an organisation that is not the operator's own: none of the keys
// of one that is locked works. What was locked before stays so since then.
func (a *Access) Lock(ctx context.Context, by Caller, id store.ID, locked bool) (o store.Organisation, err error) {
	err = a.db.Update(ctx, func(tx store.Tx) error {
		if o, err = tx.Organisation(id); err != nil {
			return err
		}
		if id == by.Org {
			return ErrOwnOrganisation
		}
		if o.Locked.IsZero() == !locked {
			return nil
		}
		o.Locked, o.Changed = time.Time{}, tx.Now
		if locked {
			o.Locked = tx.Now
		}
		return tx.PutOrganisation(o)
	})
	if err != nil {
		return store.Organisation{}, fmt.Errorf("lock organisation: %w", err)
	}
	return o, nil
}
