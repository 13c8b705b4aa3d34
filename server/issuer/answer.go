package issuer

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"

	"golang.org/x/text/currency"
)

// maxTyped is how long an answer on a form may be, in characters.
const maxTyped = 500

// answers are what came of a form.
type answers struct {
	person Details
	values map[string]json.RawMessage
	wrong  []FieldError // answers that cannot be right, and those that are missing
}

// readAnswers takes what was asked for, spelt as people and browsers write it, and
// nothing else.
func readAnswers(c store.Campaign, all []Question, given map[string]string) (out answers) {
	out.values = make(map[string]json.RawMessage)
	for _, q := range all {
		text := strings.TrimSpace(given[q.Path])
		if text == "" && q.Type != store.BooleanField {
			if q.Required {
				out.refuse(q.Path, "an answer is needed here")
			}
			continue
		}
		if utf8.RuneCountInString(text) > maxTyped || !printable(text) {
			out.refuse(q.Path, "an answer has up to "+strconv.Itoa(maxTyped)+" characters and no control characters")
			continue
		}
		out.take(c, q, text)
	}
	return out
}

func (s *answers) refuse(path, msg string) {
	s.wrong = append(s.wrong, FieldError{Path: path, Msg: msg})
}

func (s *answers) take(c store.Campaign, q Question, text string) {
	if key, isValue := strings.CutPrefix(q.Path, "/values/"); isValue {
		raw := valueOf(c, q.Type, text)
		if _, err := placeholder.Type(q.Type).Read(raw); err != nil {
			s.refuse(q.Path, "the answer must be "+err.Error())
			return
		}
		if q.Type == store.BooleanField && q.Required && string(raw) != "true" {
			s.refuse(q.Path, "this has to be ticked")
			return
		}
		s.values[unpointer.Replace(key)] = raw
		return
	}
	var d Details
	switch q.Path {
	case PathName:
		d.Name, s.person.Name = &text, &text
	case PathEmail:
		d.Email, s.person.Email = &text, &text
	case PathPhone:
		d.Phone, s.person.Phone = &text, &text
	}
	if _, err := d.check("/person"); err != nil {
		s.refuse(q.Path, Public(err).Msg)
	}
}

// unpointer undoes the escapes of a JSON pointer.
var unpointer = strings.NewReplacer("~1", "/", "~0", "~")

// valueOf is the JSON of an answer. One that cannot be of its type stays a text, which
// the type then refuses.
func valueOf(c store.Campaign, t store.FieldType, text string) json.RawMessage {
	switch t {
	case store.NumberField, store.IntegerField:
		if n := strings.Replace(text, ",", ".", 1); isNumber(n) {
			return json.RawMessage(n)
		}
	case store.MoneyField:
		if n, ok := minorUnits(c.Redemption.Currency, text); ok {
			return json.RawMessage(n)
		}
	case store.BooleanField:
		return json.RawMessage(strconv.FormatBool(text == "true"))
	case store.DateTimeField: // as browsers send it, without a zone
		if at, err := time.ParseInLocation("2006-01-02T15:04", text, zoneOf(c)); err == nil {
			text = at.Format(time.RFC3339)
		}
	}
	raw, err := json.Marshal(text)
	if err != nil {
		return nil // no text of ours
	}
	return raw
}

// isNumber says whether text is the literal of a JSON number.
func isNumber(text string) bool {
	var n json.Number
	return json.Unmarshal([]byte(text), &n) == nil && n.String() == text
}

// minorUnits reads an amount as people write it, "12.50" or "12,5".
func minorUnits(code, text string) (string, bool) {
	digits := 2
	if unit, err := currency.ParseISO(code); err == nil {
		digits, _ = currency.Standard.Rounding(unit)
	}
	whole, fraction, _ := strings.Cut(strings.Replace(text, ",", ".", 1), ".")
	if len(fraction) > digits {
		return "", false
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	return strconv.FormatInt(n, 10), err == nil
}
