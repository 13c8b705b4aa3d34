package move_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pocketpass/server"
	"pocketpass/server/move"
	"pocketpass/server/outbound"
)

// childVariable makes a process of this test binary one that moves an account.
const childVariable = "POCKETPASS_TEST_MOVE"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := moveAsChild(context.Background(), text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// errand is what a child moves.
type errand struct {
	Service, URL, User, Key string
	Folder, Home            string    // folders of what is read and of the server's data
	Then, Now               time.Time // by the clocks of the service and of the server
	Killed                  int64     // after how many lines; 0 is never
}

// moveAsChild opens the data itself, as the verb does when no server runs, and writes a
// line to standard output before and after each request.
func moveAsChild(ctx context.Context, text string) (err error) {
	var e errand
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	cfg := server.DefaultConfig()
	cfg.Data, cfg.BaseURL = e.Home, "https://home.example.org"
	now := func() time.Time { return e.Now }
	client, done, err := server.Connect(ctx, cfg, server.Options{Log: slog.New(slog.DiscardHandler), Now: now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	tell := telling{kill: e.Killed, lines: new(atomic.Int64)}
	client.Transport = tell.about(client.Transport)
	m := move.Move{Service: e.Service, Out: io.Discard, Here: &move.Here{HTTP: client, URL: server.ControlURL, Now: now}}
	if e.URL != "" {
		guarded := outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
		m.Old = &move.Old{URL: e.URL, User: e.User, Key: e.Key, HTTP: &http.Client{Transport: tell.about(http.DefaultTransport)}, Now: func() time.Time { return e.Then },
			Elsewhere: func(ctx context.Context, address string, limit int64) ([]byte, error) {
				data, _, err := guarded.Get(ctx, address, limit)
				return data, err
			}}
	}
	if m.Folder, err = move.OpenFolder(e.Folder); err != nil {
		return err
	}
	summary, err := m.Run(ctx)
	if left := summary.Left(); left > 0 && err == nil {
		err = fmt.Errorf("%d records are left out", left)
	}
	return errors.Join(err, m.Folder.Close())
}

// telling writes a line whenever a request begins or ends. Whoever reads the last one kills
// the process, which does not go on to the next, however long that takes.
type telling struct {
	http.RoundTripper
	kill  int64 // as of errand
	lines *atomic.Int64
}

func (t telling) about(to http.RoundTripper) telling {
	t.RoundTripper = to
	return t
}

func (t telling) RoundTrip(r *http.Request) (*http.Response, error) {
	t.line(r.Method)
	resp, err := t.RoundTripper.RoundTrip(r)
	t.line("answered")
	return resp, err
}

func (t telling) line(text string) {
	if n := t.lines.Add(1); t.kill > 0 && n > t.kill {
		<-time.After(time.Minute)
	}
	fmt.Println(text)
}
