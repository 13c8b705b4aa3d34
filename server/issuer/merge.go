package issuer

import (
	"encoding/json"

	"pocketpass/store"
)

// merged are the values that p keeps when it comes to stay at another revision of
// its template, or to stay at one at all: its own, but for those that the template
// decides there. What the same change gives counts.
func merged(d *design, p store.Pass, given map[string]json.RawMessage) map[string]json.RawMessage {
	if !d.hasFixed {
		return p.Values
	}
	out := withoutFixed(d, p.Values)
	for key, raw := range given {
		if string(raw) != "null" {
			out[key] = raw
		}
	}
	return out
}
