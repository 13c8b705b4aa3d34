package api

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// form is a body of multipart/form-data. Its parts are read one after the other
// into memory, within the limit of the whole body; names of files are ignored.
type form interface {
	// part takes one part. It reports false for a name that the form has not, or
	// has had already.
	part(name string, data []byte) bool
	schema() *huma.Schema
}

// maxParts bounds the parts of a form.
const maxParts = 16

// readForm returns a digest of the parts: their boundary differs each time that
// a client sends the same form.
func readForm(r *http.Request, f form) (digest []byte, err error) {
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "send the file as a form: Content-Type: multipart/form-data")
	}
	if err != nil {
		return nil, malformedForm(err)
	}
	sum := sha256.New()
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return sum.Sum(nil), nil
		}
		if err != nil {
			return nil, malformedForm(err)
		}
		if n == maxParts {
			return nil, invalid("", "too_many_parts", "the form has more than %d parts; send fewer files", maxParts)
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, malformedForm(err)
		}
		fmt.Fprintf(sum, "%q %d\n", part.FormName(), len(data))
		sum.Write(data)
		if !f.part(part.FormName(), data) {
			return nil, invalid(pointer("", part.FormName()), "unknown_field", "the form has no field %q that is still to be filled; leave it out, send it once, and send texts as UTF-8", part.FormName())
		}
	}
}

func malformedForm(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return refuse(http.StatusBadRequest, "invalid_form", "", "the form cannot be read: %v", err)
}

// setText fills a text of a form, once.
func setText(text *string, data []byte) bool {
	if *text != "" || !utf8.Valid(data) {
		return false
	}
	*text = string(data)
	return true
}

// setFile fills the only file of a form.
func setFile(file *[]byte, data []byte) bool {
	if *file != nil {
		return false
	}
	*file = data
	return true
}

func formSchema(required []string, fields map[string]*huma.Schema) *huma.Schema {
	return &huma.Schema{Type: "object", Properties: fields, Required: required, AdditionalProperties: false}
}

func fileField(about string) *huma.Schema {
	return &huma.Schema{Type: "string", Format: "binary", Description: about}
}

func textField(about string, choice ...any) *huma.Schema {
	return &huma.Schema{Type: "string", Description: about, Enum: choice}
}
