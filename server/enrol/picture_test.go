package enrol_test

import (
	"image/png"
	"strings"
	"testing"

	"pocketpass/server/issuer"
)

// TestPicturesOfALink are there for everybody who has its address, and change nothing.
func TestPicturesOfALink(t *testing.T) {
	c := newPlain(t)
	l := c.link(t)
	v := c.visitor(t)
	for _, ending := range []string{".png", ".qrcode"} {
		p := v.get(t, "/c/"+l.Slug+ending+"?updated_at=5").is(t, 200)
		img, err := png.Decode(strings.NewReader(p.text))
		if err != nil || p.header.Get("Content-Type") != "image/png" {
			t.Fatalf("%s: %v, %s", ending, err, p.header)
		}
		if b := img.Bounds(); b.Dx() < 87 {
			t.Errorf("%s is only %v", ending, b)
		}
		v.get(t, "/c/nothing-of-ours"+ending).is(t, 404)
	}
	v.get(t, "/c/"+l.Slug+".jpeg").is(t, 404)
	image := c.Asset(t, "logo")
	other := c.link(t, func(n *issuer.NewLink) { n.ShareImage = &image })
	chosen := v.get(t, "/c/"+other.Slug+".png").is(t, 200)
	if chosen.text != v.get(t, "/c/"+other.Slug+"/share.png").is(t, 200).text {
		t.Error("the preview is not the picture that the owner chose")
	}
	if n := len(c.passes(t)); n != 0 {
		t.Errorf("looking made %d passes", n)
	}
}

// TestRemoteFormIsToldTheCampaign by its id, or as a UUID where the owner wants that.
func TestRemoteFormIsToldTheCampaign(t *testing.T) {
	c := newPlain(t)
	uuid := true
	v := c.visitor(t)
	for _, tt := range []struct{ form, before, after string }{
		{"https://forms.example.org/join", "https://forms.example.org/join?campaign_id=", ""},
		{"https://forms.example.org/join?a=b", "https://forms.example.org/join?a=b&campaign_id=", ""},
		{"https://forms.example.org/join?a=b#top", "https://forms.example.org/join?a=b&campaign_id=", "#top"},
	} {
		short := c.link(t, func(n *issuer.NewLink) { n.RemoteForm = &tt.form })
		long := c.link(t, func(n *issuer.NewLink) { n.RemoteForm, n.UUIDs = &tt.form, &uuid })
		for path, id := range map[string]string{
			"/c/" + short.Slug: c.campaign.ID.Short(), "/c/" + long.Slug: c.campaign.ID.UUID(), "/c/" + long.Slug + ".pkpass": c.campaign.ID.UUID(),
		} {
			if got, want := v.get(t, path).is(t, 302).header.Get("Location"), tt.before+id+tt.after; got != want {
				t.Errorf("%s leads to %s, want %s", path, got, want)
			}
		}
	}
	if n := len(c.passes(t)); n != 0 {
		t.Errorf("%d passes were made", n)
	}
}
