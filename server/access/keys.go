package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pocketpass/store"
)

// NewKey describes a key to be made.
type NewKey struct {
	Org      store.ID // zero means the default organisation
	Name     string
	Role     store.Role
	Operator bool
	Once     Once

	Token     string // of another service, taken over as it is; empty means one of our own
	Signs     bool   // Token is "<id>.<secret>" of a service whose clients sign with the secret, which is kept encrypted
	NoDevices bool   // the key may not stand in for the tokens of passes

	external string
	seal     func(name string, plain []byte) []byte // for one that signs
}

// Refusals that whoever asked can put right.
var (
	ErrRole    = errors.New("role must be admin, issuer, scanner or viewer")
	ErrName    = errors.New("a name has 1 to 120 characters and no control characters")
	ErrRevoked = errors.New("the key was revoked for good; create another")

	// ErrOperatorKey protects the operator's key from lesser ones, which would
	// otherwise gain its powers.
	ErrOperatorKey = errors.New("this is the operator's key; only that key may change or end it")
)

const maxName = 120 // characters

func checkName(name string) error {
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return ErrName
	}
	return nil
}

// Create makes a key and returns it with its secret, which is empty if the key has a
// token of another service. ErrRole, ErrName and ErrToken say what is wrong with n.
func (a *Access) Create(ctx context.Context, n NewKey) (k store.Key, secret string, err error) {
	if !slices.Contains(Any, n.Role) {
		return store.Key{}, "", ErrRole
	}
	if err := checkName(n.Name); err != nil {
		return store.Key{}, "", err
	}
	n.seal = a.master.Seal
	err = a.db.Update(ctx, func(tx store.Tx) error {
		id, err := n.Once.do(tx, func() (store.ID, error) { return addKey(tx, n) })
		if err == nil {
			k, err = tx.AnyKey(id)
		}
		return err
	})
	switch {
	case errors.Is(err, store.ErrExists) && n.Signs:
		err = ErrPair
	case errors.Is(err, store.ErrExists):
		err = ErrToken
	}
	if err != nil {
		return store.Key{}, "", fmt.Errorf("create key: %w", err)
	}
	if k.Given != "" {
		return k, "", nil
	}
	return k, a.Secret(k), nil
}

func addKey(tx store.Tx, n NewKey) (store.ID, error) {
	if n.Org == 0 {
		o, err := tx.OrganisationNamed(store.DefaultOrganisation)
		if err != nil {
			return 0, err
		}
		n.Org = o.ID
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	k := store.Key{ID: id, Org: n.Org, Name: n.Name, Role: n.Role, Operator: n.Operator, External: n.external, NoDevices: n.NoDevices, Created: tx.Now}
	switch {
	case n.Signs:
		if err := adoptPair(&k, n); err != nil {
			return 0, err
		}
	case n.Token != "":
		if err := adopt(&k, n.Token); err != nil {
			return 0, err
		}
	}
	return id, tx.PutKey(k)
}

// Standing returns the operator's key of the given name with its secret, the same
// one each time until it is revoked.
func (a *Access) Standing(ctx context.Context, name string) (k store.Key, secret string, err error) {
	external := "standing " + name // with a space, which an admin key's id never has
	err = a.db.Update(ctx, func(tx store.Tx) error {
		k, err = tx.KeyByExternal(external)
		if err == nil && k.Revoked.IsZero() {
			return nil
		}
		if err == nil {
			k.External = ""
			err = tx.PutKey(k)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		id, err := addKey(tx, NewKey{Name: name, Role: store.Admin, Operator: true, external: external})
		if err == nil {
			k, err = tx.AnyKey(id)
		}
		return err
	})
	if err != nil {
		return store.Key{}, "", fmt.Errorf("key %s: %w", name, err)
	}
	return k, a.Secret(k), nil
}

// Revoke ends a key of the caller's organisation. It cannot be undone; doing it
// again changes nothing.
func (a *Access) Revoke(ctx context.Context, by Caller, id store.ID) error {
	return a.change(ctx, by, id, func(k *store.Key, tx store.Tx) error {
		if k.Revoked.IsZero() {
			k.Revoked = tx.Now
		}
		return nil
	})
}

// Rotate gives a key a new secret, which it returns; the old one ends at once.
// ErrRevoked if the key was revoked.
func (a *Access) Rotate(ctx context.Context, by Caller, id store.ID) (k store.Key, secret string, err error) {
	err = a.change(ctx, by, id, func(now *store.Key, _ store.Tx) error {
		if !now.Revoked.IsZero() {
			return ErrRevoked
		}
		now.Generation++
		now.Given, now.Sealed = "", nil
		k = *now
		return nil
	})
	if err != nil {
		return store.Key{}, "", fmt.Errorf("rotate key: %w", err)
	}
	return k, a.Secret(k), nil
}

// change edits a key that by may touch. A key of another organisation is
// store.ErrNotFound, the operator's ErrOperatorKey.
func (a *Access) change(ctx context.Context, by Caller, id store.ID, edit func(*store.Key, store.Tx) error) error {
	return a.db.Update(ctx, func(tx store.Tx) error {
		k, err := tx.Key(by.Org, id)
		if err != nil {
			return err
		}
		if k.Operator && !by.Operator {
			return ErrOperatorKey
		}
		if err := edit(&k, tx); err != nil {
			return err
		}
		return tx.PutKey(k)
	})
}

// ErrAdminKey means that the operator's admin key has the wrong form.
var ErrAdminKey = errors.New("admin_key: must be <id>.<secret>: an id of 3 to 64 characters A-Z a-z 0-9 _ - and a secret of at least 16")

// ErrAdminKeyTaken means that the operator's admin key has the id of another
// organisation's user.
var ErrAdminKeyTaken = errors.New("admin_key: its id belongs to an organisation that another one made: choose another id")

// Guarantee makes sure that the admin key "<id>.<secret>" of the operator exists
// and may do everything. Only the secret's hash is kept.
func (a *Access) Guarantee(ctx context.Context, token string) error {
	id, given, ok := strings.Cut(token, ".")
	if !ok || len(id) < 3 || len(id) > 64 || len(given) < 16 || strings.Trim(id, idLetters) != "" {
		return ErrAdminKey
	}
	return a.db.Update(ctx, func(tx store.Tx) error {
		k, err := lookup(tx.Reader, id)
		if errors.Is(err, store.ErrNotFound) {
			k, err = a.fresh(tx, id)
		}
		if err != nil {
			return err
		}
		if o, err := tx.Organisation(k.Org); err != nil {
			return err
		} else if o.Parent != 0 {
			return ErrAdminKeyTaken
		}
		if a.matches(k, given) && k.Revoked.IsZero() && k.Role == store.Admin && k.Operator {
			return nil
		}
		k.Given, k.Role, k.Operator = hash(given), store.Admin, true
		k.Revoked = time.Time{}
		return tx.PutKey(k)
	})
}

const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

func (a *Access) fresh(tx store.Tx, external string) (store.Key, error) {
	o, err := tx.OrganisationNamed(store.DefaultOrganisation)
	if err != nil {
		return store.Key{}, err
	}
	id, err := tx.NewID()
	return store.Key{ID: id, Org: o.ID, Name: "operator", External: external, Created: tx.Now}, err
}

// CreateOrganisation makes an organisation with a first admin key. ErrName if
// the name will not do, store.ErrExists if it is taken.
func (a *Access) CreateOrganisation(ctx context.Context, name string, once Once) (o store.Organisation, k store.Key, secret string, err error) {
	if err := checkName(name); err != nil {
		return store.Organisation{}, store.Key{}, "", err
	}
	err = a.db.Update(ctx, func(tx store.Tx) error {
		key, err := once.do(tx, func() (store.ID, error) { return addOrganisation(tx, name) })
		if err != nil {
			return err
		}
		if k, err = tx.AnyKey(key); err != nil {
			return err
		}
		o, err = tx.Organisation(k.Org)
		return err
	})
	if err != nil {
		return store.Organisation{}, store.Key{}, "", fmt.Errorf("create organisation: %w", err)
	}
	return o, k, a.Secret(k), nil
}

// addOrganisation returns the id of the first key.
func addOrganisation(tx store.Tx, name string) (store.ID, error) {
	org, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	if err := tx.PutOrganisation(store.Organisation{ID: org, Name: name, Created: tx.Now}); err != nil {
		return 0, err
	}
	return addKey(tx, NewKey{Org: org, Name: "first key", Role: store.Admin})
}
