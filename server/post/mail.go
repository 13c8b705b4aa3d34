package post

import (
	"bytes"
	"net/mail"
	"regexp"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Mail is one e-mail to one address.
type Mail struct {
	ID       string // Message-ID without brackets, "x@example.com": the same at every try
	To       string
	Name     string // of the recipient; may be empty
	Subject  string
	Text     string
	HTML     string // may be empty; shows Inline as src="cid:ID"
	Language string // BCP 47; may be empty
	Date     time.Time

	Inline      *File  // picture within HTML
	Attachment  *File  //
	Unsubscribe string // https or mailto address of List-Unsubscribe (RFC 2369); may be empty
}

// File is a part of a Mail.
type File struct {
	Name string // as the recipient sees it
	Type string // media type
	ID   string // Content-ID without brackets, of an inline picture
	Data []byte
}

// goodID is what a Message-ID or Content-ID may be of what RFC 5322 allows.
var goodID = regexp.MustCompile(`^[A-Za-z0-9._+=-]{1,128}@[A-Za-z0-9.-]{1,128}$`)

// message builds m as it goes over the wire. What does not fit is a Permanent
// *Error; line ends within a header become blanks.
func (s *SMTP) message(m Mail) (*gomail.Msg, error) {
	to, err := Address(m.To)
	if err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&mail.Address{Name: oneLine(s.FromName), Address: s.From})
	msg.AddToMailAddress(&mail.Address{Name: oneLine(m.Name), Address: to})
	msg.Subject(oneLine(m.Subject))
	msg.SetMessageIDWithValue(m.ID)
	msg.SetDateWithValue(m.Date)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday notes, please
	if m.Language != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, m.Language)
	}
	if m.Unsubscribe != "" {
		msg.SetListUnsubscribe(m.Unsubscribe)
	}
	return msg, m.fill(msg)
}

func (m Mail) check() error {
	switch {
	case !goodID.MatchString(m.ID):
		return permanent("", "the message has no proper id", "give one like x@example.com")
	case m.Inline != nil && !goodID.MatchString(m.Inline.ID):
		return permanent("", "the picture has no proper id", "give one like x@example.com")
	case m.Language != "" && !token(m.Language):
		return permanent("", "the message's language is not a language tag", "write it like en or pt-BR")
	case m.Unsubscribe != "" && !token(m.Unsubscribe):
		return permanent("", "the address to unsubscribe at cannot be read", "write it like https://example.com/path")
	}
	return nil
}

// fill adds the texts and the files.
func (m Mail) fill(msg *gomail.Msg) error {
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	if f := m.Inline; f != nil {
		if err := msg.EmbedReader(oneLine(f.Name), bytes.NewReader(f.Data), f.kind(), gomail.WithFileContentID("<"+f.ID+">")); err != nil {
			return permanent("", "the picture cannot be added", err.Error())
		}
	}
	if f := m.Attachment; f != nil {
		if err := msg.AttachReader(oneLine(f.Name), bytes.NewReader(f.Data), f.kind()); err != nil {
			return permanent("", "the file cannot be added", err.Error())
		}
	}
	return nil
}

func (f File) kind() gomail.FileOption {
	return gomail.WithFileContentType(gomail.ContentType(f.Type))
}
