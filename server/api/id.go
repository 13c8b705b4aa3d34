package api

import (
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/store"
)

// ref is an id in a parameter or an answer: the short spelling and no other.
type ref struct{ id store.ID }

const exampleID = "02vq8m5c0k1"

// MarshalText spells the id.
func (r ref) MarshalText() ([]byte, error) { return []byte(r.id.Short()), nil }

// UnmarshalText refuses every other spelling of the same number.
func (r *ref) UnmarshalText(text []byte) error {
	id, ok := parseID(string(text))
	if !ok {
		return errors.New("this is no id; ids have eleven characters, as they were returned")
	}
	r.id = id
	return nil
}

// Schema describes an id.
func (ref) Schema(huma.Registry) *huma.Schema {
	length := len(exampleID)
	return &huma.Schema{Type: "string", MinLength: &length, MaxLength: &length, Examples: []any{exampleID}}
}

func parseID(text string) (store.ID, bool) {
	id, ok := store.ParseShort(text)
	return id, ok && id.Short() == text
}

// bodyID reads an id that stands in a body at path. An empty one is zero.
func bodyID(path, text string) (store.ID, error) {
	if text == "" {
		return 0, nil
	}
	id, ok := parseID(text)
	if !ok {
		return 0, invalid(path, "id_malformed", "%q is no id; ids have eleven characters, as they were returned", text)
	}
	return id, nil
}

// imageIDs reads a map of image kinds to assets that stands in a body at path.
func imageIDs(path string, texts map[string]string) (map[string]store.ID, error) {
	if texts == nil {
		return nil, nil
	}
	out := make(map[string]store.ID, len(texts))
	for kind, text := range texts {
		id, ok := parseID(text)
		if !ok {
			return nil, invalid(pointer(path, kind), "id_malformed", "%q is no id of an asset; upload the image and give the id that is returned", text)
		}
		out[kind] = id
	}
	return out, nil
}

func imageRefs(ids map[string]store.ID) map[string]ref {
	if len(ids) == 0 {
		return nil
	}
	out := make(map[string]ref, len(ids))
	for kind, id := range ids {
		out[kind] = ref{id}
	}
	return out
}

// byID is the parameter of operations on one thing.
type byID struct {
	ID ref `path:"id"`
}

// inCampaign is the parameter of operations within a campaign.
type inCampaign struct {
	Campaign ref `path:"campaign" doc:"id of the campaign"`
}
