package bench_test

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/demo"
	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/store"
)

const (
	passType = "pass.org.example.card"
	baseURL  = "https://passes.example.org"
	adminKey = "operator.a-secret-of-the-benchmarks"
	bearer   = "Authorization: Bearer " + adminKey
)

// appliance is a running server with a campaign that issues, set up as in
// production: a certificate, group commit with fsync, and an access log in JSON
// that goes to a file.
type appliance struct {
	*server.Appliance
	stage    *demo.Stage
	identity *signer.Identity
	actor    issuer.Actor
	campaign store.Campaign
	addr     string
	data     string // folder
}

// folder makes a data folder. Its path is short, because a socket lies in it.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pocketpass-bench-")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

func config(dir string) server.Config {
	cfg := server.DefaultConfig()
	cfg.BaseURL, cfg.Data, cfg.Listen, cfg.AdminKey = baseURL, dir, "127.0.0.1:0", adminKey
	return cfg
}

// start runs an appliance on a data folder until the benchmark ends. An empty
// folder is furnished; another must be one that was furnished before.
func start(b testing.TB, dir string) *appliance {
	b.Helper()
	a := &appliance{data: dir}
	var err error
	a.stage, err = demo.Prepare(dir, time.Now)
	must(b, err)
	b.Cleanup(func() { must(b, a.stage.Close()) })
	a.open(b, dir)
	org := a.organisation(b)
	a.actor = issuer.Actor{Org: org, By: "benchmark"}
	if a.First {
		a.furnish(b)
	} else {
		a.findCampaign(b)
	}
	return a
}

func (a *appliance) open(b testing.TB, dir string) {
	b.Helper()
	cfg := config(dir)
	cfg.Push.Host = a.stage.Push.URL()
	file, err := os.Create(filepath.Join(dir, "access.log"))
	must(b, err)
	log, err := server.NewLogger(file, cfg.Log)
	must(b, err)
	a.Appliance, err = server.Open(b.Context(), cfg, server.Options{Log: log, PushRoots: a.stage.Push.Roots()})
	must(b, err)
	a.addr = a.Server.Addr("listen")
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		must(b, <-done)
		must(b, file.Close())
	})
}

func (a *appliance) organisation(b testing.TB) (id store.ID) {
	b.Helper()
	must(b, a.Store.View(b.Context(), func(r store.Reader) error {
		o, err := r.OrganisationNamed(store.DefaultOrganisation)
		id = o.ID
		return err
	}))
	return id
}

//go:embed testdata/card.json
var card []byte

// furnish makes what passes are issued under.
func (a *appliance) furnish(b testing.TB) {
	b.Helper()
	ctx := b.Context()
	var err error
	a.identity, err = a.stage.Identity(ctx, passType, time.Now())
	must(b, err)
	_, err = a.Issuer.AdoptIdentity(ctx, a.actor, "Card", a.identity)
	must(b, err)
	c, err := a.Issuer.CreateCampaign(ctx, a.actor, issuer.NewCampaign{Name: "Coffee", PassTypeIdentifier: passType})
	must(b, err)
	design := store.Design{Document: card, Images: make(map[string]store.ID)}
	for kind, size := range map[string]image.Point{"icon": {114, 114}, "logo": {480, 150}, "strip": {1125, 432}} {
		upload := issuer.Upload{Name: kind, Kind: kind, Style: "storeCard", Data: picture(b, size)}
		asset, err := a.Issuer.AddAsset(ctx, a.actor, upload)
		must(b, err)
		design.Images[kind] = asset.ID
	}
	t, err := a.Issuer.CreateTemplate(ctx, a.actor, issuer.NewTemplate{Campaign: c.ID, Name: "Stamp card", Design: design})
	must(b, err)
	_, err = a.Issuer.PublishTemplate(ctx, a.actor, t.Template.ID, nil)
	must(b, err)
	a.campaign, err = a.Issuer.Campaign(ctx, a.actor, c.ID)
	must(b, err)
}

func (a *appliance) findCampaign(b testing.TB) {
	b.Helper()
	must(b, a.Store.View(b.Context(), func(r store.Reader) error {
		all, _, err := r.Campaigns(a.actor.Org, store.Page{Limit: 1})
		a.campaign = all[0]
		return err
	}))
}

// picture is a PNG with soft shapes and a trace of grain, between a drawing, of which
// little would be left, and a photograph.
func picture(b testing.TB, size image.Point) []byte {
	b.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			wave := math.Sin(float64(x)/40) * 20
			shade := uint8(60 + 3*(y*40/size.Y))
			if float64(y) > float64(size.Y)*.6+wave {
				shade = 30
			}
			shade += uint8(rnd.IntN(64) / 62)
			img.SetNRGBA(x, y, color.NRGBA{shade, shade / 2, 40, 255})
		}
	}
	var out bytes.Buffer
	must(b, png.Encode(&out, img))
	return out.Bytes()
}

// issueBody is an order as a shop's till would send it.
func issueBody(externalID string) []byte {
	body, err := json.Marshal(map[string]any{"externalId": externalID, "values": values})
	if err != nil {
		panic(err) // texts and numbers
	}
	return body
}

// values are what every pass has of its own.
var values = map[string]json.RawMessage{"stamps": json.RawMessage("3"), "holder": json.RawMessage(`"Robin Sommer"`)}

func (a *appliance) issuePath() string {
	return "/api/v1/campaigns/" + a.campaign.ID.Short() + "/passes"
}
