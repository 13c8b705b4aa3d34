package crashtest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
)

// clients is how many work at the same time.
const clients = 8

// most is how many passes a client keeps; beyond it deletes one for each that it issues.
const most = 60

// client is one user of the server with one phone. Its passes are its own, so that it
// knows what each of them has to be.
type client struct {
	name     string
	random   *rand.Rand
	campaign string
	design   *design // nil but for the one that publishes

	wire   *wire
	report *report

	cards   []*card        // that exist, or may
	gone    []*card        // deleted
	touched map[*card]bool // since they were last verified
	phone   *phone
	next    int // makes names and values unique
}

// action is one request. It returns false when the answer did not come, which ends the load.
type action struct {
	weight int
	do     func(*client) bool
}

var mix = []action{
	{25, (*client).issue},
	{35, (*client).patch},
	{8, (*client).upsert},
	{8, (*client).void},
	{3, (*client).delete},
	{7, (*client).register},
	{3, (*client).unregister},
	{5, (*client).list},
	{5, (*client).download},
	{1, (*client).publish},
}

// work makes requests until one is not answered.
func (c *client) work() {
	for c.pick()(c) {
	}
}

func (c *client) pick() func(*client) bool {
	total := 0
	for _, a := range mix {
		total += a.weight
	}
	n := c.random.IntN(total)
	for _, a := range mix {
		if n -= a.weight; n < 0 {
			return a.do
		}
	}
	panic("unreachable")
}

// any returns one of the client's passes, nil if it has none.
func (c *client) any() *card {
	if len(c.cards) == 0 {
		return nil
	}
	return c.cards[c.random.IntN(len(c.cards))]
}

// values are new every time, and carry letters of more than one byte.
func (c *client) values(before state) (body []byte, after state) {
	c.next++
	after = before
	after.Stamps, after.Holder = c.next, fmt.Sprintf("Zoë %s-%d", c.name, c.next)
	body, err := json.Marshal(map[string]any{"values": map[string]any{"stamps": after.Stamps, "holder": after.Holder}})
	if err != nil {
		panic(err)
	}
	return body, after
}

// change makes a write that turns k into after, and holds the answer against it.
func (c *client) change(k *card, after state, q request, status int) bool {
	c.touched[k] = true
	k.maybe = &after
	a, ok := c.wire.write(q, status)
	if a.status == http.StatusInsufficientStorage {
		k.maybe = nil // it says that nothing was changed
	}
	if !ok {
		return false
	}
	got, err := k.read(a)
	if err != nil || got != after {
		c.report.wrong("%s %s: answered %+v, want %+v; %v", q.method, q.path, got, after, err)
	}
	c.settle(k, after)
	return true
}

// settle notes what k is now.
func (c *client) settle(k *card, now state) {
	if now != k.promised {
		c.phone.owe(k)
	}
	k.promised, k.maybe = now, nil
}

// forget sorts out the passes that no longer exist.
func (c *client) forget() {
	kept := c.cards[:0]
	for _, k := range c.cards {
		if k.promised.Exists || k.maybe != nil {
			kept = append(kept, k)
		} else if k.id != "" {
			c.gone = append(c.gone, k)
		}
	}
	c.cards = kept
}

func (c *client) issue() bool {
	if len(c.cards) > most && !c.delete() {
		return false
	}
	body, after := c.values(state{Exists: true})
	k := &card{externalID: fmt.Sprintf("%s-%d", c.name, c.next)}
	k.order = append([]byte(`{"externalId":"`+k.externalID+`",`), body[1:]...)
	c.cards = append(c.cards, k)
	return c.change(k, after, c.order(k), http.StatusCreated)
}

// order is the request that issues k, the same whenever it is repeated.
func (c *client) order(k *card) request {
	return request{method: "POST", path: "/api/v1/campaigns/" + c.campaign + "/passes", key: k.externalID, body: k.order}
}

func (c *client) patch() bool {
	k := c.any()
	if k == nil {
		return true
	}
	body, after := c.values(k.promised)
	after.Edited++
	return c.change(k, after, request{method: "PATCH", path: k.path(), body: body}, http.StatusOK)
}

func (k *card) path() string { return "/api/v1/passes/" + k.id }

// upsert changes a pass by its external id, or issues one.
func (c *client) upsert() bool {
	k, status := c.any(), http.StatusOK
	if k == nil || c.random.IntN(4) == 0 && len(c.cards) < most {
		k, status = &card{externalID: fmt.Sprintf("%s-u%d", c.name, c.next)}, http.StatusCreated
		c.cards = append(c.cards, k)
	}
	body, after := c.values(k.promised)
	if after.Exists {
		after.Edited++
	}
	after.Exists = true
	path := "/api/v1/campaigns/" + c.campaign + "/passes/by-external-id/" + url.PathEscape(k.externalID)
	return c.change(k, after, request{method: "PUT", path: path, body: body}, status)
}

// void marks a pass void, or takes that back.
func (c *client) void() bool {
	k := c.any()
	if k == nil {
		return true
	}
	after, verb := k.promised, "/void"
	if after.Voided {
		verb = "/unvoid"
	}
	after.Voided = !after.Voided
	after.Edited++
	return c.change(k, after, request{method: "POST", path: k.path() + verb}, http.StatusOK)
}

func (c *client) delete() bool {
	k := c.any()
	if k == nil {
		return true
	}
	ok := c.change(k, state{}, request{method: "DELETE", path: k.path()}, http.StatusNoContent)
	c.forget()
	return ok
}

// download fetches a pass file: as its phone does if it is on the phone, else by the API.
func (c *client) download() bool {
	k := c.phone.any(c.random)
	if k == nil || c.random.IntN(2) == 0 {
		k = c.any()
	}
	return k == nil || c.fetch(k)
}

func (c *client) fetch(k *card) bool {
	q := request{method: "GET", path: k.path() + "/pkpass"}
	if c.phone.has(k) {
		q = request{method: "GET", path: "/wallet/v1/passes/" + k.passType + "/" + k.serial, auth: "ApplePass " + k.token}
	}
	a, ok := c.wire.ask(q, http.StatusOK)
	if !ok {
		return false
	}
	if err := k.show(a); err != nil {
		c.report.wrong("%s: %v", q.path, err)
	}
	return true
}
