package ui

import "pocketpass/ui/markup"

func (v enrolView) form(p *markup.Page) {
	p.Add(`
  <form method="post" action="{}" novalidate>`, markup.URL(v.Action))
	v.summary(p)
	for _, in := range v.inputs {
		in.draw(p, v.words)
	}
	if v.Consent.Text != "" {
		v.consent(p)
	}
	p.Add(`
    <div class="trap" aria-hidden="true"><label for="extra">{}</label><input id="extra" name="extra" type="text" tabindex="-1" autocomplete="off"></div>
    <input type="hidden" name="once" value="{}">
    <button class="main" type="submit">{}</button>
  </form>`, markup.Text(v.words.Trap), markup.Text(v.Once), markup.Text(v.words.Send))
}

// summary leads to each input that is wrong.
func (v enrolView) summary(p *markup.Page) {
	if len(v.problems) == 0 {
		return
	}
	p.Add(`
    <div class="problems" id="problems" role="alert" tabindex="-1">
      <h2>{}</h2>
      <ul>`, markup.Text(v.words.Errors))
	for _, problem := range v.problems {
		problem.draw(p)
	}
	p.Add(`
      </ul>
    </div>`)
}

func (e enrolProblem) draw(p *markup.Page) {
	p.Add(`
        <li>`)
	p.AddIf(e.id != "", `<a href="{}">`, markup.URL("#"+e.id))
	p.AddIf(e.label != "", `{}: `, markup.Text(e.label))
	p.Add(`{}`, markup.Text(e.text))
	p.AddIf(e.id != "", `</a>`)
	p.Add(`</li>`)
}

func (v enrolView) consent(p *markup.Page) {
	p.Add(`
    <div class="field tick consent`)
	p.AddIf(v.Consent.Wrong, ` wrong`)
	p.Add(`">
      <input id="consent" name="consent" type="checkbox" value="{}" required`, markup.Text(v.Consent.Sum))
	p.AddIf(v.Consent.Wrong, ` aria-invalid="true" aria-describedby="consent-error"`)
	p.Add(`>
      <label for="consent"`)
	p.AddIf(v.TextLang != "", ` lang="{}"`, markup.Text(v.TextLang))
	p.Add(`>{}</label>`, markup.Text(v.Consent.Text))
	p.AddIf(v.Consent.Wrong, `
      <p class="error" id="consent-error">{}</p>`, markup.Text(v.words.Agree))
	p.Add(`
    </div>`)
}
