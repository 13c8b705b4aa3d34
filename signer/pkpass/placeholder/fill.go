package placeholder

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
)

// Scope is what placeholders stand for in the document of one pass.
type Scope struct {
	Values   map[string]json.RawMessage      // of the pass's own, by field key
	Fact     func(name string) (Value, bool) // what a name of Facts stands for, if there is something
	Currency string                          // of fields that are money; may be empty
	Language string                          // of the document; empty means English
	Zone     *time.Location                  // nil means UTC

	Own bool // the document has texts that the design has not
	// Sample says that this is no real pass: a declared field without a value and a
	// default is worth a warning only, and defaults that nothing uses are judged, too.
	Sample bool
}

// Filled is what Fill has to say besides the document.
type Filled struct {
	Strings  map[string]pkpass.Strings // languages whose texts belong to this pass
	Findings []pkpass.Finding
}

// Fill puts values into the fields of doc and what they stand for in the place of
// all placeholders. A field shows the value of its key, or a text that mentions the
// key.
func (p *Plan) Fill(doc *pkpass.Document, s Scope) Filled {
	r := p.run(s)
	active := s.Own || !p.Idle() || s.Sample && len(p.fields) > 0
	if active {
		r.begin(doc)
	}
	if !p.loose {
		r.setValues(doc, active)
	}
	if !active {
		return Filled{}
	}
	doc.Rewrite(r.slot)
	out := Filled{Strings: r.translate()}
	if s.Sample {
		r.judgeDefaults()
	}
	out.Findings = r.found
	return out
}

// FillText puts what placeholders stand for into a text for people that is not of the
// document. doc is not filled yet.
func (p *Plan) FillText(doc *pkpass.Document, text string, s Scope) (string, []pkpass.Finding) {
	r := p.run(s)
	r.begin(doc)
	r.path = "text"
	v, ok := r.text(text, pkpass.ForPeople)
	if !ok {
		return text, r.found
	}
	return r.limit(r.context.show(v), text), r.found
}

func (p *Plan) run(s Scope) *run {
	r := &run{plan: p, scope: s, context: context{zone: s.Zone}, keys: p.keys}
	if r.zone == nil {
		r.zone = time.UTC
	}
	return r
}

// run fills one document.
type run struct {
	plan  *Plan
	scope Scope
	context

	base      *locale                 // of the document
	keys      map[string]bool         // of fields
	defaults  map[string]pkpass.Value // by key, as they were written
	set       map[*pkpass.Field]bool  // fields that show a value of the pass as it is
	known     map[memo]Value          // defaults that were filled already
	resolving []string                // keys of the defaults being filled
	path      string                  // of the text being filled
	count     int                     // placeholders so far
	size      int                     // bytes so far
	found     []pkpass.Finding
}

// memo names a default in a language.
type memo struct {
	key    string
	locale *locale
	use    pkpass.Use
}

func (r *run) begin(doc *pkpass.Document) {
	r.base = newLocale(r.scope.Language)
	r.locale = r.base
	r.defaults = r.plan.defaults(doc)
	r.set = make(map[*pkpass.Field]bool)
	r.known = make(map[memo]Value)
	if r.scope.Own {
		r.keys = make(map[string]bool)
		for k := range r.plan.keys {
			r.keys[k] = true
		}
		addKeys(r.keys, doc)
	}
}

// setValues puts the pass's values into the fields of its document. A value whose
// field the design no longer has is kept with the pass and not shown.
func (r *run) setValues(doc *pkpass.Document, active bool) {
	for key, raw := range r.scope.Values {
		for _, style := range doc.Styles() {
			f := style.FieldByKey(key)
			if f == nil || active && r.plan.mentions(f.Value, key) {
				continue
			}
			if v, ok := r.plan.value(key, raw, r.scope.Currency); ok {
				r.show(f, v)
				if active {
					r.set[f] = true
				}
			}
		}
	}
}

// show makes v the value of f.
func (r *run) show(f *pkpass.Field, v Value) {
	if r.locale == nil && v.kind != textKind && v.kind != numberKind {
		r.base = newLocale(r.scope.Language)
		r.locale = r.base
	}
	f.Value = r.fieldValue(f, v)
}

// fieldValue is v as f shows it: a number stays one, for its currency or style, and
// a date that Wallet formats is written as Wallet reads it.
func (r *run) fieldValue(f *pkpass.Field, v Value) pkpass.Value {
	switch {
	case v.kind == numberKind:
		return pkpass.Number(json.Number(v.text))
	case v.kind == moneyKind && (f.CurrencyCode != "" || f.NumberStyle != ""):
		places := digits(f.CurrencyCode)
		if v.currency != "" {
			places = digits(v.currency)
		}
		return pkpass.Number(json.Number(major(v.text, places)))
	case v.kind == moneyKind && v.currency == "":
		return pkpass.Number(json.Number(v.text))
	case (v.kind == dayKind || v.kind == momentKind) && f.IsDate():
		return pkpass.Text(r.stamp(v))
	default:
		return pkpass.Text(r.context.show(v))
	}
}

// slot fills one text of the document.
func (r *run) slot(s pkpass.Slot) pkpass.Value {
	if !Contains(s.Text) || r.set[s.Field] && s.Field != nil {
		return pkpass.Text(s.Text)
	}
	r.path = s.Path()
	v, ok := r.text(s.Text, s.Use)
	switch {
	case !ok:
		return pkpass.Text(s.Text)
	case s.Field != nil && v.kind != textKind && !r.plan.loose:
		return r.fieldValue(s.Field, v)
	default:
		return pkpass.Text(r.limit(r.write(v, s.Use), s.Text))
	}
}

// write is v as a text for whoever reads it.
func (r *run) write(v Value, use pkpass.Use) string {
	switch {
	case use == pkpass.ForDates && !v.dressed && !r.plan.loose:
		return r.date(v)
	case use == pkpass.ForPeople:
		return r.context.show(v)
	default:
		return r.plain(v)
	}
}

// date is v as Wallet reads dates, also of a text that is one.
func (r *run) date(v Value) string {
	at, day, err := r.moment(v)
	switch {
	case err != nil:
		return r.plain(v)
	case day:
		return r.stamp(Value{kind: dayKind, at: at})
	default:
		return r.stamp(Moment(at))
	}
}

// limit is a text that was filled, or the one that was written if that has become
// too long.
func (r *run) limit(filled, written string) string {
	if r.size += len(filled); len(filled) > maxText || r.size > maxTotal {
		r.report(tooLong, "")
		return written
	}
	return filled
}

// text fills a text. That of one placeholder alone is what this stands for, of the
// kind that it has. It is false for a text that stays as it was written.
func (r *run) text(written string, use pkpass.Use) (Value, bool) {
	t, err := r.plan.parse(written)
	if err != nil {
		r.report(malformed, err.Error())
		return Value{}, false
	}
	if ref := t.sole(); ref != nil {
		return r.reference(ref, use)
	}
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.literal)
		if p.ref == nil {
			continue
		}
		v, ok := r.reference(p.ref, use)
		if !ok {
			v = Word(p.ref.String())
		}
		if b.WriteString(r.write(v, use)); b.Len() > maxText {
			r.report(tooLong, "")
			return Value{}, false
		}
	}
	return Word(b.String()), true
}

// nothing is what holders read where a pass that is out has lost a value.
const nothing = "–"

// reference is what a placeholder stands for, formatted.
func (r *run) reference(ref *reference, use pkpass.Use) (Value, bool) {
	if r.count++; r.count > maxPlaceholders {
		r.report(tooMany, "")
		return Value{}, false
	}
	v, known, ok := r.lookUp(ref, use)
	if !ok {
		return Value{}, false
	}
	for _, f := range ref.formats {
		if v.kind == absent && f.name != "default" {
			continue
		}
		var err error
		if v, err = formats[f.name].apply(r.context, v, f.args); err != nil {
			r.report(misfit, ref.name+" "+err.Error())
			return Value{}, false
		}
	}
	if v.kind == absent && r.plan.loose {
		return Word(""), true
	}
	if v.kind == absent {
		r.reportAbsent(ref, known)
		return Word(nothing), known && !r.scope.Sample && use == pkpass.ForPeople
	}
	return v, true
}

// lookUp finds what a name stands for: a field's value or default, then a fact. It
// says whether there is such a name. ok is false if a default could not be filled,
// which was reported.
func (r *run) lookUp(ref *reference, use pkpass.Use) (v Value, known, ok bool) {
	if ref.quoted || !inFamily(ref.name) && !r.plan.loose {
		if raw, given := r.scope.Values[ref.name]; given {
			if v, given = r.plan.value(ref.name, raw, r.scope.Currency); given {
				return v, true, true
			}
		}
		if d, has := r.defaults[ref.name]; has {
			v, ok = r.byDefault(ref.name, d, use)
			return v, true, ok
		}
	}
	known = r.keys[ref.name]
	if ref.quoted || !isFact(ref.name) {
		return Value{}, known, true
	}
	if r.scope.Fact == nil {
		return Value{}, true, true
	}
	if v, there := r.scope.Fact(ref.name); there {
		return v, true, true
	}
	return Value{}, true, true
}

// byDefault is the default of a field, whose text may name other fields.
func (r *run) byDefault(key string, d pkpass.Value, use pkpass.Use) (Value, bool) {
	if !d.IsText() || !Contains(d.String()) {
		raw, err := d.MarshalJSON()
		if err != nil {
			return Value{}, true
		}
		v, _ := r.plan.value(key, raw, r.scope.Currency)
		return v, true
	}
	m := memo{key, r.locale, use}
	if v, done := r.known[m]; done {
		return v, true
	}
	if at := slices.Index(r.resolving, key); at >= 0 {
		r.report(loop, strings.Join(append(slices.Clone(r.resolving[at:]), key), " → "))
		return Value{}, false
	}
	r.resolving = append(r.resolving, key)
	v, ok := r.text(d.String(), use)
	r.resolving = r.resolving[:len(r.resolving)-1]
	if ok {
		r.known[m] = v
	}
	return v, ok
}

// translate fills the texts of the languages. What stands in the document is filled
// in its language, so the keys are, too.
func (r *run) translate() map[string]pkpass.Strings {
	if len(r.plan.translations) == 0 {
		return nil
	}
	out := make(map[string]pkpass.Strings, len(r.plan.translations))
	for _, tag := range sorted(r.plan.translations) {
		entries := r.plan.translations[tag]
		r.path = pkpass.LanguageFolder(tag) + "/" + pkpass.StringsFile
		local := newLocale(tag)
		r.count = 0 // each language has the limit for itself
		texts := make(pkpass.Strings, len(entries))
		for _, key := range sorted(entries) {
			r.locale = r.base
			filled := r.translation(key)
			r.locale = local
			texts[filled] = r.translation(entries[key])
		}
		out[tag] = texts
	}
	r.locale = r.base
	return out
}

func (r *run) translation(written string) string {
	if !Contains(written) {
		return written
	}
	v, ok := r.text(written, pkpass.ForPeople)
	if !ok {
		return written
	}
	return r.limit(r.context.show(v), written)
}

// judgeDefaults fills the defaults of the declared fields for what is wrong with them.
func (r *run) judgeDefaults() {
	for n, f := range r.plan.fields {
		r.path = path(n)
		if v, ok := f.initial(); ok && v.IsText() && Contains(v.String()) {
			r.byDefault(f.Key, v, pkpass.ForPeople)
		}
	}
}
