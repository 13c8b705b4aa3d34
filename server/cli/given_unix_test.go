//go:build unix

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestNoFile waits for no pipe and reads no device.
func TestNoFile(t *testing.T) {
	dir := shortFolder(t)
	pipe, data := filepath.Join(dir, "pipe"), "--data="+filepath.Join(dir, "data")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"lint", pipe}, "is a pipe: name a file"},
		{[]string{"lint", "/dev/zero"}, "is a device: name a file"},
		{[]string{"lint", dir}, "is a folder: name a file"},
		{[]string{"cert", "import", data, "/dev/zero"}, "is a device: name a file"},
		{[]string{"cert", "import", data, "--password-file", dir, "given_unix_test.go"}, "is a folder: name a file"},
		{[]string{"import", "walletkit", data, "--url=http://127.0.0.1:1", "--key-file", "/dev/zero"}, "is a device: name a file"},
		{[]string{"serve", data, "--config", "/dev/zero"}, "is a device: name a file"},
		{[]string{"serve", data, "--admin-key-file", dir}, "is a folder: name a file"},
		{[]string{"serve", data, "--push-ca-file", "/dev/zero"}, "is a device: name a file"},
		{[]string{"serve", data, "--tls-mode=files", "--tls-cert-file", pipe, "--tls-key-file", pipe, "--listen=127.0.0.1:0"}, "is a pipe: name a file"},
	} {
		if code, _, stderr := pocketpass(t, tt.args...); code == 0 || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: code %d, %s", tt.args, code, stderr)
		}
	}
	go os.WriteFile(pipe, []byte("listne = 1\n"), 0)
	if _, _, stderr := pocketpass(t, "serve", data, "--config", pipe); !strings.Contains(stderr, "listne") {
		t.Errorf("a configuration that comes through a pipe is read: %s", stderr)
	}
	if _, stdout, _ := pocketpass(t, "lint", "/dev/null"); !strings.Contains(stdout, "archive_unreadable") {
		t.Errorf("an empty file is judged: %s", stdout)
	}
}
