package cli_test

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/signer"
)

var fence = regexp.MustCompile("(?ms)^```(sh|toml)\n(.*?)^```$")

// TestREADME runs every command of the README, in its order, and then those of the pages
// of old services, in one shell: as a
// new user would, but with the demo authority for Apple and loopback for the
// public name.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	for _, tool := range []string{"bash", "curl", "openssl", "unzip"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing", tool)
		}
	}
	root := repository(t)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dialects, err := filepath.Glob(filepath.Join(root, "server", "compat", "*", "README.md"))
	if err != nil || len(dialects) < 5 {
		t.Fatalf("found the pages %q of old services, %v", dialects, err)
	}
	for _, page := range dialects {
		more, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, more...)
	}
	blocks := fence.FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 12 {
		t.Fatalf("found %d blocks of commands", len(blocks))
	}
	var script strings.Builder
	for _, b := range blocks {
		script.WriteString(adapt(t, b[1], b[2]))
	}
	dir := t.TempDir()
	writeApple(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script.String())
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "WORK="+dir, "POCKETPASS_DATA="+filepath.Join(dir, "data"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	output, err := os.Create(filepath.Join(dir, "output")) // a pipe would wait for everything in the background
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	runErr := cmd.Run()
	raw, err := os.ReadFile(output.Name())
	if err != nil {
		t.Fatal(err)
	}
	out := string(raw)
	if runErr != nil {
		t.Fatalf("%v\n%s", runErr, tail(out))
	}
	for _, want := range []string{`"state":"demo"`, `"not_installed"`, "restored the backup", "erification successful", "template        1 made", `"passTypeId":"pass.com.example.coffee"`, `"templateHeaders"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %s\n%s", want, tail(out))
		}
	}
}

// adapt makes a block of the README run on this machine alone. A command that
// runs until it is stopped goes to the background and is waited for.
func adapt(t *testing.T, kind, text string) string {
	t.Helper()
	switch {
	case kind == "toml":
		loadSettings(t, text)
		return "cat > $WORK/pocketpass.toml <<'E'\nlisten = \"127.0.0.1:0\"\nE\n"
	case text == "go run . demo\n": // stopped as Ctrl-C does, which reaches the whole group
		return "set -m; go run . demo --listen 127.0.0.1:0 > $WORK/demo.out 2>&1 &\n" + await("$WORK/demo.out", "Ctrl-C") +
			"\nkill -INT -- -$!; wait $! || true; set +m\n" // go run makes 1 of the exit code
	case text == "go test ./...\n":
		return "" // this is it
	case strings.Contains(text, "./pocketpass serve"):
		text = strings.NewReplacer("./pocketpass ", "$WORK/pocketpass ", "pocketpass.toml", "$WORK/pocketpass.toml", "\n", "").Replace(text)
		return text + " > $WORK/serve.out &\n" +
			await("$WORK/serve.out", "reached at") + "\n" + "ADDRESS=$(sed -n 's/.*reached at //p' $WORK/serve.out)\ntrap 'kill %1' EXIT\n"
	}
	for _, change := range [][2]string{ // in this order: some change what others left
		{"https://passes.example.com", "$ADDRESS"}, {"-o pocketpass .", "-o $WORK/pocketpass ."}, {"./pocketpass", "$WORK/pocketpass"},
		{"request.csr", "$WORK/request.csr"}, {"import pass.cer", "import $WORK/pass.cer"}, {"guest.pkpass", "$WORK/guest.pkpass"},
		{"mkdir -p guest && cd guest", "mkdir -p $WORK/guest && cd $WORK/guest"}, {"../$WORK", "$WORK"}, {"cd ..\n", "cd - >/dev/null\n"},
		{"backup.tar", "$WORK/backup.tar"}, {"--data restored", "--data $WORK/restored"},
	} {
		text = strings.ReplaceAll(text, change[0], change[1])
	}
	if strings.Contains(text, "cert request") {
		text += "APPLE=1 " + os.Args[0] + " -test.run=TestStandInForApple\n"
	}
	return text
}

// loadSettings reads a file of settings as the server does.
func loadSettings(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pocketpass.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Load(server.Sources{File: path}); err != nil {
		t.Errorf("the settings of the README: %v", err)
	}
}

func await(file, text string) string {
	return "for n in $(seq 600); do grep -q '" + text + "' " + file + " 2>/dev/null && break; sleep 0.1; done; grep '" + text + "' " + file
}

// writeApple leaves a demo authority where TestStandInForApple finds it.
func writeApple(t *testing.T, dir string) {
	t.Helper()
	a, err := signer.NewAuthority(rand.Reader, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := a.Marshal()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "apple.pem"), raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestStandInForApple is no test: run by TestREADME in a process of its own, it
// does what Apple's portal does between two steps.
func TestStandInForApple(t *testing.T) {
	if os.Getenv("APPLE") == "" {
		return
	}
	dir := os.Getenv("WORK")
	raw, err := os.ReadFile(filepath.Join(dir, "apple.pem"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := signer.ParseAuthority(raw)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := os.ReadFile(filepath.Join(dir, "request.csr"))
	if err != nil {
		t.Fatal(err)
	}
	request, err := signer.ReadRequest(csr)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := a.Issue(rand.Reader, request.PublicKey, signer.Order{PassTypeIdentifier: "pass.com.example.coffee", TeamIdentifier: "POCKETDEMO",
		Organization: "Harbour Coffee", NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, der := range [][]byte{leaf.Raw, a.Intermediate.Raw} {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	if err := os.WriteFile(filepath.Join(dir, "pass.cer"), out, 0o600); err != nil {
		t.Fatal(err)
	}
}

func repository(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func tail(s string) string { return s[max(0, len(s)-4000):] }
