package passkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// created answers what made or changed a pass.
type created struct {
	ID string `json:"id"`
}

// order is what a request for a new pass asks for.
func (s *Service) order(c call, o object) (out issuer.Order, err error) {
	wanted, _, err := o.text("templateName")
	if err != nil {
		return out, err
	}
	if wanted == "" {
		return out, missingField("templateName")
	}
	var t store.Template
	var campaign store.Campaign
	err = s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		if t, err = templateCalled(r, c.actor.Org, wanted); err == nil {
			campaign, err = r.Campaign(c.actor.Org, t.Campaign)
		}
		return err
	})
	if err != nil {
		return out, err
	}
	if err := o.same("campaignName", nameOf(campaign.Former, campaign.ID)); err != nil {
		return out, err
	}
	return s.orderFrom(c, o, t)
}

func (s *Service) orderFrom(c call, o object, t store.Template) (out issuer.Order, err error) {
	out = issuer.Order{Campaign: t.Campaign, Template: t.ID, PublicSerial: true}
	if err := o.setText("userDefinedId", &out.LocalID); err != nil {
		return out, err
	}
	if out.Expires, err = o.time("expiryDate"); err != nil {
		return out, err
	}
	if out.Values, err = o.values(nil); err != nil {
		return out, err
	}
	if out.Stand, err = o.standing(); err != nil {
		return out, err
	}
	var x extras
	if err := x.read(o); err != nil {
		return out, err
	}
	out.Document = x.document(t.Style)
	if kept := x.kept(); kept != "" {
		out.Meta = map[string]string{name: kept}
	}
	out.Images, err = s.images(c, x.Images, t.Style)
	return out, err
}

// values are the data of a pass that are given and not what there is. null says nothing.
func (o object) values(have map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	raw, _ := o.get("dynamicData")
	all, err := readMap(raw, "dynamicData")
	if err != nil {
		return nil, err
	}
	out := make(map[string]json.RawMessage)
	for key, raw := range all {
		if string(raw) == "null" {
			continue
		}
		if _, scalar := textOf(raw); !scalar {
			return nil, invalidField("dynamicData."+key, "must be a string, a number or a boolean")
		}
		if raw, err = decimal(raw); err != nil {
			return nil, invalidField("dynamicData."+key, "must be a number that is not so large")
		}
		if string(have[key]) != string(raw) {
			out[key] = raw
		}
	}
	return out, nil
}

// decimal writes a number in its shortest form without an exponent. One that no client
// could read is an error.
func decimal(raw json.RawMessage) (json.RawMessage, error) {
	if !strings.ContainsRune("-0123456789", rune(raw[0])) || !strings.ContainsAny(string(raw), ".eE") {
		return raw, nil
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n > 1e21 || n < -1e21 {
		return raw, err
	}
	return json.RawMessage(strconv.FormatFloat(n, 'f', -1, 64)), nil
}

// standing is where a pass is wanted to stand.
func (o object) standing() (s issuer.Standing, err error) {
	if s.Voided, err = o.boolean("isVoided"); err != nil {
		return s, err
	}
	if s.Redeemed, err = o.boolean("isRedeemed"); err != nil {
		return s, err
	}
	s.Invalid, err = o.boolean("isInvalid")
	return s, err
}

// createPass handles POST /v2/passes.
func (s *Service) createPass(c call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	order, err := s.order(c, o)
	if err != nil {
		return err
	}
	moved.Of(c.Context()).Complete(&order, name)
	all, err := s.Issuer.IssueAll(c.Context(), c.actor, []issuer.Order{order})
	if err != nil {
		return s.orderRefused(c, err, order)
	}
	s.mailIssued(c, all)
	return c.answer(created{all[0].PublicID})
}

// orderRefused says why an order was refused.
func (s *Service) orderRefused(c call, err error, o issuer.Order) error {
	switch e := issuer.Public(err); e.Code {
	case issuer.CodeLocalTaken:
		return s.localTaken(c, err, o.Campaign, o.LocalID)
	case "document_malformed", "content_large", "pass_refused":
		return &failure{http.StatusBadRequest, "Pass would be refused by Wallet: " + e.Msg, err}
	}
	return notIssued(err)
}

func (s *Service) localTaken(c call, cause error, campaign store.ID, local string) error {
	text := campaign.Short()
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		found, err := r.Campaign(c.actor.Org, campaign)
		text = nameOf(found.Former, found.ID)
		return err
	})
	return errors.Join(err, &failure{http.StatusBadRequest, fmt.Sprintf("userDefinedId already in use in campaign %s: %s", text, local), cause})
}

// passCalled finds a pass of the organisation by its id.
func passCalled(r store.Reader, org store.ID, id string) (store.Pass, error) {
	p, err := r.PassByPublicID(id)
	if err == nil && (p.Org != org || !p.Deleted.IsZero() || p.IsFile()) {
		err = store.ErrNotFound
	}
	if errors.Is(err, store.ErrNotFound) {
		return p, notFound("Pass", id)
	}
	return p, err
}

// getPass handles GET /v2/passes/{id}.
func (s *Service) getPass(c call) error {
	return s.answerPass(c, func(r store.Reader) (store.Pass, error) { return passCalled(r, c.actor.Org, c.PathValue("id")) })
}

func (s *Service) answerPass(c call, find func(store.Reader) (store.Pass, error)) error {
	return s.show(c, func(r store.Reader) (any, error) {
		p, err := find(r)
		if err != nil {
			return nil, err
		}
		return s.viewPass(r, p)
	})
}

// updatePass handles PUT /v2/passes/{id}.
func (s *Service) updatePass(c call) error {
	return s.change(c, func(r store.Reader) (store.Pass, error) { return passCalled(r, c.actor.Org, c.PathValue("id")) })
}

// change changes one pass as the body says.
func (s *Service) change(c call, find func(store.Reader) (store.Pass, error)) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	x, err := s.revision(c, o, find)
	if err != nil {
		return err
	}
	all, err := s.Issuer.Amend(c.Context(), c.actor, []issuer.Amendment{x.Amendment})
	if err != nil {
		return s.changeRefused(c, err, x)
	}
	return c.answer(created{all[0].PublicID})
}

// revision is a change of a pass with what it was asked of, for what is said when it is
// refused.
type revision struct {
	issuer.Amendment
	pass  *store.Pass
	local *string // user-defined id that it is to have
}

// revision reads a change before it is known what the pass is like. Pictures are made
// ready for the style that it has now.
func (s *Service) revision(c call, o object, find func(store.Reader) (store.Pass, error)) (out revision, err error) {
	out.pass = new(store.Pass)
	var images map[string]store.ID
	if _, given := o.get("dynamicImages"); given {
		if images, err = s.imagesFor(c, o, find); err != nil {
			return out, err
		}
	}
	if text, given, err := o.text("userDefinedId"); err != nil || given {
		if out.local = &text; err != nil {
			return out, err
		}
	}
	out.Find = func(r store.Reader) (store.Pass, error) {
		p, err := find(r)
		*out.pass = p
		return p, err
	}
	out.Change = func(r store.Reader, p store.Pass) (issuer.Change, error) { return changeOf(r, p, o, images) }
	return out, nil
}

// changeRefused says why a change was refused.
func (s *Service) changeRefused(c call, err error, x revision) error {
	if issuer.Public(err).Code == issuer.CodeLocalTaken && x.local != nil {
		return s.localTaken(c, err, x.pass.Campaign, *x.local)
	}
	return notChanged(err, x.pass.PublicID)
}

// changeOf is what of a request is not so already.
func changeOf(r store.Reader, p store.Pass, o object, images map[string]store.ID) (ch issuer.Change, err error) {
	t, err := wantedTemplate(r, p, o)
	if err != nil {
		return ch, err
	}
	if ch.Values, err = o.values(p.Values); err != nil {
		return ch, err
	}
	if ch.Expires, err = o.time("expiryDate"); err != nil {
		return ch, err
	}
	if ch.Expires != nil && ch.Expires.Equal(p.Expires.Truncate(time.Second)) {
		ch.Expires = nil
	}
	if text, given, err := o.text("userDefinedId"); err != nil || given && text != p.LocalID {
		if ch.LocalID = &text; err != nil {
			return ch, err
		}
	}
	if err := changeExtras(r, &ch, p, o, t, images); err != nil {
		return ch, err
	}
	ch.Standing, err = wantedStanding(r, p, t, o)
	return ch, err
}

// wantedTemplate is the template that a pass is to have, which is of the campaign that it
// has.
func wantedTemplate(r store.Reader, p store.Pass, o object) (t store.Template, err error) {
	c, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return t, err
	}
	if err := o.same("campaignName", nameOf(c.Former, c.ID)); err != nil {
		return t, err
	}
	if text, given, err := o.text("templateName"); err != nil {
		return t, err
	} else if given && text != "" {
		if t, err = templateCalled(r, p.Org, text); err == nil && t.Campaign != p.Campaign {
			err = invalidField("templateName", "%s is not a template of campaign %s", text, nameOf(c.Former, c.ID))
		}
		return t, err
	}
	return r.Template(p.Org, p.Template)
}

// changeExtras changes what is kept with a pass, and what is made of it. What it has
// besides, of its own, stays.
func changeExtras(r store.Reader, ch *issuer.Change, p store.Pass, o object, t store.Template, images map[string]store.ID) error {
	had, err := extrasOf(p)
	if err != nil {
		return err
	}
	x := had
	if err := x.read(o); err != nil {
		return err
	}
	moved := t.ID != p.Template
	if moved {
		ch.Template = t.ID
	}
	after := x.kept()
	if after == had.kept() && !moved {
		return nil
	}
	if ch.Meta = map[string]*string{name: &after}; after == "" {
		ch.Meta[name] = nil
	}
	if images != nil {
		ch.Images = x.over(had, p.Images, images)
	}
	before, err := r.Template(p.Org, p.Template)
	if err != nil {
		return err
	}
	document, err := issuer.OwnPart(p.Patch, had.document(before.Style), x.document(t.Style), t.Style)
	if document != nil {
		ch.Document = &document
	}
	return err
}

// wantedStanding is what of the flags of a request is not so already.
func wantedStanding(r store.Reader, p store.Pass, t store.Template, o object) (s issuer.Standing, err error) {
	if s, err = o.standing(); err != nil {
		return s, err
	}
	invalid, err := isInvalid(r, p)
	if err != nil {
		return s, err
	}
	for _, f := range []struct {
		wanted **bool
		is     bool
	}{{&s.Voided, !p.Voided.IsZero()}, {&s.Redeemed, p.Account.Uses > 0}, {&s.Invalid, invalid}} {
		if *f.wanted != nil && **f.wanted == f.is {
			*f.wanted = nil
		}
	}
	return s, nil
}

// isInvalid says whether a pass is good for nothing, by itself or with its campaign or
// template.
func isInvalid(r store.Reader, p store.Pass) (bool, error) {
	if !p.Invalid.IsZero() {
		return true, nil
	}
	c, err := r.Campaign(p.Org, p.Campaign)
	if err != nil || c.State == store.Invalid {
		return err == nil, err
	}
	t, err := r.Template(p.Org, p.Template)
	return !t.Invalid.IsZero(), err
}

// redeemPass handles PUT /v2/passes/{id}/redeem.
func (s *Service) redeemPass(c call) error {
	id := c.PathValue("id")
	var p store.Pass
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		p, err = passCalled(r, c.actor.Org, id)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := s.Issuer.Redeem(c.Context(), c.actor, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Expired: true}); err != nil {
		return notChanged(err, id)
	}
	return c.answer(created{id})
}
