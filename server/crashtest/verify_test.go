package crashtest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// verify compares what the server says after a restart with what it acknowledged
// before it was stopped, and takes over what came of the writes that were under way.
func (c *client) verify() {
	if c.design != nil {
		c.verifyDesign()
	}
	for k := range c.touched {
		c.verifyCard(k)
	}
	clear(c.touched)
	c.forget()
	c.verifyPhone()
	c.list()
	c.repeat()
	if k := c.any(); k != nil {
		c.fetch(k)
	}
	if k := c.phone.any(c.random); k != nil {
		c.fetch(k)
	}
}

// verifyAll is verify for every pass that there ever was, with its file.
func (c *client) verifyAll() {
	for _, k := range slices.Concat(c.cards, c.gone) {
		c.touched[k] = true
	}
	c.verify()
	for _, k := range slices.Concat(c.cards, slices.Collect(maps.Values(c.phone.holds))) {
		c.fetch(k)
	}
}

func (c *client) verifyCard(k *card) {
	if k.id == "" {
		c.find(k)
	}
	now := state{}
	if k.id != "" {
		a, ok := c.wire.ask(request{method: "GET", path: k.path()}, http.StatusOK, http.StatusNotFound)
		if !ok {
			return
		}
		var err error
		if now, err = k.read(a); err != nil {
			c.report.wrong("GET %s: %v", k.path(), err)
			return
		}
	}
	happened := k.maybe != nil && now == *k.maybe
	if now != k.promised && !happened {
		c.report.lose("pass %s is %+v, acknowledged was %+v, under way %+v", k.externalID, now, k.promised, k.maybe)
	}
	if happened {
		c.report.miss()
	}
	if k.maybe != nil && k.order != nil && !k.promised.Exists {
		now = c.again(k, now)
	}
	c.settle(k, now)
}

// find looks for a pass whose issue was not answered.
func (c *client) find(k *card) {
	a, ok := c.wire.ask(request{method: "GET", path: "/api/v1/passes?externalId=" + url.QueryEscape(k.externalID)}, http.StatusOK)
	var found struct{ Items []passView }
	if !ok || json.Unmarshal(a.body, &found) != nil || len(found.Items) > 1 {
		c.report.wrong("external id %s: %s", k.externalID, a.body)
		return
	}
	if len(found.Items) == 1 {
		v := found.Items[0]
		k.id, k.serial, k.passType = v.ID, v.SerialNumber, v.PassTypeIdentifier
	}
}

// again repeats the request that issues k, which is now as it is. It has to be
// answered with the pass that there is, or to issue it, and returns what k is then.
func (c *client) again(k *card, now state) state {
	a, ok := c.wire.ask(c.order(k), http.StatusCreated)
	if !ok {
		return now
	}
	after, err := k.read(a)
	if err != nil || now.Exists && after != now {
		c.report.lose("a repeated request answers %+v instead of %+v; %v", after, now, err)
	}
	return after
}

// repeat sends an order once more that was acknowledged.
func (c *client) repeat() {
	if k := c.any(); k != nil && k.order != nil {
		c.again(k, k.promised)
	}
}

func (c *client) verifyPhone() {
	p := c.phone
	for _, k := range p.doubt {
		p.passType = k.passType
	}
	if p.passType == "" {
		return
	}
	serials, _, ok := c.changed(0)
	if !ok {
		return
	}
	for serial, k := range p.doubt {
		delete(p.doubt, serial)
		switch there := slices.Contains(serials, serial); {
		case there && p.holds[serial] == nil:
			p.put(k)
		case !there:
			p.remove(k)
		}
	}
	if want := slices.Sorted(maps.Keys(p.holds)); !slices.Equal(slices.Sorted(slices.Values(serials)), want) {
		c.report.lose("phone %s has %d passes registered, acknowledged were %d", p.library, len(serials), len(want))
	}
}
