package crashtest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// heldBody is the body of a request that stays under way: the first byte is asked for
// when the server reads it (Expect: 100-continue), and given when release is closed.
type heldBody struct {
	io.Reader
	once           sync.Once
	begun, release chan struct{}
}

func (b *heldBody) Read(p []byte) (int, error) {
	b.once.Do(func() { close(b.begun); <-b.release })
	return b.Reader.Read(p)
}

// held is a request that issues a pass and is half way there.
type held struct {
	body   *heldBody
	answer chan error // nil: answered 201 and whole
}

// hold begins a request and returns when the server waits for its body.
func (c *probe) hold(n int, release chan struct{}) held {
	text := fmt.Sprintf(`{"externalId":"held-%d","values":{"stamps":%d}}`, n, n)
	h := held{&heldBody{Reader: strings.NewReader(text), begun: make(chan struct{}), release: release}, make(chan error, 1)}
	r, err := http.NewRequest("POST", c.url+"/api/v1/campaigns/"+c.campaign+"/passes", h.body)
	if err != nil {
		c.Fatal(err)
	}
	r.ContentLength = int64(len(text))
	r.Header.Set("Authorization", "Bearer "+adminKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Expect", "100-continue")
	go func() {
		resp, err := (&http.Transport{ExpectContinueTimeout: hung, DisableKeepAlives: true}).RoundTrip(r)
		if err == nil {
			defer resp.Body.Close()
			var body []byte
			if body, err = io.ReadAll(resp.Body); err == nil && resp.StatusCode != http.StatusCreated {
				err = fmt.Errorf("status %d: %s", resp.StatusCode, body)
			}
		}
		h.answer <- err
	}()
	select {
	case <-h.body.begun:
	case err := <-h.answer:
		c.Fatal(err)
	}
	return h
}

// TestTerm stops the server by SIGTERM under load, with requests half way and a page
// that listens for events: what is under way is answered, and nothing takes place
// without an answer.
func TestTerm(t *testing.T) {
	exe, data := executable(t, ""), t.TempDir()
	p := mustStart(t, exe, data)
	w := newWorld(t, rand.Uint64(), p)
	c := newProbe(t, p)
	page := c.listen()
	release := make(chan struct{})
	var under []held
	for n := range 20 {
		under = append(under, c.hold(n, release))
	}
	var began time.Time
	w.load(p, 150*time.Millisecond, func() {
		began = time.Now()
		p.term(t)
		p.refuses(t)
		close(release)
	})
	for n, h := range under {
		if err := <-h.answer; err != nil {
			t.Errorf("request %d was under way: %v", n, err)
		}
	}
	p.exit(t)
	page.Close()
	t.Logf("stopped in %v; %d writes acknowledged under load", time.Since(began), w.acks)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	check(t, data)
	p = mustStart(t, exe, data)
	w.verifyAll(p)
	w.fail(t)
	if w.unanswered > 0 {
		t.Errorf("%d writes took place and were not answered", w.unanswered)
	}
	for n := range under {
		a := newProbe(t, p).get(fmt.Sprintf("/api/v1/passes?externalId=held-%d", n))
		if !bytes.Contains(a.body, fmt.Appendf(nil, `"stamps":%d}`, n)) {
			t.Errorf("request %d was answered, and its pass is missing: %s", n, a.body)
		}
	}
	p.term(t)
	p.exit(t)
}

// listen opens the demo page's stream of events, which has no end of its own.
func (c *probe) listen() io.Closer {
	resp, err := c.http.Get(c.url + "/demo/events")
	if err != nil {
		c.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		c.Fatalf("events: status %d", resp.StatusCode)
	}
	return resp.Body
}

// refuses waits until nobody listens any more.
func (p *program) refuses(t testing.TB) {
	at, err := url.Parse(p.URL)
	if err != nil {
		t.Error(err)
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for last := time.Now().Add(hung); time.Now().Before(last); <-tick.C {
		conn, err := net.Dial("tcp", at.Host)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			conn.Close()
		}
	}
	t.Error("it still listens")
}

// TestSecondServer starts another server on a data folder that is in use.
func TestSecondServer(t *testing.T) {
	exe, data := executable(t, ""), t.TempDir()
	p := mustStart(t, exe, data)
	for _, verb := range []string{"serve", "demo"} {
		code, stderr := run(t, exe, verb, "--data", data)
		want := fmt.Sprintf("in use by process %d; stop that one or choose another data folder\n", p.cmd.Process.Pid)
		if code != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, want) {
			t.Errorf("%s: code %d, %q; want one line that ends in %q", verb, code, stderr, want)
		}
	}
	c := newProbe(t, p)
	c.want(c.patch(1), http.StatusOK, "")
	if code, stderr := run(t, exe, "key", "list", "--data", data); code != 0 {
		t.Errorf("the first server no longer answers on its control socket: %s", stderr)
	}
	p.term(t)
	p.exit(t)
}
