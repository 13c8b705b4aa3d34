package demo_test

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pocketpass/server/servertest"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// event is one server-sent event.
type event struct{ id, name, data string }

// stream follows the events until the test ends or the server does.
func (s *stage) stream(t *testing.T, lastID string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.BaseURL()+"/demo/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := s.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("status %d, type %q", resp.StatusCode, got)
	}
	out, read := make(chan event, 1000), make(chan struct{})
	go func() {
		defer close(read)
		defer close(out)
		defer resp.Body.Close()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					out <- e
				}
				e = event{}
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-read })
	return out
}

func next(t *testing.T, events <-chan event) event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return e
	case <-time.After(20 * time.Second):
		t.Fatal("no event came")
	}
	return event{}
}

// TestEvents tells open pages of lines, of the server's pass and of the phone's.
func TestEvents(t *testing.T) {
	s := start(t)
	events := s.stream(t, "")
	s.tap(t, "install").Status(t, http.StatusOK)
	s.change(t, servertest.Values{"stamps": 4}).Status(t, http.StatusOK)
	seen, last := map[string]int{}, 0
	for seen["line"] < 7 || seen["server"] < 2 || seen["phone"] < 2 { // installing is a change on the server's side too
		e := next(t, events)
		seen[e.name]++
		if e.name == "line" {
			last++
			if e.id == "" || !strings.HasPrefix(e.data, `{"id":`+e.id+",") {
				t.Errorf("line %d came as %+v", last, e)
			}
		}
		if strings.Contains(e.data, "authenticationToken") {
			t.Errorf("an event tells the token: %s", e.data)
		}
	}
}

// TestEventsAfterABreak begin with the lines that were missed.
func TestEventsAfterABreak(t *testing.T) {
	s := start(t)
	s.tap(t, "install").Status(t, http.StatusOK)
	s.tap(t, "remove").Status(t, http.StatusOK)
	events := s.stream(t, "1")
	for _, want := range []string{"2", "3"} {
		if e := next(t, events); e.id != want || e.name != "line" {
			t.Errorf("got %+v, want line %s", e, want)
		}
	}
	fresh := s.stream(t, "garbage")
	s.tap(t, "offline").Status(t, http.StatusOK)
	if e := next(t, fresh); e.name != "phone" || e.id != "" {
		t.Errorf("got %+v, want the phone's new state and no old line", e)
	}
}

// TestEventsEndWithTheServer, so that a page does not hold up stopping.
func TestEventsEndWithTheServer(t *testing.T) {
	s := start(t)
	events := s.stream(t, "")
	begun := time.Now()
	s.Stop(t)
	for range events {
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("stopping took %s", took)
	}
}
