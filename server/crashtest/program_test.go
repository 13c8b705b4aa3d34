package crashtest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"pocketpass/store"
	"pocketpass/store/backup"
	"pocketpass/store/kv/boltkv"
)

// hung is when a start, a stop or an answer is taken for one that never comes.
const hung = 30 * time.Second

// program is one run of the executable.
type program struct {
	cmd    *exec.Cmd
	stderr *os.File
	ended  chan struct{} // closed once it has exited
	ready  time.Duration // from exec to the first 200 of /readyz

	URL        string `json:"url"`
	CampaignID string `json:"campaignId"`
	PassID     string `json:"passId"`
}

// launch runs the demo on a data folder and does not wait for anything.
func launch(t testing.TB, exe, data string) (*program, *bufio.Reader) {
	t.Helper()
	return begin(t, command(exe, "demo", "--json", "--data", data))
}

// begin runs the program, which is killed when the test ends.
func begin(t testing.TB, cmd *exec.Cmd) (*program, *bufio.Reader) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{cmd: cmd, stderr: log, ended: make(chan struct{})}
	p.cmd.Stderr = log
	r, w, err := os.Pipe() // not the command's own, which Wait would close under the reader
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout = w
	err = errors.Join(p.cmd.Start(), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() { p.kill(); r.Close(); log.Close() })
	return p, bufio.NewReader(r)
}

// start runs the demo and returns when it is ready, or why it is not.
func start(t testing.TB, exe, data string) (*program, error) {
	t.Helper()
	began := time.Now()
	p, stdout := launch(t, exe, data)
	watchdog := time.AfterFunc(hung, p.kill)
	defer watchdog.Stop()
	line, err := stdout.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, p)
	}
	if err != nil {
		p.kill()
		return nil, fmt.Errorf("it did not start: %w\n%s", err, p.log())
	}
	if err := p.wait("/readyz", http.StatusOK); err != nil {
		return nil, fmt.Errorf("it did not become ready: %w\n%s", err, p.log())
	}
	p.ready = time.Since(began)
	return p, nil
}

func mustStart(t testing.TB, exe, data string) *program {
	t.Helper()
	p, err := start(t, exe, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wait asks for path until the answer has a status.
func (p *program) wait(path string, status int) error {
	c := &http.Client{Timeout: hung}
	defer c.CloseIdleConnections()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for last := time.Now().Add(hung); time.Now().Before(last); <-tick.C {
		resp, err := c.Get(p.URL + path)
		if err != nil {
			return err
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode == status {
			return nil
		}
	}
	return fmt.Errorf("%s never answered %d", path, status)
}

// kill is kill -9. It returns when the process is gone.
func (p *program) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// term sends SIGTERM.
func (p *program) term(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// exit waits for an orderly end.
func (p *program) exit(t testing.TB) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(hung):
		t.Fatalf("it did not stop within %v\n%s", hung, p.log())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d after SIGTERM\n%s", code, p.log())
	}
}

// log is the end of what the program wrote to standard error.
func (p *program) log() string {
	const most = 4 << 10
	text, err := os.ReadFile(p.stderr.Name())
	if err != nil {
		return err.Error()
	}
	text = bytes.TrimSpace(text)
	return string(text[max(0, len(text)-most):])
}

// check opens the database that a stopped program left and looks at every page, record
// and index.
func check(t testing.TB, data string) {
	t.Helper()
	db, err := boltkv.Open(filepath.Join(data, backup.DefaultDatabase), boltkv.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer db.Close()
	faults, err := store.CheckEngine(t.Context(), db)
	for _, f := range faults {
		t.Errorf("check: %v", f)
	}
	if err := errors.Join(err, db.Check(t.Context())); err != nil {
		t.Errorf("check: %v", err)
	}
}
