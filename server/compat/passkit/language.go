package passkit

import (
	"encoding/json"
	"regexp"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// languageDoc is what a design says in a language.
type languageDoc struct {
	Text map[string]string `json:"text,omitempty"`
	slotPaths
}

// goodLanguage is any tag that clients may have: the service checked none.
var goodLanguage = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// folderTag is a tag as Wallet names folders, and whether it knows the language.
func folderTag(tag string) (string, bool) {
	parts := strings.Split(strings.ToLower(tag), "-")
	for n, p := range parts[1:] {
		switch len(p) {
		case 2:
			parts[n+1] = strings.ToUpper(p)
		case 4:
			parts[n+1] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	tag = strings.Join(parts, "-")
	return tag, pkpass.CheckLanguage(tag) == nil
}

// maxLanguages bounds the languages of a design.
const maxLanguages = 64

// readLanguages lays what is given over what there is, language by language.
func readLanguages(o object, member string, to map[string]languageDoc) (map[string]languageDoc, error) {
	raw, given := o.get(member)
	if !given {
		return to, nil
	}
	all, err := readMap(raw, member)
	if err != nil || len(all) == 0 {
		return to, err
	}
	out := make(map[string]languageDoc, len(to)+len(all))
	for tag, doc := range to {
		out[tag] = doc
	}
	for tag, raw := range all {
		if string(raw) == "null" {
			continue
		}
		if !goodLanguage.MatchString(tag) {
			return nil, invalidField(member, "%.40q is no language tag", tag)
		}
		if out[tag], err = readLanguage(raw, member, out[tag]); err != nil {
			return nil, err
		}
	}
	if len(out) > maxLanguages {
		return nil, invalidField(member, "there may be up to %d languages", maxLanguages)
	}
	return out, nil
}

func readLanguage(raw json.RawMessage, member string, doc languageDoc) (languageDoc, error) {
	o, err := readObject(raw, member)
	if err != nil {
		return doc, err
	}
	given, has := o.get("text")
	if !has {
		return doc, nil
	}
	texts, err := readMap(given, member+".text")
	if err != nil {
		return doc, err
	}
	doc.Text = make(map[string]string, len(texts))
	for key, raw := range texts {
		text, scalar := textOf(raw)
		if !scalar {
			return doc, invalidField(member+".text", "must map texts to texts")
		}
		doc.Text[key] = text
	}
	return doc, nil
}

// translations are texts of languages as the engine keeps them, of those that Wallet knows.
func translations(all map[string]languageDoc) map[string]map[string]string {
	out := make(map[string]map[string]string)
	for _, tag := range sortedKeys(all) {
		folder, known := folderTag(tag)
		if !known || len(all[tag].Text) == 0 {
			continue
		}
		if out[folder] == nil {
			out[folder] = make(map[string]string)
		}
		for key, text := range all[tag].Text {
			out[folder][placeholders(key)] = placeholders(text)
		}
	}
	return out
}

// drawLanguages adds the addresses of pictures in languages.
func drawLanguages(r store.Reader, org store.ID, d store.Design, all map[string]languageDoc) (map[string]languageDoc, error) {
	out, named := make(map[string]languageDoc, len(all)), make(map[string]bool, len(all))
	for tag, doc := range all {
		folder, _ := folderTag(tag)
		out[tag], named[folder] = doc, true
	}
	for image := range d.Images {
		if tag, _, ok := strings.Cut(image, ".lproj/"); ok && !named[tag] {
			out[tag] = languageDoc{}
		}
	}
	for tag, doc := range out {
		folder, _ := folderTag(tag)
		if err := doc.draw(r, org, folder+".lproj/", d); err != nil {
			return nil, err
		}
		out[tag] = doc
	}
	return out, nil
}
