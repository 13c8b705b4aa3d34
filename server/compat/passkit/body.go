package passkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Limits of forms.
const (
	maxParts = 64
	maxFile  = 5 << 20 // bytes of one
)

// form is a request's JSON with the files that came beside it, by the names of their parts
// in lower case.
type form struct {
	json    json.RawMessage // nil if there was none
	files   map[string][]byte
	updated []string // parts that the client says it means, in lower case; nil if it does not say
	parts   bool     // it was a form with parts
}

// body reads the JSON of a request, whatever the client says it sends.
func (c call) body() (json.RawMessage, error) {
	f, err := c.form()
	return f.json, err
}

// object is a body that has to be an object.
func (c call) object() (object, error) {
	raw, err := c.body()
	if err != nil {
		return nil, err
	}
	return topObject(raw)
}

func topObject(raw json.RawMessage) (object, error) {
	o, err := readObject(raw, "body")
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "Invalid JSON body: an object is expected")
	}
	return o, nil
}

// form reads a request that may have files.
func (c call) form() (form, error) {
	media, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err == nil && media == "multipart/form-data" && params["boundary"] != "" {
		return readForm(multipart.NewReader(c.Body, params["boundary"]))
	}
	raw, err := io.ReadAll(io.LimitReader(c.Body, maxJSON+1))
	if err != nil {
		return form{}, err
	}
	if len(raw) > maxJSON {
		return form{}, tooLarge
	}
	text, err := readJSON(raw)
	return form{json: text}, err
}

// readJSON wants nothing or one JSON value.
func readJSON(raw []byte) (json.RawMessage, error) {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	switch {
	case len(raw) == 0:
		return nil, nil
	case !utf8.Valid(raw):
		return nil, refuse(http.StatusBadRequest, "Invalid JSON body: it is not UTF-8")
	case !json.Valid(raw):
		return nil, refuse(http.StatusBadRequest, "Invalid JSON body: it cannot be read as JSON")
	}
	return raw, nil
}

// readForm reads the parts of a form, in whatever order they come.
func readForm(r *multipart.Reader) (form, error) {
	f := form{files: make(map[string][]byte), parts: true}
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, badForm(err)
		}
		if n == maxParts {
			return f, refuse(http.StatusBadRequest, "Invalid form: it has more than %d parts", maxParts)
		}
		if err := f.add(p); err != nil {
			return f, err
		}
	}
}

// badForm leaves errors of the connection to those who know them.
func badForm(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return err
	}
	return refuse(http.StatusBadRequest, "Invalid form: its parts cannot be read")
}

func (f *form) add(p *multipart.Part) error {
	data, err := io.ReadAll(io.LimitReader(p, maxFile+1))
	if err != nil {
		return badForm(err)
	}
	if len(data) > maxFile {
		return tooLarge
	}
	name := strings.ToLower(p.FormName())
	switch name {
	case "jsonbody":
		if len(data) > maxJSON {
			return tooLarge
		}
		f.json, err = readJSON(decoded(data, p.Header.Get("Content-Type")))
		return err
	case "updatedmultipart":
		return f.readUpdated(data)
	case "":
		return nil
	}
	if len(data) > 0 {
		f.files[name] = data
	}
	return nil
}

// decoded is a text part in UTF-8: one that is not, and does not say what it is, is taken
// for ISO-8859-1.
func decoded(data []byte, contentType string) []byte {
	_, params, _ := mime.ParseMediaType(contentType)
	switch strings.ToLower(params["charset"]) {
	case "iso-8859-1", "latin1", "latin-1", "windows-1252":
		return []byte(latin1(data))
	}
	if !utf8.Valid(data) {
		return []byte(latin1(data))
	}
	return data
}

func (f *form) readUpdated(data []byte) error {
	raw, err := readJSON(decoded(data, ""))
	if err != nil || isEmpty(raw) {
		return err
	}
	var names []string
	if json.Unmarshal(raw, &names) != nil {
		return invalidField("updatedMultipart", "must be an array of the names of parts")
	}
	f.updated = []string{}
	for _, name := range names {
		f.updated = append(f.updated, strings.ToLower(name))
	}
	return nil
}
