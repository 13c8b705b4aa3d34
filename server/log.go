package server

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// NewLogger returns a log on w as c asks for: text on a terminal, where control
// characters come out quoted, and JSON for programs. Values of attributes named
// like a secret are left out, whoever logs them.
func NewLogger(w io.Writer, c LogConfig) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	shared := &oneAtATime{w: w}
	plain := func(o slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(shared, &o) }
	if c.Format == "text" || c.Format == "auto" && IsTerminal(w) {
		plain = func(o slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(shared, &o) }
	}
	return slog.New(redacting{
		Handler: plain(slog.HandlerOptions{Level: level}),
		careful: plain(slog.HandlerOptions{Level: level, ReplaceAttr: redact}),
	}), nil
}

// redacting asks of each record whether it has anything to leave out, which is
// far cheaper than having slog ask about each attribute of every request.
type redacting struct {
	slog.Handler // writes records as they are
	careful      slog.Handler
}

func (h redacting) Handle(ctx context.Context, r slog.Record) error {
	harmless := true
	r.Attrs(func(a slog.Attr) bool {
		kind := a.Value.Kind()
		harmless = kind != slog.KindGroup && kind != slog.KindLogValuer && !secretName(a.Key)
		return harmless
	})
	if harmless {
		return h.Handler.Handle(ctx, r)
	}
	return h.careful.Handle(ctx, r)
}

func (h redacting) WithAttrs(attrs []slog.Attr) slog.Handler { return h.careful.WithAttrs(attrs) }
func (h redacting) WithGroup(name string) slog.Handler       { return h.careful.WithGroup(name) }

// oneAtATime is what two handlers can write to.
type oneAtATime struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *oneAtATime) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(line)
}

// IsTerminal says whether somebody reads or types there.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// redact is the last net below the rule that secrets are not logged at all.
func redact(_ []string, a slog.Attr) slog.Attr {
	if secretName(a.Key) {
		return slog.String(a.Key, hidden)
	}
	return a
}

func secretName(key string) bool {
	switch strings.ToLower(key) {
	case "authorization", "cookie", "password", "secret", "token", "authenticationtoken", "pushtoken", "apikey", "api_key", "adminkey", "masterkey":
		return true
	}
	return false
}

// serverLog takes what net/http has to say of connections. Failed handshakes are
// what scanners leave behind all day; the rest is about this server.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if strings.HasPrefix(text, "http: TLS handshake error") {
		l.log.Debug("connection", "err", text)
	} else {
		l.log.Warn("connection", "err", text)
	}
	return len(line), nil
}

func newServerLog(l *slog.Logger) *log.Logger { return log.New(serverLog{l}, "", 0) }
