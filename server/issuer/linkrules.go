package issuer

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Limits of a link and its page.
const (
	maxPageText   = 5000     // characters
	maxShareText  = 300      // characters
	maxConsent    = 10_000   // characters
	maxVersion    = 64       // characters of a consent's version
	maxPageFile   = 64 << 10 // bytes of a stylesheet, and of a script
	maxAddress    = 2000     // bytes
	randomSlug    = 12       // characters of an address that nobody chose
	shortestSlug  = 3
	secretSlug    = 10 // shortest address of a personal link, which must not be guessed
	slugAlphabet  = "23456789abcdefghijkmnpqrstuvwxyz"
	slugWords     = "an address has 3 to 64 characters a-z 0-9 and -, of which the first and the last are no -"
	secretMessage = "whoever guesses the address of a personal link gets the pass; give 10 characters or more, or leave it out for a random one"
)

var goodSlug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$`)

var noCodesOfVisitors = conflict("link_codes_given", "codes of this campaign come with the orders, and visitors bring none; issue its passes by orders")

// judgeLink refuses a link that cannot work, and chooses its address if nobody did.
func (i *Issuer) judgeLink(r store.Reader, a Actor, campaign store.ID, n *NewLink) (err error) {
	c, err := r.Campaign(a.Org, campaign)
	if err != nil {
		return err
	}
	if c.Rules.Numbering.Kind == store.Given {
		return noCodesOfVisitors
	}
	if n.Kind == "" {
		n.Kind = store.PublicLink
	}
	if n.Slug == "" {
		n.Slug = randomText(slugAlphabet, randomSlug)
	}
	if n.Holder.Details, err = n.Holder.check("/person"); err != nil {
		return err
	}
	if err := errors.Join(n.checkKind(), n.checkSlug(), checkExternalID(n.ExternalID)); err != nil {
		return err
	}
	if _, n.known, err = i.acquaint(r, a.Org, n.Holder); err != nil {
		return err
	}
	return i.judgeSettings(r, c, store.Link{}, n.LinkSettings)
}

func (n NewLink) checkKind() error {
	switch {
	case n.Kind != store.PublicLink && n.Kind != store.PersonalLink:
		return invalid("/kind", "link_kind", "the kind is public or personal")
	case n.Kind == store.PublicLink && (n.Holder.named() || n.ExternalID != ""):
		return invalid("/kind", "link_public", "a public link is for anybody; leave out the person and the external id, or make it personal")
	case n.Kind == store.PersonalLink && n.Limit != nil && *n.Limit > 1:
		return invalid("/limit", "link_limit", "a personal link gives one pass; leave the limit out")
	}
	return nil
}

func (n NewLink) checkSlug() error {
	switch {
	case len(n.Slug) < shortestSlug || !goodSlug.MatchString(n.Slug):
		return invalid("/slug", "slug", slugWords)
	case n.Kind == store.PersonalLink && len(n.Slug) < secretSlug:
		return invalid("/slug", "slug_short", secretMessage)
	}
	return nil
}

func (i *Issuer) judgeLinkChange(r store.Reader, l store.Link, ch LinkChange) error {
	if s := ch.State; s != nil && *s != store.LinkActive && *s != store.LinkClosed {
		return invalid("/state", "link_state", "the state is active or closed")
	}
	if ch.Limit != nil && *ch.Limit > 1 && l.Kind == store.PersonalLink {
		return invalid("/limit", "link_limit", "a personal link gives one pass; leave the limit out")
	}
	c, err := r.Campaign(l.Org, l.Campaign)
	if err != nil {
		return err
	}
	return i.judgeSettings(r, c, l, ch.LinkSettings)
}

// judgeSettings refuses settings of a link to a campaign's passes; l is what it was before.
func (i *Issuer) judgeSettings(r store.Reader, c store.Campaign, l store.Link, s LinkSettings) error {
	set(&l.Template, s.Template)
	set(&l.Values, s.Values)
	if s.Limit != nil && *s.Limit < 0 {
		return invalid("/limit", "link_limit", "the limit is how many passes come of the link at most; 0 means no limit")
	}
	if s.Tags != nil {
		if err := checkTags("/tags", *s.Tags); err != nil {
			return err
		}
	}
	if s.Asks != nil {
		if err := checkAsks(*s.Asks); err != nil {
			return err
		}
	}
	if l.ID == 0 || s.Template != nil || s.Values != nil {
		if err := i.judgePreset(r, c, l); err != nil {
			return err
		}
	}
	return errors.Join(checkExpires(s.Expires), within("/page", i.judgePage(r, c.Org, s.PageSettings)))
}

func checkAsks(a store.Asks) error {
	for name, d := range map[string]store.Demand{"name": a.Name, "email": a.Email, "phone": a.Phone} {
		if !slices.Contains([]store.Demand{store.NotAsked, store.Optional, store.Required}, d) {
			return invalid("/asks/"+name, "asks", "write optional or required, or leave it out")
		}
	}
	return nil
}

// judgePreset holds the values that every pass of a link gets against the design in force.
func (i *Issuer) judgePreset(r store.Reader, c store.Campaign, l store.Link) error {
	t, err := templateFor(r, c, l.Template)
	if err != nil {
		return err
	}
	d, err := i.design(r, c.Org, t.ID, t.Published)
	if err != nil {
		return err
	}
	if err := checkContent(Content{Values: l.Values}); err != nil {
		return err
	}
	return checkValues(d, d.document, store.Pass{}, l.Values)
}

// judgePage takes what is given of a page.
func (i *Issuer) judgePage(r store.Reader, org store.ID, p PageSettings) error {
	err := errors.Join(
		checkLine("/title", p.Title, maxName), checkText("/text", p.Text, maxPageText),
		checkText("/consent", p.Consent, maxConsent), checkLine("/consentVersion", p.ConsentVersion, maxVersion),
		checkLine("/share/title", p.ShareTitle, maxName), checkLine("/share/text", p.ShareText, maxShareText),
		checkPageFile("/stylesheet", p.Stylesheet), checkPageFile("/script", p.Script), checkRemoteForm(p.RemoteForm),
	)
	if err != nil {
		return err
	}
	if p.Language != nil && *p.Language != "" && pkpass.CheckLanguage(*p.Language) != nil {
		return invalid("/language", "language_unknown", "%q is no language tag; write one like de or pt-BR", *p.Language)
	}
	if p.Script != nil && *p.Script != "" && i.cfg.ScriptsURL == "" {
		return invalid("/script", "script_refused", "the server runs no scripts of pages; its operator allows them by giving them a host name of their own, [enrol] scripts_host in the settings")
	}
	if p.ShareImage != nil && *p.ShareImage != 0 {
		_, err := r.Asset(org, *p.ShareImage)
		return missing(err, "/share/image", "asset")
	}
	return nil
}

func checkLine(path string, text *string, most int) error {
	if text != nil && (utf8.RuneCountInString(*text) > most || !printable(*text)) {
		return invalid(path, "text_line", "this has up to %d characters and neither control characters nor line ends", most)
	}
	return nil
}

func checkText(path string, text *string, most int) error {
	if text != nil && (utf8.RuneCountInString(*text) > most || !readable(*text)) {
		return invalid(path, "text_long", "a text has up to %d characters and no control characters but line ends", most)
	}
	return nil
}

func checkPageFile(path string, text *string) error {
	if text != nil && (len(*text) > maxPageFile || !readable(*text)) {
		return invalid(path, "page_file", "a stylesheet or script has up to %d bytes of text; shorten it", maxPageFile)
	}
	return nil
}

func checkRemoteForm(address *string) error {
	if address == nil || *address == "" {
		return nil
	}
	u, err := url.Parse(*address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(*address) > maxAddress || !printable(*address) || strings.Contains(*address, " ") {
		return invalid("/remoteForm", "remote_form", "this is no address of a form; write it in full, like https://example.org/join")
	}
	return nil
}
