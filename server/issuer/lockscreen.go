package issuer

import (
	"strings"

	"pocketpass/signer/pkpass"
)

// LockScreen is what a phone shows when a new version of a pass replaces the one that
// it has.
type LockScreen struct {
	Lines     []string       // what stands there; none if the change is silent
	Announced []Announcement // the fields that ask for it
}

// Announcement is the notice that one field asks for.
type Announcement struct {
	Field string // key
	Text  string
}

// LockScreenOf compares two versions of a pass as Wallet does: field by field of the
// style that it draws, by key and value. A field that changed and has a changeMessage
// announces that, with the new value for %@; several do so with one general line. texts
// are those of the phone's language, nil for the document's own.
func LockScreenOf(before, after *pkpass.Document, texts pkpass.Strings) LockScreen {
	var s LockScreen
	old := make(map[string]pkpass.Value)
	for f := range drawn(before) {
		old[f.Key] = f.Value
	}
	for f := range drawn(after) {
		if v, known := old[f.Key]; known && v == f.Value || f.ChangeMessage == "" {
			continue
		}
		text := strings.ReplaceAll(translated(texts, f.ChangeMessage), "%@", translated(texts, f.Value.String()))
		s.Announced = append(s.Announced, Announcement{f.Key, text})
	}
	switch len(s.Announced) {
	case 0:
	case 1:
		s.Lines = []string{s.Announced[0].Text}
	default:
		s.Lines = []string{translated(texts, after.OrganizationName) + ": your pass was updated"}
	}
	return s
}

// drawn visits the fields of the style that Wallet draws.
func drawn(d *pkpass.Document) func(func(*pkpass.Field) bool) {
	return func(yield func(*pkpass.Field) bool) {
		_, style := d.Style()
		if style == nil {
			return
		}
		for _, group := range style.Groups() {
			for n := range *group {
				if !yield(&(*group)[n]) {
					return
				}
			}
		}
	}
}

// translated looks a text up as Wallet does.
func translated(texts pkpass.Strings, text string) string {
	if t, ok := texts[text]; ok {
		return t
	}
	return text
}
