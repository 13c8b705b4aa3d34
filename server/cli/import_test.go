package cli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server/cli"
)

// TestImportWithoutCertificate says what is missing, and that nothing was made.
func TestImportWithoutCertificate(t *testing.T) {
	from := filepath.Join(repository(t), "testdata", "moving", "walletkit")
	var stdout, stderr bytes.Buffer
	code := cli.Main(t.Context(), []string{"import", "walletkit", "--data", shortFolder(t), "--from", from, "--pass-type", "pass.com.example.coffee"}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stdout.String(), "pocketpass cert import") || !strings.Contains(stderr.String(), "1 records were left out") {
		t.Errorf("code %d\n%s\n%s", code, &stdout, &stderr)
	}
}
