package enrol_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

const markup = `</style></title><script>alert(1)</script>"'><img src=x onerror=alert(1)> {{.}} {{person.email}}`

// TestTextIsNoMarkup: what owners and visitors write is text wherever it stands.
func TestTextIsNoMarkup(t *testing.T) {
	s := servertest.New(t)
	c := &club{s, s.Campaign(t, func(d *store.Design) {
		d.Document = bytes.ReplaceAll(d.Document, []byte("Corner Café"), []byte(`<img src=x onerror=alert(1)>`))
		d.Fields = []store.Field{{Key: `seat`, Ask: true, Label: markup, Required: true, Default: ""}}
	})}
	text := markup
	l := c.link(t, func(n *issuer.NewLink) {
		n.Title, n.Text, n.Consent, n.ShareTitle, n.ShareText = &text, &text, &text, &text, &text
		n.Asks = &store.Asks{Name: store.Optional, Email: store.Optional}
	})
	v := c.visitor(t)
	for _, p := range []page{
		v.get(t, "/c/"+l.Slug+"?a=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&%3Cscript%3E=1"),
		v.post(t, "/c/"+l.Slug+"?%22%3E%3Cscript%3E=1", "/person/name", markup+"\x01", "/person/email", markup, "/values/seat", strings.Repeat(markup, 20), "extra", ""),
	} {
		p.isNot(t, "<script>alert", "<img src=x", "</style>", "#refused")
		if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("the policy is %q", csp)
		}
		if p.header.Get("Cache-Control") != "no-store" {
			t.Error("a form may be kept by others")
		}
	}
	v.post(t, "/c/"+l.Slug, "/person/name", markup, "/values/seat", "{{serialNumber}} <b>", "consent", l.Page.Consent).leads(t, 303, passPage)
	doc := v.get(t, "/p/"+c.wantPasses(t, 1)[0].PublicID+"/pass.json").is(t, 200)
	if !strings.Contains(doc.text, "{{serialNumber}}") {
		t.Errorf("what a visitor wrote was taken for a placeholder: %s", doc.text)
	}
}

func TestStylesheet(t *testing.T) {
	c := newPlain(t)
	css := "body { background: url(https://evil.example/x) } </style><script>alert(1)</script>"
	l := c.link(t, func(n *issuer.NewLink) { n.Stylesheet = &css })
	v := c.visitor(t)
	v.get(t, "/c/"+l.Slug).is(t, 200, `href="/c/`+l.Slug+`.css?`).isNot(t, "alert(1)")
	file := v.get(t, "/c/"+l.Slug+".css").is(t, 200)
	if file.text != css || file.header.Get("Content-Type") != "text/css; charset=utf-8" || file.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the stylesheet comes as %v: %s", file.header, file.text)
	}
	v.head.Set("If-None-Match", file.header.Get("ETag"))
	v.get(t, "/c/"+l.Slug+".css").is(t, http.StatusNotModified)
	v.get(t, "/c/"+l.Slug+".js").is(t, 404)
	long := strings.Repeat("a", 64<<10+1)
	c.Post(t, "/api/v1/campaigns/"+c.campaign.ID.Short()+"/links", map[string]any{"page": map[string]any{"stylesheet": long}}).Fails(t, 422, "page_file")
}

func TestScriptNeedsItsOwnHost(t *testing.T) {
	c := newPlain(t)
	path := "/api/v1/links/" + c.link(t).ID.Short()
	script := map[string]any{"page": map[string]any{"script": "alert(1)"}}
	c.Patch(t, path, script).Fails(t, 422, "script_refused")
	c.Patch(t, path, map[string]any{"page": map[string]any{"script": ""}}).Status(t, 200)
}

// TestScriptsHost serves links with their scripts, and nothing that a script could harm.
func TestScriptsHost(t *testing.T) {
	const host = "https://forms.example.org"
	c := newPlain(t, servertest.Config(func(cfg *server.Config) { cfg.Enrol.ScriptsHost = "forms.example.org" }))
	script := "document.title = 'ours'"
	l := c.link(t, func(n *issuer.NewLink) { n.Script = &script })
	var view struct{ URL string }
	c.Get(t, "/api/v1/links/"+l.ID.Short()).Status(t, 200).JSON(t, &view)
	if view.URL != host+"/c/"+l.Slug {
		t.Errorf("the link is %s", view.URL)
	}
	v := c.visitor(t)
	v.get(t, "/c/"+l.Slug).is(t, 200).isNot(t, l.Slug+".js")
	v.get(t, "/c/"+l.Slug+".js").is(t, 404)
	p := v.get(t, view.URL).is(t, 200, `<script src="/c/`+l.Slug+`.js?`, `property="og:url" content="`+view.URL+`"`)
	if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self';") || !strings.Contains(csp, "form-action 'self' "+servertest.BaseURL+";") {
		t.Errorf("the policy is %q", csp)
	}
	file := v.get(t, view.URL+".js").is(t, 200)
	if file.text != script || !strings.HasPrefix(file.header.Get("Content-Type"), "text/javascript") {
		t.Errorf("the script comes as %v: %s", file.header, file.text)
	}
	v.head.Set("Service-Worker", "script")
	v.get(t, view.URL+".js").is(t, 404)
	v.head.Del("Service-Worker")
	for _, path := range []string{"/api/v1/me", "/api/openapi.json", "/docs", "/", "/wallet/v1/log"} {
		v.get(t, host+path).is(t, 404)
	}
	v.get(t, host+"/ui/enrol/enrol.css").is(t, 200)
	v.head.Set("Origin", servertest.BaseURL)
	v.send(t, http.MethodPost, view.URL, nil).is(t, 403)
	v.head.Set("Origin", host)
	pass := v.send(t, http.MethodPost, view.URL, nil).leads(t, 303, passPage)
	v.get(t, host+pass).is(t, 200, `<script src="`+pass+`.js?`)
	v.get(t, view.URL).leads(t, 303, servertest.BaseURL+pass) // scripts of others can open this, too
	v.send(t, http.MethodPost, view.URL, nil).leads(t, 303, servertest.BaseURL+pass)
}

func TestRemoteForm(t *testing.T) {
	c := newPlain(t)
	id := c.campaign.ID.Short()
	for form, want := range map[string]string{
		"https://example.org/join":           "https://example.org/join?campaign_id=" + id,
		"https://example.org/join?a=1#there": "https://example.org/join?a=1&campaign_id=" + id + "#there",
	} {
		l := c.link(t, func(n *issuer.NewLink) { n.RemoteForm = &form })
		v := c.visitor(t)
		for _, p := range []page{v.get(t, "/c/"+l.Slug), v.get(t, "/c/"+l.Slug+".pkpass"), v.post(t, "/c/"+l.Slug)} {
			if p.status != 302 || p.header.Get("Location") != want {
				t.Errorf("status %d to %s, want %s", p.status, p.header.Get("Location"), want)
			}
		}
	}
	c.wantPasses(t, 0)
	for _, bad := range []string{"javascript:alert(1)", "/join", "ftp://example.org", "https://a:b@example.org/", "https://", "https://x y/"} {
		c.Post(t, "/api/v1/campaigns/"+id+"/links", map[string]any{"page": map[string]any{"remoteForm": bad}}).Fails(t, 422, "remote_form")
	}
}

// TestSpeaks the visitor's language around the owner's words.
func TestSpeaks(t *testing.T) {
	c := newPlain(t)
	text, german := "Every tenth cup is yours.", "de"
	l := c.link(t, func(n *issuer.NewLink) { n.Text = &text })
	own := c.link(t, func(n *issuer.NewLink) { n.Text, n.Language = &text, &german })
	for accept, button := range map[string]string{
		"": "Get the pass", "de-CH, en;q=0.5": "Karte holen", "fr": "Obtenir la carte", "es-MX": "Obtener el pase", "pt-BR": "Obter o cartão",
		"it": "Ottieni la tessera", "nl-BE": "Pas ophalen", "fi": "Get the pass", "%%;q=x": "Get the pass",
	} {
		c.visitor(t, "Accept-Language: "+accept).get(t, "/c/"+l.Slug).is(t, 200, button, text)
		c.visitor(t, "Accept-Language: "+accept).get(t, "/c/"+own.Slug).is(t, 200, "Karte holen", `<html lang="de">`)
	}
}

func TestShare(t *testing.T) {
	c := newPlain(t)
	image, title := c.Asset(t, "logo"), "Join us"
	l := c.link(t, func(n *issuer.NewLink) { n.ShareImage, n.ShareTitle = &image, &title })
	v := c.visitor(t)
	at := servertest.BaseURL + "/c/" + l.Slug
	v.get(t, "/c/"+l.Slug).is(t, 200, `<meta property="og:title" content="Join us">`, `<meta property="og:image" content="`+at+`/share.png">`, `<meta property="og:url" content="`+at+`">`)
	if p := v.get(t, "/c/"+l.Slug+"/share.png").is(t, 200); p.header.Get("Content-Type") != "image/png" || !strings.HasPrefix(p.text, "\x89PNG") {
		t.Errorf("the picture comes as %v", p.header)
	}
	plain := c.link(t)
	v.get(t, "/c/"+plain.Slug).is(t, 200, "/images/logo@3x.png")
	v.get(t, "/c/"+plain.Slug+"/images/logo@3x.png").is(t, 200)
	v.get(t, "/c/"+plain.Slug+"/share.png").is(t, 404)
}

// TestSampleGivesNothingAway: what makes a pass worth something is not on the picture.
func TestSampleGivesNothingAway(t *testing.T) {
	s := servertest.New(t)
	c := &club{s, s.Campaign(t, func(d *store.Design) {
		d.Document = bytes.Replace(d.Document, []byte(`"message": ""`), []byte(`"message": "SAVE20", "altText": "SAVE20"`), 1)
	})}
	l := c.link(t)
	c.visitor(t).get(t, "/c/"+l.Slug+"/pass.json").is(t, 200, "barcodes").isNot(t, "SAVE20", "webServiceURL", "authenticationToken")
}
