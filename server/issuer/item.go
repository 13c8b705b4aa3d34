package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"pocketpass/store"
)

// NewItem describes what a client of an old service makes, beside the record that it
// stands for.
type NewItem struct {
	Shelf    string
	Name     string // unique on the shelf unless it is empty
	Numbered bool   // a name that is taken gets a number after it
	Body     json.RawMessage
	Needs    []store.ID   // items that it is made of, which cannot be deleted meanwhile
	Former   store.Former // of one that moved here
}

// maxNumbered is how many names are tried.
const maxNumbered = 10_000

// item is what n asks for.
func (n NewItem) item(tx store.Tx, org, id store.ID) (store.Item, error) {
	if err := n.hasNeeds(tx.Reader, org); err != nil {
		return store.Item{}, err
	}
	have, err := tx.ItemByFormer(org, n.Former)
	if err := formerTaken("item", n.Former, have.ID, err); err != nil {
		return store.Item{}, err
	}
	name, err := n.name(tx.Reader, org)
	return store.Item{ID: id, Org: org, Shelf: n.Shelf, Name: name, Body: n.Body, Needs: n.Needs, Former: n.Former, Created: tx.Now, Updated: tx.Now}, err
}

// hasNeeds refuses what is made of something that is not there.
func (n NewItem) hasNeeds(r store.Reader, org store.ID) error {
	for _, need := range n.Needs {
		if _, err := r.Item(org, need); err != nil {
			return missing(err, "/needs", "item")
		}
	}
	return nil
}

func (n NewItem) name(r store.Reader, org store.ID) (string, error) {
	if n.Name == "" {
		return "", nil
	}
	name := n.Name
	for number := 1; number < maxNumbered; number++ {
		_, err := r.ItemNamed(org, n.Shelf, name)
		if errors.Is(err, store.ErrNotFound) {
			return name, nil
		}
		if err != nil || !n.Numbered {
			return "", errors.Join(err, nameTaken())
		}
		name = n.Name + "-" + strconv.Itoa(number)
	}
	return "", nameTaken()
}

func nameTaken() error {
	return refuseAt("/name", conflict("name_taken", "the name is taken; choose another"))
}

// addItem writes an item for the record with the id, or for itself if that is 0.
func addItem(tx store.Tx, a Actor, id store.ID, n NewItem) (i store.Item, err error) {
	if id == 0 {
		if id, err = tx.NewID(); err != nil {
			return i, err
		}
	}
	if i, err = n.item(tx, a.Org, id); err != nil {
		return i, err
	}
	return i, errors.Join(tx.PutItem(i), tx.Count(a.Org, store.CountItems+n.Shelf, 1), countFormer(tx, a.Org, n.Former))
}

// dropItem takes an item from its shelf.
func dropItem(tx store.Tx, i store.Item) error {
	return errors.Join(tx.DeleteItem(i.ID), tx.Count(i.Org, store.CountItems+i.Shelf, -1))
}

// AddItem makes an item that stands for itself.
func (i *Issuer) AddItem(ctx context.Context, a Actor, n NewItem) (out store.Item, err error) {
	if err := checkItem(n); err != nil {
		return out, err
	}
	err = i.update(ctx, func(tx store.Tx) error {
		out, err = addItem(tx, a, 0, n)
		return err
	})
	if err != nil {
		return store.Item{}, fmt.Errorf("add item: %w", err)
	}
	return out, nil
}

// checkItem refuses names that nobody could read.
func checkItem(n NewItem) error {
	if err := checkFormer(n.Former); err != nil || n.Name == "" {
		return err
	}
	return checkName("/name", n.Name)
}

// DeleteItem takes an item from its shelf, with those of which it alone is made if deep
// says so and it alone needs all of them. What other items need is a Conflict.
func (i *Issuer) DeleteItem(ctx context.Context, a Actor, id store.ID, deep bool) error {
	err := i.update(ctx, func(tx store.Tx) error {
		it, err := tx.Item(a.Org, id)
		if err != nil {
			return err
		}
		if err := unneeded(tx.Reader, it); err != nil {
			return err
		}
		if err := dropItem(tx, it); err != nil || !deep {
			return err
		}
		return dropNeeds(tx, it)
	})
	if err != nil {
		return fmt.Errorf("delete item: %w", err)
	}
	return nil
}

// CodeItemNeeded is the code of a Conflict with an item that others are made of.
const CodeItemNeeded = "item_needed"

func unneeded(r store.Reader, it store.Item) error {
	others, _, err := r.ItemsNeeding(it.ID, store.Page{Limit: 1})
	if err == nil && len(others) > 0 {
		err = conflict(CodeItemNeeded, "others are made of this; delete those first")
	}
	return err
}

// dropNeeds drops what the item was made of, unless anything of it is needed elsewhere.
func dropNeeds(tx store.Tx, it store.Item) error {
	all := make([]store.Item, 0, len(it.Needs))
	for _, need := range it.Needs {
		n, err := tx.Item(it.Org, need)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		others, _, err := tx.ItemsNeeding(need, store.Page{Limit: 1})
		if err != nil || len(others) > 0 {
			return err
		}
		all = append(all, n)
	}
	for _, n := range all {
		if err := dropItem(tx, n); err != nil {
			return err
		}
	}
	return nil
}
