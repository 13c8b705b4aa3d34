package cli_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestDemoOnServersFolder leaves alone what a server keeps.
func TestDemoOnServersFolder(t *testing.T) {
	data := "--data=" + filepath.Join(shortFolder(t), "data")
	succeed(t, "key", "create", data, "--role", "issuer", "--name", "till")
	if code, _, stderr := pocketpass(t, "demo", data); code == 0 || !strings.Contains(stderr, "is the folder of a server") {
		t.Errorf("code %d, %s", code, stderr)
	}
}
