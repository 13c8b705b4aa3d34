package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server"
)

// TestDrain stops a server in the middle of a request: readiness turns red while
// it still listens, the request ends, and the worker outlives it.
func TestDrain(t *testing.T) {
	cfg := config(t)
	cfg.HTTP.DrainDelay = time.Second
	entered, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	var order []string
	note := func(what string) { mu.Lock(); order = append(order, what); mu.Unlock() }
	r := launch(t, cfg, server.Deps{
		Mount: func(mux *http.ServeMux, _ string) error {
			mux.HandleFunc("GET /slow", func(w http.ResponseWriter, _ *http.Request) {
				close(entered)
				<-release
				note("request")
				io.WriteString(w, "whole")
			})
			return nil
		},
		Workers: []func(context.Context) error{func(ctx context.Context) error {
			<-ctx.Done()
			note("worker")
			return nil
		}},
	})
	answer := make(chan string, 1)
	go func() {
		resp, err := client().Get(r.BaseURL() + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-entered
	r.stop()
	waitFor(t, func() bool { return strings.Contains(r.log.String(), "stopping") })
	if resp, body := get(t, r.BaseURL()+"/readyz"); resp.StatusCode != 503 || !strings.Contains(body, "draining") {
		t.Errorf("while draining: %d %s", resp.StatusCode, body)
	}
	close(release)
	if got := <-answer; got != "whole" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-r.done; err != nil {
		t.Errorf("Run: %v", err)
	}
	if !slices.Equal(order, []string{"request", "worker"}) {
		t.Errorf("ended in the order %v", order)
	}
	if _, err := net.Dial("tcp", r.Addr("listen")); err == nil {
		t.Error("it still listens")
	}
}

func TestDrainCutsOffInTheEnd(t *testing.T) {
	cfg := config(t)
	cfg.HTTP.DrainTimeout = 20 * time.Millisecond
	entered := make(chan struct{})
	r := launch(t, cfg, server.Deps{Mount: func(mux *http.ServeMux, _ string) error {
		mux.HandleFunc("GET /stuck", func(_ http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
		return nil
	}})
	go func() {
		if resp, err := client().Get(r.BaseURL() + "/stuck"); err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	r.stop()
	if err := <-r.done; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("Run: %v", err)
	}
}

func TestFailingWorkerStopsTheServer(t *testing.T) {
	want := errors.New("queue is broken")
	var stopped bool
	r := launch(t, config(t), server.Deps{Workers: []func(context.Context) error{
		func(context.Context) error { return want },
		func(ctx context.Context) error { <-ctx.Done(); stopped = true; return nil },
	}})
	if err := <-r.done; !errors.Is(err, want) || !stopped {
		t.Errorf("Run: %v; the other worker stopped: %t", err, stopped)
	}
	r.stop()
}
