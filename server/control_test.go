package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/servertest"
	"pocketpass/store"
	"pocketpass/store/backup"
)

// who is a route of the API that says who calls; the control socket leads to it.
func who(_ context.Context, a *server.Appliance, mux *http.ServeMux) error {
	mux.HandleFunc("GET /api/v1/who", func(w http.ResponseWriter, r *http.Request) {
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		c, err := a.Access.Token(r.Context(), token)
		if err != nil || !c.Operator {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, c.Name)
	})
	return nil
}

// ofFolder are the settings of a server, and of the command line, on a data folder.
func ofFolder(data string) server.Config {
	cfg := server.DefaultConfig()
	cfg.Data, cfg.Listen, cfg.TLS.HTTPListen = data, "127.0.0.1:0", ""
	return cfg
}

// shortFolder is a folder in which a socket can lie.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// connected is the command line on a data folder, until the test ends.
func connected(t *testing.T, data string) *http.Client {
	t.Helper()
	c, done, err := server.Connect(t.Context(), ofFolder(data), server.Options{Mount: who})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := done(); err != nil {
			t.Errorf("disconnect: %v", err)
		}
	})
	return c
}

// call makes a request on the control socket.
func call(t *testing.T, c *http.Client, path string) (status int, body []byte) {
	t.Helper()
	resp, err := c.Get(server.ControlURL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// wantOperator checks that the command line calls as the operator.
func wantOperator(t *testing.T, c *http.Client) {
	t.Helper()
	if status, name := call(t, c, "/api/v1/who"); status != http.StatusOK || string(name) != "command line" {
		t.Errorf("status %d, called as %q", status, name)
	}
}

func socketOf(data string) string { return filepath.Join(data, "control.sock") }

// TestControlOfARunningServer reaches it as the operator, through a socket that
// nobody else can open.
func TestControlOfARunningServer(t *testing.T) {
	s := servertest.New(t, servertest.Mount(func(ctx context.Context, s *servertest.Server, mux *http.ServeMux) error {
		return who(ctx, s.Appliance, mux)
	}))
	s.Until(t, "the socket", func() bool { _, err := os.Stat(socketOf(s.Data)); return err == nil })
	info, err := os.Stat(socketOf(s.Data))
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket: %v, %v", info.Mode(), err)
	}
	wantOperator(t, connected(t, s.Data))
	s.Anonymous().Get(t, "/api/v1/who").Status(t, http.StatusUnauthorized)
	s.Get(t, "/control/backup").Status(t, http.StatusNotFound) // on the socket alone
	if status, _ := call(t, connected(t, s.Data), "/healthz"); status != http.StatusNotFound {
		t.Errorf("the socket answers /healthz with %d", status)
	}
	s.Stop(t)
	if _, err := os.Stat(socketOf(s.Data)); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

// TestControlWithoutAServer opens the folder itself and leaves it as it was.
func TestControlWithoutAServer(t *testing.T) {
	data := shortFolder(t)
	for range 2 {
		c, done, err := server.Connect(t.Context(), ofFolder(data), server.Options{Mount: who})
		if err != nil {
			t.Fatal(err)
		}
		wantOperator(t, c)
		wantOperator(t, connectedTo(t, data))
		if err := done(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(socketOf(data)); !os.IsNotExist(err) {
			t.Errorf("the socket is left behind: %v", err)
		}
	}
	servertest.CheckFolder(t, data)
}

// TestCommandLineIsSomebody: the API says whose it is, and the log who did what
// in the spelling that people can look up.
func TestCommandLineIsSomebody(t *testing.T) {
	var log bytes.Buffer
	c, done, err := server.Connect(t.Context(), ofFolder(shortFolder(t)), server.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := call(t, c, "/api/v1/me"); status != http.StatusOK || !strings.Contains(string(body), `"role":"admin"}`) {
		t.Errorf("/me: %d, %s", status, body)
	}
	resp, err := c.Post(server.ControlURL+"/api/v1/keys", "application/json", strings.NewReader(`{"name": "till", "role": "issuer"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var key struct{ ID string }
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(&key), done()); err != nil {
		t.Fatal(err)
	}
	if want := `msg="key created" key=` + key.ID + " role=issuer by=local"; !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, &log)
	}
}

// connectedTo is a second command line beside one that has the folder open.
func connectedTo(t *testing.T, data string) *http.Client {
	t.Helper()
	c, done, err := server.Connect(t.Context(), ofFolder(data), server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { done() })
	return c
}

// TestStaleSocket of a server that was killed is in nobody's way.
func TestStaleSocket(t *testing.T) {
	data := shortFolder(t)
	ln, err := net.Listen("unix", socketOf(data))
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	wantOperator(t, connected(t, data))
}

// TestLongPath: a socket's path is limited, a data folder's is not. The command line
// reaches the server all the same, and opens the folder itself when none runs.
func TestLongPath(t *testing.T) {
	data := filepath.Join(shortFolder(t), strings.Repeat("long", 30))
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", shortFolder(t))
	s := servertest.New(t, servertest.Data(data))
	if status, body := call(t, connected(t, data), "/api/v1/me"); status != http.StatusOK || !strings.Contains(string(body), `"role":"admin"`) {
		t.Errorf("status %d, %s", status, body)
	}
	s.Stop(t)
	if _, err := os.Stat(socketOf(data)); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
	wantOperator(t, connected(t, data))
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("detours are left: %v, %v", left, err)
	}
}

// TestUnreached says why the command line does not reach a server.
func TestUnreached(t *testing.T) {
	s := servertest.New(t, servertest.Data(shortFolder(t)))
	if err := os.Remove(socketOf(s.Data)); err != nil {
		t.Fatal(err)
	}
	_, _, err := server.Connect(t.Context(), ofFolder(s.Data), server.Options{})
	if err == nil || !strings.Contains(err.Error(), "in use by") || !strings.Contains(err.Error(), "its log says why it is not reached") {
		t.Errorf("the error is %v", err)
	}
}

// TestConnectRefusals are sentences, and give back what was opened.
func TestConnectRefusals(t *testing.T) {
	data := shortFolder(t)
	cfg := ofFolder(data)
	cfg.Listen = "nowhere.invalid:port"
	if _, _, err := server.Connect(t.Context(), cfg, server.Options{}); err == nil || !strings.HasPrefix(err.Error(), "listen: ") {
		t.Errorf("the error is %v", err)
	}
	failing := server.Options{Mount: func(context.Context, *server.Appliance, *http.ServeMux) error { return io.ErrUnexpectedEOF }}
	if _, _, err := server.Connect(t.Context(), ofFolder(data), failing); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the error is %v", err)
	}
	wantOperator(t, connected(t, data)) // the database is free again
}

// TestBackupAndRestore copies a server while it runs into another folder, which
// then serves the same passes under the same signature, to phones that know the first.
func TestBackupAndRestore(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 7})
	before := s.Download(t, p)
	s.Phone(t, p)
	s.Until(t, "the socket", func() bool { _, err := os.Stat(socketOf(s.Data)); return err == nil })
	status, archive := call(t, connected(t, s.Data), "/control/backup")
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, archive)
	}
	if m, err := backup.Verify(bytes.NewReader(archive)); err != nil || !m.Time.Equal(s.Clock.Now()) {
		t.Fatalf("the archive of %s: %v", m.Time, err)
	}
	s.Change(t, p, servertest.Values{"stamps": 8}) // too late for the backup

	twin := servertest.New(t, servertest.Data(restored(t, archive)), servertest.Bare())
	after := twin.Download(t, p)
	if !bytes.Equal(after.Contents.Files["pass.json"].Data, before.Contents.Files["pass.json"].Data) {
		t.Errorf("the pass was\n%s\nand is\n%s", before.Contents.Files["pass.json"].Data, after.Contents.Files["pass.json"].Data)
	}
	if !after.Signature.Leaf.Equal(before.Signature.Leaf) {
		t.Error("another certificate signs")
	}
	if all, err := twin.Issuer.Registrations(t.Context(), twin.Actor, p.ID); err != nil || len(all) != 1 {
		t.Errorf("%d phones are known, %v", len(all), err)
	}
	twin.Change(t, p, servertest.Values{"stamps": 9})
	if got := twin.Download(t, p).Document.StoreCard.FieldByKey("stamps").Value.String(); got != "9" {
		t.Errorf("the restored server cannot change the pass: %s stamps", got)
	}
}

// restored puts a backup into a folder of its own.
func restored(t *testing.T, archive []byte) string {
	t.Helper()
	data := shortFolder(t)
	_, err := backup.Restore(t.Context(), bytes.NewReader(archive), data, backup.RestoreOptions{
		Now: servertest.Start, StoreVersion: store.Schema()})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestBackupWithoutMasterKey is made while no server runs, holds no secret, and
// is of use only with the key.
func TestBackupWithoutMasterKey(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, store.Campaign{}, nil)
	s.Stop(t)
	key, err := os.ReadFile(filepath.Join(s.Data, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	status, archive := call(t, connected(t, s.Data), "/control/backup?keys=without")
	if status != http.StatusOK || bytes.Contains(archive, bytes.TrimSpace(key)) {
		t.Fatalf("status %d; the archive must not hold the master key", status)
	}
	_, whole := call(t, connected(t, s.Data), "/control/backup")
	if !bytes.Contains(whole, bytes.TrimSpace(key)) {
		t.Fatal("a whole backup has to hold the master key")
	}
	data := restored(t, archive)
	if err := os.WriteFile(filepath.Join(data, "master.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	servertest.New(t, servertest.Data(data), servertest.Bare()).Download(t, p)
}
