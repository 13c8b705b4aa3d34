package ui

import (
	"cmp"
	"strings"

	"pocketpass/ui/markup"
)

// enrolInput is how a question is asked.
type enrolInput struct {
	id, name, kind, mode, autocomplete     string
	label, hint, value, wrong, describedBy string
	required, tick, checked                bool
}

// inputs says how answers of each type are typed.
var inputs = map[string]struct{ kind, mode string }{
	"number": {"text", "decimal"}, "integer": {"text", "numeric"}, "money": {"text", "decimal"}, "date": {"date", ""},
	"datetime": {"datetime-local", ""}, "email": {"email", "email"}, "phone": {"tel", "tel"}, "url": {"url", "url"},
}

func (w words) input(id string, q EnrolQuestion) enrolInput {
	in := enrolInput{id: id, name: q.Name, kind: "text", label: q.Label, value: q.Value, required: q.Required,
		tick: q.Type == "boolean", checked: q.Value == "true"}
	if known, ok := inputs[q.Type]; ok {
		in.kind, in.mode = known.kind, known.mode
	}
	switch q.Person {
	case "name":
		in.label, in.autocomplete = w.Name, "name"
	case "email":
		in.label, in.autocomplete = w.Email, "email"
	case "phone":
		in.label, in.autocomplete, in.hint = w.Phone, "tel", w.PhoneHint
	}
	var describes []string
	if in.hint != "" {
		describes = append(describes, id+"-hint")
	}
	if q.Wrong {
		in.wrong = cmp.Or(w.Wrong[q.Type], w.Wrong["text"])
		if q.Value == "" && !in.tick {
			in.wrong = w.Missing
		}
		describes = append(describes, id+"-error")
	}
	in.describedBy = strings.Join(describes, " ")
	return in
}

func (in enrolInput) draw(p *markup.Page, w words) {
	p.Add(`
    <div class="field`)
	p.AddIf(in.tick, ` tick`)
	p.AddIf(in.wrong != "", ` wrong`)
	p.Add(`">`)
	if in.tick {
		in.box(p)
	} else {
		in.line(p, w)
	}
	p.AddIf(in.wrong != "", `
      <p class="error" id="{}">{}</p>`, markup.Text(in.id+"-error"), markup.Text(in.wrong))
	p.Add(`
    </div>`)
}

// box is an input to tick.
func (in enrolInput) box(p *markup.Page) {
	p.Add(`
      <input id="{}" name="{}" type="checkbox" value="true"`, markup.Text(in.id), markup.Text(in.name))
	p.AddIf(in.checked, ` checked`)
	p.AddIf(in.required, ` required`)
	p.AddIf(in.wrong != "", ` aria-invalid="true" aria-describedby="{}"`, markup.Text(in.id+"-error"))
	p.Add(`>
      <label for="{}">{}</label>`, markup.Text(in.id), markup.Text(in.label))
}

// line is an input to type in.
func (in enrolInput) line(p *markup.Page, w words) {
	p.Add(`
      <label for="{}">{}`, markup.Text(in.id), markup.Text(in.label))
	p.AddIf(!in.required, ` <span class="quiet">({})</span>`, markup.Text(w.Optional))
	p.Add(`</label>`)
	p.AddIf(in.hint != "", `
      <p class="quiet" id="{}">{}</p>`, markup.Text(in.id+"-hint"), markup.Text(in.hint))
	p.Add(`
      <input id="{}" name="{}" type="{}" value="{}" maxlength="500"`, markup.Text(in.id), markup.Text(in.name), markup.Text(in.kind), markup.Text(in.value))
	p.AddIf(in.mode != "", ` inputmode="{}"`, markup.Text(in.mode))
	p.AddIf(in.autocomplete != "", ` autocomplete="{}"`, markup.Text(in.autocomplete))
	p.AddIf(in.required, ` required`)
	p.AddIf(in.wrong != "", ` aria-invalid="true"`)
	p.AddIf(in.describedBy != "", ` aria-describedby="{}"`, markup.Text(in.describedBy))
	p.Add(`>`)
}
