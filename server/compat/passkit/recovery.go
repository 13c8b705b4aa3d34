package passkit

import (
	"encoding/json"

	"net/http"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// resent is what became of one mail.
type resent struct {
	PassID  string `json:"passId"`
	Email   string `json:"recoveryEmail,omitempty"`
	Success bool   `json:"success"`
	Error   string `json:"error,omitempty"`
}

// resendEmails handles PUT /v2/recoveryEmails/resend. What is wrong with one mail stands
// in the answer, beside those that were sent.
func (s *Service) resendEmails(c call) error {
	raw, err := c.body()
	if err != nil {
		return err
	}
	if len(raw) > 0 && raw[0] == '{' && !isEmpty(raw) {
		raw = append(append(json.RawMessage{'['}, raw...), ']')
	}
	var all []json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &all) != nil || len(all) == 0 {
		return refuse(http.StatusBadRequest, "Invalid JSON body: an array of passes is expected")
	}
	if len(all) > maxBatch {
		return tooManyPasses(len(all))
	}
	items := make([]object, len(all))
	for n, raw := range all {
		if items[n], err = readObject(raw, "passId"); err != nil {
			return itemRefused(n, err)
		}
	}
	out := make([]resent, len(items))
	for n, o := range items {
		if out[n], err = s.resend(c, o); err != nil {
			return err
		}
	}
	return c.answer(out)
}

// resend sends one mail. What the client could put right is not an error.
func (s *Service) resend(c call, o object) (out resent, err error) {
	if out.PassID, _, err = o.text("passId"); err != nil {
		return out.failed(err)
	}
	email, given, err := o.text("newRecoveryEmail")
	if err == nil {
		email, err = readEmail("newRecoveryEmail", email)
	}
	if err != nil {
		return out.failed(err)
	}
	p, err := s.passFor(c, out.PassID)
	if err != nil {
		return out.failed(err)
	}
	if given && email != "" {
		change := object{"recoveryemail": encode(email)}
		x, err := s.revision(c, change, func(r store.Reader) (store.Pass, error) { return passCalled(r, c.actor.Org, out.PassID) })
		if err != nil {
			return out.failed(err)
		}
		all, err := s.Issuer.Amend(c.Context(), c.actor, []issuer.Amendment{x.Amendment})
		if err != nil {
			return out.failed(s.changeRefused(c, err, x))
		}
		p = all[0]
	}
	x, err := extrasOf(p)
	if err != nil {
		return out, err
	}
	if out.Email = x.Email; out.Email == "" {
		out.Error = "Pass has no recovery e-mail address"
		return out, nil
	}
	if err := s.mail(c, p.ID, out.Email); err != nil {
		return out.failed(err)
	}
	out.Success = true
	return out, nil
}

func (s *Service) passFor(c call, id string) (p store.Pass, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err = passCalled(r, c.actor.Org, id)
		return err
	})
	return p, err
}

// mailPause is how long a pass waits for its next mail.
const mailPause = time.Minute

// failed notes why a mail was not sent. A failure of our own is one of the whole call.
func (r resent) failed(err error) (resent, error) {
	f := failureOf(err)
	if f.status == http.StatusInternalServerError {
		return r, err
	}
	r.Error = f.Text
	return r, nil
}

// mail queues a mail with the link to a pass, one a minute.
func (s *Service) mail(c call, pass store.ID, to string) error {
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		last, _, err := r.Parcels(pass, store.Page{Reverse: true, Limit: 1})
		if err == nil && len(last) > 0 && r.Now.Sub(last[0].Created) < mailPause {
			err = refuse(http.StatusBadRequest, "Pass was sent less than a minute ago, please retry later")
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.Issuer.SendPass(c.Context(), c.actor, pass, issuer.Sending{Kind: store.EmailParcel, To: to})
	switch issuer.Public(err).Code {
	case "mail_not_configured":
		return refuse(http.StatusBadRequest, "E-mail is not configured on this server")
	case "recipient_limit":
		return refuse(http.StatusBadRequest, "Recipient was sent too many messages, please retry later")
	}
	return err
}

// mailIssued sends new passes to their recovery addresses, if that was asked for. A pass
// that cannot be sent is a pass all the same.
func (s *Service) mailIssued(c call, all []store.Pass) {
	if !s.MailOnIssue {
		return
	}
	for _, p := range all {
		x, err := extrasOf(p)
		if err == nil && x.Email == "" {
			continue
		}
		if err == nil {
			err = s.mail(c, p.ID, x.Email)
		}
		if err != nil {
			s.log().WarnContext(c.Context(), "send new pass", "pass", p.ID, "err", err)
		}
	}
}
