package walletkit

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// Limits of mails, in characters.
const (
	maxSubject = 200
	maxText    = 10_000
	maxName    = 120
)

var (
	phoneBlanks = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "")
	goodPhone   = regexp.MustCompile(`^\+[0-9]{7,15}$`)
	lineEnds    = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ")
	noLineEnds  = strings.NewReplacer("\r", "", "\n", "")
)

// readDelivery reads to whom the link goes, by the members that ask for it.
func readDelivery(in object, description string) (map[string]issuer.Sending, error) {
	out := make(map[string]issuer.Sending)
	number, err := in.text("sms", "sms")
	if err != nil {
		return nil, err
	}
	if number != "" {
		if number = phoneBlanks.Replace(number); !goodPhone.MatchString(number) {
			return nil, refuse(codeInvalidPhone, "sms", "sms must be a phone number with its country code, like +15550001122")
		}
		out["sms"] = issuer.Sending{Kind: store.SMSParcel, To: number}
	}
	address, err := in.text("email", "email")
	if err != nil || address == "" {
		return out, err
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != strings.TrimSpace(address) {
		return nil, refuse(codeInvalidEmail, "email", "email must be one e-mail address")
	}
	letter, err := readLetter(in, description)
	letter.To = parsed.Address
	out["email"] = letter
	return out, err
}

func readLetter(in object, description string) (s issuer.Sending, err error) {
	s.Kind = store.EmailParcel
	for _, m := range []struct {
		name string
		most int
		fit  func(string) string
		to   *string
	}{
		{"emailsubject", maxSubject, lineEnds.Replace, &s.Subject},
		{"emailbody", maxText, strings.TrimSpace, &s.Text},
		{"emailname", maxName, noLineEnds.Replace, &s.Name},
	} {
		text, err := in.text(m.name, m.name)
		if err != nil {
			return s, err
		}
		if *m.to = m.fit(text); utf8.RuneCountInString(*m.to) > m.most {
			return s, refuse(codeInvalidField, m.name, "%s has at most %d characters", m.name, m.most)
		}
	}
	if s.Subject == "" {
		s.Subject = cut("Your pass: "+lineEnds.Replace(description), maxSubject)
	}
	return s, nil
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// deliver queues what was asked for. A pass that cannot be sent is a pass all the same:
// the names of the members that came to nothing are told.
func (s *Service) deliver(c call, pass store.ID, letters map[string]issuer.Sending) (mailed bool, unsent []string) {
	for name, letter := range letters {
		_, err := s.Issuer.SendPass(c.Context(), c.actor, pass, letter)
		if err != nil {
			unsent = append(unsent, name)
			if issuer.KindOf(err) == issuer.Internal {
				s.log().ErrorContext(c.Context(), "send pass", "pass", pass, "err", err)
			}
			continue
		}
		mailed = mailed || letter.Kind == store.EmailParcel
	}
	return mailed, sorted(unsent)
}
