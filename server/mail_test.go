package server_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"pocketpass/server"
	"pocketpass/server/issuer"
	"pocketpass/server/post/posttest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

const mailPassword = "p4ssw0rd-of-the-test"

// newPostOffice is a server with a mail server beside it.
func newPostOffice(t *testing.T) (*servertest.Server, *posttest.Server) {
	t.Helper()
	smtp := posttest.New(t, posttest.Options{Username: "shop", Password: mailPassword})
	ca, password := write(t, "ca.pem", string(smtp.PEM)), write(t, "password", mailPassword+"\n")
	return servertest.New(t, servertest.Config(func(c *server.Config) {
		loaded, err := load(t, "[mail]\nhost = \"127.0.0.1\"\nfrom = \"passes@example.org\"\nfrom_name = \"Café\"\nusername = \"shop\"\n",
			"POCKETPASS_MAIL_CA_FILE="+ca, "POCKETPASS_MAIL_PASSWORD_FILE="+password)
		if err != nil {
			t.Fatal(err)
		}
		c.Mail = loaded.Mail
		c.Mail.Port = smtp.Port
	})), smtp
}

// heldBy is an edit of an order for somebody.
func heldBy(name, email, language string) func(*issuer.Order) {
	return func(o *issuer.Order) {
		o.Holder.Name, o.Holder.Email, o.Holder.Language = &name, &email, &language
	}
}

type delivery struct {
	ID, To, State, Language, Error string
	Attempts                       int
}

// lastDelivery is the newest delivery of a pass.
func lastDelivery(t *testing.T, s *servertest.Server, p store.Pass) (d delivery) {
	t.Helper()
	var all struct{ Items []delivery }
	s.Get(t, deliveriesOf(p)).Status(t, 200).JSON(t, &all)
	if len(all.Items) > 0 {
		d = all.Items[0]
	}
	return d
}

func deliveriesOf(p store.Pass) string { return "/api/v1/passes/" + p.ID.Short() + "/deliveries" }

func pageOf(p store.Pass) string { return servertest.BaseURL + "/p/" + p.PublicID }

func TestMailWithAPass(t *testing.T) {
	s, smtp := newPostOffice(t)
	p := s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 3}, heldBy("Ada Lovelace", "ada@example.org", "de-AT"))
	var sent delivery
	s.Post(t, deliveriesOf(p), map[string]any{"kind": "email", "attach": true}).Status(t, 202).JSON(t, &sent)
	if sent.To != "ada@example.org" || sent.State != "queued" || sent.Language != "de" {
		t.Errorf("%+v", sent)
	}
	m := smtp.Next(t)
	if m.To != "ada@example.org" || m.Header(t, "Content-Language") != "de" || m.Header(t, "Message-ID") != "<"+sent.ID+"@passes.example.org>" {
		t.Errorf("mail to %s:\n%s", m.To, m.Raw)
	}
	if subject := m.Header(t, "Subject"); !strings.HasPrefix(subject, "Ihre Karte: ") {
		t.Errorf("subject %q", subject)
	}
	for _, kind := range []string{"text/plain", "text/html"} {
		text := string(m.Part(t, kind).Body)
		for _, want := range []string{pageOf(p), "Guten Tag Ada Lovelace,", "Coffee"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", kind, want, text)
			}
		}
	}
	picture := m.Part(t, "image/png")
	if !strings.Contains(string(m.Part(t, "text/html").Body), `src="cid:`+strings.Trim(picture.ID, "<>")+`"`) {
		t.Errorf("the page does not show %s", picture.ID)
	}
	if got := readQR(t, picture.Body); got != pageOf(p) {
		t.Errorf("the code says %q", got)
	}
	s.CheckPass(t, m.Part(t, "application/vnd.apple.pkpass").Body)
	s.Until(t, "the delivery is noted", func() bool { return lastDelivery(t, s, p).State == "sent" })
	if history := s.Get(t, "/api/v1/passes/"+p.ID.Short()+"/history").Body; !bytes.Contains(history, []byte("pass.delivered")) || bytes.Contains(history, []byte("ada@")) {
		t.Errorf("history %s", history)
	}
}

func readQR(t *testing.T, data []byte) string {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	// The library's search for a code within a photograph fails now and then on a
	// drawing that every phone reads, so it is told that this is one.
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	found, err := qrcode.NewQRCodeReader().Decode(bits, pure)
	if err != nil {
		t.Fatal(err)
	}
	return found.GetText()
}

// TestOwnWords sends what the request says, else what the campaign says, and the link after it.
func TestOwnWords(t *testing.T) {
	s, smtp := newPostOffice(t)
	p := s.Issue(t, store.Campaign{}, nil)
	s.Patch(t, "/api/v1/campaigns/"+p.Campaign.Short(), map[string]any{"letter": map[string]any{"subject": "From the campaign", "text": "Come in.\n\n<b>Soon</b>"}}).Status(t, 200)
	s.Post(t, deliveriesOf(p), map[string]any{"kind": "email", "to": "ada@example.org"}).Status(t, 202)
	m := smtp.Next(t)
	text, html := string(m.Part(t, "text/plain").Body), string(m.Part(t, "text/html").Body)
	if m.Header(t, "Subject") != "From the campaign" || !strings.Contains(text, "Come in.") || !strings.Contains(text, pageOf(p)) {
		t.Errorf("%s", m.Raw)
	}
	if !strings.Contains(html, "&lt;b&gt;Soon") || !strings.Contains(html, pageOf(p)) {
		t.Errorf("page %s", html)
	}
	s.Post(t, deliveriesOf(p), map[string]any{"kind": "email", "to": "ada@example.org", "subject": "From the request"}).Status(t, 202)
	if m := smtp.Next(t); m.Header(t, "Subject") != "From the request" || !strings.Contains(string(m.Raw), "Come in.") {
		t.Errorf("%s", m.Raw)
	}
}

func TestMailServerDownAndBack(t *testing.T) {
	s, smtp := newPostOffice(t)
	p := s.Issue(t, store.Campaign{}, nil)
	smtp.Down()
	s.Post(t, deliveriesOf(p), map[string]any{"kind": "email", "to": "ada@example.org"}).Status(t, 202)
	s.Until(t, "the first try failed", func() bool { return lastDelivery(t, s, p).Error != "" })
	if d := lastDelivery(t, s, p); d.State != "queued" || d.Attempts != 1 || !strings.Contains(d.Error, "cannot be reached") {
		t.Errorf("%+v", d)
	}
	smtp.Up(t)
	s.Advance(t, time.Hour)
	m := smtp.Next(t)
	s.Until(t, "the delivery is noted", func() bool { return lastDelivery(t, s, p).State == "sent" })
	if d := lastDelivery(t, s, p); d.Attempts != 2 || d.Error != "" || m.Header(t, "Message-ID") != "<"+d.ID+"@passes.example.org>" {
		t.Errorf("%+v", d)
	}
	smtp.Nothing(t)
}

func TestRecipientThatDoesNotExist(t *testing.T) {
	s, smtp := newPostOffice(t)
	p := s.Issue(t, store.Campaign{}, nil)
	smtp.Refuse("RCPT", 550, [3]int{5, 1, 1}, "no such user ada@example.org")
	s.Post(t, deliveriesOf(p), map[string]any{"kind": "email", "to": "ada@example.org"}).Status(t, 202)
	s.Until(t, "it failed", func() bool { return lastDelivery(t, s, p).State == "failed" })
	if d := lastDelivery(t, s, p); d.Attempts != 1 || !strings.Contains(d.Error, "550 5.1.1") || strings.Contains(d.Error, "ada") {
		t.Errorf("%+v", d)
	}
	history := s.Get(t, "/api/v1/passes/"+p.ID.Short()+"/history").Body
	if !bytes.Contains(history, []byte("pass.delivery_failed")) || bytes.Contains(history, []byte("ada@")) {
		t.Errorf("history %s", history)
	}
}

func TestNoMailServer(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, store.Campaign{}, nil)
	for kind, code := range map[string]string{"email": "mail_not_configured", "sms": "sms_not_configured"} {
		a := s.Post(t, deliveriesOf(p), map[string]any{"kind": kind, "to": "ada@example.org"}).Fails(t, 503, code)
		if !bytes.Contains(a.Body, []byte(pageOf(p))) {
			t.Errorf("the answer lacks the link: %s", a.Body)
		}
	}
}

// TestTextMessage goes through a gateway of the operator's own network.
func TestTextMessage(t *testing.T) {
	got := make(chan map[string]string, 1)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &m); err != nil || r.Header.Get("X-Api-Key") != mailPassword {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		got <- m
	}))
	defer gateway.Close()
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.SMS = server.SMSConfig{Kind: "webhook", URL: gateway.URL, Header: "X-Api-Key", Token: mailPassword, From: "Cafe"}
		c.Outbound.Allow = []server.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}}
	}))
	p := s.Issue(t, store.Campaign{}, nil)
	s.Post(t, deliveriesOf(p), map[string]any{"kind": "sms", "to": "+49 171 1234567", "language": "fr"}).Status(t, 202)
	select {
	case m := <-got:
		d := lastDelivery(t, s, p)
		if m["to"] != "+491711234567" || m["from"] != "Cafe" || m["id"] != d.ID || !strings.HasPrefix(m["text"], "Votre carte ") || !strings.HasSuffix(m["text"], " "+pageOf(p)) {
			t.Errorf("%v", m)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no text message came")
	}
	s.Until(t, "the delivery is noted", func() bool { return lastDelivery(t, s, p).State == "sent" })
}

func TestMailSettings(t *testing.T) {
	for text, want := range map[string]string{
		"[mail]\nfrom = \"a@example.org\"":                                                "mail.host: is empty although",
		"[mail]\nhost = \"smtp.example.org\"":                                             "mail.from: is not one e-mail address",
		"[mail]\nhost = \"smtp.example.org\"\nfrom = \"a@example.org\"\ntls = \"ssl\"":    `mail.tls: "ssl" is unknown`,
		"[mail]\nhost = \"smtp.example.org\"\nfrom = \"a@example.org\"\ntimeout = \"1h\"": "mail.timeout: 1h0m0s is too long",
		"[sms]\nfrom = \"x\"":                           "sms.kind: is empty although",
		"[sms]\nkind = \"twilio\"\naccount = \"AC1\"":   "sms.token: is empty",
		"[sms]\nkind = \"webhook\"\ntoken_file = \"/\"": "sms.token_file: ",
	} {
		if _, err := load(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
}
