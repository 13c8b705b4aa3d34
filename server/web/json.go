package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pocketpass/signer/spelling"
)

// defaultMaxJSON bounds a body that neither the Front nor LimitBody bounds, in bytes.
const defaultMaxJSON = 1 << 20

// ReadJSON reads the body as one JSON value of type T. It refuses, as a Problem
// that names the field and the remedy: another media type, a body too large, a field
// that T has not, a value of the wrong type, and anything after the value.
func ReadJSON[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	body, err := ReadJSONBody(w, r)
	if err != nil {
		var none T
		return none, err
	}
	return DecodeJSON[T](body)
}

// ReadJSONBody is the first half of ReadJSON, for who needs the bytes as well.
func ReadJSONBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := wantJSON(r); err != nil {
		return nil, err
	}
	return readBody(w, r)
}

// DecodeJSON is the second half of ReadJSON.
func DecodeJSON[T any](body []byte) (T, error) {
	var v T
	err := decodeStrict(body, &v)
	return v, err
}

// decodeStrict is one function for all types; compiled for each of them it is large.
func decodeStrict(body []byte, v any) error {
	if !utf8.Valid(body) { // the decoder would put other signs in place of what it cannot read
		return badJSON("the body is not UTF-8: send JSON in UTF-8")
	}
	if string(bytes.TrimSpace(body)) == "null" { // which decodes into anything, and changes nothing
		return badField("wrong_type", "", "the body", "must not be null: send "+inWords(reflect.TypeOf(v).Elem()))
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	return decode(dec, body, v)
}

// ReadLooseJSON is ReadJSON for clients that we cannot teach, such as phones: any
// media type will do, and members that T has not are ignored.
func ReadLooseJSON[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var v T
	body, err := readBody(w, r)
	if err != nil {
		return v, err
	}
	return v, decode(json.NewDecoder(bytes.NewReader(body)), body, &v)
}

// WriteJSON answers with v. It writes nothing when v cannot be encoded.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := encodeJSON(v)
	if err != nil {
		return err
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	return writeBody(w, status, body)
}

// WriteBareJSON is WriteJSON of a type that the caller spells, and without a line break at
// the end: clients of old services compare texts.
func WriteBareJSON(w http.ResponseWriter, status int, contentType string, v any) error {
	body, err := encodeJSON(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", contentType)
	return writeBody(w, status, bytes.TrimSuffix(body, []byte("\n")))
}

func encodeJSON(v any) ([]byte, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false) // the answer is never read as HTML: its type says so, with nosniff
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return body.Bytes(), nil
}

func writeBody(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// wantJSON also keeps out the forms that a foreign page can send without asking.
func wantJSON(r *http.Request) error {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return &Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported_encoding",
			Detail: "the body must not be compressed: send it as it is, without Content-Encoding"}
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && (media == "application/json" || strings.HasSuffix(media, "+json")) {
		return nil
	}
	return &Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		Detail: "the body must be JSON: send Content-Type: application/json"}
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if _, limited := r.Body.(*limitedBody); !limited {
		limitBody(w, r, defaultMaxJSON)
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, badJSON("the body is empty: send one JSON value")
	}
	return text, nil
}

func decode(dec *json.Decoder, body []byte, v any) error {
	if err := dec.Decode(v); err != nil {
		return explain(err, body, v)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badJSON("something follows the JSON value" + position(body, dec.InputOffset()) + ": send one value only")
	}
	return nil
}

// explain makes a Problem of what encoding/json returns.
func explain(err error, body []byte, v any) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badJSON(syntax.Error() + position(body, syntax.Offset))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return badJSON("the JSON value is cut off" + position(body, int64(len(body))))
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrongType(body, wrong)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok { // the package has no type for it
		name, _ := strconv.Unquote(quoted)
		return unknownField(body, name, reflect.TypeOf(v))
	}
	return &Problem{Status: http.StatusBadRequest, Code: "invalid_value", Detail: err.Error(), Err: err}
}

func badJSON(detail string) error {
	return &Problem{Status: http.StatusBadRequest, Code: "invalid_json", Detail: detail}
}

func badField(code, path, name, message string) error {
	return &Problem{Status: http.StatusBadRequest, Code: code, Detail: name + " " + message, Errors: []Fault{{Path: path, Message: message}}}
}

// wrongType leaves out the position where nobody knows it, which is within a value that
// decodes itself.
func wrongType(body []byte, wrong *json.UnmarshalTypeError) error {
	message := "must not be " + wrong.Value
	if wrong.Offset > 0 {
		message += position(body, wrong.Offset)
	}
	path := wrongField(body, wrong)
	name := strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", ".")
	return badField("wrong_type", path, cmp.Or(name, "the body"), message+": send "+inWords(wrong.Type))
}

func unknownField(body []byte, name string, t reflect.Type) error {
	path, where := strayField(body, name, t), "this request"
	if n := strings.LastIndexByte(path, '/'); n > 0 {
		where = path[:n]
	}
	return badField("unknown_field", path, name, "is no field of "+where+remedy(name, t))
}

// position says where in the body something is, as people count.
func position(body []byte, offset int64) string {
	before := body[:min(max(offset, 0), int64(len(body)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fmt.Sprintf(" (line %d, column %d)", line, column)
}

func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number in range"
	}
	return "another value"
}

// remedy says what to do about a name that a request does not have there.
func remedy(name string, t reflect.Type) string {
	known := make(map[string]string)
	fieldPaths(t, "", 0, known)
	if path, elsewhere := known[name]; elsewhere {
		return ": it belongs to " + path
	}
	return ": leave it out" + spelling.DidYouMean(name, slices.Sorted(maps.Keys(known)))
}

func inner(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

// fieldPaths finds the JSON names within t, some levels deep, and where each belongs.
func fieldPaths(t reflect.Type, path string, depth int, known map[string]string) {
	if t = inner(t); t.Kind() != reflect.Struct || depth > 4 {
		return
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := path
		if f.IsExported() && name != "" && name != "-" {
			at = path + "/" + name
			if _, nearer := known[name]; !nearer {
				known[name] = at
			}
		}
		fieldPaths(f.Type, at, depth+1, known)
	}
}

// WritePNG answers with a picture that belongs to one page, which browsers keep for a minute.
func WritePNG(w http.ResponseWriter, data []byte) error {
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=60")
	_, err := w.Write(data)
	return err
}
