package crashtest_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// report collects what is wrong, from all clients.
type report struct {
	mu         sync.Mutex
	lost       []string // acknowledged, and not so after a restart
	broken     []string // wrong in another way
	unanswered int      // writes that took place and were not acknowledged
}

func (r *report) lose(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = append(r.lost, fmt.Sprintf(format, args...))
}

func (r *report) wrong(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, fmt.Sprintf(format, args...))
}

func (r *report) miss() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unanswered++
}

// fail fails the test with what was collected, at most a screen of it.
func (r *report) fail(t testing.TB) {
	t.Helper()
	const shown = 20
	all := slices.Concat(r.lost, r.broken)
	for _, text := range all[:min(shown, len(all))] {
		t.Error(text)
	}
	if len(all) > shown {
		t.Errorf("and %d more", len(all)-shown)
	}
}

// wire is the clients' way to one run of the program.
type wire struct {
	url    string
	http   *http.Client
	report *report
	ending atomic.Bool  // set just before the program is stopped: failures are expected from now on
	acks   atomic.Int64 // acknowledged writes
}

func newWire(p *program, r *report) *wire {
	return &wire{url: p.URL, report: r, http: &http.Client{Timeout: hung, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * clients}}}
}

type request struct {
	method, path string
	auth         string // empty means the admin key
	key          string // Idempotency-Key
	media        string // empty means JSON
	body         []byte
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (w *wire) do(q request) (answer, error) {
	r, err := http.NewRequest(q.method, w.url+q.path, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", q.auth)
	if q.auth == "" {
		r.Header.Set("Authorization", "Bearer "+adminKey)
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	if q.body != nil {
		r.Header.Set("Content-Type", cmp.Or(q.media, "application/json"))
	}
	resp, err := w.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, body}, err
}

// ask returns the answer if it has one of the statuses. Anything else ends the
// client's load: what came of a write is unknown then.
func (w *wire) ask(q request, statuses ...int) (answer, bool) {
	a, err := w.do(q)
	if err == nil && slices.Contains(statuses, a.status) {
		return a, true
	}
	excused := w.ending.Load() && (err != nil || a.status >= http.StatusInternalServerError)
	if !excused {
		w.report.wrong("%s %s: status %d, want %d; %v\n%s", q.method, q.path, a.status, statuses, err, a.body)
	}
	return a, false
}

// write is ask for a change; the answer is its acknowledgement.
func (w *wire) write(q request, statuses ...int) (answer, bool) {
	a, ok := w.ask(q, statuses...)
	if ok {
		w.acks.Add(1)
	}
	return a, ok
}
