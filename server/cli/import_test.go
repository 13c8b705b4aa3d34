package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
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

// TestImportTwice keeps a second import out of what the first one has read, and begins
// afresh after one that was killed.
func TestImportTwice(t *testing.T) {
	data := shortFolder(t)
	left := filepath.Join(data, "import-walletkit", "templates", "left.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o700), os.WriteFile(left, []byte("{}"), 0o600)); err != nil {
		t.Fatal(err)
	}
	run := func(url string) (code int, stderr string) {
		code, _, stderr = pocketpass(t, "import", "walletkit", "--data", data, "--url", url)
		return code, stderr
	}
	var old *httptest.Server
	old = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := os.Stat(left); err == nil {
			t.Error("it goes on from what was left")
		}
		if code, stderr := run(old.URL); code != 1 || !strings.Contains(stderr, "another import is using this folder") || !strings.Contains(stderr, "--save") {
			t.Errorf("beside another: code %d, %s", code, stderr)
		}
		if _, err := os.Stat(filepath.Dir(filepath.Dir(left))); err != nil {
			t.Errorf("the folder of the first is gone: %v", err)
		}
		io.WriteString(w, "[]")
	}))
	defer old.Close()
	if code, stderr := run(old.URL); code != 1 || !strings.Contains(stderr, "there was nothing to move") {
		t.Errorf("the first: code %d, %s", code, stderr)
	}
	if all, err := filepath.Glob(filepath.Join(data, "import-*")); err != nil || len(all) > 0 {
		t.Errorf("left behind: %v, %v", all, err)
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
