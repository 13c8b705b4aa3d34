package ui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"math"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/ui"
)

// fakeDemo speaks the demo's HTTP from memory: one pass, one phone.
type fakeDemo struct {
	mu       sync.Mutex
	document map[string]any
	phone    fakePhone
	log      []fakeLine
	streams  map[chan string]bool
}

type fakePhone struct {
	Installed bool              `json:"installed"`
	Online    bool              `json:"online"`
	Document  map[string]any    `json:"document"`
	Images    map[string]string `json:"images"`
	Notices   []fakeNotice      `json:"notices"`
}

type fakeNotice struct {
	At   string `json:"at"`
	Text string `json:"text"`
}

type fakeLine struct {
	ID     int    `json:"id"`
	At     string `json:"at"`
	From   string `json:"from"`
	To     string `json:"to"`
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Status int    `json:"status,omitempty"`
	Text   string `json:"text"`
}

var fakeImages = map[string]string{
	"icon@2x.png": "/demo/images/icon@2x.png", "logo@2x.png": "/demo/images/logo@2x.png", "strip@2x.png": "/demo/images/strip@2x.png",
}

func newFakeDemo(t *testing.T) (*fakeDemo, http.Handler) {
	t.Helper()
	f := &fakeDemo{document: readPass(t, "storeCard"), phone: fakePhone{Online: true, Images: fakeImages}, streams: map[chan string]bool{}}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", ui.DemoPage())
	mux.Handle("GET /docs", ui.DocsPage())
	mux.Handle("GET /ui/", ui.Handler())
	mux.HandleFunc("GET /demo/state", f.state)
	mux.HandleFunc("GET /demo/events", f.events)
	mux.HandleFunc("GET /demo/images/{name}", serveImage)
	mux.HandleFunc("POST /demo/change", f.change)
	mux.HandleFunc("POST /demo/phone", f.tapped)
	mux.HandleFunc("POST /demo/void", f.void)
	return f, mux
}

func readPass(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile("testdata/passes/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func (f *fakeDemo) state(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer(w, map[string]any{
		"pass":     map[string]string{"id": "4711", "publicId": "k3v9qm1tt0abr7", "serialNumber": "c-000417", "pageUrl": "/p/k3v9qm1tt0abr7", "pkpassUrl": "/p/k3v9qm1tt0abr7.pkpass"},
		"document": f.document, "images": fakeImages, "phone": f.phone, "log": f.log, "findings": []any{},
		"fields": []map[string]any{
			{"key": "stamps", "label": "Stamps", "value": field(f.document, "stamps")["value"], "type": "number"},
			{"key": "level", "label": "Level", "value": field(f.document, "level")["value"], "type": "text"},
		},
	})
}

func (f *fakeDemo) events(w http.ResponseWriter, r *http.Request) {
	ch := make(chan string, 64)
	f.mu.Lock()
	f.streams[ch] = true
	f.mu.Unlock()
	defer func() { f.mu.Lock(); delete(f.streams, ch); f.mu.Unlock() }()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	_ = flush.Flush()
	for {
		select {
		case <-r.Context().Done():
			return
		case text := <-ch:
			_, _ = fmt.Fprint(w, text)
			_ = flush.Flush()
		}
	}
}

func (f *fakeDemo) send(event string, v any) {
	data, _ := json.Marshal(v)
	for ch := range f.streams {
		ch <- fmt.Sprintf("event: %s\ndata: %s\n\n", event, data)
	}
}

func (f *fakeDemo) line(from, to, method, path string, status int, text string) {
	l := fakeLine{len(f.log) + 1, "2026-06-01T09:30:00Z", from, to, method, path, status, text}
	f.log = append(f.log, l)
	f.send("line", l)
}

func (f *fakeDemo) tapped(w http.ResponseWriter, r *http.Request) {
	var in struct{ Action string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, err.Error())
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch in.Action {
	case "install":
		if !f.phone.Online {
			refuse(w, "the phone is offline: switch it online first")
			return
		}
		f.install()
	case "remove":
		f.phone.Installed, f.phone.Document, f.phone.Notices = false, nil, nil
		f.line("phone", "server", "DELETE", "/wallet/v1/devices/5f1e9a/registrations/pass.org.example.card/c-000417", 200, "The pass was deleted; the phone asks for no more news.")
	case "offline", "online":
		f.phone.Online = in.Action == "online"
		f.fetch()
	case "refresh":
		f.fetch()
	}
	f.send("phone", f.phone)
	answer(w, struct{}{})
}

func (f *fakeDemo) install() {
	f.phone.Installed, f.phone.Document = true, deepCopy(f.document)
	f.line("phone", "server", "GET", "/p/k3v9qm1tt0abr7.pkpass", 200, "The phone downloads the pass and checks its signature.")
	f.line("phone", "server", "POST", "/wallet/v1/devices/5f1e9a/registrations/pass.org.example.card/c-000417", 201, "It registers its push token to hear of changes.")
}

func (f *fakeDemo) fetch() {
	if !f.phone.Installed || !f.phone.Online {
		return
	}
	for _, key := range []string{"stamps", "level"} {
		was, is := field(f.phone.Document, key), field(f.document, key)
		if was["value"] != is["value"] {
			text := strings.ReplaceAll(is["changeMessage"].(string), "%@", fmt.Sprint(is["value"]))
			f.phone.Notices = append(f.phone.Notices, fakeNotice{time.Now().Format(time.RFC3339Nano), text})
		}
	}
	f.phone.Document = deepCopy(f.document)
	f.line("phone", "server", "GET", "/wallet/v1/devices/5f1e9a/registrations/pass.org.example.card?passesUpdatedSince=7", 200, "The phone asks which of its passes changed: one serial number.")
	f.line("phone", "server", "GET", "/wallet/v1/passes/pass.org.example.card/c-000417", 200, "It fetches the pass anew and compares the fields by key.")
}

func (f *fakeDemo) change(w http.ResponseWriter, r *http.Request) {
	var in struct{ Values map[string]any }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, err.Error())
		return
	}
	if n, ok := in.Values["stamps"].(float64); ok && n > 10 {
		refuse(w, "stamps: 10 is the most that fit the card")
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, value := range in.Values {
		field(f.document, key)["value"] = value
	}
	f.changed()
	answer(w, struct{}{})
}

func (f *fakeDemo) void(w http.ResponseWriter, r *http.Request) {
	var in struct{ Voided bool }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, err.Error())
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.document["voided"] = in.Voided
	f.changed()
	answer(w, struct{}{})
}

func (f *fakeDemo) changed() {
	f.line("you", "server", "PATCH", "/api/v1/passes/4711", 200, "The value is stored and the pass gets a new revision.")
	f.send("server", map[string]any{"document": f.document, "images": fakeImages})
	if f.phone.Installed {
		f.line("server", "push", "POST", "/3/device/8d2a…", 200, "“Something changed”: the push carries no data.")
		f.line("push", "phone", "", "", 0, "The push service wakes the phone.")
		f.fetch()
		f.send("phone", f.phone)
	}
}

// field finds a field by key in the style of the stamp card.
func field(doc map[string]any, key string) map[string]any {
	for group := range maps.Values(doc["storeCard"].(map[string]any)) {
		for _, f := range group.([]any) {
			if f := f.(map[string]any); f["key"] == key {
				return f
			}
		}
	}
	return map[string]any{}
}

func deepCopy(doc map[string]any) map[string]any {
	data, _ := json.Marshal(doc)
	var out map[string]any
	_ = json.Unmarshal(data, &out)
	return out
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	_ = json.NewEncoder(w).Encode(map[string]string{"detail": detail})
}

// serveImage draws a picture in the proportions of its name.
func serveImage(w http.ResponseWriter, r *http.Request) {
	sizes := map[string]image.Point{
		"logo@2x.png": {100, 100}, "icon@2x.png": {76, 76}, "strip@2x.png": {750, 288}, "thumbnail@2x.png": {180, 180},
		"background@2x.png": {360, 440}, "footer@2x.png": {572, 30},
	}
	size, ok := sizes[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	var out bytes.Buffer
	_ = png.Encode(&out, picture(r.PathValue("name"), size))
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(out.Bytes())
}

func picture(name string, size image.Point) image.Image {
	img := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			u, v := float64(x)/float64(size.X), float64(y)/float64(size.Y)
			c := color.NRGBA{uint8(30 + 70*u), uint8(90 + 60*v), uint8(120 + 50*math.Sin(6*u+3*v)), 255}
			if strings.HasPrefix(name, "logo") || strings.HasPrefix(name, "icon") {
				c = color.NRGBA{255, 255, 255, 235}
				if math.Hypot(u-.5, v-.5) > .48 || math.Hypot(u-.62, v-.4) < .24 {
					c.A = 0
				}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}
