package passkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// batched answers a batch.
type batched struct {
	ID []string `json:"id"`
}

// batch reads a list of passes, bare or within an object.
func (c call) batch() ([]object, error) {
	raw, err := c.body()
	if err != nil {
		return nil, err
	}
	if len(raw) > 0 && raw[0] == '{' {
		o, err := topObject(raw)
		if err != nil {
			return nil, err
		}
		raw, _ = o.get("passes")
	}
	var all []json.RawMessage
	if len(raw) > 0 && json.Unmarshal(raw, &all) != nil {
		return nil, invalidField("passes", "must be an array")
	}
	if len(all) == 0 {
		return nil, missingField("passes")
	}
	if len(all) > maxBatch {
		return nil, tooManyPasses(len(all))
	}
	out := make([]object, len(all))
	for n, raw := range all {
		if out[n], err = readObject(raw, "passes"); err != nil {
			return nil, itemRefused(n, err)
		}
	}
	return out, nil
}

func tooManyPasses(n int) *failure {
	return refuse(http.StatusBadRequest, "Batch is limited to %d passes, got %d", maxBatch, n)
}

// itemRefused says which pass of a batch is the reason that nothing was done.
func itemRefused(n int, err error) error {
	f := failureOf(err)
	if f.status == http.StatusNotFound || f.status == http.StatusBadRequest {
		return &failure{http.StatusBadRequest, fmt.Sprintf("Batch item %d: %s", n, f.Text), err}
	}
	return err
}

// createBatch handles POST /v2/passesBatch: all passes or none.
func (s *Service) createBatch(c call) error {
	all, err := c.batch()
	if err != nil {
		return err
	}
	orders := make([]issuer.Order, len(all))
	for n, o := range all {
		if orders[n], err = s.order(c, o); err != nil {
			return itemRefused(n, err)
		}
	}
	passes, err := s.Issuer.IssueAll(c.Context(), c.actor, orders)
	if err != nil {
		n := itemOf(err)
		return itemRefused(n, s.orderRefused(c, err, orders[n]))
	}
	s.mailIssued(c, passes)
	return c.answer(idsOf(passes))
}

// itemOf is which of several things an error is about.
func itemOf(err error) int {
	if item, ok := errors.AsType[*issuer.ItemError](err); ok {
		return item.Index
	}
	return 0
}

func idsOf(passes []store.Pass) batched {
	out := batched{ID: make([]string, len(passes))}
	for n, p := range passes {
		out.ID[n] = p.PublicID
	}
	return out
}

// updateBatch handles PUT /v2/passesBatch: all changes or none.
func (s *Service) updateBatch(c call) error {
	all, err := c.batch()
	if err != nil {
		return err
	}
	changes := make([]revision, len(all))
	amendments := make([]issuer.Amendment, len(all))
	for n, o := range all {
		find, err := selected(c.actor.Org, o)
		if err == nil {
			changes[n], err = s.revision(c, o, find)
		}
		if err != nil {
			return itemRefused(n, err)
		}
		amendments[n] = changes[n].Amendment
	}
	passes, err := s.Issuer.Amend(c.Context(), c.actor, amendments)
	if err != nil {
		n := itemOf(err)
		return itemRefused(n, s.changeRefused(c, err, changes[n]))
	}
	return c.answer(idsOf(passes))
}

// selected finds the pass that an item of a batch names. Its own id in a campaign selects
// it only if it is named by nothing else.
func selected(org store.ID, o object) (func(store.Reader) (store.Pass, error), error) {
	for _, member := range []string{"id", "passId"} {
		id, _, err := o.text(member)
		if err != nil {
			return nil, err
		}
		if id != "" {
			return func(r store.Reader) (store.Pass, error) { return passCalled(r, org, id) }, nil
		}
	}
	local, _, err := o.text("userDefinedId")
	if err != nil {
		return nil, err
	}
	campaign, _, err := o.text("campaignName")
	if err != nil {
		return nil, err
	}
	if local == "" || campaign == "" {
		return nil, missingField("id")
	}
	return func(r store.Reader) (store.Pass, error) { return passOwned(r, org, campaign, local) }, nil
}

// getBatch handles GET /v2/passesBatch?id=….
func (s *Service) getBatch(c call) error {
	var ids []string
	for id := range strings.SplitSeq(query(c.Request)["id"].value, ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return missingField("id")
	}
	if len(ids) > maxBatch {
		return tooManyPasses(len(ids))
	}
	return s.show(c, func(r store.Reader) (any, error) {
		out := []passView{}
		for _, id := range ids {
			p, err := passCalled(r, c.actor.Org, id)
			if f, ok := errors.AsType[*failure](err); ok && f.status == http.StatusNotFound {
				continue
			}
			if err != nil {
				return nil, err
			}
			v, err := s.viewPass(r, p)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		if len(out) == 0 {
			return nil, notFound("Pass", strings.Join(ids, ","))
		}
		return out, nil
	})
}
