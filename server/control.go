package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"pocketpass/server/compat/moved"
	"pocketpass/server/secret"
	"pocketpass/server/web"
	"pocketpass/store"
	"pocketpass/store/backup"
	"pocketpass/store/kv/boltkv"
)

// The control socket lies in the data folder. Through it the command line uses
// the API of a running server, which holds the database. Whoever can open it
// can read the database and the master key too, so nothing more is asked.
const controlSocket = "control.sock"

// ControlURL is what addresses begin with on the control socket.
const ControlURL = "http://pocketpass"

// maxSocketPath is how many bytes the path of a socket has at most: 103 on macOS, 107 on Linux.
const maxSocketPath = 100

// atSocket calls use with a path of the control socket of c. One that is too long for a
// socket is made short by a link to the data folder, for as long as use takes.
func (c Config) atSocket(use func(path string) error) error {
	path := filepath.Join(c.Data, controlSocket)
	if len(path) <= maxSocketPath {
		return use(path)
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		return err
	}
	detour, err := os.MkdirTemp("", "pp-")
	if err != nil {
		return fmt.Errorf("the path %s is too long, and there is no room for a short one: %w: choose a data folder with a shorter path", path, err)
	}
	defer os.RemoveAll(detour)
	link := filepath.Join(detour, "data")
	if err := os.Symlink(data, link); err != nil {
		return err
	}
	return use(filepath.Join(link, controlSocket))
}

// socket is a listener that removes what it was reached through.
type socket struct {
	net.Listener
	path string
}

func (s socket) Close() error {
	err := s.Listener.Close()
	os.Remove(s.path)
	return err
}

// listenControl makes the socket. What an earlier server left there is no longer
// in use, because the database is ours.
func (a *Appliance) listenControl() (net.Listener, error) {
	s := socket{path: filepath.Join(a.cfg.Data, controlSocket)}
	if err := os.Remove(s.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	err := a.cfg.atSocket(func(path string) (err error) {
		s.Listener, err = net.Listen("unix", path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	s.Listener.(*net.UnixListener).SetUnlinkOnClose(false) // the path that it knows may be gone
	if err := os.Chmod(s.path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("control socket: %w", err), s.Close())
	}
	return s, nil
}

// openControl is the socket, or nil: a server works without one, and the command line
// says so when it is needed.
func (a *Appliance) openControl(ctx context.Context) net.Listener {
	ln, err := a.listenControl()
	if err != nil {
		a.opts.Log.WarnContext(ctx, "the command line cannot reach this server", "err", err)
		return nil
	}
	return ln
}

// control answers on the socket until ctx ends.
func (a *Appliance) control(ctx context.Context) error {
	if a.socket == nil {
		<-ctx.Done()
		return nil
	}
	return a.serveControl(ctx, a.socket)
}

func (a *Appliance) serveControl(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{Handler: a.controlRoutes(), ReadHeaderTimeout: a.cfg.HTTP.ReadHeaderTimeout, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("control socket: %w", err)
	}
	return nil
}

// controlRoutes are the API, as the operator, what only the operator may do, and old
// services, whose records may be made here as they were elsewhere.
func (a *Appliance) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /control/backup", web.Handle(a.sendBackup))
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+a.Access.Local())
		a.mux.ServeHTTP(w, r)
	})
	front := &web.Front{Log: a.opts.Log}
	others := web.Problems(mux)
	return front.Wrap(a.services.Recognise(moved.Unwrap(a.services.Serve(others)), others))
}

// sendBackup handles GET /control/backup: a hot backup of everything.
func (a *Appliance) sendBackup(w http.ResponseWriter, r *http.Request) error {
	meta := backup.Meta{Time: a.opts.Now(), Program: a.opts.Version, StoreVersion: store.Schema()}
	key, err := os.ReadFile(filepath.Join(a.cfg.Data, secret.FileName))
	switch {
	case err == nil && r.URL.Query().Get("keys") != "without":
		meta.Files = append(meta.Files, backup.File{Name: secret.FileName, Data: key})
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return err
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	w.Header().Set("Content-Type", "application/x-tar")
	return backup.Write(r.Context(), a.engine, w, meta)
}

// address is what links would begin with if the server ran.
func (c Config) address() (string, error) {
	if c.BaseURL != "" {
		return baseURL(c, nil), nil
	}
	addr, err := net.ResolveTCPAddr("tcp", c.Listen)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	return baseURL(c, addr), nil
}

// Connect returns a client of the API on a data folder, as the operator: of the
// running server, or of one that is opened for this only. Call done at the end.
func Connect(ctx context.Context, cfg Config, o Options) (c *http.Client, done func() error, err error) {
	dial := func(ctx context.Context, _, _ string) (conn net.Conn, err error) {
		err = cfg.atSocket(func(path string) (err error) {
			var d net.Dialer
			conn, err = d.DialContext(ctx, "unix", path)
			return err
		})
		return conn, err
	}
	c = &http.Client{Transport: &http.Transport{DialContext: dial}}
	conn, unreached := dial(ctx, "", "")
	if unreached == nil {
		return c, func() error { c.CloseIdleConnections(); return nil }, conn.Close()
	}
	a, err := openBriefly(ctx, cfg, o)
	if errors.Is(err, boltkv.ErrInUse) {
		err = fmt.Errorf("%w; if that is a server, its log says why it is not reached (%w)", err, unreached)
	}
	if err != nil {
		return nil, nil, err
	}
	ln, err := a.listenControl()
	if err != nil {
		return nil, nil, errors.Join(err, a.engine.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- a.serveControl(ctx, ln) }()
	return c, func() error {
		c.CloseIdleConnections()
		stop()
		return errors.Join(<-served, a.Access.Flush(context.WithoutCancel(ctx)), a.engine.Close())
	}, nil
}

// openBriefly opens a data folder for the command line: with routes, without listeners.
func openBriefly(ctx context.Context, cfg Config, o Options) (*Appliance, error) {
	address, err := cfg.address()
	if err != nil {
		return nil, err
	}
	a, err := open(ctx, cfg, o)
	if err != nil {
		return nil, err
	}
	err = a.mount(ctx, http.NewServeMux(), address)
	if err == nil {
		_, err = a.dialects(address)
	}
	if err != nil {
		return nil, errors.Join(err, a.engine.Close())
	}
	return a, nil
}
