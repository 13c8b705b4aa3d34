package issuer

import (
	"maps"
	"slices"
)

// serviceNames are what clients of old services keep something of theirs under.
var serviceNames = []string{"passkit", "passtools", "passworks", "walletkit", "kony"}

// OfVisit says whether a visit may have written what is kept with a pass under a name: what
// a service keeps there is read as its client's word, and shown to nobody else.
func OfVisit(name string) bool {
	return goodMetaName.MatchString(name) && !slices.Contains(serviceNames, name)
}

// maxOwnMeta bounds what clients keep with one pass, in bytes.
const maxOwnMeta = 64 << 10

// mergedMeta is what is kept with a pass once a change is laid over it.
func mergedMeta(had map[string]string, change map[string]*string) map[string]string {
	out := maps.Clone(had)
	if out == nil {
		out = make(map[string]string, len(change))
	}
	for name, text := range change {
		if text == nil {
			delete(out, name)
			continue
		}
		out[name] = *text
	}
	return out
}

func checkOwnMeta(meta map[string]string) error {
	size := 0
	for name, text := range meta {
		size += len(name) + len(text)
	}
	if size > maxOwnMeta {
		return &Error{Kind: TooLarge, Code: "content_large", Msg: "what is kept with the pass has more than 64 KiB; leave something out"}
	}
	return nil
}
