package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pocketpass/server/cli"
)

// TestMain lets the test program stand in for the real one: with this variable
// it is pocketpass.
func TestMain(m *testing.M) {
	if os.Getenv("AS_PROGRAM") != "" {
		os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// program is the command line with an empty folder for temporary files.
type program struct{ temp string }

func (p program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = []string{"AS_PROGRAM=1", "TMPDIR=" + p.temp, "POCKETPASS_LISTEN=127.0.0.1:0"} // and no setting of whoever runs the tests
	return cmd
}

// run runs a verb to its end.
func (p program) run(t *testing.T, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := p.command(args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pocketpass %s: %v: %s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// running is a demo in a process of its own.
type running struct {
	program
	cmd    *exec.Cmd
	stdout *bufio.Reader
	ready  struct{ URL, AdminKey, CampaignID, PassID, PageURL, PkpassURL string }
}

// launch starts the demo and waits for its line.
func launch(t *testing.T) *running {
	t.Helper()
	temp, err := os.MkdirTemp("", "pp-") // short, for the control socket's sake
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	return program{temp}.demo(t)
}

// demo starts the demo with further settings and waits for its line.
func (p program) demo(t *testing.T, env ...string) *running {
	t.Helper()
	r := &running{program: p}
	r.cmd = r.command("demo", "--json")
	r.cmd.Env = append(r.cmd.Env, env...)
	r.cmd.Stderr = t.Output()
	pipe, err := r.cmd.StdoutPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.cmd.Process.Kill(); r.cmd.Wait() })
	r.stdout = bufio.NewReader(pipe)
	line, err := r.stdout.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.ready)
	}
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return r
}

// data is the folder that the demo made for itself.
func (r *running) data(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.temp, "pocketpass-demo-*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the data folders are %v, %v", found, err)
	}
	return found[0]
}

// ask makes a request with a key, or without if it is empty.
func (r *running) ask(t *testing.T, method, path, key, body string) (status int, answer []byte) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, r.ready.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	if key != "" {
		q.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}).Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// onPhone is what the simulated phone shows.
func (r *running) onPhone(t *testing.T) any {
	t.Helper()
	_, answer := r.ask(t, http.MethodGet, "/demo/state", "", "")
	var s state
	if err := json.Unmarshal(answer, &s); err != nil {
		t.Fatal(err)
	}
	return stamps(s.Phone.Document)
}

// stamp changes the pass over the API and returns how long the phone took.
func (r *running) stamp(t *testing.T, n int) time.Duration {
	t.Helper()
	begun := time.Now()
	if status, answer := r.ask(t, http.MethodPatch, "/api/v1/passes/"+r.ready.PassID, r.ready.AdminKey, fmt.Sprintf(`{"values": {"stamps": %d}}`, n)); status != http.StatusOK {
		t.Fatalf("change: %d, %s", status, answer)
	}
	for r.onPhone(t) != float64(n) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("the phone does not follow")
		}
	}
	return time.Since(begun)
}

// TestProcess is the promise of the first minute: one command, one line, a pass
// on a phone that a call of the API changes within a second, and nothing left.
func TestProcess(t *testing.T) {
	r := launch(t)
	if status, answer := r.ask(t, http.MethodPost, "/demo/phone", "", `{"action": "install"}`); status != http.StatusOK {
		t.Fatalf("install: %d, %s", status, answer)
	}
	if fastest := min(r.stamp(t, 7), r.stamp(t, 8), r.stamp(t, 9)); fastest > time.Second { // a busy machine may hold up one
		t.Errorf("the phone followed after %s, want at most a second", fastest)
	}
	r.verbs(t)
	r.end(t)
}

// end stops the demo, which leaves nothing among the temporary files.
func (r *running) end(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r.stdout); err != nil || len(rest) > 0 {
		t.Errorf("more than one line was printed: %q, %v", rest, err)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("the demo ended with %v", err)
	}
	if left, err := os.ReadDir(r.temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A folder that is set, however it is set, is kept, and another start goes on
// there with the same pass and the same key.
func TestDemoInAFolder(t *testing.T) {
	dir, err := os.MkdirTemp("", "pp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p, data, config := program{t.TempDir()}, filepath.Join(dir, "data"), filepath.Join(dir, "c.toml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "data = %q\n", data), 0o600); err != nil {
		t.Fatal(err)
	}
	first := p.demo(t, "POCKETPASS_DATA="+data)
	first.end(t)
	second := p.demo(t, "POCKETPASS_CONFIG="+config)
	second.end(t)
	if first.ready.AdminKey != second.ready.AdminKey || first.ready.PassID != second.ready.PassID {
		t.Errorf("the first start printed %+v, the second %+v", first.ready, second.ready)
	}
}

// verbs uses the command line on the folder of the running demo.
func (r *running) verbs(t *testing.T) {
	t.Helper()
	data := r.data(t)
	viewer := newKey(t, r.run(t, "key", "create", "--role", "viewer", "--name", "kiosk", "--data", data))
	path := "/api/v1/passes/" + r.ready.PassID
	if status, answer := r.ask(t, http.MethodGet, path, viewer, ""); status != http.StatusOK {
		t.Errorf("the new key reads: %d, %s", status, answer)
	}
	if status, _ := r.ask(t, http.MethodPatch, path, viewer, `{"values": {"stamps": 0}}`); status != http.StatusForbidden {
		t.Errorf("a viewer's key changes: %d", status)
	}
	if out := r.run(t, "cert", "list", "--data", data); !bytes.Contains(out, []byte("pass.demo.pocketpass")) || !bytes.Contains(out, []byte(`"demo"`)) {
		t.Errorf("the certificates are %s", out)
	}
	r.restores(t, data, viewer)
}

// restores makes a backup of a folder and looks what the command line, without a
// server, finds in the folder that it is restored into.
func (p program) restores(t *testing.T, data, key string) {
	t.Helper()
	dir := t.TempDir()
	file, copied := filepath.Join(dir, "backup.tar"), filepath.Join(dir, "copy")
	p.run(t, "backup", "--out", file, "--data", data)
	p.run(t, "restore", "--in", file, "--data", copied)
	id, _, _ := strings.Cut(key, ".")
	if out := p.run(t, "key", "list", "--data", copied); !bytes.Contains(out, []byte(id)) {
		t.Errorf("the restored keys are %s, want %s among them", out, id)
	}
	if out := p.run(t, "cert", "list", "--data", copied); !bytes.Contains(out, []byte("pass.demo.pocketpass")) {
		t.Errorf("the restored certificates are %s", out)
	}
}

// newKey reads what key create prints: one JSON object.
func newKey(t *testing.T, out []byte) string {
	t.Helper()
	var k struct{ Token string }
	if err := json.Unmarshal(out, &k); err != nil || k.Token == "" {
		t.Fatalf("%s: %v", out, err)
	}
	return k.Token
}
