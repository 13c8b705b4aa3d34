package store

import (
	"cmp"
	"time"

	"pocketpass/store/kv"
)

// Organisation owns everything below it. One called "default" exists from the
// first start.
type Organisation struct {
	ID      ID        `json:"id"`
	Name    string    `json:"name"`
	Title   string    `json:"title,omitempty"` // that people read; empty means Name
	Created time.Time `json:"created"`

	Parent  ID        `json:"parent,omitempty"` // organisation that made it and hands out its key; 0 for most
	Key     ID        `json:"key,omitempty"`    // the one that its parent hands out
	Locked  time.Time `json:"locked,omitzero"`  // since when none of its keys works
	Changed time.Time `json:"changed,omitzero"` // its key or its lock; zero means never
}

// Updated is when something of the organisation changed last.
func (o Organisation) Updated() time.Time {
	if o.Changed.IsZero() {
		return o.Created
	}
	return o.Changed
}

// Shown is what passes call the organisation that name no other.
func (o Organisation) Shown() string { return cmp.Or(o.Title, o.Name) }

// DefaultOrganisation is the name of the organisation that always exists.
const DefaultOrganisation = "default"

var organisations = table[Organisation]{
	name: "organisation",
	key:  func(o *Organisation) []byte { return o.ID.key() },
	indexes: []index[Organisation]{
		{name: organisationByName, unique: true, keys: func(o *Organisation) [][]byte {
			if o.Parent != 0 {
				return nil // whose names are their parent's matter
			}
			return [][]byte{join(o.Name)}
		}},
		{name: organisationByParent, bare: true, keys: func(o *Organisation) [][]byte { return when(o.Parent != 0, o.Parent, o.ID) }},
	},
}

const (
	organisationByName   kv.Table = "organisation_name" // of those without a parent
	organisationByParent kv.Table = "organisation_parent"
)

// Organisation returns one organisation.
func (r Reader) Organisation(id ID) (Organisation, error) {
	return copied(r.memo.organisations.get(r.kv, id.key()))
}

// Child returns an organisation that the parent made.
func (r Reader) Child(parent, id ID) (Organisation, error) {
	o, err := r.Organisation(id)
	return owned(o, err, parent, o.Parent)
}

// Children lists the organisations that one made.
func (r Reader) Children(parent ID, p Page) ([]Organisation, ID, error) {
	return organisations.list(r.kv, organisationByParent, join(parent), p, nil)
}

// CountChildren is how many organisations one made.
func (r Reader) CountChildren(parent ID) (n int, err error) {
	prefix := join(parent)
	err = r.kv.Scan(organisationByParent, kv.Range{From: prefix, To: successor(prefix)}, func(_, _ []byte) error { n++; return nil })
	return n, err
}

// OrganisationNamed finds an organisation without a parent by its name.
func (r Reader) OrganisationNamed(name string) (Organisation, error) {
	return organisations.find(r.kv, organisationByName, join(name))
}

// Organisations lists all of them.
func (r Reader) Organisations(p Page) ([]Organisation, ID, error) {
	return organisations.list(r.kv, organisations.name, nil, p, nil)
}

// PutOrganisation writes o. A name that another organisation without a parent has is
// ErrExists, unless o has a parent.
func (tx Tx) PutOrganisation(o Organisation) error { return organisations.put(tx.kv, &o) }

// Role says what the holder of a key may do.
type Role string

// The roles. Admin may do everything in its organisation, Issuer everything with
// templates and passes, Scanner look up and redeem, Viewer read.
const (
	Admin   Role = "admin"
	Issuer  Role = "issuer"
	Scanner Role = "scanner"
	Viewer  Role = "viewer"
)

// Key is an API key. Its secret is not here: it is derived from the master key,
// the id and the generation.
type Key struct {
	ID         ID        `json:"id"`
	Org        ID        `json:"org"`
	Name       string    `json:"name"`
	Role       Role      `json:"role"`
	Generation int       `json:"generation"`          // grows when the secret is replaced
	Given      string    `json:"given,omitempty"`     // hex SHA-256 of a secret that the operator chose, instead of the derived one
	Sealed     []byte    `json:"sealed,omitempty"`    // the same secret, encrypted under the master key, where clients sign with it
	External   string    `json:"external,omitempty"`  // id that the operator chose, instead of the number
	Operator   bool      `json:"operator,omitempty"`  // may also manage organisations
	NoDevices  bool      `json:"noDevices,omitempty"` // may not stand in for the tokens of passes
	Created    time.Time `json:"created"`             //
	Revoked    time.Time `json:"revoked,omitzero"`    //
	LastUsed   time.Time `json:"lastUsed,omitzero"`   // to the minute
}

var keys = table[Key]{
	name: "key",
	key:  func(k *Key) []byte { return k.ID.key() },
	indexes: []index[Key]{
		{name: keyByOrg, keys: func(k *Key) [][]byte { return [][]byte{join(k.Org, k.ID)} }},
		{name: keyByExternal, unique: true, keys: func(k *Key) [][]byte { return optional(k.External, k.External) }},
	},
}

const (
	keyByOrg      kv.Table = "key_organisation"
	keyByExternal kv.Table = "key_external"
)

// optional is an index key that exists only if value is not empty.
func optional(value string, parts ...any) [][]byte {
	if value == "" {
		return nil
	}
	return [][]byte{join(parts...)}
}

// AnyKey returns a key by its id, whatever organisation it belongs to. Only
// package access, which finds out who is calling, has a use for it.
func (r Reader) AnyKey(id ID) (Key, error) { return copied(r.memo.keys.get(r.kv, id.key())) }

// KeyByExternal finds a key by the id that the operator chose for it.
func (r Reader) KeyByExternal(external string) (Key, error) {
	primary, err := keys.lookUp(r.kv, keyByExternal, join(external))
	if err != nil {
		return Key{}, err
	}
	return copied(r.memo.keys.get(r.kv, primary))
}

// Key returns a key of the organisation.
func (r Reader) Key(org, id ID) (Key, error) {
	k, err := keys.get(r.kv, id.key())
	return owned(k, err, org, k.Org)
}

// Keys lists the keys of the organisation.
func (r Reader) Keys(org ID, p Page) ([]Key, ID, error) {
	return keys.list(r.kv, keyByOrg, join(org), p, nil)
}

// PutKey writes k.
func (tx Tx) PutKey(k Key) error { return keys.put(tx.kv, &k) }

// owned hides a record of another organisation.
func owned[T any](v T, err error, org, owner ID) (T, error) {
	var zero T
	if err != nil {
		return zero, err
	}
	if org != owner {
		return zero, ErrNotFound
	}
	return v, nil
}
