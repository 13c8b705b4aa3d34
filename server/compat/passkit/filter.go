package passkit

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"pocketpass/store"
)

// dates are the moments that a filter may name, by their names in lower case. Some
// clients leave a syllable out.
var dates = map[string]func(store.Pass) time.Time{
	"expirydate":          func(p store.Pass) time.Time { return p.Expires },
	"createdat":           func(p store.Pass) time.Time { return p.Created },
	"updatedat":           func(p store.Pass) time.Time { return p.Updated },
	"firstregisteredat":   firstAdded,
	"firstregisterat":     firstAdded,
	"lastregisteredat":    lastAdded,
	"lastregisterat":      lastAdded,
	"firstunregisteredat": firstRemoved,
	"firstunregisterat":   firstRemoved,
	"lastunregisteredat":  lastRemoved,
	"lastunregisterat":    lastRemoved,
}

func firstAdded(p store.Pass) time.Time   { return p.Devices.FirstAdded }
func lastAdded(p store.Pass) time.Time    { return p.Devices.LastAdded }
func firstRemoved(p store.Pass) time.Time { return p.Devices.FirstRemoved }
func lastRemoved(p store.Pass) time.Time  { return p.Devices.LastRemoved }

// flags are those of a pass, by their names in lower case.
var flags = map[string]func(q *searching, p store.Pass) (bool, error){
	"isvoided":   func(_ *searching, p store.Pass) (bool, error) { return !p.Voided.IsZero(), nil },
	"isredeemed": func(_ *searching, p store.Pass) (bool, error) { return p.Account.Uses > 0, nil },
	"isinvalid":  func(q *searching, p store.Pass) (bool, error) { return isInvalid(q.reader, p) },
}

// read makes conditions of a filter, and chooses the index that leads to the fewest
// passes.
func (q *searching) read(org store.ID, filter object) error {
	q.where.Org = org
	for _, member := range sortedKeys(filter) {
		raw, given := filter.get(member)
		if !given {
			continue
		}
		if err := q.readMember(member, raw); err != nil {
			return err
		}
	}
	if q.where.Template == 0 || q.where.Campaign == 0 {
		return nil
	}
	t, err := q.reader.Template(org, q.where.Template)
	q.none = q.none || t.Campaign != q.where.Campaign
	q.where.Campaign = 0 // which the template says
	return err
}

func (q *searching) readMember(member string, raw json.RawMessage) error {
	if member == "dynamicdata" {
		return q.readData(raw)
	}
	ops, err := operations(member, raw)
	if err != nil {
		return err
	}
	if is := flags[member]; is != nil {
		return q.add(compared(member, ops, truth, order, func(q *searching, p store.Pass) (bool, bool, error) {
			v, err := is(q, p)
			return v, true, err
		}))
	}
	if member == "createdat" {
		q.created = spanOf(ops)
	}
	if at := dates[member]; at != nil {
		return q.add(ofDate(member, ops, at))
	}
	if equal, ok := onlyEqual(ops); ok && indexed(member) {
		return q.lookUp(member, equal)
	}
	switch member {
	case "id":
		return q.add(ofText(member, ops, false, func(p store.Pass) (string, error) { return p.PublicID, nil }))
	case "templatename":
		return q.add(ofText(member, ops, false, q.templateName))
	case "campaignname":
		return q.add(ofText(member, ops, false, q.campaignName))
	case "userdefinedid":
		return q.add(ofText(member, ops, false, func(p store.Pass) (string, error) { return p.LocalID, nil }))
	case "recoveryemail":
		return q.add(ofText(member, ops, true, func(p store.Pass) (string, error) {
			x, err := extrasOf(p)
			return x.Email, err
		}))
	case "lastredeemat":
		return q.add(compared(member, ops, readMoment, time.Time.Compare, func(q *searching, p store.Pass) (time.Time, bool, error) {
			at, err := lastRedeemed(q.reader, p)
			return at.Truncate(time.Second), !at.IsZero(), err
		}))
	case "passbookdevices", "androidpaydevices":
		return q.add(compared(member, ops, readNumber, cmp.Compare[float64], func(q *searching, p store.Pass) (float64, bool, error) {
			if member == "androidpaydevices" {
				return 0, true, nil
			}
			all, err := q.reader.RegistrationsOfPass(p.ID)
			return float64(len(all)), true, err
		}))
	}
	return badFilter(member)
}

func truth(raw json.RawMessage) (bool, bool) { return truthOf(raw) }

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (q *searching) add(c condition, err error) error {
	q.conditions = append(q.conditions, c)
	return err
}

func (q *searching) readData(raw json.RawMessage) error {
	all, err := readMap(raw, "passFilter.dynamicData")
	if err != nil {
		return err
	}
	for _, key := range sortedKeys(all) {
		if string(all[key]) == "null" {
			continue
		}
		ops, err := operations("dynamicData."+key, all[key])
		if err != nil {
			return err
		}
		if err := q.add(ofData(key, ops)); err != nil {
			return err
		}
	}
	return nil
}

func (q *searching) templateName(p store.Pass) (string, error) {
	t, err := q.reader.Template(p.Org, p.Template)
	return nameOf(t.Former, t.ID), err
}

func (q *searching) campaignName(p store.Pass) (string, error) {
	c, err := q.reader.Campaign(p.Org, p.Campaign)
	return nameOf(c.Former, c.ID), err
}

// onlyEqual is the text that a member has to equal, if that is all.
func onlyEqual(ops []operation) (string, bool) {
	if len(ops) != 1 || ops[0].name != "eq" {
		return "", false
	}
	return textOf(ops[0].operand)
}

// indexed says whether an index leads to the passes of which a member equals a text.
func indexed(member string) bool {
	return member == "id" || member == "templatename" || member == "campaignname"
}

// lookUp narrows what is looked at. A name or id that does not exist is no error: nothing
// is found.
func (q *searching) lookUp(member, text string) (err error) {
	switch member {
	case "id":
		q.one = func() (store.Pass, error) { return passCalled(q.reader, q.where.Org, text) }
	case "templatename":
		var t store.Template
		t, err = templateCalled(q.reader, q.where.Org, text)
		q.where.Template = t.ID
	case "campaignname":
		var c store.Campaign
		c, err = campaignNamed(q.reader, q.where.Org, text)
		q.where.Campaign = c.ID
	}
	if f, ok := errors.AsType[*failure](err); ok && f.status == http.StatusNotFound {
		q.none, err = true, nil
	}
	return err
}
