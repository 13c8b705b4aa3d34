package passkit

import "strings"

// placeholders turns the service's #{key} into the engine's placeholders, and keeps
// braces of its own from being taken for such.
func placeholders(text string) string {
	var b strings.Builder
	for text != "" {
		at := strings.IndexAny(text, "#$")
		if at < 0 || at+1 >= len(text) {
			break
		}
		if text[at+1] != '{' {
			b.WriteString(escaped(text[:at+1]))
			text = text[at+1:]
			continue
		}
		end := strings.IndexByte(text[at:], '}')
		if end < 0 {
			break
		}
		b.WriteString(before(text[:at]))
		b.WriteString(reference(text[at+2 : at+end]))
		text = text[at+end+1:]
	}
	return b.String() + escaped(text)
}

// reference is the engine's placeholder for a key.
func reference(key string) string {
	if key == "" {
		return ""
	}
	return `{{"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"}}`
}

// escaped keeps what a client wrote from being taken for one of the engine's placeholders.
func escaped(s string) string { return strings.ReplaceAll(s, "{{", "{{'{{'}}") }

// before is escaped for a text that a placeholder follows.
func before(s string) string {
	s = escaped(s)
	if rest, ok := strings.CutSuffix(s, "{"); ok {
		return rest + "{{'{'}}"
	}
	return s
}

// chosen is where the text of a barcode comes from.
func chosen(option, text string) string {
	switch strings.ToLower(option) {
	case "pid":
		return "{{publicId}}"
	case "userdefinedid":
		return "{{localId}}"
	}
	return placeholders(text)
}
