package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"math"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

const sampleExternalID = "demo-pass"

//go:embed sample.json
var sampleDocument []byte

// issueSample makes the café's stamp card and one pass of it.
func (d *Demo) issueSample(ctx context.Context) error {
	c, err := d.issuer.CreateCampaign(ctx, d.actor, issuer.NewCampaign{Name: "Café Morgenrot", PassTypeIdentifier: PassTypeIdentifier})
	if err != nil {
		return err
	}
	design := store.Design{Document: sampleDocument, Images: make(map[string]store.ID)}
	for _, p := range pictures {
		a, err := d.issuer.AddAsset(ctx, d.actor, issuer.Upload{Name: p.kind, Kind: p.kind, Style: "storeCard", Data: p.png()})
		if err != nil {
			return err
		}
		design.Images[p.kind] = a.ID
	}
	t, err := d.issuer.CreateTemplate(ctx, d.actor, issuer.NewTemplate{Campaign: c.ID, Name: "Stamp card", Design: design})
	if err != nil {
		return err
	}
	if _, err := d.issuer.PublishTemplate(ctx, d.actor, t.Template.ID, nil); err != nil {
		return err
	}
	if d.Campaign, err = d.issuer.Campaign(ctx, d.actor, c.ID); err != nil {
		return err
	}
	d.Pass, err = d.issuer.Issue(ctx, d.actor, issuer.Order{Campaign: c.ID, ExternalID: sampleExternalID,
		Content: issuer.Content{Values: map[string]json.RawMessage{"stamps": json.RawMessage("3"), "holder": json.RawMessage(`"Robin Sommer"`)}}})
	return err
}

// picture is one of the sample's images, drawn instead of shipped.
type picture struct {
	kind          string
	width, height int
	shade         func(x, y float64) color.NRGBA // x and y from 0 to 1
}

var (
	cream = color.NRGBA{250, 240, 222, 255}
	brown = color.NRGBA{94, 58, 33, 255}
	dawn  = color.NRGBA{222, 122, 72, 255}
	clear = color.NRGBA{}
)

var pictures = []picture{
	{"icon", 114, 114, func(x, y float64) color.NRGBA { return cup(x, y, brown, cream) }},
	{"logo", 150, 150, func(x, y float64) color.NRGBA { return cup(x, y, clear, cream) }},
	{"strip", 1125, 432, sunrise},
}

func (p picture) png() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, p.width, p.height))
	for y := range p.height {
		for x := range p.width {
			img.Set(x, y, p.smooth(float64(x), float64(y)))
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err) // a picture of our own in memory
	}
	return out.Bytes()
}

// smooth is the mean of four points of a pixel, so that edges have no steps.
func (p picture) smooth(x, y float64) color.Color {
	var sum [4]uint32
	for _, at := range [4][2]float64{{.25, .25}, {.75, .25}, {.25, .75}, {.75, .75}} {
		r, g, b, a := p.shade((x+at[0])/float64(p.width), (y+at[1])/float64(p.height)).RGBA()
		for i, v := range [4]uint32{r, g, b, a} {
			sum[i] += v
		}
	}
	return color.RGBA64{uint16(sum[0] / 4), uint16(sum[1] / 4), uint16(sum[2] / 4), uint16(sum[3] / 4)}
}

// cup draws a coffee cup with steam.
func cup(x, y float64, back, front color.NRGBA) color.NRGBA {
	body := y > .42 && y < .80 && math.Abs(x-.45) < .27-math.Max(0, y-.62)*.7
	handle := math.Abs(math.Hypot(x-.73, y-.55)-.10) < .035
	saucer := y > .84 && y < .89 && math.Abs(x-.47) < .36
	steam := y > .14 && y < .36 && (math.Abs(x-.38-.03*math.Sin(y*30)) < .022 || math.Abs(x-.54-.03*math.Sin(y*30+1)) < .022)
	if body || handle || saucer || steam {
		return front
	}
	return back
}

// sunrise draws the sun over hills.
func sunrise(x, y float64) color.NRGBA {
	hill := .74 + .10*math.Sin(x*5+.4) + .04*math.Sin(x*11)
	near := .86 + .07*math.Sin(x*4+2.2)
	switch {
	case y > near:
		return color.NRGBA{62, 38, 24, 255}
	case y > hill:
		return color.NRGBA{110, 66, 38, 255}
	case math.Hypot((x-.72)*2.6, y-.62) < .26:
		return color.NRGBA{255, 214, 138, 255}
	}
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-y) + float64(b)*y) }
	return color.NRGBA{mix(brown.R, dawn.R), mix(brown.G, dawn.G), mix(brown.B, dawn.B), 255}
}
