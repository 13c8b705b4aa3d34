package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"unicode/utf8"

	"pocketpass/store"
)

// Enrolment is what a visitor of a link sends.
type Enrolment struct {
	Slug     string
	Ticket   string            // that the visitor has, if any
	Answers  map[string]string // by the paths of the questions
	Agreed   string            // hex SHA-256 of the words that the visitor agreed to
	Once     string            // random text of the form, so that sent twice it counts once
	Meta     map[string]string // of the visit, kept with the pass
	Language string            // BCP 47, of the visitor
	From     netip.Addr        // of which the network is kept with the consent
}

// Enrolled is what a visitor gets.
type Enrolled struct {
	Pass   store.Pass // zero if it is mailed
	Ticket string     // empty if there is none
	Mailed bool       // the link goes to the address or number that was given, if that is not known to have been too often
}

// PathConsent is where refusals say that the consent is missing.
const PathConsent = "/consent"

// originForm is the origin of passes that came of a form.
const originForm = "form"

// goodOnce is what a form is known by.
var goodOnce = regexp.MustCompile(`^[A-Za-z0-9_-]{20,64}$`)

// Enrol issues a pass to a visitor of a link, who is somebody new whatever they say of
// themselves: nobody has proven that an address is theirs, so a form neither shows nor
// changes what is known of others. Where a campaign counts the passes of a person, the
// link to the pass goes to the address or number that was given, and the answer is the
// same whether that has a pass already. Of a personal link, and for a ticket, it is the
// pass that was issued before.
//
// Answers that are wrong or missing are Invalid, all of them at once; a link that
// issues nothing now is a Conflict.
func (i *Issuer) Enrol(ctx context.Context, e Enrolment) (out Enrolled, err error) {
	entrance, err := i.Entrance(ctx, e.Slug, e.Ticket)
	if err != nil {
		return out, err
	}
	l := entrance.Link
	if entrance.Pass != "" {
		out.Pass, err = i.PublicPass(ctx, entrance.Pass)
		return out, err
	}
	if entrance.Shut != nil {
		return out, fmt.Errorf("enrol: %w", entrance.Shut)
	}
	o, err := e.order(entrance)
	if err != nil {
		return out, err
	}
	a := Actor{Org: l.Org, By: originForm}
	p, err := i.Issue(ctx, a, o)
	if e, ok := errors.AsType[*Error](err); ok && e.Code == codeLinkUsed { // by another visit at the same time
		return i.enrolledBefore(ctx, l)
	}
	if way := i.discreet(entrance.Campaign, o.Holder); way != "" {
		return i.enrolByPost(ctx, a, o, way, p, err)
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Code == codePersonLimit {
		err = conflict("enrolment_declined", "no pass was issued on these details; ask whoever gave you the link") // no word of who has one
	}
	if err != nil {
		return out, fmt.Errorf("enrol: %w", err)
	}
	return Enrolled{Pass: p, Ticket: i.Ticket(l, p)}, nil
}

// enrolledBefore is the pass of a personal link.
func (i *Issuer) enrolledBefore(ctx context.Context, l store.Link) (out Enrolled, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if l, err = r.Link(l.Org, l.ID); err == nil {
			out.Pass, err = r.Pass(l.Org, l.Pass)
		}
		return err
	})
	return out, err
}

// order is what the answers ask for.
func (e Enrolment) order(at Entrance) (Order, error) {
	l := at.Link
	got := readAnswers(at.Campaign, at.Questions, e.Answers)
	if at.Consent != "" && e.Agreed != l.Page.Consent {
		got.refuse(PathConsent, "this has to be agreed to")
	}
	if len(got.wrong) > 0 {
		return Order{}, &Error{Kind: Invalid, Code: "answers", Msg: "some answers are missing or wrong", Fields: got.wrong}
	}
	for key, value := range l.Values {
		got.values[key] = value
	}
	o := Order{Campaign: l.Campaign, Template: l.Template, Pinned: at.Pinned, ExternalID: l.ExternalID, Link: l.ID, Origin: originForm, Meta: shortMeta(e.Meta),
		Content: Content{Values: got.values, Tags: l.Tags}}
	switch {
	case l.Holder != 0:
		o.Holder.ID = l.Holder
	case len(at.Questions) > 0 || at.Consent != "":
		o.Holder = Holder{Details: got.person, New: true}
		if got.person.Language == nil && o.Holder.named() && goodLanguage(e.Language) {
			o.Holder.Language = &e.Language
		}
	}
	if at.Consent != "" {
		o.agreed = &agreement{text: l.Page.Consent, version: l.Page.Version, from: networkOf(e.From)}
	}
	if goodOnce.MatchString(e.Once) {
		o.Idempotency = Idempotency{Key: "form " + l.ID.Short() + " " + e.Once, Request: originForm}
	}
	return o, nil
}

// Limits of what is kept of a visit.
const (
	maxMetaPairs = 10
	maxMetaName  = 32  // bytes
	maxMetaText  = 200 // characters
)

var goodMetaName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,32}$`)

// shortMeta leaves out what is too long to be what it says it is.
func shortMeta(given map[string]string) map[string]string {
	out := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text := given[name]
		if len(out) < maxMetaPairs && OfVisit(name) && text != "" && utf8.RuneCountInString(text) <= maxMetaText && printable(text) {
			out[name] = text
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// discreet is the way on which the answer to a form goes whose campaign counts the
// passes of a person, so that the page tells nobody who has one. Empty means that the
// page may answer, or has to.
func (i *Issuer) discreet(c store.Campaign, h Holder) store.ParcelKind {
	switch {
	case c.Rules.Unique == "" && c.Rules.PerPerson == 0, !h.New:
		return ""
	case c.Rules.Unique != store.ByPhone && h.Email != nil && i.cfg.Mail != nil:
		return store.EmailParcel
	case c.Rules.Unique != store.ByEmail && h.Phone != nil && i.cfg.SMS != nil:
		return store.SMSParcel
	}
	return ""
}

// enrolByPost sends the link to p, or if there is none because the address or the
// number has enough of them, to the one that it has.
func (i *Issuer) enrolByPost(ctx context.Context, a Actor, o Order, way store.ParcelKind, p store.Pass, refusal error) (Enrolled, error) {
	if e, ok := errors.AsType[*Error](refusal); ok && e.Code == codePersonLimit {
		known, err := i.passAt(ctx, a, o, way)
		if err != nil {
			return Enrolled{}, fmt.Errorf("enrol: %w", err)
		}
		p = known
	} else if refusal != nil {
		return Enrolled{}, fmt.Errorf("enrol: %w", refusal)
	}
	_, err := i.SendPass(ctx, a, p.ID, Sending{Kind: way, Idempotency: o.Idempotency.also("post")})
	if err != nil && KindOf(err) == Internal {
		return Enrolled{}, fmt.Errorf("enrol: %w", err)
	}
	return Enrolled{Mailed: true}, nil // what stands in the way of a message tells of its recipient
}

// passAt finds the newest pass of the campaign at the address or the number that the
// link would go to; the zero Pass if there is none.
func (i *Issuer) passAt(ctx context.Context, a Actor, o Order, way store.ParcelKind) (p store.Pass, err error) {
	var f store.PersonFilter
	if way == store.SMSParcel {
		f.Phone = *o.Holder.Phone
	} else {
		f.Email = *o.Holder.Email
	}
	err = i.db.View(ctx, func(r store.Reader) error {
		held, err := heldAt(r, a.Org, o.Campaign, f)
		for _, one := range held {
			if one.ID > p.ID {
				p = one
			}
		}
		return err
	})
	return p, err
}

// throughLink notes, in the commit that issues p, that it came of a link.
func throughLink(tx store.Tx, a Actor, o Order, p store.Pass) error {
	if o.Link == 0 {
		return nil
	}
	l, err := tx.Link(a.Org, o.Link)
	if err != nil {
		return err
	}
	if err := tx.Count(l.ID, store.CountIssued, 1); err != nil {
		return err
	}
	if l.Kind == store.PersonalLink {
		l.Pass = p.ID
		if err := tx.PutLink(l); err != nil {
			return err
		}
	}
	return consent(tx, a, o, p)
}
