package issuer

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strings"

	"pocketpass/server/post"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// letter is everything that a mail or a text message about a pass says.
type letter struct {
	parcel       store.Parcel
	id           string // of the message
	link         string
	organisation string
	description  string // of the pass
	campaign     string
	file         *post.File // the pass itself, if it goes along
}

var goodHost = regexp.MustCompile(`^[A-Za-z0-9.-]{1,128}$`)

// letter reads what a parcel says now. ErrNotFound if the pass is gone, a Permanent
// *post.Error if it is void.
func (i *Issuer) letter(ctx context.Context, p store.Parcel) (letter, error) {
	l := letter{parcel: p, id: i.messageID(p)}
	err := i.db.View(ctx, func(r store.Reader) error {
		pass, err := r.Pass(p.Org, p.Pass)
		if err != nil {
			return err
		}
		about, err := subjectOf(r, pass)
		if err != nil {
			return err
		}
		if about.void() {
			return &post.Error{Kind: post.Permanent, Msg: "the pass is void", Remedy: "send another one"}
		}
		l.link, l.campaign = i.pageOf(pass), about.campaign.Name
		return i.describe(r, pass, &l)
	})
	if err == nil && p.Attach {
		err = i.enclose(ctx, &l)
	}
	return l, err
}

// describe takes the pass's own words, in the reader's language if it has them.
func (i *Issuer) describe(r store.Reader, pass store.Pass, l *letter) error {
	d, err := i.designOf(r, pass)
	if err != nil {
		return err
	}
	doc, files, err := i.assemble(r, d, pass, "")
	if err != nil {
		return err
	}
	l.organisation, l.description = doc.OrganizationName, doc.Description
	f, ok := files[pkpass.LanguageFolder(l.parcel.Language)+"/"+pkpass.StringsFile]
	if !ok {
		return nil
	}
	texts, err := pkpass.ParseStrings(f.Data)
	l.organisation = cmp.Or(texts[doc.OrganizationName], l.organisation)
	l.description = cmp.Or(texts[doc.Description], l.description)
	return err
}

// enclose adds the sealed pass.
func (i *Issuer) enclose(ctx context.Context, l *letter) error {
	d, err := i.download(ctx, func(r store.Reader) (store.Pass, error) { return r.Pass(l.parcel.Org, l.parcel.Pass) })
	l.file = &post.File{Name: d.Name, Type: "application/vnd.apple.pkpass", Data: d.Data}
	return err
}

// mail is the letter as a mail: text, HTML with the link as a QR code, and the file.
func (l letter) mail() (post.Mail, error) {
	w := wordings[l.parcel.Language]
	body := cmp.Or(l.parcel.Text, fmt.Sprintf(w.body, l.description, l.organisation))
	greeting := w.greeting
	if l.parcel.Name != "" {
		greeting = fmt.Sprintf(w.greetingNamed, l.parcel.Name)
	}
	footer := fmt.Sprintf(w.footer, l.organisation, l.campaign)
	picture, err := QRPicture(l.link)
	if err != nil {
		return post.Mail{}, err
	}
	return post.Mail{
		ID: l.id, To: l.parcel.To, Name: l.parcel.Name, Language: l.parcel.Language, Date: l.parcel.Created,
		Subject:    cmp.Or(l.parcel.Subject, fmt.Sprintf(w.subject, l.description)),
		Text:       strings.Join([]string{greeting, body, w.open + ":\n" + l.link, "--\n" + footer}, "\n\n") + "\n",
		HTML:       l.page(greeting, body, footer),
		Inline:     &post.File{Name: "qr.png", Type: "image/png", ID: qrID, Data: picture},
		Attachment: l.file,
	}, nil
}

// sms is the letter as a text message.
func (l letter) sms() string {
	w := wordings[l.parcel.Language]
	return cmp.Or(l.parcel.Text, fmt.Sprintf(w.sms, l.description, l.organisation)) + " " + l.link
}

// paragraphs are the parts of a text between empty lines.
func paragraphs(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n"), "\n\n")
}
