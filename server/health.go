package server

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"pocketpass/server/web"
)

// Check is something that must be in order for the server to be ready.
type Check struct {
	Name  string       // shown by /readyz: "store"
	Probe func() error // quick, safe for concurrent use; the reason goes to the log
}

// health answers /healthz and /readyz.
type health struct {
	checks   []Check
	draining <-chan struct{}
	log      *slog.Logger

	mu      sync.Mutex
	reasons map[string]string // of what failed when last asked, by name
}

// healthView is the body of /healthz and /readyz.
type healthView struct {
	Status  string   `json:"status"`            // "ok", or "unavailable" with status 503
	Failing []string `json:"failing,omitempty"` // names of checks
}

var errDraining = errors.New("the server is stopping")

// alive says that the process answers, and nothing more: whoever restarts it when it
// does not should not do so because a disk is full.
func (h *health) alive(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	return web.WriteJSON(w, http.StatusOK, healthView{Status: "ok"})
}

// ready asks every check. It names what fails and leaves the reasons to the log.
func (h *health) ready(w http.ResponseWriter, r *http.Request) error {
	failing := h.failing()
	w.Header().Set("Cache-Control", "no-store")
	if len(failing) > 0 {
		return web.WriteJSON(w, http.StatusServiceUnavailable, healthView{Status: "unavailable", Failing: failing})
	}
	return web.WriteJSON(w, http.StatusOK, healthView{Status: "ok"})
}

func (h *health) failing() []string {
	var names []string
	for _, c := range append([]Check{{Name: "draining", Probe: h.stopping}}, h.checks...) {
		err := c.Probe()
		h.note(c.Name, err)
		if err != nil {
			names = append(names, c.Name)
		}
	}
	return names
}

func (h *health) stopping() error {
	select {
	case <-h.draining:
		return errDraining
	default:
		return nil
	}
}

// note logs a check when its answer changes, however often it is asked.
func (h *health) note(name string, err error) {
	reason := ""
	if err != nil {
		reason = err.Error()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.reasons[name] == reason {
		return
	}
	if h.reasons == nil {
		h.reasons = map[string]string{}
	}
	h.reasons[name] = reason
	if err != nil {
		h.log.Warn("not ready", "check", name, "err", err)
		return
	}
	h.log.Info("ready again", "check", name)
}
