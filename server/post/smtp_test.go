package post_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"pocketpass/server/post"
	"pocketpass/server/post/posttest"
)

const (
	recipient = "anna.secret@example.com"
	password  = "p4ssw0rd-of-the-test"
)

// sender returns settings that fit a server.
func sender(s *posttest.Server) *post.SMTP {
	return &post.SMTP{Host: "127.0.0.1", Port: s.Port, Roots: s.Roots, From: "passes@example.com", FromName: "Café Blume"}
}

func letter() post.Mail {
	return post.Mail{
		ID: "7.1@passes.example.com", To: recipient, Name: "Anna Müller", Subject: "Ihre Karte: Grüße", Language: "de",
		Text: "Hallo\n.\nhttps://passes.example.com/p/x\n", HTML: `<p>Hallo <img src="cid:qr@pocketpass"></p>`,
		Date:        time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Inline:      &post.File{Name: "qr.png", Type: "image/png", ID: "qr@pocketpass", Data: []byte("\x89PNG picture")},
		Attachment:  &post.File{Name: "card.pkpass", Type: "application/vnd.apple.pkpass", Data: bytes.Repeat([]byte("PK\r\n.\r\n"), 1000)},
		Unsubscribe: "https://passes.example.com/u/x",
	}
}

func TestMailArrives(t *testing.T) {
	s := posttest.New(t, posttest.Options{Username: "shop", Password: password})
	from := sender(s)
	from.Username, from.Password = "shop", password
	sent := letter()
	if err := from.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	got := s.Next(t)
	if got.From != "passes@example.com" || got.To != recipient {
		t.Errorf("envelope %s → %s", got.From, got.To)
	}
	for name, want := range map[string]string{
		"From": `Café Blume <passes@example.com>`, "To": `Anna Müller <anna.secret@example.com>`,
		"Subject": sent.Subject, "Message-ID": "<7.1@passes.example.com>", "Date": "Fri, 02 Jan 2026 03:04:05 +0000",
		"Content-Language": "de", "List-Unsubscribe": "<https://passes.example.com/u/x>", "Auto-Submitted": "auto-generated",
	} {
		if h := got.Header(t, name); strings.ReplaceAll(h, `"`, "") != want {
			t.Errorf("%s: %q", name, h)
		}
	}
	if text := got.Part(t, "text/plain"); strings.ReplaceAll(string(text.Body), "\r\n", "\n") != sent.Text {
		t.Errorf("text %q", text.Body)
	}
	if html := got.Part(t, "text/html"); string(html.Body) != sent.HTML {
		t.Errorf("HTML %q", html.Body)
	}
	if p := got.Part(t, "image/png"); p.ID != "<qr@pocketpass>" || !bytes.Equal(p.Body, sent.Inline.Data) {
		t.Errorf("picture %q %q", p.ID, p.Body)
	}
	if f := got.Part(t, "application/vnd.apple.pkpass"); f.Name != "card.pkpass" || !bytes.Equal(f.Body, sent.Attachment.Data) {
		t.Errorf("attachment %q, %d bytes", f.Name, len(f.Body))
	}
}

func TestWaysOfEncryption(t *testing.T) {
	for name, o := range map[string]posttest.Options{post.StartTLS: {}, post.ImplicitTLS: {Implicit: true}, post.NoTLS: {Plain: true}} {
		o.Username, o.Password = "shop", password
		s := posttest.New(t, o)
		from := sender(s)
		from.TLS, from.Username, from.Password = name, "shop", password
		if err := from.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := from.Send(t.Context(), letter()); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s.Next(t)
	}
}

// TestHeadersHoldOneLine tries to add headers through every text that stands in one.
func TestHeadersHoldOneLine(t *testing.T) {
	s := posttest.New(t, posttest.Options{})
	from := sender(s)
	from.FromName = "Shop\r\nX-Evil: 1"
	for _, end := range []string{"\r\n", "\n", "\r", "\u2028", "\x00"} {
		m := letter()
		m.Name = "Anna" + end + "X-Evil: 1"
		m.Subject = "Hello" + end + "X-Evil: 1" + end + end + "body"
		m.Attachment.Name = "card" + end + "X-Evil: 1.pkpass"
		if err := from.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		got := s.Next(t)
		if got.Header(t, "X-Evil") != "" || strings.Contains(string(got.Raw), "\nX-Evil") {
			t.Errorf("%q added a header:\n%s", end, got.Raw)
		}
	}
	for name, spoil := range map[string]func(*post.Mail){
		"recipient": func(m *post.Mail) { m.To = "a@example.com\r\nRCPT TO:<b@example.com>" },
		"id":        func(m *post.Mail) { m.ID = "a@b>\r\nX-Evil: 1" },
		"language":  func(m *post.Mail) { m.Language = "de\r\nX-Evil: 1" },
		"picture":   func(m *post.Mail) { m.Inline.ID = "a@b\r\nX-Evil: 1" },
		"address":   func(m *post.Mail) { m.Unsubscribe = "https://x\r\nX-Evil: 1" },
	} {
		m := letter()
		spoil(&m)
		wantKind(t, name, from.Send(t.Context(), m), post.Permanent)
	}
	s.Nothing(t)
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name, command string
		code          int
		enhanced      [3]int
		kind          post.Kind
		want          string
	}{
		{"unknown recipient", "RCPT", 550, [3]int{5, 1, 1}, post.Permanent, "refuses the recipient (550 5.1.1): check the address"},
		{"full mailbox", "RCPT", 452, [3]int{4, 2, 2}, post.Temporary, "does not take the message now (452 4.2.2)"},
		{"greylisting", "RCPT", 450, [3]int{4, 7, 1}, post.Temporary, "(450 4.7.1)"},
		{"sender not allowed", "MAIL", 553, [3]int{5, 7, 1}, post.Configuration, "refuses the sender (553 5.7.1): correct [mail] from"},
		{"sign in first", "MAIL", 530, [3]int{5, 7, 0}, post.Configuration, "wants us to sign in (530 5.7.0)"},
		{"busy", "MAIL", 421, [3]int{4, 3, 2}, post.Temporary, "(421 4.3.2)"},
		{"spam", "DATA", 554, [3]int{5, 7, 1}, post.Permanent, "refuses the message (554 5.7.1)"},
		{"no room", "DATA", 451, [3]int{4, 3, 0}, post.Temporary, "(451 4.3.0)"},
		{"no talk", "HELO", 554, [3]int{5, 0, 0}, post.Configuration, "refuses to talk to us (554)"},
		{"wrong password", "AUTH", 535, [3]int{5, 7, 8}, post.Configuration, "does not let us sign in (535): correct username and password of [mail]"},
		{"sign-in not possible now", "AUTH", 454, [3]int{4, 7, 0}, post.Temporary, "is not ready for us (454)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := posttest.New(t, posttest.Options{Username: "shop", Password: password})
			s.Refuse(tt.command, tt.code, tt.enhanced, "no "+recipient+" "+password)
			from := sender(s)
			from.Username, from.Password = "shop", password
			err := from.Send(t.Context(), letter())
			wantKind(t, tt.name, err, tt.kind)
			if err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			s.Nothing(t)
			s.Refuse(tt.command, 0, [3]int{}, "")
			if err := from.Send(t.Context(), letter()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestServersThatDoNotFit(t *testing.T) {
	starttls, implicit := posttest.New(t, posttest.Options{}), posttest.New(t, posttest.Options{Implicit: true})
	plain := posttest.New(t, posttest.Options{Plain: true})
	gone := posttest.New(t, posttest.Options{})
	gone.Down()
	tests := []struct {
		name   string
		server *posttest.Server
		change func(*post.SMTP)
		kind   post.Kind
		want   string
	}{
		{"strange authority", starttls, func(s *post.SMTP) { s.Roots = x509.NewCertPool() }, post.Configuration, "name the authority in [mail] ca_file"},
		{"other name", starttls, func(s *post.SMTP) { s.Host = "localhost" }, post.Configuration, "certificate that is not trusted"},
		{"no STARTTLS", plain, func(*post.SMTP) {}, post.Configuration, "offers no STARTTLS"},
		{"STARTTLS where TLS is from the start", starttls, func(s *post.SMTP) { s.TLS = post.ImplicitTLS }, post.Configuration, "does not begin with TLS"},
		{"TLS from the start where STARTTLS is tried", implicit, func(s *post.SMTP) { s.Timeout = time.Second }, post.Temporary, "did not answer within 1s"},
		{"no sign-in", starttls, func(s *post.SMTP) { s.Username, s.Password = "shop", password }, post.Configuration, "offers no way to sign in"},
		{"down", gone, func(*post.SMTP) {}, post.Temporary, "cannot be reached: connect: connection refused"},
	}
	for _, tt := range tests {
		from := sender(tt.server)
		tt.change(from)
		err := from.Send(t.Context(), letter())
		wantKind(t, tt.name, err, tt.kind)
		if err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
	for _, s := range []*posttest.Server{starttls, implicit, plain} {
		s.Nothing(t)
	}
}

// TestHangingServer takes the connection and says nothing.
func TestHangingServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	from := &post.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "passes@example.com", Timeout: 50 * time.Millisecond}
	wantKind(t, "hanging", from.Send(t.Context(), letter()), post.Temporary)

	from.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- from.Send(ctx, letter()) }()
	conn, err := l.Accept() // the first call's
	if err == nil {
		defer conn.Close()
		conn, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	wantKind(t, "cancelled", <-done, post.Temporary)
}

// wantKind checks an error's kind, and that it gives nobody away.
func wantKind(t *testing.T, name string, err error, kind post.Kind) {
	t.Helper()
	e, ok := errors.AsType[*post.Error](err)
	if !ok || e.Kind != kind || e.Msg == "" || e.Remedy == "" {
		t.Errorf("%s: %#v", name, err)
		return
	}
	for _, secret := range []string{recipient, "anna", password, "+49171", "1711234567"} {
		if strings.Contains(strings.ToLower(err.Error()), secret) {
			t.Errorf("%s: %q stands in %q", name, secret, err)
		}
	}
}

func TestMailSettings(t *testing.T) {
	good := post.SMTP{Host: "smtp.example.com", From: "passes@example.com", Username: "u", Password: password}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*post.SMTP){
		"host: ":                  func(s *post.SMTP) { s.Host = "smtp.example.com:587" },
		"port: ":                  func(s *post.SMTP) { s.Port = 65536 },
		"tls: \"ssl\" is unknown": func(s *post.SMTP) { s.TLS = "ssl" },
		"tls: none would send":    func(s *post.SMTP) { s.TLS = post.NoTLS },
		"username and password: ": func(s *post.SMTP) { s.Username = "" },
		"from: ":                  func(s *post.SMTP) { s.From = "Shop <passes@example.com>" },
		"timeout: ":               func(s *post.SMTP) { s.Timeout = -1 },
	} {
		s := good
		change(&s)
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
