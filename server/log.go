package server

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"

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
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: redact}
	if c.Format == "text" || c.Format == "auto" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return slog.New(slog.NewJSONHandler(w, options)), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// redact is the last net below the rule that secrets are not logged at all.
func redact(_ []string, a slog.Attr) slog.Attr {
	switch strings.ToLower(a.Key) {
	case "authorization", "cookie", "password", "secret", "token", "authenticationtoken", "pushtoken", "apikey", "api_key", "adminkey", "masterkey":
		return slog.String(a.Key, hidden)
	}
	return a
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
