package passtools

import (
	"cmp"
	"errors"

	"pocketpass/server/compat/moved"
	"pocketpass/store"
)

// clientID is an id as clients know it, in digits: what the service called something before
// it moved here, or else ours.
type clientID string

// MarshalJSON writes a number, not a text.
func (n clientID) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func numberOf(id store.ID, f store.Former) clientID {
	return clientID(cmp.Or(f.Of(origin), id.Decimal()))
}

func passNumber(p store.Pass) clientID { return numberOf(p.ID, p.Former) }

// templateNumber is that of what a pass was made from, 0 of one that is a file.
func templateNumber(r store.Reader, p store.Pass) (clientID, error) {
	if p.IsFile() {
		return "0", nil
	}
	t, err := r.Template(p.Org, p.Template)
	return numberOf(p.Template, t.Former), err
}

// numbered finds what a number names: what moved here with it, or else what has it here.
func numbered[T any](org store.ID, text string, former func(store.ID, store.Former) (T, error), ours func(org, id store.ID) (T, error)) (T, error) {
	found, err := former(org, store.Former{Service: origin, ID: text})
	if errors.Is(err, store.ErrNotFound) {
		return ours(org, decimal(text))
	}
	return found, err
}

// former is what a record that moves here was called.
func (c *call) former() (store.Former, error) {
	f := moved.Of(c.Context()).Former(origin)
	if f.ID != "" && (!isDigits(f.ID) || len(f.ID) > 16 || f.ID[0] == '0') {
		return f, badRequest("ids are numbers")
	}
	return f, nil
}
