package issuer

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"pocketpass/signer/pkpass"

	"golang.org/x/text/language"
)

// Speak puts the texts of a pass into the visitor's language, if the pass speaks it, as
// Wallet does with the phone's. accept is an Accept-Language. It returns the language,
// empty when the texts stay as they stand in pass.json.
func (v *Preview) Speak(accept string) (tag string, err error) {
	if tag = choose(v.Files, accept); tag == "" {
		return "", nil
	}
	texts, err := pkpass.ParseStrings(v.Files[stringsFile(tag)].Data)
	if err != nil {
		return "", err
	}
	v.Document, err = translate(v.Document, texts)
	return tag, err
}

// fallback is the language of readers that understand none of the others.
const fallback = "en"

// choose finds the best of the languages that a pass has strings for.
func choose(files pkpass.Bundle, accept string) string {
	var tags []string
	var known []language.Tag
	for name := range files {
		folder, file, _ := strings.Cut(name, "/")
		if tag, ok := strings.CutSuffix(folder, pkpass.LanguageFolder("")); ok && file == pkpass.StringsFile {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags) // a map has no order, an answer has
	for _, tag := range tags {
		known = append(known, language.Make(tag))
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err == nil && len(known) > 0 {
		if _, at, sure := language.NewMatcher(known).Match(wanted...); sure > language.No {
			return tags[at]
		}
	}
	if slices.Contains(tags, fallback) {
		return fallback
	}
	return ""
}

// translate replaces every text of d that may be localised and that texts knows.
func translate(d *pkpass.Document, texts pkpass.Strings) (*pkpass.Document, error) {
	raw, err := d.Encode()
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber() // as they are written
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	for path, text := range d.Texts() {
		if said, ok := texts[text]; ok {
			_, pointer, _ := strings.Cut(path, "#/")
			replace(tree, strings.Split(pointer, "/"), said)
		}
	}
	if raw, err = json.Marshal(tree); err != nil {
		return nil, err
	}
	return pkpass.ParseDocument(raw)
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~")

// replace sets the text at a JSON pointer, which stands in the tree.
func replace(tree any, pointer []string, text string) {
	head, rest := unescape.Replace(pointer[0]), pointer[1:]
	switch t := tree.(type) {
	case map[string]any:
		if len(rest) == 0 {
			t[head] = text
			return
		}
		replace(t[head], rest, text)
	case []any:
		i, err := strconv.Atoi(head)
		switch {
		case err != nil || i >= len(t):
		case len(rest) == 0:
			t[i] = text
		default:
			replace(t[i], rest, text)
		}
	}
}
