package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pocketpass/server/cli"
)

// TestMain lets the test program stand in for the real one: with this variable
// it is pocketpass.
func TestMain(m *testing.M) {
	if os.Getenv("AS_PROGRAM") != "" {
		os.Exit(cli.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestCommandLines(t *testing.T) {
	tests := []struct {
		name, args     string
		code           int
		stdout, stderr string
	}{
		{"nothing", "", 2, "", "Usage: pocketpass VERB"},
		{"help", "help", 0, "serve     run the server", ""},
		{"help as a flag", "--help", 0, "Usage: pocketpass VERB", ""},
		{"help of a verb", "help serve", 0, "-push-host", ""},
		{"help of no verb", "help srve", 2, "", `did you mean "serve"?`},
		{"help of a verb by flag", "serve --help", 0, "-listen value", ""},
		{"unknown verb", "vresion", 2, "", `unknown verb "vresion"; did you mean "version"?`},
		{"version", "version", 0, "pocketpass ", ""},
		{"version with a word", "version x", 2, "", `"x" is more than this verb takes`},
		{"unknown flag", "serve --lisen=x", 2, "", `did you mean "listen"?`},
		{"flag of the wrong type", "serve --http-idle-timeout=5", 2, "", "is not a duration"},
		{"no secrets on the command line", "serve --admin-key=a.b", 2, "", "not defined: -admin-key"},
		{"revoke without a key", "key revoke", 2, "", "name it with --id"},
		{"bad setting", "serve --listen=x", 2, "", `listen: "x" is not an address and port`},
		{"backup of nothing", "backup --data=nowhere", 1, "", "nowhere: name the data folder of the server with --data"},
		{"keys of nothing", "key list --data=nowhere", 1, "", "there is no database in /"},
		{"import from nowhere", "import walletkit", 2, "", "--from FOLDER"},
		{"import from two places", "import walletkit --from=x --url=http://x", 2, "", "--save FOLDER"},
		{"import from no service", "import walletkid", 2, "", "Usage: pocketpass import VERB"},
		{"missing file", "serve --config=missing.toml", 2, "", "missing.toml"},
		{"data that is a file", "serve --listen=127.0.0.1:0 --data=cli_test.go/x", 1, "", "data: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := cli.Main(t.Context(), strings.Fields(tt.args), &stdout, &stderr)
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
			for _, stream := range []struct{ name, got, want string }{{"stdout", stdout.String(), tt.stdout}, {"stderr", stderr.String(), tt.stderr}} {
				if !strings.Contains(stream.got, stream.want) || stream.want == "" && stream.got != "" {
					t.Errorf("%s: %q, want %q", stream.name, stream.got, stream.want)
				}
			}
		})
	}
}

// program is a pocketpass in a process of its own.
type program struct {
	*exec.Cmd
	address string // as the line on stdout tells it
	screen  string // what came before that line
	stderr  *bufio.Reader
	stdout  *bufio.Reader
}

func startProgram(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(os.Args[0], args...)}
	p.Env = append(os.Environ(), "AS_PROGRAM=1", "POCKETPASS_LISTEN=127.0.0.1:0")
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	p.stdout, p.stderr = bufio.NewReader(stdout), bufio.NewReader(stderr)
	for {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			rest, _ := io.ReadAll(p.stderr)
			t.Fatalf("it ended before it listened: %v\n%s", err, rest)
		}
		if _, address, ok := strings.Cut(strings.TrimSpace(line), "reached at "); ok {
			p.address = address
			return p
		}
		p.screen += line
	}
}

func TestServe(t *testing.T) {
	data := filepath.Join(shortFolder(t), "the data") // a name that a shell would take apart
	p := startProgram(t, "serve", "--data", data)
	resp, err := http.Get(p.address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("/healthz: %d", resp.StatusCode)
	}
	for _, want := range []string{p.address, data} {
		if !strings.Contains(p.screen, want) {
			t.Errorf("the first screen lacks %s:\n%s", want, p.screen)
		}
	}
	if strings.Contains(p.screen, "Warning") {
		t.Errorf("on loopback the first screen warns:\n%s", p.screen)
	}
	p.followScreen(t)
	p.end(t)
	if again := startProgram(t, "serve", "--data", data); again.screen != "" {
		t.Errorf("the first screen came twice:\n%s", again.screen)
	} else {
		again.end(t)
	}
}

// followScreen runs the command that the screen gives, in another folder.
func (p *program) followScreen(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(p.screen) {
		if !strings.Contains(line, "key create") {
			continue
		}
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "AS_PROGRAM=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), `"token"`) {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		return
	}
	t.Errorf("the first screen has no command for a key:\n%s", p.screen)
}

// A server that others reach, and that does not know its address, says so at once.
func TestServeWithoutAddress(t *testing.T) {
	p := startProgram(t, "serve", "--data", t.TempDir(), "--listen", "0.0.0.0:0")
	if !strings.Contains(p.screen, "Warning      base_url is not set") {
		t.Errorf("no warning on the screen:\n%s", p.screen)
	}
	if line, err := p.stderr.ReadString('\n'); err != nil || !strings.Contains(line, "never update") {
		t.Errorf("the log begins with %s, %v", line, err)
	}
	p.end(t)
}

// end asks the program to stop and expects it to do so in order.
func (p *program) end(t *testing.T) {
	t.Helper()
	p.Process.Signal(syscall.SIGTERM)
	rest, _ := io.ReadAll(p.stderr)
	if err := p.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, rest)
	}
}

// TestClosedTerminal ends a demo in order: it leaves nothing behind.
func TestClosedTerminal(t *testing.T) {
	dir := shortFolder(t)
	cmd := exec.Command(os.Args[0], "demo", "--json", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "AS_PROGRAM=1", "TMPDIR="+dir)
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGHUP)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGHUP: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := startProgram(t, "serve", "--data", t.TempDir(), "--http-drain-delay=10m")
	p.Process.Signal(os.Interrupt)
	for {
		line, err := p.stderr.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "stopping") {
			break
		}
	}
	p.Process.Signal(os.Interrupt)
	io.Copy(io.Discard, p.stderr)
	if p.Wait(); p.ProcessState.ExitCode() != 1 {
		t.Errorf("exit code %d, want 1", p.ProcessState.ExitCode())
	}
}
