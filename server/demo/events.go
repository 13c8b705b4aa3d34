package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"pocketpass/server/simulator"
	"pocketpass/server/web"
)

// hub keeps the last lines of the protocol and hands events to open pages.
type hub struct {
	mu    sync.Mutex
	lines []lineView
	next  int
	pages map[chan event]bool
}

type event struct {
	id   int // of a line, 0 for others
	name string
	data []byte
}

// lineView is one line of the protocol as the page shows it.
type lineView struct {
	ID     int       `json:"id"`
	At     time.Time `json:"at"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Method string    `json:"method,omitempty"`
	Path   string    `json:"path,omitempty"`
	Status int       `json:"status,omitempty"`
	Text   string    `json:"text"`
}

const (
	keptLines = 200
	pageQueue = 64 // events that wait for a slow page; then it is cut off and reads the state anew
)

func newHub() *hub { return &hub{pages: make(map[chan event]bool)} }

// line notes one step.
func (h *hub) line(l simulator.Line) {
	h.mu.Lock()
	defer h.mu.Unlock() // until it is published: pages take lines in the order of their numbers
	h.next++
	v := lineView{h.next, l.At.UTC(), l.From, l.To, l.Method, l.Path, l.Status, l.Text}
	h.lines = append(h.lines, v)
	if len(h.lines) > keptLines {
		h.lines = h.lines[1:]
	}
	h.publish(v.ID, "line", v)
}

// send tells the pages of a new state.
func (h *hub) send(name string, v any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.publish(0, name, v)
}

// publish hands an event to every page. h.mu is held.
func (h *hub) publish(id int, name string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // views of our own
	}
	for page := range h.pages {
		select {
		case page <- event{id, name, data}:
		default:
			delete(h.pages, page)
			close(page)
		}
	}
}

func (h *hub) recent() []lineView {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]lineView{}, h.lines...)
}

func (h *hub) open() chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	page := make(chan event, pageQueue)
	h.pages[page] = true
	return page
}

func (h *hub) close(page chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages[page] {
		delete(h.pages, page)
		close(page)
	}
}

// missed are the lines that a page has not seen that saw the one numbered last.
func (h *hub) missed(last string) []event {
	seen, err := strconv.Atoi(last)
	if err != nil {
		return nil
	}
	var out []event
	for _, l := range h.recent() {
		if l.ID > seen {
			data, _ := json.Marshal(l)
			out = append(out, event{l.ID, "line", data})
		}
	}
	return out
}

// heartbeat keeps proxies from closing a silent stream.
const heartbeat = 15 * time.Second

// events handles GET /demo/events.
func (d *Demo) events(w http.ResponseWriter, r *http.Request) error {
	page := d.hub.open()
	defer d.hub.close(page)
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // stays open for hours
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for _, e := range d.hub.missed(r.Header.Get("Last-Event-ID")) {
		if err := write(w, e); err != nil {
			return err
		}
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		if err := out.Flush(); err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-web.Draining(r.Context()):
			return nil
		case <-tick.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return err
			}
		case e, open := <-page:
			if !open {
				return nil
			}
			if err := write(w, e); err != nil {
				return err
			}
		}
	}
}

func write(w http.ResponseWriter, e event) error {
	if e.id > 0 {
		if _, err := fmt.Fprintf(w, "id: %d\n", e.id); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.name, e.data)
	return err
}
