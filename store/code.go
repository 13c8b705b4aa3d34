package store

import (
	"errors"

	"pocketpass/store/kv"
)

// freeCode is a code of an uploaded list that no pass has yet. Codes are numbered
// in the order of the list from 1, without gaps, so that the next one is found
// by its number however many are left or were taken.
type freeCode struct {
	Campaign ID
	Number   uint64
	Code     string
}

func (c *freeCode) fields(f *fields) {
	number(f, &c.Campaign)
	number(f, &c.Number)
	text(f, &c.Code)
}

var freeCodes = table[freeCode]{
	name:   "code",
	fields: (*freeCode).fields,
	key:    func(c *freeCode) []byte { return join(c.Campaign, c.Number) },
	indexes: []index[freeCode]{
		{name: freeCodeByText, unique: true, keys: func(c *freeCode) [][]byte { return [][]byte{join(c.Campaign, c.Code)} }},
	},
}

const freeCodeByText kv.Table = "code_text"

// Counters of a campaign's list of codes.
const (
	countCodesAdded = "codes_added"
	countCodesTaken = "codes_taken"
)

// FreeCodes is how many codes of a campaign's list are left.
func (r Reader) FreeCodes(campaign ID) (int64, error) {
	added, err := r.Counter(campaign, countCodesAdded)
	if err != nil {
		return 0, err
	}
	taken, err := r.Counter(campaign, countCodesTaken)
	return added - taken, err
}

// NextCode is the code that the next pass of a campaign gets from its list.
// ErrNotFound means that the list is empty.
func (r Reader) NextCode(campaign ID) (string, error) {
	c, err := r.nextCode(campaign)
	return c.Code, err
}

func (r Reader) nextCode(campaign ID) (freeCode, error) {
	taken, err := r.Counter(campaign, countCodesTaken)
	if err != nil {
		return freeCode{}, err
	}
	return freeCodes.get(r.kv, join(campaign, uint64(taken+1)))
}

// DropCode takes the next code off a campaign's list.
func (tx Tx) DropCode(campaign ID) error {
	c, err := tx.nextCode(campaign)
	if err != nil {
		return err
	}
	return errors.Join(freeCodes.remove(tx.kv, freeCodes.key(&c)), tx.Count(campaign, countCodesTaken, 1))
}

// AddCodes appends codes to a campaign's list, but for those that are in it or that a
// pass of the campaign has, and says how many it added.
func (tx Tx) AddCodes(campaign ID, codes []string) (added int, err error) {
	last, err := tx.Counter(campaign, countCodesAdded)
	if err != nil {
		return 0, err
	}
	for _, code := range codes {
		known, err := tx.codeKnown(campaign, code)
		if err != nil {
			return 0, err
		}
		if known {
			continue
		}
		added++
		if err := freeCodes.replace(tx.kv, nil, &freeCode{campaign, uint64(last) + uint64(added), code}); err != nil {
			return 0, err
		}
	}
	if added == 0 {
		return 0, nil
	}
	return added, tx.Count(campaign, countCodesAdded, int64(added))
}

func (r Reader) codeKnown(campaign ID, code string) (bool, error) {
	_, listed, err := r.kv.Get(freeCodeByText, join(campaign, code))
	if listed || err != nil {
		return listed, err
	}
	return r.CodeTaken(campaign, code)
}

// CodeTaken says whether a pass of the campaign has this code.
func (r Reader) CodeTaken(campaign ID, code string) (bool, error) {
	_, taken, err := r.kv.Get(passByCode, join(campaign, code))
	return taken, err
}

// PassByCode finds a pass of a campaign by its code.
func (r Reader) PassByCode(campaign ID, code string) (Pass, error) {
	return passes.find(r.kv, passByCode, join(campaign, code))
}
