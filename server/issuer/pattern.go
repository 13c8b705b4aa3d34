package issuer

import (
	"fmt"
	"regexp"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// namesPass is a placeholder that names one pass, anyPlaceholder any.
var (
	namesPass      = regexp.MustCompile(`^\{\{\s*(code|serialNumber|externalId|publicId)\s*\}\}$`)
	anyPlaceholder = regexp.MustCompile(`\{\{.*?\}\}`)
)

// Limits of what barcodes with placeholders cost a till.
const (
	maxPatterns         = 10  // of a design
	maxPatternTemplates = 100 // of an organisation, the newest
)

// patternsOf lists the barcode messages of a design in which a placeholder names the pass. Tills
// read them backwards.
func patternsOf(d store.Design) (out []string) {
	doc, err := pkpass.ParseDocument(d.Document)
	if err != nil {
		return nil // refused elsewhere, with the reason
	}
	if doc.Barcode != nil {
		doc.Barcodes = append(doc.Barcodes, *doc.Barcode)
	}
	for _, b := range doc.Barcodes {
		if _, names := readBackwards(b.Message); len(names) > 0 && len(b.Message) <= maxScan && len(out) < maxPatterns {
			out = append(out, b.Message)
		}
	}
	return unique(out)
}

// readBackwards is an expression for the texts that a barcode message becomes, with a group for
// each placeholder that names the pass, and their names.
func readBackwards(message string) (expression string, names []string) {
	var b strings.Builder
	b.WriteString("(?s)^")
	at := 0
	for _, found := range anyPlaceholder.FindAllStringIndex(message, -1) {
		b.WriteString(regexp.QuoteMeta(message[at:found[0]]))
		if name := namesPass.FindStringSubmatch(message[found[0]:found[1]]); name != nil {
			names = append(names, name[1])
			b.WriteString("(.+?)")
		} else {
			b.WriteString(".*?")
		}
		at = found[1]
	}
	b.WriteString(regexp.QuoteMeta(message[at:]) + "$")
	return b.String(), names
}

// passInPattern finds the pass whose barcode says text because its template's message does,
// filled in. What the expression finds counts only if the pass's document really says it.
func (i *Issuer) passInPattern(r store.Reader, a Actor, t Target) (found store.Pass, err error) {
	templates, _, err := r.TemplatesWithPatterns(a.Org, store.Page{Limit: maxPatternTemplates, Reverse: true})
	if err != nil {
		return store.Pass{}, err
	}
	for _, template := range templates {
		if t.Campaign != 0 && template.Campaign != t.Campaign {
			continue
		}
		for _, p := range named(r, a, template, t.Scan) {
			says, err := i.says(r, p, t.Scan)
			if err != nil {
				return store.Pass{}, err
			}
			if says && found.ID != 0 && found.ID != p.ID {
				return store.Pass{}, ambiguous()
			}
			if says {
				found = p
			}
		}
	}
	if found.ID == 0 {
		return store.Pass{}, store.ErrNotFound
	}
	return found, nil
}

// named lists the passes of a template that its barcode messages may mean by text.
func named(r store.Reader, a Actor, t store.Template, text string) (out []store.Pass) {
	for _, message := range t.Patterns {
		expression, names := readBackwards(message)
		match := regexp.MustCompile(expression).FindStringSubmatch(text) // of quoted literals and groups of ours
		for n := range match[min(1, len(match)):] {
			for _, p := range passesNamed(r, a, names[n], match[n+1]) {
				if p.Template == t.ID {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// passesNamed lists the passes that a placeholder would have filled in with a value. One that
// cannot be read is not among them.
func passesNamed(r store.Reader, a Actor, name, value string) []store.Pass {
	if strings.Contains(value, "\x00") {
		return nil
	}
	if name == "code" {
		all, _, err := r.PassesScanned(a.Org, value, store.Page{Limit: maxSameText})
		if err != nil {
			return nil
		}
		return all
	}
	look := map[string]func() (store.Pass, error){
		"serialNumber": func() (store.Pass, error) { return passWithSerial(r, a, value) },
		"externalId":   func() (store.Pass, error) { return r.PassByExternalID(a.Org, value) },
		"publicId":     func() (store.Pass, error) { return r.PassByPublicID(value) },
	}[name]
	p, err := look()
	if err != nil || p.Org != a.Org || !p.Deleted.IsZero() {
		return nil
	}
	return []store.Pass{p}
}

// says is whether a barcode of p shows text.
func (i *Issuer) says(r store.Reader, p store.Pass, text string) (bool, error) {
	d, err := i.designOf(r, p)
	if err != nil {
		return false, err
	}
	s, err := subjectOf(r, p)
	if err != nil {
		return false, err
	}
	doc, err := i.document(d, s, sampleTeam)
	if err != nil {
		return false, fmt.Errorf("document of pass %s: %w", p.ID, err)
	}
	for _, b := range doc.Barcodes {
		if b.Message == text {
			return true, nil
		}
	}
	return doc.Barcode != nil && doc.Barcode.Message == text, nil
}
