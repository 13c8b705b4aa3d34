package crashtest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
)

// phone is a device as Apple's web service sees it.
type phone struct {
	library  string
	passType string
	holds    map[string]*card // registered, by serial number
	doubt    map[string]*card // registered or not: the answer did not come
	owed     map[string]*card // changed since tag was given, so the next list must have them
	tag      uint64           // of the last list
}

func newPhone(name string) *phone {
	return &phone{library: "crash-" + name, holds: make(map[string]*card), doubt: make(map[string]*card), owed: make(map[string]*card)}
}

// any returns a card on the phone, nil if there is none.
func (p *phone) any(random *rand.Rand) *card {
	if len(p.holds) == 0 {
		return nil
	}
	serials := slices.Sorted(maps.Keys(p.holds))
	return p.holds[serials[random.IntN(len(serials))]]
}

func (p *phone) has(k *card) bool { return p.holds[k.serial] == k && p.doubt[k.serial] == nil }

// owe notes that k changed for the phone, if it is there.
func (p *phone) owe(k *card) {
	if p.has(k) {
		p.owed[k.serial] = k
	}
}

func (p *phone) put(k *card)    { p.holds[k.serial], p.owed[k.serial] = k, k }
func (p *phone) remove(k *card) { delete(p.holds, k.serial); delete(p.owed, k.serial) }

func (p *phone) registration(k *card) string {
	return "/wallet/v1/devices/" + p.library + "/registrations/" + k.passType + "/" + k.serial
}

// register adds a pass to the phone: now and then one that it has, as phones do.
func (c *client) register() bool {
	k := c.any()
	if k == nil || k.token == "" && !c.fetch(k) {
		return k == nil
	}
	status := http.StatusCreated
	if c.phone.has(k) {
		status = http.StatusOK
	}
	c.phone.doubt[k.serial] = k
	body := fmt.Appendf(nil, `{"pushToken":"%064x"}`, c.next)
	if _, ok := c.wire.write(request{method: "POST", path: c.phone.registration(k), auth: "ApplePass " + k.token, body: body}, status); !ok {
		return false
	}
	delete(c.phone.doubt, k.serial)
	if status == http.StatusCreated {
		c.phone.passType = k.passType
		c.phone.put(k)
	}
	return true
}

func (c *client) unregister() bool {
	k := c.phone.any(c.random)
	if k == nil {
		return true
	}
	c.phone.doubt[k.serial] = k
	if _, ok := c.wire.write(request{method: "DELETE", path: c.phone.registration(k), auth: "ApplePass " + k.token}, http.StatusOK); !ok {
		return false
	}
	delete(c.phone.doubt, k.serial)
	c.phone.remove(k)
	return true
}

// list asks what changed since the last list. Everything that was acknowledged to have
// changed has to be in it, and the tag has to grow.
func (c *client) list() bool {
	p := c.phone
	if p.passType == "" {
		return true
	}
	serials, tag, ok := c.changed(p.tag)
	if !ok {
		return false
	}
	for serial := range p.owed {
		if !slices.Contains(serials, serial) {
			c.report.lose("phone %s asked since %d and was not told of %s", p.library, p.tag, serial)
		}
	}
	if len(serials) > 0 && tag <= p.tag {
		c.report.wrong("phone %s asked since %d and was given the tag %d", p.library, p.tag, tag)
	}
	clear(p.owed)
	p.tag = max(p.tag, tag)
	return true
}

func (c *client) changed(since uint64) (serials []string, tag uint64, ok bool) {
	path := "/wallet/v1/devices/" + c.phone.library + "/registrations/" + c.phone.passType
	if since > 0 {
		path += "?passesUpdatedSince=" + strconv.FormatUint(since, 10)
	}
	a, ok := c.wire.ask(request{method: "GET", path: path, auth: "none"}, http.StatusOK, http.StatusNoContent)
	if !ok || a.status == http.StatusNoContent {
		return nil, 0, ok
	}
	var v struct {
		SerialNumbers []string
		LastUpdated   uint64 `json:",string"`
	}
	if err := json.Unmarshal(a.body, &v); err != nil || len(v.SerialNumbers) == 0 {
		c.report.wrong("GET %s: %s: %v", path, a.body, err)
	}
	return v.SerialNumbers, v.LastUpdated, true
}
