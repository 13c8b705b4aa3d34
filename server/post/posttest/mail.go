package posttest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
)

// Mail is one message as the server got it.
type Mail struct {
	From, To string // of the envelope
	Raw      []byte
}

// Part is one leaf of a message.
type Part struct {
	Type, ID, Name string // media type, Content-ID with its brackets, file name
	Body           []byte // decoded
}

// Header reads a header and decodes its words.
func (m Mail) Header(t testing.TB, name string) string {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatalf("read mail: %v\n%s", err, m.Raw)
	}
	text, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get(name))
	if err != nil {
		t.Fatalf("header %s: %v", name, err)
	}
	return text
}

// Part returns the one part of a media type and fails the test if there is none
// or another one.
func (m Mail) Part(t testing.TB, mediaType string) Part {
	t.Helper()
	var found []Part
	for _, p := range m.Parts(t) {
		if p.Type == mediaType {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d parts are %s:\n%s", len(found), mediaType, m.Raw)
	}
	return found[0]
}

// Parts returns the leaves of a message in their order.
func (m Mail) Parts(t testing.TB) []Part {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatalf("read mail: %v\n%s", err, m.Raw)
	}
	parts, err := leaves(textproto.MIMEHeader(parsed.Header), parsed.Body)
	if err != nil {
		t.Fatalf("read mail: %v\n%s", err, m.Raw)
	}
	return parts
}

func leaves(h textproto.MIMEHeader, body io.Reader) ([]Part, error) {
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return nil, fmt.Errorf("content type %q: %w", h.Get("Content-Type"), err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		p := Part{Type: kind, ID: h.Get("Content-ID")}
		if _, disposition, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil {
			p.Name = disposition["filename"]
		}
		p.Body, err = io.ReadAll(decoded(h.Get("Content-Transfer-Encoding"), body))
		return []Part{p}, err
	}
	var out []Part
	for r := multipart.NewReader(body, parameters["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		more, err := leaves(p.Header, p)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}
