package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pocketpass/store"
)

// NewKey describes a key to be made.
type NewKey struct {
	Org      store.ID // zero means the default organisation
	Name     string
	Role     store.Role
	Operator bool
}

// ErrRole means that a role has another name.
var ErrRole = errors.New("role must be admin, issuer, scanner or viewer")

// Create makes a key and returns it with its secret.
func (a *Access) Create(ctx context.Context, n NewKey) (k store.Key, secret string, err error) {
	if !(Caller{Role: n.Role}).May(Any...) {
		return store.Key{}, "", ErrRole
	}
	err = a.db.Update(ctx, func(tx store.Tx) error {
		if n.Org == 0 {
			o, err := tx.OrganisationNamed(store.DefaultOrganisation)
			if err != nil {
				return err
			}
			n.Org = o.ID
		}
		id, err := tx.NewID()
		if err != nil {
			return err
		}
		k = store.Key{ID: id, Org: n.Org, Name: n.Name, Role: n.Role, Operator: n.Operator, Created: tx.Now}
		return tx.PutKey(k)
	})
	if err != nil {
		return store.Key{}, "", fmt.Errorf("create key: %w", err)
	}
	return k, a.Secret(k), nil
}

// Revoke ends a key. It cannot be undone.
func (a *Access) Revoke(ctx context.Context, org, id store.ID) error {
	return a.change(ctx, org, id, func(k *store.Key, tx store.Tx) { k.Revoked = tx.Now })
}

// Rotate gives a key a new secret, which it returns; the old one ends at once.
func (a *Access) Rotate(ctx context.Context, org, id store.ID) (k store.Key, secret string, err error) {
	err = a.change(ctx, org, id, func(now *store.Key, _ store.Tx) {
		now.Generation++
		now.Given = ""
		k = *now
	})
	return k, a.Secret(k), err
}

func (a *Access) change(ctx context.Context, org, id store.ID, edit func(*store.Key, store.Tx)) error {
	return a.db.Update(ctx, func(tx store.Tx) error {
		k, err := tx.Key(org, id)
		if err != nil {
			return err
		}
		if k.Revoked.IsZero() {
			edit(&k, tx)
		}
		return tx.PutKey(k)
	})
}

// ErrAdminKey means that the operator's admin key has the wrong form.
var ErrAdminKey = errors.New("POCKETPASS_ADMIN_KEY must be <id>.<secret>: an id of 3 to 64 characters A-Z a-z 0-9 _ - and a secret of at least 16")

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

// CreateOrganisation makes an organisation with a first admin key.
func (a *Access) CreateOrganisation(ctx context.Context, name string) (o store.Organisation, k store.Key, secret string, err error) {
	err = a.db.Update(ctx, func(tx store.Tx) error {
		orgID, err := tx.NewID()
		if err != nil {
			return err
		}
		keyID, err := tx.NewID()
		if err != nil {
			return err
		}
		o = store.Organisation{ID: orgID, Name: name, Created: tx.Now}
		k = store.Key{ID: keyID, Org: orgID, Name: "first key", Role: store.Admin, Created: tx.Now}
		return errors.Join(tx.PutOrganisation(o), tx.PutKey(k))
	})
	if err != nil {
		return store.Organisation{}, store.Key{}, "", fmt.Errorf("create organisation: %w", err)
	}
	return o, k, a.Secret(k), nil
}
