package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
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
	if code != 1 || !strings.Contains(stdout.String(), "pocketpass cert import") || !strings.Contains(stderr.String(), "left out, for the reasons above: 2;") {
		t.Errorf("code %d\n%s\n%s", code, &stdout, &stderr)
	}
}

// TestImportStopped says that Ctrl-C loses nothing, and what it came in between.
func TestImportStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	old := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	defer old.Close()
	var stdout, stderr bytes.Buffer
	code := cli.Main(ctx, []string{"import", "walletkit", "--data", shortFolder(t), "--url", old.URL}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "run it again, and it goes on") || !strings.Contains(stderr.String(), "context canceled") {
		t.Errorf("code %d, %s", code, &stderr)
	}
}

// TestImportRefused says what is wrong with where everything is to be.
func TestImportRefused(t *testing.T) {
	empty, missing := t.TempDir(), filepath.Join(t.TempDir(), "missing")
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--url", "api.walletkit.com"}, 2, "write it like https://"},
		{[]string{"--url", "ftp://api.walletkit.com"}, 2, "write it like https://"},
		{[]string{"--url", "https://brand:key@api.walletkit.com"}, 2, "--key-file"},
		{[]string{"--from", missing}, 1, "is no folder"},
		{[]string{"--from", empty}, 1, "there was nothing to move"},
	} {
		var stdout, stderr bytes.Buffer
		code := cli.Main(t.Context(), append([]string{"import", "walletkit", "--data", shortFolder(t)}, tt.args...), &stdout, &stderr)
		if code != tt.code || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%v: code %d, %s", tt.args, code, &stderr)
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a folder that was to be read was made")
	}
}
