// Package crashtest builds the real executable, puts it under load, and stops it in
// every way in which it can be stopped: kill -9, a power cut, SIGTERM, a full disk.
//
// It knows the server by its command line and its HTTP APIs alone. Clients note what
// every acknowledged answer promised; after the next start the server has to keep it.
// A write that was under way may have happened or not.
package crashtest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// builds are the executables made so far, by their build tags.
var builds = struct {
	sync.Mutex
	dir  string
	made map[string]string
}{made: make(map[string]string)}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "crashtest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	builds.dir = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// executable builds pocketpass, once for each set of tags.
func executable(t testing.TB, tags string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if path, ok := builds.made[tags]; ok {
		return path
	}
	path := filepath.Join(builds.dir, "pocketpass"+tags)
	out, err := exec.Command("go", "build", "-tags="+tags, "-o", path, "pocketpass").CombinedOutput()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	builds.made[tags] = path
	return path
}

// adminKey is the same in every run, so that a repeated request is known after a restart.
const adminKey = "crashtest.0123456789abcdef"

func command(exe string, args ...string) *exec.Cmd {
	c := exec.Command(exe, args...)
	c.Env = append(os.Environ(), "POCKETPASS_ADMIN_KEY="+adminKey, "POCKETPASS_LISTEN=127.0.0.1:0", "POCKETPASS_LOG_ACCESS=false")
	return c
}

// run runs a verb to its end.
func run(t testing.TB, exe string, args ...string) (code int, stderr string) {
	t.Helper()
	var text strings.Builder
	c := command(exe, args...)
	c.Stderr = &text
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(hung, func() { c.Process.Kill() })
	defer watchdog.Stop()
	c.Wait()
	return c.ProcessState.ExitCode(), text.String()
}
