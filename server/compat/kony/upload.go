package kony

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// upload is a file with what came beside it. How it may come, the documentation leaves
// open: in parts, as the body itself, or in Base64 as the value of a form.
type upload struct {
	read   bool
	file   []byte
	values url.Values // of the form and, where it has none, of the address
}

// check refuses no file and one that is too large.
func (u upload) check(max int) error {
	switch {
	case len(u.file) == 0:
		return noFile
	case len(u.file) > max:
		return tooLarge
	}
	return nil
}

// password is that of a certificate, under its name or that of the later product.
func (u upload) password() string {
	for _, name := range []string{"certPass", "passCertPassPhrase"} {
		if all, ok := u.values[name]; ok {
			return all[0]
		}
	}
	return ""
}

// readUpload reads the body. The value of filename in the address is a label and is not
// looked at.
func readUpload(r *http.Request) (upload, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return upload{}, fmt.Errorf("read upload: %w", err)
	}
	u := parseUpload(r.Header.Get("Content-Type"), body)
	u.read = true
	for name, values := range r.URL.Query() {
		if _, ok := u.values[name]; !ok {
			u.values[name] = values
		}
	}
	return u, nil
}

// parseUpload finds the file: by the head if it says parts, else by the first bytes,
// for binary files come with the type of a form; else in the form.
func parseUpload(contentType string, body []byte) upload {
	media, params, _ := mime.ParseMediaType(contentType)
	if strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		return parseParts(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
	}
	if binary(body) {
		return upload{file: body, values: url.Values{}}
	}
	form, _ := url.ParseQuery(string(body)) // what of it can be read
	u := upload{file: encodedFile(form), values: form}
	if u.file == nil && media != "application/x-www-form-urlencoded" {
		u.file = plain(body)
	}
	return u
}

// binary tells the beginning of an archive and that of a PKCS#12.
func binary(data []byte) bool {
	return bytes.HasPrefix(data, []byte("PK\x03\x04")) || len(data) > 0 && data[0] == 0x30
}

// fileNames are what a file in a form may be called.
var fileNames = []string{"filename", "file", "data"}

// encodedFile is the first value of a form that is a file in Base64.
func encodedFile(form url.Values) []byte {
	for _, name := range fileNames {
		if data, ok := decoded(form.Get(name)); ok {
			return data
		}
	}
	return nil
}

// plain is a file that may be in Base64.
func plain(body []byte) []byte {
	if binary(body) {
		return body
	}
	if data, ok := decoded(string(body)); ok {
		return data
	}
	return body
}

var base64Alphabet = strings.NewReplacer("-", "+", "_", "/", " ", "+", "\r", "", "\n", "", "\t", "", "=", "")

// decoded reads Base64 of either alphabet, with line breaks and with blanks where a form
// made them of plus signs. ok is false if no file comes of it.
func decoded(text string) (data []byte, ok bool) {
	if strings.HasPrefix(text, "data:") {
		_, text, _ = strings.Cut(text, ",")
	}
	data, err := base64.RawStdEncoding.DecodeString(base64Alphabet.Replace(strings.TrimSpace(text)))
	return data, err == nil && binary(data)
}

// maxParts bounds the parts of a form.
const maxParts = 50

// part is one of a form. label is the name that its file had with the client.
type part struct {
	name, label string
	data        []byte
}

// parseParts takes the part called filename for the file, else the only one that is a
// file. A form that breaks off has none.
func parseParts(form *multipart.Reader) upload {
	u := upload{values: url.Values{}}
	var files []part
	for range maxParts {
		p, err := nextPart(form)
		if errors.Is(err, io.EOF) {
			u.file = fileAmong(files)
			return u
		}
		if err != nil {
			return u
		}
		if p.isFile() {
			files = append(files, p)
		} else {
			u.values.Add(p.name, string(p.data))
		}
	}
	return u
}

// isFile tells a file from a value: by its label, or else by its name and its bytes.
func (p part) isFile() bool {
	return p.label != "" || slices.Contains(fileNames, p.name) && binary(plain(p.data))
}

func nextPart(form *multipart.Reader) (part, error) {
	p, err := form.NextPart()
	if err != nil {
		return part{}, err
	}
	data, err := io.ReadAll(p)
	return part{p.FormName(), p.FileName(), data}, err
}

func fileAmong(files []part) []byte {
	for _, f := range files {
		if f.name == "filename" && len(f.data) > 0 {
			return plain(f.data)
		}
	}
	if len(files) == 1 {
		return plain(files[0].data)
	}
	return nil
}
