package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"pocketpass/server/cli"
)

// terminal is what a program in a window writes to.
func terminal(t *testing.T) *os.File {
	t.Helper()
	window, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { window.Close() })
	fd := int(window.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestBackupTerminal writes no archive to a screen, and waits for none from a keyboard.
func TestBackupTerminal(t *testing.T) {
	screen, data := terminal(t), filepath.Join(shortFolder(t), "data")
	pocketpass(t, "key", "create", "--data", data)
	var stderr bytes.Buffer
	if code := cli.Main(t.Context(), []string{"backup", "--data", data}, screen, &stderr); code != 2 || !strings.Contains(stderr.String(), "--out") {
		t.Errorf("backup: code %d, %s", code, &stderr)
	}
	restore := exec.Command(os.Args[0], "restore", "--check", "--data", data)
	restore.Env, restore.Stdin = append(os.Environ(), "AS_PROGRAM=1"), screen
	if said, err := restore.CombinedOutput(); err == nil || !strings.Contains(string(said), "--in") {
		t.Errorf("restore: %v, %s", err, said)
	}
	file := filepath.Join(data, "to.tar")
	if code, _, stderr := pocketpass(t, "backup", "--data", data, "--out", file); code != 0 {
		t.Errorf("to a file: %s", stderr)
	}
}
