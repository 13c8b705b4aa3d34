package store

import (
	"encoding/json"
	"time"

	"pocketpass/store/kv"
)

// Item is what clients of an old service made and find by lists and names of that
// service: a campaign, a template or a picture there.
type Item struct {
	ID      ID              `json:"id"` // of the record that it stands for, if there is one
	Org     ID              `json:"org"`
	Shelf   string          `json:"shelf"`          // service and collection, "passworks/coupons"
	Name    string          `json:"name,omitempty"` // unique on the shelf unless it is empty
	Body    json.RawMessage `json:"body,omitempty"` // in the service's own terms
	Needs   []ID            `json:"needs,omitempty"`
	Created time.Time       `json:"created"`
	Updated time.Time       `json:"updated"`
	Former  Former          `json:"former,omitzero"`
}

var items = table[Item]{
	name: "item",
	key:  func(i *Item) []byte { return i.ID.key() },
	indexes: []index[Item]{
		{name: itemByShelf, keys: func(i *Item) [][]byte { return [][]byte{join(i.Org, i.Shelf, i.ID)} }},
		{name: itemByName, unique: true, keys: func(i *Item) [][]byte { return optional(i.Name, i.Org, i.Shelf, i.Name) }},
		{name: itemByFormer, unique: true, keys: func(i *Item) [][]byte { return i.Former.keys(i.Org) }},
		{name: itemByNeed, keys: func(i *Item) (out [][]byte) {
			for _, need := range i.Needs {
				out = append(out, join(need, i.ID))
			}
			return out
		}},
	},
}

const (
	itemByShelf kv.Table = "item_shelf"
	itemByName  kv.Table = "item_name"
	itemByNeed  kv.Table = "item_need"
)

// Item returns an item of the organisation.
func (r Reader) Item(org, id ID) (Item, error) {
	i, err := items.get(r.kv, id.key())
	return owned(i, err, org, i.Org)
}

// AnyItem returns an item of any organisation, for addresses that everybody may open.
func (r Reader) AnyItem(id ID) (Item, error) { return items.get(r.kv, id.key()) }

// ItemNamed finds an item of a shelf by its name.
func (r Reader) ItemNamed(org ID, shelf, name string) (Item, error) {
	return items.find(r.kv, itemByName, join(org, shelf, name))
}

// Items lists a shelf, oldest first.
func (r Reader) Items(org ID, shelf string, p Page) ([]Item, ID, error) {
	return items.list(r.kv, itemByShelf, join(org, shelf), p, nil)
}

// ItemIDs lists the ids of a shelf, oldest first. It reads an index alone.
func (r Reader) ItemIDs(org ID, shelf string) ([]ID, error) {
	return r.idsIn(itemByShelf, join(org, shelf), Page{})
}

// ItemsNeeding lists the items that are made of another.
func (r Reader) ItemsNeeding(need ID, p Page) ([]Item, ID, error) {
	return items.list(r.kv, itemByNeed, join(need), p, nil)
}

// PutItem writes i. A name that another item of the shelf has is ErrExists.
func (tx Tx) PutItem(i Item) error { return items.put(tx.kv, &i) }

// DeleteItem removes an item. What it stands for stays.
func (tx Tx) DeleteItem(id ID) error { return items.remove(tx.kv, id.key()) }

// SkipItems is the id of the nth item of a shelf, after which a page begins; 0 for none
// of them. Found is false if the shelf has not so many. It reads no records.
func (r Reader) SkipItems(org ID, shelf string, n int) (id ID, found bool, err error) {
	if n == 0 {
		return 0, true, nil
	}
	prefix := join(org, shelf)
	err = r.kv.Scan(itemByShelf, Page{}.prefixed(prefix), func(key, _ []byte) error {
		if n--; n > 0 {
			return nil
		}
		found = true
		if id, err = idFromKey(key[len(prefix):]); err != nil {
			return err
		}
		return kv.ErrStop
	})
	return id, found, err
}
