package cli_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/cli"
	"pocketpass/signer/pkpass"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// collection is the folder of good and broken pass files. Its list names them,
// each with the codes of its faults.
const collection = "../../testdata/lint"

func listed(t *testing.T) map[string][]string {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(collection, "list.txt"))
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	for line := range strings.Lines(string(list)) {
		words := strings.Fields(line)
		out[words[0]] = words[1:]
	}
	if len(out) < 25 {
		t.Fatalf("%d files are listed", len(out))
	}
	return out
}

// lintedFile is a line of JSON.
type lintedFile struct {
	File string `json:"file"`
	pkpass.Finding

	Verdict            string `json:"verdict"`
	PassTypeIdentifier string `json:"passTypeIdentifier"`
	Demo               bool   `json:"demo"`
}

// runLint runs the verb in the collection.
func runLint(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	t.Chdir(collection)
	var out, errs bytes.Buffer
	code = cli.Main(t.Context(), append([]string{"lint"}, args...), &out, &errs)
	return out.String(), errs.String(), code
}

func lintJSON(t *testing.T, args ...string) ([]lintedFile, int) {
	t.Helper()
	stdout, stderr, code := runLint(t, append([]string{"--json"}, args...)...)
	if stderr != "" {
		t.Errorf("stderr: %s", stderr)
	}
	var out []lintedFile
	for line := range strings.Lines(stdout) {
		var f lintedFile
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, f)
	}
	return out, code
}

// TestLintCollection runs the verb on every file: silence for good ones, the
// codes of the list for the others, and 1 for those that a phone refuses.
func TestLintCollection(t *testing.T) {
	for name, want := range listed(t) {
		t.Run(name, func(t *testing.T) {
			lines, code := lintJSON(t, name)
			var got []string
			refused := 0
			for _, l := range lines {
				if !slices.Contains(got, l.Code) {
					got = append(got, l.Code)
				}
				if l.Severity == pkpass.Refused {
					refused = 1
				}
				if !strings.HasPrefix(l.File, name) {
					t.Errorf("file %s", l.File)
				}
			}
			if !slices.Equal(got, want) || code != refused {
				t.Errorf("code %d, found %v, want %v", code, got, want)
			}
		})
	}
}

func TestLintText(t *testing.T) {
	tests := []struct {
		golden string
		args   []string
		code   int
	}{
		{"good", []string{"good-storeCard.pkpass", "good-bus.pkpass"}, 0},
		{"good-verbose", []string{"--verbose", "--notes", "good-storeCard.pkpass"}, 0},
		{"changed-after-signing", []string{"changed-after-signing.pkpass"}, 1},
		{"wrapping-folder", []string{"wrapping-folder.pkpass", "--verbose"}, 1},
		{"signature-pem", []string{"--verbose", "signature-pem.pkpass"}, 1},
		{"warnings", []string{"colour.pkpass", "image-size.pkpass", "service-over-http.pkpass"}, 0},
		{"several", []string{"good-bus.pkpass", "token-short.pkpass", "web-page.pkpass", "zip-bomb.pkpass"}, 1},
		{"bundle", []string{"--verbose", "broken-pass-inside.pkpasses", "cut-pass-inside.pkpasses"}, 1},
		{"parent-path", []string{"parent-path.pkpass"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			golden, err := filepath.Abs(filepath.Join("testdata", "lint", tt.golden+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			stdout, stderr, code := runLint(t, tt.args...)
			if code != tt.code || stderr != "" {
				t.Errorf("code %d, want %d; stderr %q", code, tt.code, stderr)
			}
			if *update {
				if err := os.WriteFile(golden, []byte(stdout), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(golden); err != nil || stdout != string(want) {
				t.Errorf("printed\n%s\nwant\n%s(%v)", stdout, want, err)
			}
		})
	}
}

// TestLintIsSilent is what other programs rely on: no byte for a good pass.
func TestLintIsSilent(t *testing.T) {
	var good []string
	for name, codes := range listed(t) {
		if len(codes) == 0 {
			good = append(good, name)
		}
	}
	if stdout, stderr, code := runLint(t, good...); len(good) < 5 || stdout+stderr != "" || code != 0 {
		t.Errorf("%d files: code %d, %q, %q", len(good), code, stdout, stderr)
	}
}

func TestLintSummaryAsJSON(t *testing.T) {
	lines, code := lintJSON(t, "--verbose", "good-bus.pkpass", "empty.pkpass")
	if code != 1 || len(lines) != 3 {
		t.Fatalf("code %d, %+v", code, lines)
	}
	if good := lines[0]; good.Verdict != "ok" || good.PassTypeIdentifier != "pass.com.example.coffee" || !good.Demo {
		t.Errorf("good: %+v", good)
	}
	if bad := lines[2]; bad.Verdict != "refused" || bad.File != "empty.pkpass" || bad.PassTypeIdentifier != "" {
		t.Errorf("bad: %+v", bad)
	}
}

func TestLintUnreadable(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"missing, and a good one", []string{"missing.pkpass", "good-bus.pkpass"}, 1, "pocketpass lint: missing.pkpass: no such file or directory\n"},
		{"folder", []string{"."}, 1, "pocketpass lint: .: is a folder: name a file\n"},
		{"no file", nil, 2, "pocketpass lint: name a file: pocketpass lint FILE.pkpass\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if stdout, stderr, code := runLint(t, tt.args...); code != tt.code || stderr != tt.stderr || stdout != "" {
				t.Errorf("code %d, %q, %q", code, stdout, stderr)
			}
		})
	}
}

// TestLintTerminal: what a foreign file calls its parts does not steer the
// terminal.
func TestLintTerminal(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(collection, "parent-path.pkpass"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.pkpass")
	bad := bytes.ReplaceAll(good, []byte("../../etc/passwd"), []byte("../../\x1b[2J/passw"))
	if err := os.WriteFile(file, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, _, code := runLint(t, "--verbose", file)
	if code != 1 || !strings.Contains(stdout, "path_control") || strings.Contains(stdout, "\x1b") {
		t.Errorf("code %d, %q", code, stdout)
	}
}

// TestLintOpenSSL has openssl verify what lint calls good.
func TestLintOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	for name, codes := range listed(t) {
		if len(codes) > 0 {
			continue
		}
		data, err := os.ReadFile(filepath.Join(collection, name))
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := pkpass.Read(data, pkpass.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for file, content := range map[string][]byte{"signature": c.Signature, "manifest.json": c.Manifest} {
			if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), openssl, "cms", "-verify", "-binary", "-purpose", "any", "-noverify",
			"-inform", "DER", "-in", "signature", "-content", "manifest.json", "-out", os.DevNull)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
