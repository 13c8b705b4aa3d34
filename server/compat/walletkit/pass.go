package walletkit

import (
	"encoding/json"
	"time"

	"pocketpass/server/compat/moved"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

var passSchema = newSchema("keys", "location|locations", "barcode_message", "barcode_alttext",
	"icon", "icon2x", "logo", "logo2x", "strip", "strip2x", "thumbnail", "thumbnail2x", "background", "background2x", "footer", "footer2x",
	"sms", "email", "emailsubject", "emailbody", "emailname")

// passAnswer describes a pass.
type passAnswer struct {
	URL         string   `json:"url"`
	Description string   `json:"description"`
	SentPass    sentPass `json:"sent_pass"`
	IgnoredKeys []string `json:"ignored_keys,omitempty"`
}

// sentPass is a pass with its links. An update of many leaves the last two out.
type sentPass struct {
	AuthenticationToken string `json:"authentication_token"`
	SerialNo            string `json:"serial_no"`
	CreatedDate         string `json:"createddate"`
	ShortURL            string `json:"short_url,omitempty"`
	EmailInfo           *bool  `json:"email_info,omitempty"` // a mail was queued
}

// postToTemplate handles POST /walletkit/v1/passes/{template}, which changes the pass of
// ?sno= and makes one without it.
func (s *Service) postToTemplate(c call) error {
	t, err := s.template(c)
	if err != nil {
		return err
	}
	if query := c.URL.Query(); query.Has("sno") {
		return s.movePass(c, t, query.Get("sno"))
	}
	return s.createPass(c, t)
}

func (s *Service) createPass(c call, t *template) error {
	raw, err := c.body()
	if err != nil {
		return err
	}
	if raw == nil {
		raw = json.RawMessage("{}")
	}
	in, _, err := passSchema.read(raw, "the body")
	if err != nil {
		return err
	}
	order, ignored, err := t.order(in)
	if err != nil {
		return err
	}
	letters, err := readDelivery(in, t.description)
	if err != nil {
		return err
	}
	addresses, err := readImages(in)
	if err != nil {
		return err
	}
	if order.Pictures, err = s.fetchImages(c.Context(), addresses, t.passType, hasStrip(t.images) || hasStrip(addresses)); err != nil {
		return err
	}
	moved.Of(c.Context()).Complete(&order, origin)
	p, err := s.Issuer.Issue(c.Context(), c.actor, order)
	if err != nil {
		return err
	}
	mailed, unsent := s.deliver(c, p.ID, letters)
	return s.answerPass(c, t, p, mailed, append(ignored, unsent...))
}

// order is what a request asks for, and the names in it that change nothing.
func (t *template) order(in object) (o issuer.Order, ignored []string, err error) {
	pairs, err := readPairs(in, "keys")
	if err != nil {
		return o, nil, err
	}
	_, places, err := readLocations(in)
	if err != nil {
		return o, nil, err
	}
	o = issuer.Order{Campaign: t.campaign, Template: t.id, Pinned: true, Sealable: true, Origin: origin}
	o.Values, ignored = t.values(pairs)
	if len(places) > 0 {
		o.Places = &issuer.Places{Add: places}
	}
	skipped, err := t.ownBarcode(in, &o)
	return o, append(ignored, skipped...), err
}

// ownBarcode gives a pass a code of its own, if the template has one.
func (t *template) ownBarcode(in object, o *issuer.Order) (ignored []string, err error) {
	message, err := in.text("barcode_message", "barcode_message")
	if err != nil {
		return nil, err
	}
	alt, err := in.text("barcode_alttext", "barcode_alttext")
	if err != nil || message == "" && alt == "" {
		return nil, err
	}
	if t.barcode == nil {
		for name, text := range map[string]string{"barcode_message": message, "barcode_alttext": alt} {
			if text != "" {
				ignored = append(ignored, name)
			}
		}
		return sorted(ignored), nil
	}
	if t.given && message != "" {
		if o.Code = message; alt == "" {
			return nil, nil
		}
	}
	code := t.barcode.with(message, alt)
	if t.textKey != "" {
		o.Values[t.textKey] = quoted(code.backText())
		return nil, nil
	}
	document := make(map[string]any, 2)
	code.write(document)
	o.Document, err = json.Marshal(document)
	return nil, err
}

// answerPass answers as a creation does.
func (s *Service) answerPass(c call, t *template, p store.Pass, mailed bool, ignored []string) error {
	out, err := s.describe(t, p)
	if err != nil {
		return err
	}
	out.SentPass.ShortURL, out.SentPass.EmailInfo, out.IgnoredKeys = s.shortURL(p), &mailed, ignored
	return c.answer(out)
}

func (s *Service) describe(t *template, p store.Pass) (passAnswer, error) {
	token, err := s.Issuer.Token(p)
	return passAnswer{URL: s.fileURL(p), Description: t.description,
		SentPass: sentPass{AuthenticationToken: token, SerialNo: p.SerialNumber, CreatedDate: p.Created.UTC().Format(time.RFC3339)}}, err
}
