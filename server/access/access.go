// Package access says who is calling and what they may do, for every dialect.
//
// One API key serves them all, however a dialect carries it. A key's secret is
// derived from the master key, so the database holds nothing worth stealing.
package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pocketpass/server/secret"
	"pocketpass/store"
)

// ErrDenied means that the key does not exist, was revoked, or has another
// secret; which of them is not said.
var ErrDenied = errors.New("unknown API key, or wrong secret")

// ErrLocked is ErrDenied for a good key whose organisation the operator has locked.
var ErrLocked = fmt.Errorf("%w: the operator has locked this organisation", ErrDenied)

// Caller is who makes a request.
type Caller struct {
	Org      store.ID
	Key      store.ID
	Name     string // of the key, for the history
	Role     store.Role
	Operator bool // may manage organisations
	Devices  bool // the key may stand in for the tokens of passes
}

// Any is every role: what each key of an organisation may do.
var Any = []store.Role{store.Admin, store.Issuer, store.Scanner, store.Viewer}

// May says whether the caller has one of the roles.
func (c Caller) May(roles ...store.Role) bool { return slices.Contains(roles, c.Role) }

// Access checks and makes keys and organisations.
type Access struct {
	MaxChildren int // of an organisation; 0 means that none may have any. Set it before the first call

	db     *store.Store
	master *secret.Master

	mu    sync.Mutex
	used  map[store.ID]time.Time // last use, to the minute
	dirty map[store.ID]bool      // not yet written
}

// New returns an Access on db.
func New(db *store.Store, master *secret.Master) *Access {
	return &Access{MaxChildren: DefaultChildren, db: db, master: master, used: make(map[store.ID]time.Time), dirty: make(map[store.ID]bool)}
}

// Token checks a key that is spelt "<id>.<secret>", or as another service's token that
// was taken over. ErrDenied if it is no good, ErrLocked if its organisation is locked.
func (a *Access) Token(ctx context.Context, token string) (Caller, error) {
	if id, given, ok := strings.Cut(token, "."); ok {
		return a.Pair(ctx, id, given)
	}
	return a.adopted(ctx, token)
}

// localID is the id of the command line's key, which is not in the database:
// whoever can read the master key is the operator.
const localID = "local"

// Local is the token with which the command line calls as the operator of the
// default organisation.
func (a *Access) Local() string { return localID + "." + a.master.Derive("key", localID) }

func (a *Access) local(ctx context.Context, given string) (Caller, error) {
	if !equal(a.Local(), localID+"."+given) {
		return Caller{}, ErrDenied
	}
	var o store.Organisation
	err := a.db.View(ctx, func(r store.Reader) (err error) {
		o, err = r.OrganisationNamed(store.DefaultOrganisation)
		return err
	})
	return Caller{Org: o.ID, Name: "command line", Role: store.Admin, Operator: true}, err
}

// Pair checks a key's id and secret, or those of another service whose token
// "<id>.<secret>" was taken over. ErrDenied if they are no good, ErrLocked if the key's
// organisation is locked.
func (a *Access) Pair(ctx context.Context, id, given string) (Caller, error) {
	c, err := a.pair(ctx, id, given)
	if !errors.Is(err, ErrDenied) || errors.Is(err, ErrLocked) {
		return c, err
	}
	return a.adopted(ctx, id+"."+given)
}

func (a *Access) pair(ctx context.Context, id, given string) (Caller, error) {
	if id == localID {
		return a.local(ctx, given)
	}
	var k store.Key
	var o store.Organisation
	var now time.Time
	err := a.db.View(ctx, func(r store.Reader) (err error) {
		now = r.Now
		if k, err = lookup(r, id); err == nil {
			o, err = r.Organisation(k.Org)
		}
		return err
	})
	known := err == nil && k.Revoked.IsZero()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Caller{}, fmt.Errorf("look up key: %w", err)
	}
	if !a.matches(k, given) || !known { // compared in any case, so that time tells nothing
		return Caller{}, ErrDenied
	}
	if !o.Locked.IsZero() {
		return Caller{}, ErrLocked
	}
	a.touch(k.ID, now)
	return Caller{Org: k.Org, Key: k.ID, Name: k.Name, Role: k.Role, Operator: k.Operator, Devices: !k.NoDevices}, nil
}

func lookup(r store.Reader, id string) (store.Key, error) {
	if n, ok := store.ParseShort(id); ok {
		if k, err := r.AnyKey(n); !errors.Is(err, store.ErrNotFound) {
			return k, err
		}
	}
	return r.KeyByExternal(id)
}

func (a *Access) matches(k store.Key, given string) bool {
	if k.Given != "" {
		return equal(k.Given, hash(given))
	}
	return equal(a.Secret(k), given)
}

// Secret is the secret of a key that has a derived one.
func (a *Access) Secret(k store.Key) string {
	return a.master.Derive("key", k.ID.Short()+"/"+strconv.Itoa(k.Generation))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func (a *Access) touch(id store.ID, now time.Time) {
	now = now.Truncate(time.Minute)
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.After(a.used[id]) {
		a.used[id], a.dirty[id] = now, true
	}
}

// Flush writes when keys were last used, to the minute; call it now and then.
// It loses nothing but that if it never runs.
func (a *Access) Flush(ctx context.Context) error {
	used := a.unwritten()
	if len(used) == 0 {
		return nil
	}
	err := a.db.Update(ctx, func(tx store.Tx) error {
		for id, at := range used {
			k, err := tx.AnyKey(id)
			if err != nil {
				return err
			}
			if !at.After(k.LastUsed) {
				continue // by another process
			}
			k.LastUsed = at
			if err := tx.PutKey(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note the use of keys: %w", err)
	}
	return nil
}

// unwritten takes what is to be written.
func (a *Access) unwritten() map[store.ID]time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[store.ID]time.Time, len(a.dirty))
	for id := range a.dirty {
		out[id] = a.used[id]
	}
	clear(a.dirty)
	return out
}
