package servertest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"sync"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

//go:embed card.json
var card []byte

// Values are a pass's values by field key.
type Values map[string]any

// Card is the document of the stamp card that Campaign publishes.
func Card() json.RawMessage { return bytes.Clone(card) }

// Campaign makes a campaign with one published template, a stamp card. Edits
// change its design before it is published.
func (s *Server) Campaign(t testing.TB, edits ...func(*store.Design)) store.Campaign {
	t.Helper()
	ctx := t.Context()
	c, err := s.Issuer.CreateCampaign(ctx, s.Actor, issuer.NewCampaign{Name: "Coffee", PassTypeIdentifier: PassTypeIdentifier})
	if err != nil {
		t.Fatal(err)
	}
	d := store.Design{Document: Card(), Images: map[string]store.ID{"icon": s.Asset(t, "icon"), "logo": s.Asset(t, "logo")}}
	for _, edit := range edits {
		edit(&d)
	}
	made, err := s.Issuer.CreateTemplate(ctx, s.Actor, issuer.NewTemplate{Campaign: c.ID, Name: "Stamp card", Design: d})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Issuer.PublishTemplate(ctx, s.Actor, made.Template.ID, nil); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Issuer.Campaign(ctx, s.Actor, c.ID); err != nil {
		t.Fatal(err)
	}
	return c
}

// Republish puts an edited design of a campaign's template in force.
func (s *Server) Republish(t testing.TB, c store.Campaign, edit func(*store.Design)) {
	t.Helper()
	e, err := s.Issuer.Template(t.Context(), s.Actor, c.Template)
	if err == nil {
		edit(&e.Draft)
		_, err = s.Issuer.ChangeTemplate(t.Context(), s.Actor, c.Template, issuer.TemplateChange{Design: &e.Draft})
	}
	if err == nil {
		_, err = s.Issuer.PublishTemplate(t.Context(), s.Actor, c.Template, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Translate is an edit that adds a language.
func Translate(d *store.Design) {
	d.Strings = map[string]map[string]string{"fr": {"Stamps": "Tampons"}}
}

// Asset uploads a picture of a kind.
func (s *Server) Asset(t testing.TB, kind string) store.ID {
	t.Helper()
	a, err := s.Issuer.AddAsset(t.Context(), s.Actor, issuer.Upload{Name: kind, Kind: kind, Style: "storeCard", Data: Picture()})
	if err != nil {
		t.Fatal(err)
	}
	return a.ID
}

// Picture is a PNG of 150 × 150 pixels.
var Picture = sync.OnceValue(func() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 150, 150))
	for i := range 150 * 150 {
		img.SetNRGBA(i%150, i/150, color.NRGBA{uint8(i % 150), uint8(i / 150), 120, 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a picture of our own in memory
	}
	return out.Bytes()
})

// Issue issues a pass of a campaign; of one that Campaign makes if c is zero.
func (s *Server) Issue(t testing.TB, c store.Campaign, v Values, edits ...func(*issuer.Order)) store.Pass {
	t.Helper()
	if c.ID == 0 {
		c = s.ownCampaign(t)
	}
	o := issuer.Order{Campaign: c.ID, Content: issuer.Content{Values: v.raw(t)}}
	for _, edit := range edits {
		edit(&o)
	}
	p, err := s.Issuer.Issue(t.Context(), s.Actor, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (s *Server) ownCampaign(t testing.TB) store.Campaign {
	t.Helper()
	if s.campaign == nil {
		c := s.Campaign(t)
		s.campaign = &c
	}
	return *s.campaign
}

// Change changes values of a pass.
func (s *Server) Change(t testing.TB, p store.Pass, v Values) store.Pass {
	t.Helper()
	out, err := s.Issuer.Update(t.Context(), s.Actor, p.ID, issuer.Change{Values: v.raw(t)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (v Values) raw(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	out := make(map[string]json.RawMessage, len(v))
	for key, value := range v {
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		out[key] = raw
	}
	return out
}
