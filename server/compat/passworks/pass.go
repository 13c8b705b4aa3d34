package passworks

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

func (s *Service) passRoutes() []route {
	const one = "/{type}/{campaign}/passes/{pass}"
	return []route{
		{"GET", "/{type}/{campaign}/passes", readers, s.listPasses},
		{"POST", "/{type}/{campaign}/passes", writers, s.createPass},
		{"GET", one, readers, s.getPass},
		{"PATCH", one, writers, s.updatePass},
		{"PUT", one, writers, s.updatePass},
		{"POST", one, writers, s.updatePass}, // as the page on boarding passes has it
		{"DELETE", one, writers, s.deletePass},
		{"POST", one + "/push", writers, s.pushPass},
	}
}

// passMembers are those of a request about a pass: object.wants its root, or not, as
// object.under.
func (c call) passMembers(of func(object, ...string) (object, error)) (*input, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	o, err := of(body, "pass")
	return &input{object: o}, err
}

// createPass handles POST /{type}/{campaign}/passes.
func (s *Service) createPass(c call) error {
	in, err := c.passMembers(object.under)
	if err != nil {
		return err
	}
	o, err := s.order(c, in)
	if err != nil {
		return err
	}
	if _, err := c.former(); err != nil {
		return err
	}
	moved.Of(c.Context()).Complete(&o, origin)
	p, err := s.Issuer.Issue(c.Context(), c.actor, o)
	if err != nil {
		return err
	}
	return s.showPass(c, http.StatusCreated, p)
}

// order is what a request for a pass of the path's campaign asks for.
func (s *Service) order(c call, in *input) (o issuer.Order, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, d, err := s.inForce(r, c)
		if err != nil {
			return err
		}
		o = issuer.Order{Campaign: found.ID, Pinned: true, Origin: origin}
		return s.fill(r, c, &o, in, d)
	})
	return o, err
}

// fill writes what a request says of a new pass into an order.
func (s *Service) fill(r store.Reader, c call, o *issuer.Order, in *input, d *definition) error {
	ch, err := change{own: own{members: make(map[string]json.RawMessage), style: d.Style}, fresh: true}.read(in, d)
	if err != nil {
		return err
	}
	maps.DeleteFunc(ch.values, func(_ string, v json.RawMessage) bool { return isNull(v) })
	o.Stand.Voided = ch.voided
	if o.Values, o.Hidden = ch.values, ch.hidden; d.CodeType == codePerPass {
		if o.Code = ch.code; o.Code == "" {
			return invalid("barcode", "can't be blank")
		}
	}
	if o.Expires, err = ch.expires(in); err != nil {
		return err
	}
	if o.Document, err = ch.own.patch(); err != nil {
		return err
	}
	o.Images, o.Pictures, err = ch.dress(r, c.actor.Org, d.Style, nil)
	return err
}

// updatePass handles PATCH /{type}/{campaign}/passes/{pass}.
func (s *Service) updatePass(c call) error {
	in, err := c.passMembers(object.wants)
	if err != nil {
		return err
	}
	var p store.Pass
	err = issuer.Again(c.Context(), func() (err error) {
		p, err = s.tryChange(c, in)
		return err
	})
	if err != nil {
		return err
	}
	return s.showPass(c, http.StatusOK, p)
}

// tryChange changes the pass that the path names, unless somebody else does meanwhile.
func (s *Service) tryChange(c call, in *input) (p store.Pass, err error) {
	var ch issuer.Change
	err = s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		var d *definition
		if p, d, err = s.pass(r, c); err != nil {
			return err
		}
		ch, err = s.change(r, c, in, p, d)
		return err
	})
	if err != nil {
		return p, err
	}
	return s.Issuer.Update(c.Context(), c.actor, p.ID, ch)
}

// change is what a request makes of a pass, as it was read.
func (s *Service) change(r store.Reader, c call, in *input, p store.Pass, d *definition) (out issuer.Change, err error) {
	mine, err := parseOwn(p.Patch, d.Style)
	if err != nil {
		return out, err
	}
	ch, err := change{own: mine, hidden: slices.Clone(p.Hidden)}.read(in, d)
	if err != nil {
		return out, err
	}
	patch, err := ch.own.patch()
	if err != nil {
		return out, err
	}
	if patch == nil {
		patch = json.RawMessage("null")
	}
	out = issuer.Change{Values: ch.values, Document: &patch, Hidden: &ch.hidden, Standing: issuer.Standing{Voided: ch.voided, Refilled: true}, Quiet: ch.quiet, IfMatch: &p.Edited}
	if out.Expires, err = ch.expires(in); err != nil {
		return out, err
	}
	if ch.images != nil {
		out.Images, out.Pictures, err = ch.dress(r, c.actor.Org, d.Style, p.Images)
	}
	return out, err
}

// getPass handles GET /{type}/{campaign}/passes/{pass}.
func (s *Service) getPass(c call) error {
	var v passView
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, d, err := s.pass(r, c)
		if err != nil {
			return err
		}
		v, err = s.passView(r, c, p, d)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, v)
}

// deletePass handles DELETE /{type}/{campaign}/passes/{pass}.
func (s *Service) deletePass(c call) error {
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	if err := s.Issuer.Delete(c.Context(), c.actor, p.ID, nil); err != nil {
		return missing(err, "pass")
	}
	return c.gone()
}

// pass reads the pass that the path names, and what its campaign was when it was issued
// or merged last.
func (s *Service) pass(r store.Reader, c call) (p store.Pass, d *definition, err error) {
	found, err := s.campaign(r, c)
	if err != nil {
		return p, nil, err
	}
	id, err := c.id("pass", "pass")
	if err != nil {
		return p, nil, err
	}
	p, err = r.Pass(c.actor.Org, id)
	if err == nil && p.Campaign != found.ID {
		err = store.ErrNotFound
	}
	if err != nil {
		return p, nil, missing(err, "pass")
	}
	d, err = s.understood.get(r, p)
	return p, d, err
}

// findPass is pass in a transaction of its own.
func (s *Service) findPass(c call) (p store.Pass, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, _, err = s.pass(r, c)
		return err
	})
	return p, err
}

// showPass answers a pass that was just written.
func (s *Service) showPass(c call, status int, p store.Pass) error {
	var v passView
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		d, err := s.understood.get(r, p)
		if err != nil {
			return err
		}
		v, err = s.passView(r, c, p, d)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(status, v)
}
