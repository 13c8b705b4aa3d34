package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server/cli"
)

// TestCertImportPassword says where a password goes of files that need one, and of no others.
func TestCertImportPassword(t *testing.T) {
	const locked = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END RSA PRIVATE KEY-----\n"
	for name, tt := range map[string]struct {
		text string
		hint bool
	}{
		"key.pem": {locked, true},
		"id.p12":  {"no certificate", false},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		code := cli.Main(t.Context(), []string{"cert", "import", "--data", shortFolder(t), file}, &stdout, &stderr)
		if code != 1 || strings.Contains(stderr.String(), "--password-file") != tt.hint {
			t.Errorf("%s: code %d, %s", name, code, &stderr)
		}
	}
}
