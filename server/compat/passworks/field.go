package passworks

import (
	"slices"
	"strings"
	"unicode"
)

// groups are the members that hold fields, and what pass.json calls them.
var groups = [...]struct{ name, apple string }{
	{"header_fields", "headerFields"}, {"primary_fields", "primaryFields"}, {"secondary_fields", "secondaryFields"},
	{"auxiliary_fields", "auxiliaryFields"}, {"back_fields", "backFields"},
}

// What a merge does with a field of passes.
const (
	fixed   = "fixed"   // the campaign's value overwrites
	dynamic = "dynamic" // the pass keeps its own
)

// field is a field of a campaign.
type field struct {
	Key       string  `json:"key"`
	Value     *string `json:"value"`
	Label     *string `json:"label"`
	Behaviour string  `json:"behaviour"`
	DataType  string  `json:"data_type"`
	Required  bool    `json:"required"`
}

// fields are those of the five groups.
type fields [len(groups)][]field

// Limits of fields.
const (
	maxKey       = 128 // bytes
	maxFields    = 100 // of a campaign
	reservedKeys = "pocketpass."
)

// at finds a field by its key, nil if there is none.
func (f *fields) at(key string) *field {
	for g := range f {
		for n := range f[g] {
			if f[g][n].Key == key {
				return &f[g][n]
			}
		}
	}
	return nil
}

func (f *fields) count() (n int) {
	for _, group := range f {
		n += len(group)
	}
	return n
}

// clone is a copy that can be changed.
func (f fields) clone() fields {
	for g := range f {
		f[g] = slices.Clone(f[g])
	}
	return f
}

// read lays the fields of a request over f: by key, or instead of the groups that are
// sent if they are not to be merged.
func (f *fields) read(in *input, merge bool) {
	if !merge {
		for g := range groups {
			if _, given := in.list(groups[g].name); given {
				f[g] = nil
			}
		}
	}
	seen := make(map[string]bool)
	for g := range groups {
		in.objects(groups[g].name, maxFields, func(item *input) { f.readOne(item, g, seen) })
	}
	if in.err == nil && f.count() > maxFields {
		in.wrong(groups[0].name, "and the other fields are too many")
	}
}

func (f *fields) readOne(in *input, group int, seen map[string]bool) {
	key := readKey(in, seen)
	if in.err != nil {
		return
	}
	to := f.at(key)
	if to == nil {
		f[group] = append(f[group], field{Key: key, Behaviour: fixed, DataType: "text", Required: true})
		to = &f[group][len(f[group])-1]
	}
	in.text("value", &to.Value)
	in.text("label", &to.Label)
	in.choice("behaviour", &to.Behaviour, fixed, dynamic)
	in.word("data_type", &to.DataType)
	in.flag("required", &to.Required)
}

// readKey reads the key of a field, which must come once in a request.
func readKey(in *input, seen map[string]bool) (key string) {
	in.word("key", &key)
	switch {
	case in.err != nil:
	case strings.TrimSpace(key) == "":
		in.wrong("key", "key can't be blank")
	case len(key) > maxKey || strings.ContainsFunc(key, unicode.IsControl):
		in.wrong("key", "key is too long or has control characters")
	case strings.HasPrefix(key, reservedKeys):
		in.wrong("key", "key is reserved")
	case seen[key]:
		in.wrong("key", "key has already been taken")
	}
	seen[key] = true
	return key
}

// textOr is a text that may be missing.
func textOr(text *string, without string) string {
	if text == nil {
		return without
	}
	return *text
}
