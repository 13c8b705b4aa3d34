package issuer

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pocketpass/store"
)

// Entrance is what the address of a link leads to.
type Entrance struct {
	Link      store.Link
	Campaign  store.Campaign
	Questions []Question
	Consent   string // what a visitor has to agree to, if anything
	Shut      *Error // why the link issues nothing now, nil if it does
	Pass      string // public id of the pass that the visitor has through the link, if any
	Pinned    bool   // passes stay as they are issued, as those of the old service do whose client made the template
}

// Entrance finds a link by what stands in its address. ticket is what a visitor was
// given with a pass, see Ticket.
func (i *Issuer) Entrance(ctx context.Context, slug, ticket string) (e Entrance, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		e, err = i.entrance(r, slug, ticket)
		return err
	})
	if err != nil {
		return Entrance{}, fmt.Errorf("link: %w", err)
	}
	return e, nil
}

func (i *Issuer) entrance(r store.Reader, slug, ticket string) (e Entrance, err error) {
	if e.Link, err = r.LinkBySlug(slug); err != nil {
		return e, err
	}
	if e.Campaign, err = r.Campaign(e.Link.Org, e.Link.Campaign); err != nil {
		return e, fmt.Errorf("campaign of link %s: %w", e.Link.ID, err)
	}
	if e.Consent, err = LinkText(r, e.Link.Page.Consent); err != nil {
		return e, err
	}
	if e.Pass, err = i.ownPass(r, e.Link, ticket); err != nil || e.Pass != "" {
		return e, err
	}
	err = i.enter(r, &e)
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Kind != Internal {
		e.Shut, err = refusal, nil
	}
	return e, err
}

// enter fills in what the link asks, if it issues.
func (i *Issuer) enter(r store.Reader, e *Entrance) error {
	t, err := templateFor(r, e.Campaign, e.Link.Template)
	if err != nil {
		return err
	}
	d, err := i.design(r, e.Link.Org, t.ID, t.Published)
	if err != nil {
		return err
	}
	e.Questions, e.Pinned = questionsOf(e.Campaign, e.Link, d), t.Origin != ""
	if e.Campaign.Rules.Numbering.Kind == store.Given {
		return noCodesOfVisitors
	}
	return errors.Join(linkOpen(r, e.Link), allowed(r, e.Campaign, t))
}

// linkAllows refuses an order whose link issues nothing now. It runs in the transaction
// that issues, so that no two orders take the last pass.
func linkAllows(r store.Reader, a Actor, o Order) error {
	if o.Link == 0 {
		return nil
	}
	l, err := r.Link(a.Org, o.Link)
	if err != nil {
		return err
	}
	return linkOpen(r, l)
}

// LinkText returns a long text of a link's page.
func LinkText(r store.Reader, blob string) (string, error) {
	if blob == "" {
		return "", nil
	}
	text, err := r.Blob(blob)
	return string(text), err
}

// linkOpen refuses a pass through a link that is closed, over or used up.
func linkOpen(r store.Reader, l store.Link) error {
	switch {
	case l.State == store.LinkClosed:
		return conflict("link_closed", "the link is closed; open it again, or make another")
	case !l.Expires.IsZero() && !r.Now.Before(l.Expires):
		return conflict("link_expired", "the link was good until %s; move that, or make another", written(l.Expires))
	case l.Kind == store.PersonalLink && l.Pass != 0:
		return conflict(codeLinkUsed, "the pass of this link was issued and deleted; make another link")
	case l.Limit == 0:
		return nil
	}
	used, err := r.Counter(l.ID, store.CountIssued)
	if err != nil || used < l.Limit {
		return err
	}
	return conflict("link_full", "the link gives %d passes and has given %d; raise its limit, or make another", l.Limit, used)
}

// codeLinkUsed is what a second pass through a personal link is refused with.
const codeLinkUsed = "link_used"

// ownPass is the public id of the pass that a visitor has through a link: the one of a
// personal link, or that of their ticket. Empty means none.
func (i *Issuer) ownPass(r store.Reader, l store.Link, ticket string) (string, error) {
	var p store.Pass
	var err error
	if l.Kind == store.PersonalLink {
		p, err = r.Pass(l.Org, l.Pass)
	} else if public := i.ticketPass(l, ticket, r.Now); public != "" {
		p, err = r.PassByPublicID(public)
	}
	return p.PublicID, except(err, store.ErrNotFound)
}

// KeepTickets is how long a visitor of a public link is known again.
const KeepTickets = 24 * time.Hour

// LinkViewed counts that the page of a link was opened.
func (i *Issuer) LinkViewed(e Entrance) {
	l := e.Link
	i.seen.visited(store.Views, store.Pass{ID: l.ID, Org: l.Org, Campaign: l.Campaign, Template: cmp.Or(l.Template, e.Campaign.Template), Tags: l.Tags}, netip.Addr{}, i.cfg.Now())
}

// Ticket is what a visitor gets with a pass, to be shown the same again for a day
// instead of getting another. It is good for this link alone.
func (i *Issuer) Ticket(l store.Link, p store.Pass) string {
	name := p.PublicID + "." + strconv.FormatInt(i.cfg.Now().Add(KeepTickets).Unix(), 36)
	return name + "." + i.stamp(l, name)
}

func (i *Issuer) stamp(l store.Link, name string) string {
	return i.cfg.Master.Derive("ticket of a link", l.ID.Short()+"/"+name)
}

// ticketPass is the public id that a ticket stands for, "" if it is none of ours, of
// another link, or too old.
func (i *Issuer) ticketPass(l store.Link, ticket string, now time.Time) string {
	at := strings.LastIndexByte(ticket, '.')
	if at < 0 || len(ticket) > 200 {
		return ""
	}
	name, stamp := ticket[:at], ticket[at+1:]
	if subtle.ConstantTimeCompare([]byte(stamp), []byte(i.stamp(l, name))) != 1 {
		return ""
	}
	public, until, _ := strings.Cut(name, ".")
	if end, err := strconv.ParseInt(until, 36, 64); err != nil || now.Unix() >= end {
		return ""
	}
	return public
}
