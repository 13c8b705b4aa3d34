package issuer

import (
	"cmp"
	"context"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"pocketpass/server/post"
	"pocketpass/store"

	"golang.org/x/text/language"
)

// Mailer sends a mail, once. Its errors are a *post.Error.
type Mailer interface {
	Send(ctx context.Context, m post.Mail) error
}

// Texter sends a text message, once. Its errors are a *post.Error.
type Texter interface {
	Send(ctx context.Context, m post.SMS) error
}

// Limits of what is sent. Those of a recipient keep a mistake, or somebody with a
// key, from flooding a stranger.
const (
	maxSubject     = 200    // characters
	maxLetterText  = 10_000 // characters of a mail
	maxSMSText     = 1000   // characters, which leaves room for the link
	maxLetters     = 20     // languages of a campaign's mails
	maxLetterTexts = 20_000 // characters in all of them: every request reads them with the campaign
	maxPerMinute   = 3      // to a recipient
	maxPerDay      = 20
	keepParcels    = 90 * 24 * time.Hour
	codeRecipient  = "no_recipient"
	codeUnmailable = "mail_not_configured"
	codeUntextable = "sms_not_configured"
)

// Sending asks for the link to a pass to be sent to somebody.
type Sending struct {
	Kind        store.ParcelKind
	To          string // empty means the holder's address or number
	Name        string // empty means the holder's, if it goes to them
	Language    string // empty means the holder's, else the campaign's, else English
	Subject     string // of a mail; empty means the campaign's, else the usual one
	Text        string // empty means the campaign's, else the usual one; the link follows in any case
	Attach      bool   // the file of the pass too, to a mail
	Idempotency Idempotency
}

// SendPass queues a mail or a text message with the link to a pass. Unavailable,
// with the link to hand over instead, if the server has no way to send it.
func (i *Issuer) SendPass(ctx context.Context, a Actor, pass store.ID, s Sending) (parcel store.Parcel, err error) {
	if err := s.check(); err != nil {
		return store.Parcel{}, err
	}
	err = i.update(ctx, func(tx store.Tx) error {
		id, replayed, err := i.once(tx, a, s.Idempotency, func() (id store.ID, err error) {
			parcel, err = i.pack(tx, a, pass, s)
			return parcel.ID, err
		})
		if replayed && err == nil {
			parcel, err = tx.Parcel(a.Org, id)
		}
		return err
	})
	if err != nil {
		return store.Parcel{}, fmt.Errorf("send pass: %w", err)
	}
	return parcel, nil
}

// Parcels lists what was sent of a pass in the last ninety days.
func (i *Issuer) Parcels(ctx context.Context, a Actor, pass store.ID, p store.Page) (all []store.Parcel, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		if _, err := r.Pass(a.Org, pass); err != nil {
			return err
		}
		all, next, err = r.Parcels(pass, p)
		return err
	})
	return all, next, err
}

func (s Sending) check() error {
	switch {
	case s.Kind != store.EmailParcel && s.Kind != store.SMSParcel:
		return invalid("/kind", "delivery_kind", "the kind must be email or sms")
	case utf8.RuneCountInString(s.Name) > maxName || !printable(s.Name):
		return invalid("/name", "person_name", "a name has up to %d characters and no control characters", maxName)
	case s.Language != "" && !goodLanguage(s.Language):
		return invalid("/language", "language_unknown", "this is no language tag; give one like en or pt-BR")
	case s.Kind == store.SMSParcel && (s.Subject != "" || s.Attach):
		return invalid("/kind", "delivery_kind", "a text message has neither a subject nor an attachment; leave them out or send a mail")
	case s.Kind == store.SMSParcel && utf8.RuneCountInString(s.Text) > maxSMSText:
		return invalid("/text", "text_long", "a text message has up to %d characters before the link", maxSMSText)
	}
	return checkWords("", store.Words{Subject: s.Subject, Text: s.Text})
}

func checkLetter(path string, l store.Letter) error {
	if len(l.Languages) > maxLetters {
		return invalid(path+"/languages", "too_many_languages", "mails have up to %d languages besides the default", maxLetters)
	}
	if err := checkWords(path, l.Words); err != nil {
		return err
	}
	size := utf8.RuneCountInString(l.Text)
	for tag, w := range l.Languages {
		at := path + pointer("languages", tag)
		if canonical, err := language.Parse(tag); err != nil || canonical.String() != tag {
			return invalid(at, "language_unknown", "%q is no language tag as they are written; give one like en or pt-BR", tag)
		}
		if err := checkWords(at, w); err != nil {
			return err
		}
		size += utf8.RuneCountInString(w.Text)
	}
	if size > maxLetterTexts {
		return invalid(path+"/languages", "text_long", "the texts of all languages have up to %d characters together; shorten them", maxLetterTexts)
	}
	return nil
}

func checkWords(path string, l store.Words) error {
	switch {
	case utf8.RuneCountInString(l.Subject) > maxSubject || !printable(l.Subject):
		return invalid(path+"/subject", "subject", "a subject has up to %d characters and no control characters", maxSubject)
	case utf8.RuneCountInString(l.Text) > maxLetterText || !readable(l.Text):
		return invalid(path+"/text", "text_long", "a text has up to %d characters and no control characters but line ends", maxLetterText)
	}
	return nil
}

func readable(text string) bool {
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// pack makes the parcel and queues it.
func (i *Issuer) pack(tx store.Tx, a Actor, id store.ID, s Sending) (store.Parcel, error) {
	p, err := tx.Pass(a.Org, id)
	if err != nil {
		return store.Parcel{}, err
	}
	if err := i.canSend(s.Kind, p); err != nil {
		return store.Parcel{}, err
	}
	about, err := subjectOf(tx.Reader, p)
	if err != nil {
		return store.Parcel{}, err
	}
	if about.void() {
		return store.Parcel{}, conflict("pass_void", "the pass is void; take that back or send another one")
	}
	parcel, err := s.parcel(about)
	if err != nil {
		return store.Parcel{}, err
	}
	if err := notTooOften(tx.Reader, a.Org, parcel.To); err != nil {
		return store.Parcel{}, err
	}
	if parcel.ID, err = tx.NewID(); err != nil {
		return store.Parcel{}, err
	}
	parcel.State, parcel.By, parcel.Due, parcel.Created = store.ParcelQueued, a.By, tx.Now, tx.Now
	return parcel, tx.PutParcel(parcel)
}

// canSend refuses what the server has no way for, with what to do instead.
func (i *Issuer) canSend(kind store.ParcelKind, p store.Pass) error {
	code, section := codeUnmailable, "[mail]"
	if kind == store.SMSParcel {
		code, section = codeUntextable, "[sms]"
	}
	if kind == store.EmailParcel && i.cfg.Mail != nil || kind == store.SMSParcel && i.cfg.SMS != nil {
		return nil
	}
	return &Error{Kind: Unavailable, Code: code,
		Msg: fmt.Sprintf("the server is not set up to send this: hand over the link %s yourself, or fill in %s of the settings", i.pageOf(p), section)}
}

// pageOf is the link to a pass's page.
func (i *Issuer) pageOf(p store.Pass) string { return i.cfg.BaseURL + "/p/" + p.PublicID }

// parcel fills in what s leaves open.
func (s Sending) parcel(about subject) (store.Parcel, error) {
	to, err := s.recipient(about)
	if err != nil {
		return store.Parcel{}, err
	}
	out := store.Parcel{Org: about.pass.Org, Pass: about.pass.ID, Campaign: about.campaign.ID, Kind: s.Kind, To: to, Name: s.Name,
		Language: spoken(cmp.Or(s.Language, about.holder.Language, about.campaign.Language)),
		Subject:  s.Subject, Text: s.Text, Attach: s.Attach}
	if s.To == "" {
		out.Name = cmp.Or(s.Name, about.holder.Name)
	}
	if s.Kind == store.EmailParcel {
		words := about.campaign.Letter.In(s.languages(about)...)
		out.Subject, out.Text = cmp.Or(s.Subject, words.Subject), cmp.Or(s.Text, words.Text)
	}
	return out, nil
}

// languages are those in which the reader is to be addressed, the best first: their
// own, without its region or script too, then the campaign's.
func (s Sending) languages(about subject) (out []string) {
	for _, tag := range []string{cmp.Or(s.Language, about.holder.Language), about.campaign.Language} {
		if tag == "" {
			continue
		}
		t := language.Make(tag)
		base, _ := t.Base()
		out = append(out, t.String(), base.String())
	}
	return out
}

// recipient is the address or number that the parcel goes to, as it is sent.
func (s Sending) recipient(about subject) (to string, err error) {
	read, holders, what := post.Address, about.holder.Email, "e-mail address"
	if s.Kind == store.SMSParcel {
		read, holders, what = post.Phone, about.holder.Phone, "telephone number"
	}
	if to = cmp.Or(s.To, holders); to == "" {
		return "", invalid("/to", codeRecipient, "no %s of the pass's holder is known; give one", what)
	}
	if to, err = read(to); err != nil {
		return "", invalid("/to", "recipient", "%v", err)
	}
	return to, nil
}

func notTooOften(r store.Reader, org store.ID, to string) error {
	for _, limit := range []struct {
		within time.Duration
		most   int
		word   string
	}{{time.Minute, maxPerMinute, "minute"}, {24 * time.Hour, maxPerDay, "day"}} {
		n, err := r.ParcelsTo(org, to, r.Now.Add(-limit.within), limit.most)
		if err != nil {
			return err
		}
		if n >= limit.most {
			return &Error{Kind: TooMany, Code: "recipient_limit",
				Msg: fmt.Sprintf("this recipient was sent %d messages within a %s, which is the limit; wait, or hand over the link", limit.most, limit.word)}
		}
	}
	return nil
}

// spoken is the tag of the language that letters are written in for readers of tag.
func spoken(tag string) string {
	_, at, _ := lettersIn.Match(language.Make(tag))
	return letterLanguages[at]
}
