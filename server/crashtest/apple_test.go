package crashtest_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pocketpass/server/simulator/apns"
)

// apple is a push service in the process of the test: it outlives the program and keeps
// what it was sent.
type apple struct {
	*apns.Service
	roots string // file

	mu     sync.Mutex
	tokens map[string]bool // that were pushed to
}

// newApple starts a push service that takes its time, so that there is a middle to kill in.
func newApple(t *testing.T) *apple {
	t.Helper()
	a := &apple{roots: filepath.Join(t.TempDir(), "push-roots.pem"), tokens: make(map[string]bool)}
	var err error
	a.Service, err = apns.New(apns.Options{OnPush: a.take})
	if err = cmp.Or(err, a.Start()); err == nil {
		err = os.WriteFile(a.roots, a.RootsPEM(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	a.Behave(apns.Behaviour{MaxStreams: 20})
	a.AnswerAll(apns.Answer{Delay: 20 * time.Millisecond})
	return a
}

func (a *apple) take(p apns.Push) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens[p.Token] = true
}

func (a *apple) told(token string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tokens[token]
}

// has is how many devices were pushed to.
func (a *apple) has() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.tokens)
}

// until waits until so many devices were pushed to.
func (a *apple) until(t *testing.T, devices int) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for last := time.Now().Add(2 * hung); time.Now().Before(last); <-tick.C {
		if a.has() >= devices {
			return
		}
	}
	t.Fatalf("%d devices were told, want %d", a.has(), devices)
}

// serve starts the server on a data folder of the demo, with the push service for Apple's.
func (a *apple) serve(t *testing.T, exe, data, campaign string) *program {
	t.Helper()
	cmd := command(exe, "serve", "--data", data)
	cmd.Env = append(cmd.Env, "POCKETPASS_PUSH_HOST="+a.URL(), "POCKETPASS_PUSH_CA_FILE="+a.roots)
	p, stdout := begin(t, cmd)
	p.CampaignID = campaign
	watchdog := time.AfterFunc(hung, p.kill)
	defer watchdog.Stop()
	for lines := bufio.NewScanner(stdout); p.URL == "" && lines.Scan(); {
		var address string
		if n, _ := fmt.Sscanf(lines.Text(), "listening on %s reached", &address); n == 1 {
			p.URL = "http://" + address[:len(address)-1]
		}
	}
	if err := p.wait("/readyz", 200); err != nil {
		t.Fatalf("it did not become ready: %v\n%s", err, p.log())
	}
	return p
}
