package passtools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// answer writes v with the status of every success.
func (c *call) answer(v any) error { return write(c.ResponseWriter, http.StatusOK, v) }

// write answers with JSON in ASCII: two of the Python clients take every body for ISO 8859-1.
func write(w http.ResponseWriter, status int, v any) error {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	text := inASCII(body.Bytes())
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, err := w.Write(text)
	return err
}

// inASCII escapes all characters of JSON that are not ASCII.
func inASCII(text []byte) []byte {
	if bytes.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/4)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch first, second := utf16.EncodeRune(r); {
		case r < utf8.RuneSelf:
			out = append(out, text[0])
		case first != utf8.RuneError:
			out = fmt.Appendf(out, `\u%04x\u%04x`, first, second)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
	return out
}

// degrees are a number that is written with a decimal point, which Java clients ask for.
type degrees float64

func (d degrees) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(d), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(text), nil
}

// legacyDate is how the first revision writes a time, always with a nought at its end, and
// isoDate how the later ones do.
func legacyDate(t time.Time) string { return t.UTC().Format(time.DateTime) + ".0" }
func isoDate(t time.Time) string    { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// date is a time in a list or a template, which became ISO with the last revision.
func (r revision) date(t time.Time) string {
	if r < 2 {
		return legacyDate(t)
	}
	return isoDate(t)
}

// quoted is a JSON string.
func quoted(s string) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always marshals
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// status handles GET /system/status.
func (s *Service) status(c *call) error {
	return c.answer(struct{ Hello string }{"World"})
}
