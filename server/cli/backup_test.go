package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server/cli"
)

// pocketpass runs one command line in this process.
func pocketpass(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Main(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// succeed is pocketpass that has to work.
func succeed(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := pocketpass(t, args...)
	if code != 0 {
		t.Fatalf("pocketpass %s: code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// shortFolder is a folder in which a socket can lie.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A restore says that the master key is missing where it is, and only there.
func TestRestoreWithoutMasterKey(t *testing.T) {
	dir := shortFolder(t)
	data, whole, keyless := filepath.Join(dir, "data"), filepath.Join(dir, "whole.tar"), filepath.Join(dir, "keyless.tar")
	if code, _, stderr := pocketpass(t, "key", "create", "--data", data); code != 0 || stderr != "There was no database in "+data+"; a new one was made.\n" {
		t.Fatalf("the first key: code %d, %s", code, stderr)
	}
	succeed(t, "backup", "--data", data, "--out", whole)
	succeed(t, "backup", "--data", data, "--out", keyless, "--without-master-key")
	if code, _, stderr := pocketpass(t, "backup", "--data", data, "--out", whole); code != 1 || !strings.Contains(stderr, "choose another name") {
		t.Errorf("over an older backup: code %d, %s", code, stderr)
	}
	if out := succeed(t, "restore", "--check", "--in", whole, "--data", filepath.Join(dir, "none")); !strings.Contains(out, "is whole") {
		t.Errorf("a good backup: %s", out)
	}
	if made, _ := os.ReadDir(filepath.Join(dir, "none")); len(made) > 0 {
		t.Errorf("checking a backup left %v", made)
	}
	for _, tt := range []struct {
		name, in, to string
		want         bool
	}{
		{"whole", whole, filepath.Join(dir, "1"), false},
		{"without the key", keyless, filepath.Join(dir, "2"), true},
		{"without the key, over a folder that has it", keyless, data, false},
	} {
		out := succeed(t, "restore", "--in", tt.in, "--data", tt.to)
		if got := strings.Contains(out, "put its master.key into "+tt.to); got != tt.want {
			t.Errorf("%s: %s", tt.name, out)
		}
	}
}
