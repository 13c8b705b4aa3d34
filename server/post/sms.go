package post

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"unicode/utf8"

	"pocketpass/server/outbound"
)

// SMS is one text message to one telephone.
type SMS struct {
	ID   string // the same at every try
	To   string
	Text string // at most MaxSMS characters
}

// MaxSMS is the most characters of a text message that gateways split and join.
const MaxSMS = 1600

// Gateway sends text messages by calling an HTTP address.
type Gateway struct {
	Kind    string // Twilio or Webhook
	URL     string // Twilio: where the API begins, empty means Twilio's own; Webhook: the whole address
	Account string // Twilio: account SID
	Token   string // Twilio: auth token; Webhook: bearer token or the value of Header
	Header  string // Webhook: name of the header for Token; empty means Authorization: Bearer
	From    string // number or name of the sender
	Service string // Twilio: messaging service SID, instead of From

	// Client makes the calls. It should follow no redirects, which turn a POST
	// into a GET that sends nothing.
	Client *outbound.Client
}

// The kinds of a Gateway.
const (
	Twilio  = "twilio"
	Webhook = "webhook"
)

const twilioURL = "https://api.twilio.com"

// maxAnswer bounds what is read of a gateway's answer, in bytes.
const maxAnswer = 64 << 10

var (
	goodAccount = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
	goodHeader  = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
)

// Check says what is wrong with the settings, a line each that names the key.
func (g *Gateway) Check() error {
	address := demand(g.URL != "" || g.Kind != Webhook, "url: is empty: write the address of the gateway")
	if u, err := url.Parse(g.URL); g.URL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
		address = errors.New("url: is not a web address without a password: write it like https://sms.example.com/send")
	}
	if g.Kind == Twilio {
		return errors.Join(address,
			demand(goodAccount.MatchString(g.Account), "account: is not an account SID: write the one that begins with AC"),
			demand(token(g.Token), "token: is empty or has blanks: write the account's auth token"),
			demand((g.From == "") != (g.Service == ""), "from and service: write one of the two, the sender's number or the messaging service's SID"))
	}
	return errors.Join(address,
		demand(g.Kind == Webhook, "kind: %q is unknown: write twilio or webhook", g.Kind),
		demand(g.Token == "" || token(g.Token), "token: has blanks or line ends: write it as the gateway gave it"),
		demand(g.Header == "" || goodHeader.MatchString(g.Header), "header: %q is no name of a header: write it like X-Api-Key", g.Header))
}

// Send hands m over to the gateway, once. A nil error means that the gateway has
// taken it; any other is an *Error. The settings must have passed Check.
func (g *Gateway) Send(ctx context.Context, m SMS) error {
	to, err := Phone(m.To)
	if err != nil {
		return err
	}
	m.To = to
	if n := utf8.RuneCountInString(m.Text); n == 0 || n > MaxSMS {
		return permanent("", "the text is empty or too long for a text message", "write 1 to 1600 characters")
	}
	if g.Kind == Twilio {
		return g.callTwilio(ctx, m)
	}
	return g.callWebhook(ctx, m)
}

// call makes a request and returns the status and the beginning of the answer.
func (g *Gateway) call(r *http.Request) (status int, body []byte, err error) {
	r.Header.Set("Accept", "application/json")
	resp, err := g.Client.Client().Do(r)
	if err != nil {
		return 0, nil, notCalled(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil && resp.StatusCode >= 300 {
		return 0, nil, temporary("", "the gateway's answer broke off")
	}
	return resp.StatusCode, body, nil // what follows a 2xx is of no interest
}

func notCalled(err error) error {
	if refused, ok := errors.AsType[*outbound.Refused](err); ok {
		return configuration("", refused.Error(), "correct [sms] url")
	}
	if outer, ok := errors.AsType[*url.Error](err); ok && outer.Timeout() {
		return temporary("", "the gateway did not answer in time")
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return configuration("", "the gateway shows a certificate that is not trusted", "correct [sms] url, or the certificate")
	}
	return temporary("", "the gateway cannot be reached")
}

// judge turns a status into what it asks for. code is how errors cite it.
func judge(status int, code string) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests || status >= 500:
		return temporary(code, "the gateway cannot take the message now")
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return configuration(code, "the gateway does not let us in", "correct account and token of [sms]")
	case status < 400 || status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone:
		return configuration(code, "the gateway is not at this address", "correct url and account of [sms]")
	}
	return permanent(code, "the gateway refuses the message", "check the number and the text")
}
