package server_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/secret"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// opened is an appliance that is not run.
func opened(t *testing.T, cfg server.Config, o server.Options) *server.Appliance {
	t.Helper()
	a, err := server.Open(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestFirstStart makes the folder, the database and the master key, which nobody
// else can read, and the second start finds them.
func TestFirstStart(t *testing.T) {
	cfg := ofFolder(filepath.Join(shortFolder(t), "deep", "data"))
	a := opened(t, cfg, server.Options{})
	if !a.First || !strings.HasPrefix(a.BaseURL(), "http://127.0.0.1:") {
		t.Errorf("first %t, at %s", a.First, a.BaseURL())
	}
	for name, want := range map[string]os.FileMode{"": os.ModeDir | 0o700, "pocketpass.db": 0o600, secret.FileName: 0o600} {
		if info, err := os.Stat(filepath.Join(cfg.Data, name)); err != nil || info.Mode() != want {
			t.Errorf("%q has the mode %v, want %v, %v", name, info.Mode(), want, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = opened(t, cfg, server.Options{})
	if a.First {
		t.Error("the second start takes itself for the first")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOrganisationIsNamed as the settings say, and stays so for commands that have none.
func TestOrganisationIsNamed(t *testing.T) {
	cfg := ofFolder(shortFolder(t))
	for _, tt := range []struct{ set, want string }{{"", "default"}, {"Harbour Coffee", "Harbour Coffee"}, {"", "Harbour Coffee"}, {"Quayside", "Quayside"}} {
		cfg.Organisation = tt.set
		a := opened(t, cfg, server.Options{})
		err := a.Store.View(t.Context(), func(r store.Reader) error {
			o, err := r.OrganisationNamed(store.DefaultOrganisation)
			if o.Shown() != tt.want {
				t.Errorf("set to %q, it is shown as %q", tt.set, o.Shown())
			}
			return err
		})
		if err := errors.Join(err, a.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAdminKeyIsGuaranteed at every start, also when it was given another secret.
func TestAdminKeyIsGuaranteed(t *testing.T) {
	cfg := ofFolder(shortFolder(t))
	for _, key := range []string{"root.0123456789abcdef", "root.fedcba9876543210"} {
		cfg.AdminKey = server.Secret(key)
		a := opened(t, cfg, server.Options{})
		c, err := a.Access.Token(t.Context(), key)
		if err != nil || c.Role != store.Admin || !c.Operator {
			t.Errorf("%s is %+v, %v", key, c, err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a := opened(t, cfg, server.Options{})
	defer a.Close()
	if _, err := a.Access.Token(t.Context(), "root.0123456789abcdef"); err == nil {
		t.Error("the old secret still works")
	}
}

// TestOpenRefusals give back what was opened: the last start works.
func TestOpenRefusals(t *testing.T) {
	good := ofFolder(shortFolder(t))
	file := filepath.Join(good.Data, "file")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		edit func(*server.Config)
		opts server.Options
		want string
	}{
		"data is a file": {func(c *server.Config) { c.Data = file }, server.Options{}, "name a folder that can be written"},
		"data is /proc":  {func(c *server.Config) { c.Data = "/proc" }, server.Options{}, "name a folder that can be written"},
		"no roots":       {func(c *server.Config) { c.Push.CAFile = file }, server.Options{}, "push.ca_file: " + file + " holds no certificate"},
		"roots are gone": {func(c *server.Config) { c.Push.CAFile = file + "x" }, server.Options{}, "push.ca_file: "},
		"bad master key": {func(c *server.Config) { c.MasterKey = "short" }, server.Options{}, "master"},
		"bad admin key":  {func(c *server.Config) { c.AdminKey = "short" }, server.Options{}, "admin_key"},
		"routes fail":    {nil, server.Options{Mount: func(context.Context, *server.Appliance, *http.ServeMux) error { return errors.New("no routes") }}, "no routes"},
		"port is in use": {func(c *server.Config) { c.Listen = taken(t) }, server.Options{}, "listen"},
		"no certificate": {func(c *server.Config) { c.TLS.Mode, c.TLS.CertFile, c.TLS.KeyFile = "files", file, file }, server.Options{}, "tls.cert_file"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			if tt.edit != nil {
				tt.edit(&cfg)
			}
			if _, err := server.Open(t.Context(), cfg, tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want %q", err, tt.want)
			}
		})
	}
	if err := opened(t, good, server.Options{}).Close(); err != nil {
		t.Error(err)
	}
}

// taken is an address that somebody listens on until the test ends.
func taken(t *testing.T) string {
	t.Helper()
	s := servertest.New(t)
	return s.Server.Addr("listen")
}

// TestOneServerPerFolder names who has the database.
func TestOneServerPerFolder(t *testing.T) {
	s := servertest.New(t)
	if _, err := server.Open(t.Context(), ofFolder(s.Data), server.Options{}); err == nil || !strings.Contains(err.Error(), "use") {
		t.Errorf("the error is %v", err)
	}
}

// TestFrontDoors are where the design says.
func TestFrontDoors(t *testing.T) {
	s := servertest.New(t)
	a := s.Anonymous().Get(t, "/").Status(t, http.StatusFound)
	if got := a.Header.Get("Location"); got != "/docs" {
		t.Errorf("/ leads to %s", got)
	}
	for path, part := range map[string]string{"/docs": "<!doctype html>", "/ui/base.css": "{", "/healthz": "", "/readyz": "", "/metrics": "go_goroutines"} {
		if a := s.Anonymous().Get(t, path).Status(t, http.StatusOK); !strings.Contains(string(a.Body), part) {
			t.Errorf("%s lacks %q", path, part)
		}
	}
	s.Anonymous().Get(t, "/ui/none.css").Fails(t, http.StatusNotFound, "no_route")
	s.Anonymous().Get(t, "/demo/state").Fails(t, http.StatusNotFound, "no_route")
}

// TestFigures: what the database and the issuer count stands in /metrics, each family under its type.
func TestFigures(t *testing.T) {
	s := servertest.New(t)
	body := string(s.Anonymous().Get(t, "/metrics").Status(t, http.StatusOK).Body)
	for _, want := range []string{
		"# TYPE pocketpass_store_file_bytes gauge\npocketpass_store_file_bytes ",
		"# TYPE pocketpass_store_free_bytes gauge\npocketpass_store_free_bytes ",
		"# TYPE pocketpass_store_commits_total counter\npocketpass_store_commits_total ",
		"# TYPE pocketpass_store_updates_total counter\npocketpass_store_updates_total ",
		"# HELP pocketpass_passes_signed_total Passes signed; what the cache served is not among them.\n# TYPE pocketpass_passes_signed_total counter\npocketpass_passes_signed_total 0\n",
		"# TYPE pocketpass_pushes_total counter\npocketpass_pushes_total{outcome=\"accepted\"} 0\n",
		"\npocketpass_pushes_total{outcome=\"bad_token\"} 0\n",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in /metrics", want)
		}
	}
	if strings.Contains(body, "pocketpass_store_commits_total 0\n") {
		t.Error("the commits of the start were not counted")
	}
}

// TestLimitsReachTheAPI: settings of the size of bodies and of uploads hold there.
func TestLimitsReachTheAPI(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.Body, c.Limits.Upload = 1<<10, 12<<20 }))
	s.Post(t, "/api/v1/keys", map[string]string{"name": strings.Repeat("x", 1<<10), "role": "admin"}).Fails(t, http.StatusRequestEntityTooLarge, "body_too_large")
	for size, want := range map[int]string{11 << 20: "image_refused", 12 << 20: "body_too_large"} {
		form := "--b\r\nContent-Disposition: form-data; name=kind\r\n\r\nlogo\r\n" +
			"--b\r\nContent-Disposition: form-data; name=file\r\n\r\n" + strings.Repeat("x", size) + "\r\n--b--\r\n"
		a := s.Post(t, "/api/v1/assets", form, "Content-Type: multipart/form-data; boundary=b")
		if !strings.Contains(string(a.Body), want) {
			t.Errorf("a form of %d bytes: %s, want %s", size, a.Body, want)
		}
	}
}
