package issuer

import (
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
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

// Locale is how a phone writes.
type Locale struct {
	Language string         // BCP 47; empty means English
	Zone     *time.Location // nil means UTC
	Texts    pkpass.Strings // of the pass in that language; nil means that there are none
}

// LockScreenOf compares two versions of a pass as Wallet does: field by field of the
// style that it draws, by key and value. A field that changed and has a changeMessage
// announces that, with the new value for %@; several do so with one general line.
func LockScreenOf(before, after *pkpass.Document, on Locale) LockScreen {
	var s LockScreen
	old := make(map[string]pkpass.Value)
	for f := range drawn(before) {
		old[f.Key] = f.Value
	}
	for f := range drawn(after) {
		if v, known := old[f.Key]; known && v == f.Value || f.ChangeMessage == "" {
			continue
		}
		text := strings.ReplaceAll(on.text(f.ChangeMessage), "%@", on.text(placeholder.Shown(*f, on.Language, on.zone())))
		s.Announced = append(s.Announced, Announcement{f.Key, text})
	}
	switch len(s.Announced) {
	case 0:
	case 1:
		s.Lines = []string{s.Announced[0].Text}
	default:
		s.Lines = []string{on.text(after.OrganizationName) + ": your pass was updated"}
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

// text looks a text up as Wallet does.
func (l Locale) text(text string) string {
	if t, ok := l.Texts[text]; ok {
		return t
	}
	return text
}

func (l Locale) zone() *time.Location {
	if l.Zone == nil {
		return time.UTC
	}
	return l.Zone
}
