package boltkv_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/store/kv"
	"pocketpass/store/kv/boltkv"
)

// The crash test kills a process that writes and looks whether everything is there
// that it acknowledged. A killed process loses nothing that it handed to the
// kernel, so this proves that no answer comes before the commit and that records
// are stored whole; it does not prove that commits are synced, which takes a power
// cut. For the same reason leaving out syncs is no control here. The control is
// a child that acknowledges before it calls Update: the test has to notice.

const (
	childVariable = "BOLTKV_CRASH_CHILD" // path of the database to write to
	earlyVariable = "BOLTKV_CRASH_EARLY" // set: acknowledge before the commit
	crashWriters  = 8
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childVariable); path != "" {
		if err := crashChild(path, os.Getenv(earlyVariable) != ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestKill(t *testing.T) {
	if acknowledged, lost := killRounds(t, 20, false); lost > 0 || acknowledged < 1000 {
		t.Errorf("%d of %d acknowledged records are lost; there should be at least 1000, none lost", lost, acknowledged)
	}
}

func TestKillControl(t *testing.T) {
	if acknowledged, lost := killRounds(t, 3, true); lost == 0 {
		t.Errorf("none of %d records that were acknowledged too early is missing: the test sees nothing", acknowledged)
	}
}

// killRounds starts and kills a writer again and again on the same file.
func killRounds(t *testing.T, rounds int, early bool) (acknowledged, lost int) {
	path := filepath.Join(t.TempDir(), "test.db")
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	var acks []string
	for range rounds {
		acks = append(acks, killedChild(t, path, early, 50+random.IntN(500))...)
		lost = missing(t, path, acks)
	}
	t.Logf("seed %d: %d kills, %d acknowledged, %d lost", seed, rounds, len(acks), lost)
	return len(acks), lost
}

// killedChild runs a writer, kills it after some acknowledgements and returns all
// that it gave.
func killedChild(t *testing.T, path string, early bool, after int) (acks []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+path)
	if early {
		child.Env = append(child.Env, earlyVariable+"=1")
	}
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break
		}
		if acks = append(acks, strings.TrimSuffix(line, "\n")); len(acks) == after {
			child.Process.Kill()
		}
	}
	child.Wait()
	if len(acks) < after {
		t.Fatalf("the writer ended by itself after %d records", len(acks))
	}
	return acks
}

// missing opens the file, checks it, and counts acknowledged records that are
// not there, or only in one of the two tables that each is written to.
func missing(t *testing.T, path string, acks []string) (lost int) {
	t.Helper()
	began := time.Now()
	d := openAt(t, path)
	defer d.Close()
	if took := time.Since(began); took > time.Second {
		t.Errorf("opening took %v after a kill", took)
	}
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
	count := 0
	err := d.View(t.Context(), func(r kv.Reader) error {
		for _, ack := range acks {
			_, inA, err := r.Get("a", []byte(ack))
			_, inB, errB := r.Get("b", []byte(ack))
			if err := errors.Join(err, errB); err != nil {
				return err
			}
			if !inA || !inB {
				lost++
			}
		}
		return r.Scan("a", kv.Range{}, func(_, _ []byte) error { count++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	wantCount(t, d, "b", count) // no record by half, acknowledged or not
	return lost
}

// crashChild writes until it is killed. A record that is acknowledged is a line
// on standard output.
func crashChild(path string, early bool) error {
	d, err := boltkv.Open(path, boltkv.Options{})
	if err != nil {
		return err
	}
	ended := make(chan error)
	for i := range crashWriters {
		go func() {
			for n := 0; ; n++ {
				if err := writeRecord(d, fmt.Sprintf("%d-%d-%d", os.Getpid(), i, n), early, os.Stdout); err != nil {
					ended <- err
					return
				}
			}
		}()
	}
	return <-ended
}

func writeRecord(d *boltkv.DB, id string, early bool, out io.Writer) error {
	if early {
		fmt.Fprintln(out, id)
	}
	err := d.Update(context.Background(), func(w kv.Writer) error {
		return errors.Join(w.Put("a", []byte(id), record), w.Put("b", []byte(id), record))
	})
	if err == nil && !early {
		_, err = fmt.Fprintln(out, id)
	}
	return err
}
