package ui

import (
	"fmt"

	"pocketpass/ui/markup"
)

// draw is the page as HTML.
func (v passView) draw() string {
	var p markup.Page
	v.head(&p)
	v.about(&p)
	v.card(&p)
	p.Add(`
</main>
</body>
</html>
`)
	return p.String()
}

func (v passView) head(p *markup.Page) {
	p.Add(`<!doctype html>
<html lang="{}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{}</title>
<meta name="description" content="{}">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/ui/base.css">
<link rel="stylesheet" href="/ui/pass/pass.css">
<link rel="stylesheet" href="/ui/page/page.css">`, markup.Text(v.Lang), markup.Text(v.name()), markup.Text(v.Description))
	p.AddIf(v.Stylesheet != "", `
<link rel="stylesheet" href="{}">`, markup.URL(v.Stylesheet))
	p.Add(`
<script type="module" src="/ui/page/page.js"></script>`)
	p.AddIf(v.Script != "", `
<script src="{}" defer></script>`, markup.URL(v.Script))
	p.Add(`
</head>
<body>
<main>`)
}

// name is the title of the page: passes often have their issuer's name for a title.
func (v passView) name() string {
	if v.Title == v.Organisation {
		return v.Title
	}
	return v.Title + " · " + v.Organisation
}

// about says what the pass is, and why it might not be had or taken.
func (v passView) about(p *markup.Page) {
	p.Add(`
  <header>`)
	p.AddIf(v.Organisation != v.Title, `
    <p class="quiet">{}</p>`, markup.Text(v.Organisation))
	p.Add(`
    <h1>{}</h1>
    <p>{}</p>
  </header>`, markup.Text(v.Title), markup.Text(v.Description))
	p.AddIf(v.Demo, `
  <p class="banner" role="note">{}</p>`, markup.Text(v.words.Demo))
	p.AddIf(v.Voided, `
  <p class="banner" role="note">{}</p>`, markup.Text(v.words.Void))
	p.AddIf(v.Expired && !v.Voided, `
  <p class="banner" role="note">{}</p>`, markup.Text(v.words.Expired))
	p.AddIf(v.inApp != "", `
  <p class="banner" role="note"><strong>{}</strong> {}</p>`, markup.Text(v.words.InApp), markup.Text(fmt.Sprintf(v.words.InAppText, v.inApp)))
}

// card is the pass itself, the link to its file, and a way from here to a phone.
func (v passView) card(p *markup.Page) {
	p.Add(`
  <div id="pass" data-document="{}" data-images="{}" data-front="{}" data-back="{}" data-undrawn="{}"></div>
  <noscript><p class="quiet">{}</p></noscript>
  <p class="add"><a class="wallet" href="{}" type="application/vnd.apple.pkpass">
    <svg viewBox="0 0 40 32" width="40" height="32" aria-hidden="true"><rect width="40" height="32" rx="6" fill="#3b3f48"/><rect x="4" y="4" width="32" height="12" rx="3" fill="#e2725b"/><rect x="4" y="8" width="32" height="12" rx="3" fill="#e9b44c"/><rect x="4" y="12" width="32" height="12" rx="3" fill="#5b9e8c"/><path d="M0 18h13.5a6.5 6.5 0 0 0 13 0H40v8a6 6 0 0 1-6 6H6a6 6 0 0 1-6-6z" fill="#f4f4f6"/></svg>
    <span><small>{}</small> Apple Wallet</span>
  </a></p>
  <section class="desktop" aria-labelledby="scan">
    <img src="{}" width="148" height="148" alt="{}">
    <div><h2 id="scan">{}</h2>
    <p class="quiet">{}</p></div>
  </section>`, markup.Text(v.DocumentURL), markup.Text(v.images), markup.Text(v.words.Front), markup.Text(v.words.Back), markup.Text(v.words.Undrawn),
		markup.Text(v.words.NoScript), markup.URL(v.PkpassURL), markup.Text(v.words.AddTo), markup.URL(v.qr),
		markup.Text(v.words.Code), markup.Text(v.words.Computer), markup.Text(v.words.ComputerText))
}
