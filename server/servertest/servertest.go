// Package servertest runs the whole appliance in the process of a test: a data
// folder of its own, a clock that the test moves, the demo authority, the
// stand-in push service, a listener on a free port, and simulated phones.
//
// When the test ends it stops the server, and the test fails if that returns an
// error or if a record and an index of the database disagree. Run the package's
// tests through goleak to see that nothing is left behind.
package servertest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/demo"
	"pocketpass/server/issuer"
	"pocketpass/server/simulator/apns"
	"pocketpass/store"
	"pocketpass/store/backup"
	"pocketpass/store/kv/boltkv"
)

// BaseURL is what links begin with, unless Local was chosen. Server.HTTP leads
// its requests to the listener.
const BaseURL = "https://passes.example.org"

// PassTypeIdentifier is the pass type whose certificate every server has.
const PassTypeIdentifier = "pass.org.example.card"

// operator is the admin key of every server.
const operator = "operator.a-secret-of-the-tests"

// Server is an appliance that runs until its test ends. Its Caller is the
// operator's key.
type Server struct {
	*server.Appliance
	Caller
	Data  string // the data folder
	Clock *Clock
	Push  *apns.Service
	Stage *demo.Stage // the demo authority and Push
	Actor issuer.Actor
	HTTP  *http.Client // knows the way to BaseURL

	local    bool // Local was chosen
	keys     map[store.Role]Caller
	campaign *store.Campaign // that Issue takes when it is given none
	stop     context.CancelFunc
	done     chan error // what Run returned
}

// Option changes how a Server is started.
type Option func(*settings)

type settings struct {
	cfg    server.Config
	opts   server.Options
	clock  *Clock
	bare   bool
	mounts []func(context.Context, *Server, *http.ServeMux) error
}

// Config edits the settings of the server.
func Config(edit func(*server.Config)) Option { return func(s *settings) { edit(&s.cfg) } }

// At starts the clock at another time than Start.
func At(t time.Time) Option { return func(s *settings) { s.clock.now = t } }

// Ticking moves the clock a millisecond on whenever it is read, for tests of what
// came before what.
func Ticking() Option { return func(s *settings) { s.clock.tick = time.Millisecond } }

// Local makes links begin with the listener's own address, as in the demo.
func Local() Option {
	return func(s *settings) { s.cfg.BaseURL, s.opts.Local = "", true }
}

// Logged has the server log elsewhere than to the output of the test.
func Logged(log *slog.Logger) Option { return func(s *settings) { s.opts.Log = log } }

// Bare leaves the certificate out, as on a fresh machine.
func Bare() Option { return func(s *settings) { s.bare = true } }

// Unsynced has the database leave out its syncs, of which fuzzing would make one for
// each input. Nothing that such a server acknowledged survives a power cut.
func Unsynced() Option { return func(s *settings) { s.opts.NoSync = true } }

// Data uses a data folder that is there already, and leaves it there.
func Data(dir string) Option { return func(s *settings) { s.cfg.Data = dir } }

// Mount adds routes, when everything but the listeners is ready.
func Mount(fn func(ctx context.Context, s *Server, mux *http.ServeMux) error) Option {
	return func(s *settings) { s.mounts = append(s.mounts, fn) }
}

// New starts a server and stops it when the test ends.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	o := settings{cfg: server.DefaultConfig(), clock: NewClock(Start)}
	o.cfg.BaseURL, o.cfg.Listen, o.cfg.TLS.HTTPListen, o.cfg.AdminKey = BaseURL, "127.0.0.1:0", "", operator
	o.opts = server.Options{Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Version: "test"}
	for _, option := range options {
		option(&o)
	}
	s := &Server{Clock: o.clock, Data: o.cfg.Data, local: o.opts.Local, keys: make(map[store.Role]Caller), done: make(chan error, 1)}
	if s.Data == server.DefaultConfig().Data {
		s.Data = Folder(t)
	}
	s.prepare(t, &o)
	s.open(t, o)
	if !o.bare {
		s.AddCertificate(t, PassTypeIdentifier)
	}
	return s
}

// Folder makes a data folder. Its path is short, because a socket lies in it.
func Folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pocketpass-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// prepare starts the push service, whose address the server is told.
func (s *Server) prepare(t testing.TB, o *settings) {
	t.Helper()
	keepAuthority(t, s.Data)
	var err error
	if s.Stage, err = demo.Prepare(s.Data, s.Clock.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stage.Close(); err != nil {
			t.Errorf("stop the push service: %v", err)
		}
	})
	s.Push = s.Stage.Push
	o.cfg.Data, o.cfg.Push.Host = s.Data, s.Push.URL()
	o.opts.Now, o.opts.PushRoots = s.Clock.Now, s.Push.Roots()
	if len(o.mounts) > 0 {
		o.opts.Mount = func(ctx context.Context, a *server.Appliance, mux *http.ServeMux) error {
			s.Appliance = a
			var all error
			for _, mount := range o.mounts {
				all = errors.Join(all, mount(ctx, s, mux))
			}
			return all
		}
	}
}

func (s *Server) open(t testing.TB, o settings) {
	t.Helper()
	if err := o.cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.Appliance, err = server.Open(t.Context(), o.cfg, o.opts); err != nil {
		t.Fatal(err)
	}
	s.HTTP = newClient(s.Server.Addr("listen"))
	s.Caller = Caller{s.HTTP, s.BaseURL(), operator}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context())) // the test's own ends before its cleanups
	s.stop = stop
	go func() { s.done <- s.Run(ctx) }()
	t.Cleanup(func() { s.Stop(t) })
	err = s.Store.View(t.Context(), func(r store.Reader) error {
		org, err := r.OrganisationNamed(store.DefaultOrganisation)
		s.Actor = issuer.Actor{Org: org.ID, By: "test"}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Stop stops the server before the test ends and looks whether all was in order.
// Stopping again does nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.stop == nil {
		return
	}
	s.HTTP.CloseIdleConnections()
	s.stop()
	s.stop = nil
	if err := <-s.done; err != nil {
		t.Errorf("the server stopped: %v", err)
	}
	CheckFolder(t, s.Data)
}

// CheckFolder fails the test if a record and an index of the database in a data
// folder disagree. Nobody may have the database open.
func CheckFolder(t testing.TB, data string) {
	t.Helper()
	db, err := boltkv.Open(filepath.Join(data, backup.DefaultDatabase), boltkv.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	faults, err := store.CheckEngine(context.Background(), db)
	for _, f := range faults {
		t.Errorf("the database is inconsistent: %s", f)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Error(err)
	}
}

// Advance moves the clock on and does what the passing of time would bring:
// reminders, passes that expire, the ends of campaigns, and pushes, jobs and deliveries
// that have become due.
func (s *Server) Advance(t testing.TB, d time.Duration) {
	t.Helper()
	s.Clock.Advance(d)
	_, warned := s.Issuer.WarnOfExpiry(t.Context())
	_, expired := s.Issuer.ExpirePasses(t.Context())
	if err := errors.Join(warned, expired); err != nil {
		t.Fatal(err)
	}
	if err := s.Issuer.EndCampaigns(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Issuer.SendDue()
}

// patience is how long a condition may take. It is generous: only a failing test
// waits so long.
const patience = 20 * time.Second

// Until waits for a condition of the server that nothing announces.
func (s *Server) Until(t testing.TB, what string, ready func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-deadline:
			t.Fatalf("waited %s in vain: %s", patience, what)
		case <-tick.C:
		}
	}
}
