package move_test

import (
	"bytes"
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/move"
	"pocketpass/server/outbound"
	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/store"
)

// members is a JSON object.
type members = map[string]any

// account is one of an old service, whose part a server of ours plays through its dialect.
type account struct {
	*servertest.Server
	id, secret string
	pictures   string // address
}

func newAccount(t testing.TB, options ...servertest.Option) *account {
	t.Helper()
	a := &account{Server: servertest.New(t, append(options, compattest.AllowLoopback())...), pictures: compattest.Pictures(t)}
	key, secret, err := a.Access.Create(t.Context(), access.NewKey{Name: "shop", Role: store.Admin})
	if err != nil {
		t.Fatal(err)
	}
	a.id, a.secret = key.ID.Short(), secret
	return a
}

// old is the account as something to move from.
func (a *account) old(t testing.TB, mount string) *move.Old {
	t.Helper()
	loopback := outbound.New(outbound.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(loopback.Client().CloseIdleConnections)
	return &move.Old{URL: a.BaseURL() + mount, User: a.id, Key: a.secret, HTTP: a.HTTP, Now: a.Clock.Now,
		Elsewhere: func(ctx context.Context, address string, limit int64) ([]byte, error) {
			data, _, err := loopback.Get(ctx, address, limit)
			return data, err
		},
		Wait: func(context.Context, time.Duration) error { return nil },
	}
}

// newHome is a server that something moves to. Its records are made later than those of
// accounts.
func newHome(t testing.TB, options ...servertest.Option) *servertest.Server {
	t.Helper()
	return servertest.New(t, append(options, servertest.At(servertest.Start.Add(24*time.Hour)))...)
}

// mover moves to a server, and says what it told.
type mover struct {
	move.Move
	told bytes.Buffer
}

func newMover(t testing.TB, service string, old *move.Old, dir string, home *servertest.Server) *mover {
	t.Helper()
	folder, err := move.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	m := &mover{Move: move.Move{Service: service, Old: old, Folder: folder}}
	if m.Out = &m.told; home != nil {
		m.Here = &move.Here{HTTP: compattest.Control(t, home), URL: server.ControlURL, Now: home.Clock.Now}
	}
	return m
}

// run moves, and wants a summary, a word for each kind: "pass 2 made 0 there 0 left".
func (m *mover) run(t testing.TB, want ...string) string {
	t.Helper()
	m.told.Reset()
	got, err := m.Run(t.Context())
	if err != nil {
		t.Fatalf("%v\n%s", err, &m.told)
	}
	if wantSummary(t, got, want...); t.Failed() {
		t.Logf("it told\n%s", &m.told)
	}
	return m.told.String()
}

func wantSummary(t testing.TB, got move.Summary, want ...string) {
	t.Helper()
	have := strings.NewReplacer(" before", "", " out", "").Replace(strings.Join(strings.Fields(got.String()), " "))
	if have != strings.Join(want, " ") {
		t.Errorf("the summary is %s\nwant %s", have, strings.Join(want, " "))
	}
}

// file downloads a pass from its page and has its signature checked.
func file(t testing.TB, s *servertest.Server, serial string) signer.Report {
	t.Helper()
	return s.Download(t, compattest.Record(t, s, compattest.Issued{SerialNumber: serial}))
}

// sameDates wants passes to have been made when they were made in an account.
func sameDates(t testing.TB, was, is *servertest.Server) {
	t.Helper()
	for _, p := range passesOf(t, was) {
		q := compattest.Record(t, is, compattest.Issued{SerialNumber: p.SerialNumber})
		if a, b := p.Created.Truncate(time.Second), q.Created.Truncate(time.Second); !a.Equal(b) {
			t.Errorf("the pass %s was made %v, and now %v", p.SerialNumber, a, b)
		}
	}
}

// breaking is a transport that fails from some request on, as a program that is killed.
type breaking struct {
	http.RoundTripper
	left int // requests that still come through
}

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.left--; b.left < 0 {
		return nil, context.Canceled
	}
	return b.RoundTripper.RoundTrip(r)
}
