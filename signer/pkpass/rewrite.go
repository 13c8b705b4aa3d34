package pkpass

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// Slot is a place of a document that holds a text which may differ from pass to
// pass: everything but field keys, constants and what identifies the pass.
type Slot struct {
	Text  string
	Use   Use
	Field *Field // whose value the text is; nil for any other text
	at    *place
}

// Use says what a text is for.
type Use byte

// The uses.
const (
	ForPeople   Use = iota // shown, or read out
	ForPrograms            // addresses, codes, what the wallet looks up
	ForDates               // Wallet reads a date
)

// useOf takes the tag wallet of a member.
func useOf(kind string) Use {
	switch kind {
	case "text", "caption":
		return ForPeople
	case "date":
		return ForDates
	default:
		return ForPrograms
	}
}

// Path is where the text stands, as a Finding says it.
func (s Slot) Path() string { return s.at.String() }

// Rewrite puts what change returns in the place of every text of the document, also
// of those in userInfo and under unknown keys. A number becomes one where a field's
// value stands and its digits everywhere else. Keys come sorted within
// what the package does not know, otherwise in the order in which they are written.
func (d *Document) Rewrite(change func(Slot) Value) {
	walk(reflect.ValueOf(d).Elem(), documentRoot, (*plan).spoken, func(l leaf) { l.rewrite(change) })
}

func (l leaf) rewrite(change func(Slot) Value) {
	switch t := l.value.Type(); {
	case t == rawType:
		raw := l.value.Addr().Interface().(*json.RawMessage)
		*raw = rewriteRaw(*raw, &l.at, change)
	case l.kind == extraKind:
		l.rewriteExtra(change)
	case t == valueType:
		l.rewriteValue(change)
	default:
		l.value.SetString(change(Slot{Text: l.value.String(), Use: useOf(l.kind), at: &l.at}).content)
	}
}

// rewriteExtra leaves the map alone: parts of other documents may share it.
func (l leaf) rewriteExtra(change func(Slot) Value) {
	extra := l.value.Addr().Interface().(*map[string]json.RawMessage)
	out := maps.Clone(*extra)
	for _, name := range slices.Sorted(maps.Keys(out)) {
		out[name] = rewriteRaw(out[name], l.at.member(name), change)
	}
	*extra = out
}

func (l leaf) rewriteValue(change func(Slot) Value) {
	v := l.value.Addr().Interface().(*Value)
	if !v.IsText() {
		return
	}
	s := Slot{Text: v.content, Use: useOf(l.kind), at: &l.at}
	if f, ok := l.owner.Addr().Interface().(*Field); ok && v == &f.Value {
		s.Field = f
		if f.IsDate() {
			s.Use = ForDates
		}
	}
	*v = change(s)
	if s.Field == nil {
		*v = Text(v.content)
	}
}

// rewriteRaw leaves JSON without a changed text as it was written, and also what
// cannot be read: encoding the document says what is wrong with that.
func rewriteRaw(raw json.RawMessage, at *place, change func(Slot) Value) json.RawMessage {
	n, err := readTree(raw)
	if err != nil || !n.rewrite(at, change) {
		return raw
	}
	return n.append(nil)
}

// rewrite says whether any text became another.
func (n *node) rewrite(at *place, change func(Slot) Value) (changed bool) {
	if n.kind == stringNode {
		was := n.text
		n.text = change(Slot{Text: was, Use: ForPrograms, at: at}).content
		return n.text != was
	}
	for i := range n.items {
		changed = n.items[i].rewrite(n.place(at, i), change) || changed
	}
	return changed
}
