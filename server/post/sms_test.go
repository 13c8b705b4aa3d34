package post_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocketpass/server/outbound"
	"pocketpass/server/post"
)

// gateway is a listener that answers every call the same way and keeps the last.
type gateway struct {
	*httptest.Server
	status int
	answer string
	header http.Header
	path   string
	body   []byte
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{status: http.StatusCreated}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.header, g.path = r.Header, r.Method+" "+r.URL.Path
		g.body, _ = io.ReadAll(r.Body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(g.status)
		io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

// guarded is a client that may call this machine.
func guarded(t *testing.T) *outbound.Client {
	c := outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 5 * time.Second})
	t.Cleanup(c.Client().CloseIdleConnections)
	return c
}

var text = post.SMS{ID: "7", To: "+49 171 1234567", Text: "Ihre Karte: https://passes.example.com/p/x"}

func twilio(t *testing.T, g *gateway) *post.Gateway {
	return &post.Gateway{Kind: post.Twilio, URL: g.URL, Account: "AC0123", Token: password, From: "+15550001111", Client: guarded(t)}
}

func TestTwilioContract(t *testing.T) {
	g := newGateway(t)
	g.answer = `{"sid":"SM1","status":"queued","error_code":null}`
	by := twilio(t, g)
	if err := by.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	form, err := url.ParseQuery(string(g.body))
	if err != nil || g.path != "POST /2010-04-01/Accounts/AC0123/Messages.json" || g.header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("%s, %s, %v", g.path, g.header, err)
	}
	want := url.Values{"To": {"+491711234567"}, "From": {"+15550001111"}, "Body": {text.Text}}
	if form.Encode() != want.Encode() {
		t.Errorf("form %v", form)
	}
	r := http.Request{Header: g.header}
	if user, pass, ok := r.BasicAuth(); !ok || user != "AC0123" || pass != password {
		t.Errorf("signed in as %q", user)
	}
	by.From, by.Service = "", "MG77"
	if err := by.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if form, _ = url.ParseQuery(string(g.body)); form.Get("MessagingServiceSid") != "MG77" || form.Has("From") {
		t.Errorf("form %v", form)
	}
}

func TestWebhookContract(t *testing.T) {
	g := newGateway(t)
	g.status = http.StatusAccepted
	by := &post.Gateway{Kind: post.Webhook, URL: g.URL + "/send", Token: password, From: "Blume", Client: guarded(t)}
	if err := by.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	var body map[string]string
	if err := json.Unmarshal(g.body, &body); err != nil || g.path != "POST /send" {
		t.Fatalf("%s, %v", g.path, err)
	}
	if len(body) != 4 || body["to"] != "+491711234567" || body["from"] != "Blume" || body["text"] != text.Text || body["id"] != "7" {
		t.Errorf("body %v", body)
	}
	if g.header.Get("Authorization") != "Bearer "+password {
		t.Error("no bearer token")
	}
	by.Header = "X-Api-Key"
	if err := by.Send(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if g.header.Get("X-Api-Key") != password || g.header.Get("Authorization") != "" {
		t.Error("the header of choice does not hold the token alone")
	}
}

func TestGatewayAnswers(t *testing.T) {
	g := newGateway(t)
	hook := &post.Gateway{Kind: post.Webhook, URL: g.URL, Token: password, Client: guarded(t)}
	const said = `{"code":%,"message":"The 'To' number +491711234567 is bad","status":400}`
	tests := []struct {
		by     *post.Gateway
		status int
		code   string
		kind   post.Kind
		want   string
	}{
		{twilio(t, g), 400, "21211", post.Permanent, "the gateway knows no such number (400 21211): check the number"},
		{twilio(t, g), 400, "21610", post.Permanent, "wants no messages of this sender (400 21610)"},
		{twilio(t, g), 400, "21212", post.Configuration, "correct [sms] from"},
		{twilio(t, g), 400, "99999", post.Permanent, "(400 99999)"},
		{twilio(t, g), 401, "20003", post.Configuration, "does not let us in (401 20003): correct account and token of [sms]"},
		{twilio(t, g), 404, "20404", post.Configuration, "(404 20404)"},
		{twilio(t, g), 429, "20429", post.Temporary, "(429 20429)"},
		{twilio(t, g), 503, "", post.Temporary, "(503)"},
		{hook, 302, "", post.Configuration, "there are too many redirects"},
		{hook, 400, "", post.Permanent, "refuses the message (400)"},
		{hook, 403, "", post.Configuration, "(403)"},
		{hook, 422, "", post.Permanent, "(422)"},
		{hook, 408, "", post.Temporary, "(408)"},
		{hook, 500, "", post.Temporary, "(500)"},
	}
	for _, tt := range tests {
		g.status, g.answer = tt.status, strings.Replace(said, "%", tt.code, 1)
		err := tt.by.Send(t.Context(), text)
		wantKind(t, tt.want, err, tt.kind)
		if err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}

func TestGatewayOutOfReach(t *testing.T) {
	g := newGateway(t)
	inner := twilio(t, g)
	inner.Client = outbound.New(outbound.Options{})
	wantKind(t, "an inner address that is not allowed", inner.Send(t.Context(), text), post.Configuration)
	by := twilio(t, g)
	g.Close()
	wantKind(t, "down", by.Send(t.Context(), text), post.Temporary)
	for name, m := range map[string]post.SMS{
		"number": {To: "0171 1234567", Text: "x"}, "nothing": {To: text.To}, "much": {To: text.To, Text: strings.Repeat("x", post.MaxSMS+1)},
	} {
		wantKind(t, name, by.Send(t.Context(), m), post.Permanent)
	}
}

func TestGatewaySettings(t *testing.T) {
	for want, g := range map[string]post.Gateway{
		"":                                  {Kind: post.Twilio, Account: "AC1", Token: "t", From: "+15550001111"},
		"from and service: ":                {Kind: post.Twilio, Account: "AC1", Token: "t"},
		"account: ":                         {Kind: post.Twilio, Account: "AC1/../x", Token: "t", From: "x"},
		"token: is empty":                   {Kind: post.Twilio, Account: "AC1", From: "x"},
		"url: is empty":                     {Kind: post.Webhook},
		"url: is not a web address":         {Kind: post.Webhook, URL: "https://user:" + password + "@example.com"},
		"kind: ":                            {Kind: "pigeon", URL: "https://example.com"},
		"token: has blanks or line ends":    {Kind: post.Webhook, URL: "https://example.com", Token: password + "\r\n"},
		"header: \"X:\" is no name":         {Kind: post.Webhook, URL: "https://example.com", Header: "X:"},
		"kind: \"\" is unknown: write twil": {URL: "https://example.com"},
	} {
		err := g.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), password)) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
