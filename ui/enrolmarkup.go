package ui

import (
	"fmt"

	"pocketpass/ui/markup"
)

// draw is the page as HTML: a form, or a sentence that says why there is none.
func (v enrolView) draw() string {
	var p markup.Page
	v.head(&p)
	p.Add(`
<body>
<main class="enrol" data-state="{}">`, markup.Text(v.State))
	v.about(&p)
	if v.notice != nil {
		v.notice.draw(&p)
	} else {
		v.form(&p)
	}
	if v.DocumentURL != "" {
		v.sample(&p)
	}
	p.Add(`
</main>
</body>
</html>
`)
	return p.String()
}

func (v enrolView) head(p *markup.Page) {
	p.Add(`<!doctype html>
<html lang="{}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">`, markup.Text(v.Lang))
	p.AddIf(v.Private, `
<meta name="robots" content="noindex">`)
	p.Add(`
<title>{}`, markup.Text(v.Title))
	p.AddIf(v.Organisation != "", ` · {}`, markup.Text(v.Organisation))
	p.Add(`</title>`)
	v.preview(p)
	p.Add(`
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/ui/base.css">
<link rel="stylesheet" href="/ui/pass/pass.css">
<link rel="stylesheet" href="/ui/enrol/enrol.css">`)
	p.AddIf(v.Stylesheet != "", `
<link rel="stylesheet" href="{}">`, markup.URL(v.Stylesheet))
	p.Add(`
<script type="module" src="/ui/enrol/enrol.js"></script>`)
	p.AddIf(v.Script != "", `
<script src="{}" defer></script>`, markup.URL(v.Script))
	p.Add(`
</head>`)
}

// preview is for those who share the link.
func (v enrolView) preview(p *markup.Page) {
	p.Add(`
<meta name="description" content="{}">
<meta property="og:type" content="website">
<meta property="og:title" content="{}">
<meta property="og:description" content="{}">
<meta property="og:url" content="{}">`, markup.Text(v.ShareText), markup.Text(v.ShareTitle), markup.Text(v.ShareText), markup.Text(v.PageURL))
	p.AddIf(v.ShareImage != "", `
<meta property="og:image" content="{}">
<meta name="twitter:card" content="summary_large_image">`, markup.Text(v.ShareImage))
}

// about is what the owner says, and why the pass might not be had here.
func (v enrolView) about(p *markup.Page) {
	p.Add(`
  <header`)
	p.AddIf(v.TextLang != "", ` lang="{}"`, markup.Text(v.TextLang))
	p.Add(`>`)
	p.AddIf(v.Organisation != "", `
    <p class="quiet">{}</p>`, markup.Text(v.Organisation))
	p.Add(`
    <h1>{}</h1>`, markup.Text(v.Title))
	for _, paragraph := range paragraphs(v.Text) {
		p.AddIf(v.notice == nil, `
    <p>{}</p>`, markup.Text(paragraph))
	}
	p.Add(`
  </header>`)
	p.AddIf(v.Demo && v.notice == nil, `
  <p class="banner" role="note">{}</p>`, markup.Text(v.words.Demo))
	p.AddIf(v.inApp != "", `
  <p class="banner" role="note"><strong>{}</strong> {}</p>`, markup.Text(v.words.InApp), markup.Text(fmt.Sprintf(v.words.InAppText, v.inApp)))
}

func (n enrolNotice) draw(p *markup.Page) {
	p.Add(`
  <section class="notice" aria-labelledby="notice" role="status">
    <h2 id="notice">{}</h2>
    <p>{}</p>
  </section>`, markup.Text(n.title), markup.Text(n.text))
}

// sample is the pass as the visitor would get it, and a way from here to a phone.
func (v enrolView) sample(p *markup.Page) {
	p.Add(`
  <aside aria-label="{}">
    <div id="pass" data-document="{}" data-images="{}" data-front="{}" data-back="{}"></div>
    <div class="desktop">
      <img src="{}" width="120" height="120" alt="{}">
      <div><h2>{}</h2>
      <p class="quiet">{}</p></div>
    </div>
  </aside>`, markup.Text(v.words.Sample), markup.Text(v.DocumentURL), markup.Text(v.images), markup.Text(v.words.Front), markup.Text(v.words.Back),
		markup.URL(v.qr), markup.Text(v.words.Code), markup.Text(v.words.Computer), markup.Text(v.words.ComputerText))
}
