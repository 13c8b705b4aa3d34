package simulator

import (
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
)

// notices are what the lock screen of an English phone shows after an update: the message of the
// field that changed, one general line for several, nothing for silent changes.
func (p *Phone) notices(before, after *pkpass.Document) []Notice {
	old := make(map[string]pkpass.Value)
	for f := range fields(before) {
		old[f.Key] = f.Value
	}
	var texts []string
	for f := range fields(after) {
		if v, known := old[f.Key]; known && v == f.Value || f.ChangeMessage == "" {
			continue
		}
		texts = append(texts, strings.ReplaceAll(f.ChangeMessage, "%@", placeholder.Shown(f, "en", time.UTC)))
	}
	switch len(texts) {
	case 0:
		return nil
	case 1:
		return []Notice{{p.Now(), texts[0]}}
	}
	return []Notice{{p.Now(), after.OrganizationName + ": your pass was updated"}}
}

// fields visits every field of the style that the phone draws.
func fields(d *pkpass.Document) func(func(pkpass.Field) bool) {
	return func(yield func(pkpass.Field) bool) {
		_, style := d.Style()
		if style == nil {
			return
		}
		for _, group := range style.Groups() {
			for _, f := range *group {
				if !yield(f) {
					return
				}
			}
		}
	}
}
