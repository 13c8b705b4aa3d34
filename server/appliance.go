package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"pocketpass/push"
	"pocketpass/server/access"
	"pocketpass/server/api"
	"pocketpass/server/enrol"
	"pocketpass/server/issuer"
	"pocketpass/server/outbound"
	"pocketpass/server/secret"
	"pocketpass/server/wallet"
	"pocketpass/server/web"
	"pocketpass/signer"
	"pocketpass/store"
	"pocketpass/store/backup"
	"pocketpass/store/kv/boltkv"
	"pocketpass/ui"

	"golang.org/x/sync/errgroup"
)

// Options are what an appliance is given beside its settings. The zero value works.
type Options struct {
	Log     *slog.Logger     // nil means slog's default
	Now     func() time.Time // nil means time.Now
	Version string           // of the program, for the API's description
	Local   bool             // nobody but this machine reaches the server, as in the demo
	NoSync  bool             // lose acknowledged writes when the power is cut: for fuzzing, and for the test that shows that the others would notice

	PushRoots *x509.CertPool // who may vouch for [push] host; nil means what the settings say

	// Mount adds routes of the caller's own, as the demo's.
	Mount func(ctx context.Context, a *Appliance, mux *http.ServeMux) error
}

// Appliance is everything that stands on one data folder: the database, the
// rules, the routes, the workers. Make one with Open; Run it or Close it.
type Appliance struct {
	Store  *store.Store
	Access *access.Access
	Issuer *issuer.Issuer
	Server *Server // nil in one that only the command line uses
	First  bool    // there was no database before

	cfg       Config
	opts      Options
	engine    *boltkv.DB
	master    *secret.Master
	roots     *x509.CertPool // of the push service
	mailRoots *x509.CertPool
	baseURL   string
	mux       *http.ServeMux // what the server serves, for the control socket
	services  *web.Dialects  // the same of old services
	socket    net.Listener   // for the command line, before anybody is told that the server runs; nil if it cannot be had
}

// Open opens the data folder and the listeners. cfg must be valid.
func Open(ctx context.Context, cfg Config, o Options) (*Appliance, error) {
	a, err := open(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	a.Server, err = New(cfg, Deps{
		Metrics:   func(w io.Writer) { figures{a.engine, a.Issuer}.write(w) },
		Log:       a.opts.Log,
		Mount:     func(mux *http.ServeMux, baseURL string) error { return a.mount(ctx, mux, baseURL) },
		Dialects:  a.dialects,
		Workers:   []func(context.Context) error{a.work},
		Checks:    []Check{{Name: "store", Probe: a.engine.Healthy}, {Name: "space", Probe: a.room}},
		CertCache: certCache{a.Store, a.master, cfg.TLS.ACMEDirectory},
		Now:       a.opts.Now,
	})
	if err != nil {
		return nil, errors.Join(err, a.engine.Close())
	}
	if text := a.Warning(); text != "" {
		a.opts.Log.WarnContext(ctx, text)
	}
	a.socket = a.openControl(ctx)
	return a, nil
}

// open opens what lies in the data folder, and no listener.
func open(ctx context.Context, cfg Config, o Options) (*Appliance, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data: %w: name a folder that can be written", err)
	}
	a := &Appliance{cfg: cfg, opts: o}
	var err error
	if a.roots, err = pushRoots(cfg.Push, o.PushRoots); err != nil {
		return nil, err
	}
	if a.mailRoots, err = rootsFrom("mail.ca_file", cfg.Mail.CAFile); err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.Data, backup.DefaultDatabase)
	_, err = os.Stat(path)
	a.First = errors.Is(err, os.ErrNotExist)
	if a.master, err = masterKey(cfg, a.First); err != nil {
		return nil, err
	}
	if a.engine, err = boltkv.Open(path, boltkv.Options{Ascending: store.Ascending, NoSync: o.NoSync}); err != nil {
		return nil, err
	}
	if err := a.fill(ctx); err != nil {
		return nil, errors.Join(err, a.engine.Close())
	}
	return a, nil
}

func (a *Appliance) fill(ctx context.Context) (err error) {
	if a.Store, err = store.Open(ctx, a.engine, a.opts.Now); err != nil {
		return err
	}
	if err := a.checkMaster(ctx); err != nil {
		return err
	}
	a.Access = access.New(a.Store, a.master)
	a.Access.MaxChildren = a.cfg.Limits.ChildOrganisations
	if err := a.nameOrganisation(ctx); err != nil {
		return err
	}
	if a.cfg.AdminKey != "" {
		return a.Access.Guarantee(ctx, string(a.cfg.AdminKey))
	}
	return nil
}

// nameOrganisation gives the organisation that always exists the name that people read.
func (a *Appliance) nameOrganisation(ctx context.Context) error {
	if a.cfg.Organisation == "" {
		return nil
	}
	var o store.Organisation
	err := a.Store.View(ctx, func(r store.Reader) (err error) {
		o, err = r.OrganisationNamed(store.DefaultOrganisation)
		return err
	})
	if err != nil || o.Title == a.cfg.Organisation {
		return err
	}
	return a.Store.Update(ctx, func(tx store.Tx) error {
		if o, err = tx.OrganisationNamed(store.DefaultOrganisation); err != nil {
			return err
		}
		o.Title = a.cfg.Organisation
		return tx.PutOrganisation(o)
	})
}

// masterKey makes a key only where there is no database yet: with another one
// than before no API key, no certificate and no phone would work again.
func masterKey(cfg Config, first bool) (*secret.Master, error) {
	switch {
	case cfg.MasterKey != "":
		m, err := secret.Parse(string(cfg.MasterKey))
		if err != nil {
			return nil, fmt.Errorf("master_key: %w", err)
		}
		return m, nil
	case first:
		m, err := secret.LoadOrCreate(cfg.Data)
		if _, denied := errors.AsType[*fs.PathError](err); denied && !errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("data: %w: run this as the user that the folder belongs to, or name a folder that can be written", err)
		}
		return m, err
	}
	return secret.Load(cfg.Data)
}

// masterProof is the name of a setting that only the database's own master key opens.
const masterProof = "master-key-proof"

// checkMaster refuses a master key that the database was not made with. A database
// without a proof gets one.
func (a *Appliance) checkMaster(ctx context.Context) error {
	proven := false
	err := a.Store.View(ctx, func(r store.Reader) error {
		sealed, ok, err := r.Setting(masterProof)
		if ok {
			_, err = a.master.Open(masterProof, sealed)
		}
		proven = ok
		return err
	})
	if err != nil || proven {
		return err
	}
	return a.Store.Update(ctx, func(tx store.Tx) error {
		return tx.PutSetting(masterProof, a.master.Seal(masterProof, []byte(masterProof)))
	})
}

func pushRoots(cfg PushConfig, given *x509.CertPool) (*x509.CertPool, error) {
	if given != nil {
		return given, nil
	}
	return rootsFrom("push.ca_file", cfg.CAFile)
}

// mount is the page that says which package serves what.
func (a *Appliance) mount(ctx context.Context, mux *http.ServeMux, baseURL string) error {
	a.mux = mux
	a.baseURL = baseURL
	a.Issuer = a.newIssuer(baseURL)
	api.New(api.Config{ // /api
		Issuer: a.Issuer, Access: a.Access, Log: a.opts.Log, BaseURL: baseURL, Version: a.opts.Version,
		MaxBody: int64(a.cfg.Limits.Body), MaxUpload: int64(a.cfg.Limits.Upload), MaxImport: int64(a.cfg.Limits.Import),
	}).Register(mux)
	mux.Handle("GET /docs", ui.DocsPage())
	mux.Handle("GET /ui/", web.Problems(ui.Handler()))
	if err := (&wallet.Service{Issuer: a.Issuer, BaseURL: baseURL, ScriptsURL: a.scriptsURL(baseURL), Now: a.opts.Now}).Register(mux); err != nil { // /wallet, /p
		return err
	}
	if err := (&enrol.Service{Issuer: a.Issuer, BaseURL: baseURL, ScriptsURL: a.scriptsURL(baseURL), Now: a.opts.Now}).Register(mux); err != nil { // /c
		return err
	}
	if a.opts.Mount != nil {
		return a.opts.Mount(ctx, a, mux) // the demo: /, /demo
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/docs", http.StatusFound))
	return nil
}

// webhookTimeout is how long a receiver of events may take.
const webhookTimeout = 15 * time.Second

// scriptsURL is the address of the host for scripts, which differs from the server's in
// the name alone.
func (a *Appliance) scriptsURL(baseURL string) string {
	u, err := url.Parse(baseURL)
	if err != nil || a.cfg.Enrol.ScriptsHost == "" {
		return ""
	}
	port := u.Port()
	if u.Host = a.cfg.Enrol.ScriptsHost; port != "" {
		u.Host += ":" + port
	}
	return u.String()
}

func (a *Appliance) newIssuer(baseURL string) *issuer.Issuer {
	fetcher := outbound.New(outbound.Options{
		Allow: prefixes(a.cfg.Outbound.Allow), Timeout: a.cfg.Outbound.Timeout,
		MaxBody: int64(a.cfg.Outbound.MaxBody), MaxRedirects: a.cfg.Outbound.MaxRedirects,
	})
	c := issuer.Config{
		DB: a.Store, Master: a.master, Log: a.opts.Log, Now: a.opts.Now,
		Courier: outbound.New(outbound.Options{Allow: prefixes(a.cfg.Outbound.Allow), Timeout: webhookTimeout, MaxBody: 1 << 16}),
		BaseURL: baseURL, ScriptsURL: a.scriptsURL(baseURL), Local: a.opts.Local, CacheBytes: int64(a.cfg.Cache.Sealed),
		Scratch: a.cfg.Data,
		Fetch: func(ctx context.Context, url string) ([]byte, error) {
			body, _, err := fetcher.Get(ctx, url, signer.MaxMaterial)
			return body, err
		},
		FetchPicture: a.fetchPicture(),
		Sender: func(proof tls.Certificate) issuer.Sender {
			return push.New(proof, push.Options{Host: a.cfg.Push.Host, Roots: a.roots, Now: a.opts.Now,
				PushType: push.PushType(a.cfg.Push.PushType), Priority: a.cfg.Push.Priority})
		},
	}
	a.post(&c)
	return issuer.New(c)
}

// BaseURL is the address that links begin with, without a slash at its end.
func (a *Appliance) BaseURL() string { return a.baseURL }

// keysEvery is how often the last use of keys is written.
const keysEvery = time.Minute

// work runs beside the listeners.
func (a *Appliance) work(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.Issuer.Run(ctx) })
	g.Go(func() error { return a.flushKeys(ctx) })
	g.Go(func() error { return a.control(ctx) })
	return g.Wait()
}

func (a *Appliance) flushKeys(ctx context.Context) error {
	t := time.NewTicker(keysEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := a.Access.Flush(ctx); err != nil {
				a.opts.Log.ErrorContext(ctx, "write last use of keys", "err", err)
			}
		}
	}
}

// Run serves until ctx ends and closes everything.
func (a *Appliance) Run(ctx context.Context) error {
	err := a.Server.Run(ctx)
	return errors.Join(err, a.Access.Flush(context.WithoutCancel(ctx)), a.engine.Close())
}

// Close gives back what was opened, of an appliance that is not run.
func (a *Appliance) Close() error {
	var err error
	if a.Server != nil {
		err = a.Server.Close()
	}
	if a.socket != nil {
		err = errors.Join(err, a.socket.Close())
	}
	return errors.Join(err, a.engine.Close())
}
