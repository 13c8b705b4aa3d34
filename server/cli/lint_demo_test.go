package cli_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestLintIsSilentOnTheDemo downloads the pass of a running demo, as a phone
// would, and has it judged.
func TestLintIsSilentOnTheDemo(t *testing.T) {
	cmd := exec.Command(os.Args[0], "demo", "--json")
	cmd.Env = append(os.Environ(), "AS_PROGRAM=1", "POCKETPASS_LISTEN=127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready struct {
		PkpassURL string `json:"pkpassUrl"`
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	file := filepath.Join(t.TempDir(), "demo.pkpass")
	download(t, ready.PkpassURL, file)
	if out, errs, code := runLint(t, file); out+errs != "" || code != 0 {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
}

func download(t *testing.T, url, file string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, resp.StatusCode, err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
