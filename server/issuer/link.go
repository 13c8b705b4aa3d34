package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pocketpass/store"
)

// maxLinks is how many links a call makes.
const maxLinks = 1000

// NewLink describes a link to be made.
type NewLink struct {
	Kind       store.LinkKind // empty means public
	Slug       string         // in the address; empty means a random one
	Holder     Holder         // whom a personal link is for
	ExternalID string         // of the pass of a personal link
	LinkSettings
	known acquaintance
}

// LinkSettings are what a link issues and shows; nil means as it is, a zero value none.
type LinkSettings struct {
	Template *store.ID // zero means the campaign's default
	Limit    *int64
	Expires  *time.Time
	Values   *map[string]json.RawMessage
	Tags     *[]string
	Asks     *store.Asks
	PageSettings
}

// PageSettings are what the page of a link says and how it looks.
type PageSettings struct {
	Title          *string
	Text           *string // paragraphs, separated by empty lines
	Language       *string // BCP 47
	Consent        *string // what a visitor has to agree to
	ConsentVersion *string
	ShareTitle     *string
	ShareText      *string
	ShareImage     *store.ID // asset
	Stylesheet     *string
	Script         *string
	RemoteForm     *string
	UUIDs          *bool // the remote form is told the campaign by its UUID, as an old service did
}

// CreateLinks makes links to the passes of a campaign, all or none of them. Repeated
// with the same key it returns those that it made.
func (i *Issuer) CreateLinks(ctx context.Context, a Actor, campaign store.ID, all []NewLink, m Idempotency) (made []store.Link, err error) {
	if len(all) == 0 || len(all) > maxLinks {
		return nil, invalid("/links", "too_many_links", "a call makes 1 to %d links; send more in several calls", maxLinks)
	}
	err = unlessOutdated(ctx, func() error { // by a change of the person
		made, err = i.createLinks(ctx, a, campaign, all, m)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("create links: %w", err)
	}
	return made, nil
}

func (i *Issuer) createLinks(ctx context.Context, a Actor, campaign store.ID, all []NewLink, m Idempotency) (made []store.Link, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		for n := range all {
			if err := i.judgeLink(r, a, campaign, &all[n]); err != nil {
				return nth(len(all), n, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = i.update(ctx, func(tx store.Tx) error {
		first, _, err := i.once(tx, a, m, func() (store.ID, error) { return addLinks(tx, a, campaign, all) })
		if err != nil {
			return err
		}
		made, _, err = tx.Links(campaign, store.Page{From: first, Limit: len(all)}) // of one commit, so next to each other
		return err
	})
	return made, err
}

// nth says which of several a refusal is about.
func nth(of, n int, err error) error {
	if of == 1 {
		return err
	}
	return within(fmt.Sprintf("/links/%d", n), err)
}

func addLinks(tx store.Tx, a Actor, campaign store.ID, all []NewLink) (first store.ID, err error) {
	c, err := tx.Campaign(a.Org, campaign)
	if err != nil {
		return 0, err
	}
	for n := range all {
		l, err := addLink(tx, a, c, all[n])
		if err != nil {
			return 0, nth(len(all), n, err)
		}
		if n == 0 {
			first = l.ID
		}
	}
	return first, nil
}

func addLink(tx store.Tx, a Actor, c store.Campaign, n NewLink) (l store.Link, err error) {
	l = store.Link{Org: c.Org, Campaign: c.ID, Slug: n.Slug, Kind: n.Kind, State: store.LinkActive, ExternalID: n.ExternalID, Created: tx.Now, Updated: tx.Now}
	if l.ID, err = tx.NewID(); err != nil {
		return l, err
	}
	if err := n.apply(tx, &l); err != nil {
		return l, err
	}
	if err := freeLink(tx.Reader, l); err != nil {
		return l, err
	}
	if l.Holder, err = n.Holder.hold(tx, a, n.known); err != nil {
		return l, err
	}
	return l, saveLink(tx, l)
}

// saveLink saves a link that was made or changed by its owner.
func saveLink(tx store.Tx, l store.Link) error {
	tx.Tally(store.LinkChanges, 1, store.Scope{Org: l.Org, ID: l.Campaign})
	return tx.PutLink(l)
}

// freeLink refuses what another link or pass has.
func freeLink(r store.Reader, l store.Link) error {
	_, err := r.LinkBySlug(l.Slug)
	if err == nil {
		return refuseAt("/slug", conflict("slug_taken", "another link has the address %q; choose another, or leave it out for a random one", l.Slug))
	}
	if !errors.Is(err, store.ErrNotFound) || l.ExternalID == "" {
		return except(err, store.ErrNotFound)
	}
	_, err = r.PassByExternalID(l.Org, l.ExternalID)
	if err == nil {
		return refuseAt("/externalId", conflict(codeTaken, "a pass has this external id; send its holder the link to that pass"))
	}
	return except(err, store.ErrNotFound)
}

// except is err unless that is the one.
func except(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

// refuseAt says where a refusal stands.
func refuseAt(path string, e *Error) error {
	e.Fields = []FieldError{{Path: path, Msg: e.Msg}}
	return e
}

// apply lays s over l, which was judged before. Long texts are stored once.
func (s LinkSettings) apply(tx store.Tx, l *store.Link) error {
	set(&l.Template, s.Template)
	set(&l.Limit, s.Limit)
	setTime(&l.Expires, s.Expires)
	set(&l.Values, s.Values)
	if s.Tags != nil {
		l.Tags = unique(*s.Tags)
	}
	set(&l.Asks, s.Asks)
	p := &l.Page
	set(&p.Title, s.Title)
	set(&p.Text, s.Text)
	set(&p.Language, s.Language)
	set(&p.Version, s.ConsentVersion)
	set(&p.ShareTitle, s.ShareTitle)
	set(&p.ShareText, s.ShareText)
	set(&p.ShareImage, s.ShareImage)
	set(&p.RemoteForm, s.RemoteForm)
	set(&p.UUIDs, s.UUIDs)
	return errors.Join(setBlob(tx, &p.Consent, s.Consent), setBlob(tx, &p.Stylesheet, s.Stylesheet), setBlob(tx, &p.Script, s.Script))
}

func setBlob(tx store.Tx, to, given *string) (err error) {
	if given == nil {
		return nil
	}
	*to = ""
	if *given != "" {
		*to, err = tx.PutBlob([]byte(*given))
	}
	return err
}

// LinkChange says what to change of a link; nil means leave as it is.
type LinkChange struct {
	State *store.LinkState
	LinkSettings
	IfMatch *int
}

// ChangeLink changes what a link issues and shows from now on.
func (i *Issuer) ChangeLink(ctx context.Context, a Actor, id store.ID, ch LinkChange) (l store.Link, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if l, err = r.Link(a.Org, id); err != nil {
			return err
		}
		return i.judgeLinkChange(r, l, ch)
	})
	if err != nil {
		return store.Link{}, fmt.Errorf("change link: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if l, err = tx.Link(a.Org, id); err != nil {
			return err
		}
		if err := unchanged(ch.IfMatch, l.Edited); err != nil {
			return err
		}
		set(&l.State, ch.State)
		if err := ch.apply(tx, &l); err != nil {
			return err
		}
		l.Edited++
		l.Updated = tx.Now
		return saveLink(tx, l)
	})
	if err != nil {
		return store.Link{}, fmt.Errorf("change link: %w", err)
	}
	return l, nil
}

// CloseLink ends a link. Its page stays and says so; passes that came of it stay too.
func (i *Issuer) CloseLink(ctx context.Context, a Actor, id store.ID) error {
	closed := store.LinkClosed
	_, err := i.ChangeLink(ctx, a, id, LinkChange{State: &closed})
	return err
}

// LinkURL is the address of a link's page. That of a page with a script is on the
// host that scripts have for themselves.
func (i *Issuer) LinkURL(l store.Link) string {
	if l.Page.Script != "" && i.cfg.ScriptsURL != "" {
		return i.cfg.ScriptsURL + "/c/" + l.Slug
	}
	return i.cfg.BaseURL + "/c/" + l.Slug
}

// LinkOf is the link that the page of a pass looks like: the one that it came through, or
// else the first of its campaign if that is for anybody. The zero Link means none.
func LinkOf(r store.Reader, p store.Pass) (store.Link, error) {
	l, err := r.Link(p.Org, p.Link)
	if !errors.Is(err, store.ErrNotFound) {
		return l, err
	}
	all, _, err := r.Links(p.Campaign, store.Page{Limit: 1})
	if err != nil || len(all) == 0 || all[0].Kind != store.PublicLink {
		return store.Link{}, err
	}
	return all[0], nil
}

// PassURL is the address of a pass's page, on the host that scripts have for themselves if
// the page has one.
func (i *Issuer) PassURL(r store.Reader, p store.Pass) (string, error) {
	at := i.cfg.BaseURL
	if i.RunsScripts() {
		l, err := LinkOf(r, p)
		if err != nil {
			return "", err
		}
		if l.Page.Script != "" {
			at = i.cfg.ScriptsURL
		}
	}
	return at + "/p/" + p.PublicID, nil
}

// maxLinksOf is how many personal links of somebody are forgotten in one commit.
const maxLinksOf = 1000

// forgetLinks forgets the personal links of somebody, whose values and addresses are
// theirs, and says whether there are more.
func forgetLinks(tx store.Tx, holder store.ID) (more bool, err error) {
	all, next, err := tx.LinksOf(holder, store.Page{Limit: maxLinksOf})
	for _, l := range all {
		err = errors.Join(err, tx.DeleteLink(l.ID))
	}
	return next != 0, err
}

// RunsScripts says whether pages may have scripts of their owners: they need a host for
// themselves.
func (i *Issuer) RunsScripts() bool { return i.cfg.ScriptsURL != "" }
