package issuer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/secret"
	"pocketpass/signer"
	"pocketpass/store"
	"pocketpass/store/kv/boltkv"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const passType = "pass.test.card"

// world is an Issuer on a database of its own, with a certificate, a campaign and a
// published template, a clock that is set by hand and a push service of its own.
type world struct {
	*issuer.Issuer
	config   issuer.Config // that it was made with
	db       *store.Store
	engine   *failing
	path     string // of the database
	clock    *clock
	push     *pushes
	log      *journal
	me       issuer.Actor
	campaign store.Campaign
	template store.Template
}

// clock stands still until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) add(d time.Duration) { c.set(c.Now().Add(d)) }

// journal is what was logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) count(part string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), part)
}

// bare is a world without certificate, campaign and template. Options change
// the configuration before the Issuer is made.
func bare(t testing.TB, options ...func(*issuer.Config)) *world {
	t.Helper()
	w := &world{path: filepath.Join(t.TempDir(), "test.db"), clock: &clock{now: start}, push: newPushes(), log: &journal{}}
	engine, err := boltkv.Open(w.path, boltkv.Options{NoSync: true}) // nothing here is about power cuts
	must(t, err)
	t.Cleanup(func() { engine.Close() })
	w.engine = &failing{Engine: engine}
	master, err := secret.New(bytes.Repeat([]byte{7}, secret.Size))
	must(t, err)
	c := issuer.Config{Master: master, Log: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.clock.Now,
		BaseURL: "https://passes.example", Sender: w.push.client}
	for _, o := range options {
		o(&c)
	}
	w.push.now = c.Now
	w.db, err = store.Open(t.Context(), w.engine, c.Now)
	must(t, err)
	c.DB = w.db
	w.config = c
	w.Issuer = issuer.New(c)
	w.view(t, func(r store.Reader) error {
		o, err := r.OrganisationNamed(store.DefaultOrganisation)
		w.me = issuer.Actor{Org: o.ID, Key: 5, By: "test"}
		return err
	})
	return w
}

func newWorld(t testing.TB, options ...func(*issuer.Config)) *world {
	t.Helper()
	w := bare(t, options...)
	w.adopt(t, w.me, identity(0, passType, start.AddDate(0, -1, 0), start.AddDate(1, 0, 0)))
	var err error
	w.campaign, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Café", PassTypeIdentifier: passType})
	must(t, err)
	w.template = w.publishNew(t, w.design(t, document))
	t.Cleanup(func() { w.wantClean(t) })
	return w
}

func (w *world) adopt(t testing.TB, a issuer.Actor, id *signer.Identity) store.Certificate {
	t.Helper()
	c, err := w.AdoptIdentity(t.Context(), a, "", id)
	must(t, err)
	return c
}

// document is a small store card.
const document = `{"organizationName": "Café", "description": "Stamp card", "storeCard": {
	"headerFields": [{"key": "stamps", "label": "STAMPS", "value": 0, "changeMessage": "You now have %@ stamps"}],
	"backFields": [{"key": "terms", "label": "Terms", "value": "hello@cafe.example"}]},
	"barcodes": [{"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "iso-8859-1"}]}`

// design has an icon and the given document.
func (w *world) design(t testing.TB, document string) store.Design {
	t.Helper()
	return store.Design{Document: json.RawMessage(document), Images: map[string]store.ID{"icon": w.picture(t, "icon")}}
}

func (w *world) picture(t testing.TB, kind string) store.ID {
	t.Helper()
	var data bytes.Buffer
	must(t, png.Encode(&data, image.NewNRGBA(image.Rect(0, 0, 150, 150))))
	a, err := w.AddAsset(t.Context(), w.me, issuer.Upload{Name: kind, Kind: kind, Style: "storeCard", Data: data.Bytes()})
	must(t, err)
	return a.ID
}

func (w *world) publishNew(t testing.TB, d store.Design) store.Template {
	t.Helper()
	e, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: w.campaign.ID, Name: "Card", Design: d})
	must(t, err)
	e, err = w.PublishTemplate(t.Context(), w.me, e.Template.ID, nil)
	must(t, err)
	return e.Template
}

// republish puts the document in force.
func (w *world) republish(t testing.TB, document string) {
	t.Helper()
	d := w.design(t, document)
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	must(t, err)
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	must(t, err)
}

func values(pairs ...any) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage)
	for n := 0; n < len(pairs); n += 2 {
		raw, err := json.Marshal(pairs[n+1])
		if err != nil {
			panic(err)
		}
		out[pairs[n].(string)] = raw
	}
	return out
}

func (w *world) order(pairs ...any) issuer.Order {
	return issuer.Order{Campaign: w.campaign.ID, Content: issuer.Content{Values: values(pairs...)}}
}

func (w *world) issue(t testing.TB, pairs ...any) store.Pass {
	t.Helper()
	p, err := w.Issue(t.Context(), w.me, w.order(pairs...))
	must(t, err)
	return p
}

func (w *world) change(t testing.TB, p store.Pass, pairs ...any) store.Pass {
	t.Helper()
	out, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values(pairs...)})
	must(t, err)
	return out
}

func (w *world) view(t testing.TB, fn func(store.Reader) error) {
	t.Helper()
	must(t, w.db.View(t.Context(), fn))
}

func (w *world) wantClean(t testing.TB) {
	faults, err := w.db.Check(context.Background())
	must(t, err)
	for _, f := range faults {
		t.Error(f)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refusal fails the test unless err is a refusal of the kind with the code.
func refusal(t testing.TB, err error, kind issuer.Kind, code string) *issuer.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", code)
	}
	e := issuer.Public(err)
	if e.Kind != kind || e.Code != code {
		t.Fatalf("%v (kind %d, code %s), want kind %d, code %s", err, e.Kind, e.Code, kind, code)
	}
	return e
}
