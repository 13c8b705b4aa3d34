package kony_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

// way is how a client sends a file: the body, what is in the address, and the type.
type way struct {
	name string
	pack func(t *testing.T, file []byte, label, password string) (body []byte, query, header string)
}

const formType = "Content-Type: application/x-www-form-urlencoded"

var ways = []way{
	{"parts", inParts("filename")},
	{"parts of another name", inParts("pkPass")},
	{"parts with Base64 as a value", func(t *testing.T, file []byte, _, password string) ([]byte, string, string) {
		body, header := form(t, [2]string{"passCertPassPhrase", password}, [2]string{"filename", base64.StdEncoding.EncodeToString(file)})
		return body, "", header
	}},
	{"parts, the rest in the address", func(t *testing.T, file []byte, label, password string) ([]byte, string, string) {
		body, header := form(t, [2]string{"filename/" + label, string(file)})
		return body, "?certPass=" + password, header
	}},
	{"raw", raw("Content-Type: application/vnd.apple.pkpass")},
	{"raw without a type", raw("Content-Type:")},
	{"raw as a form", raw(formType)},
	{"raw in Base64", func(_ *testing.T, file []byte, _, password string) ([]byte, string, string) {
		return []byte(base64.StdEncoding.EncodeToString(file)), "?certPass=" + password, "Content-Type: text/plain"
	}},
	{"form", asValue("filename", base64.StdEncoding)},
	{"form with file", asValue("file", base64.RawURLEncoding)},
	{"form with data", asValue("data", base64.StdEncoding)},
	{"form with plus signs as they are", func(_ *testing.T, file []byte, _, password string) ([]byte, string, string) {
		return []byte("certPass=" + password + "&filename=" + base64.StdEncoding.EncodeToString(file)), "", formType
	}},
}

func inParts(name string) func(*testing.T, []byte, string, string) ([]byte, string, string) {
	return func(t *testing.T, file []byte, label, password string) ([]byte, string, string) {
		body, header := form(t, [2]string{"certPass", password}, [2]string{name + "/" + label, string(file)})
		return body, "", header
	}
}

func raw(header string) func(*testing.T, []byte, string, string) ([]byte, string, string) {
	return func(_ *testing.T, file []byte, label, password string) ([]byte, string, string) {
		return file, "?filename=" + label + "&certPass=" + password, header
	}
}

func asValue(name string, encoding *base64.Encoding) func(*testing.T, []byte, string, string) ([]byte, string, string) {
	return func(_ *testing.T, file []byte, _, password string) ([]byte, string, string) {
		return []byte(url.Values{name: {encoding.EncodeToString(file)}, "certPass": {password}}.Encode()), "", formType
	}
}

func TestQ15(t *testing.T) {
	d := open(t)
	cert := p12(t, d.identity, pkcs12.Modern2023)
	for n, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			file := d.file(t, points(n))
			body, query, header := way.pack(t, file, "bonus.pkpass", "")
			want(t, d.anyone.Post(t, passURL+query, body, "authToken: "+d.token, header), 200, success)
			if a := d.latest(t, secret).Status(t, 200); !bytes.Equal(a.Body, file) {
				t.Error("another file was kept")
			}
			body, query, header = way.pack(t, cert, "bonus.p12", "secret")
			want(t, d.anyone.Post(t, certURL+query, body, "authToken: "+d.token, header), 200, success)
			body, query, header = way.pack(t, cert, "bonus.p12", "wrong")
			want(t, d.anyone.Post(t, certURL+query, body, "authToken: "+d.token, header), 400, `{"message":"Invalid certificate or password"}`)
		})
	}
}

func TestQ20(t *testing.T) {
	d := open(t)
	for name, data := range map[string][]byte{
		"no archive":              []byte("PK\x03\x04 and nothing more"),
		"a text":                  []byte("hello"),
		"a bomb":                  archive(t, "pass.json", strings.Repeat(" ", 60<<20)),
		"a name that leads out":   archive(t, "../pass.json", "{}"),
		"an empty archive":        archive(t, "a", ""),
		"no signature":            archive(t, "pass.json", `{"passTypeIdentifier":"`+bundle+`"}`),
		"bytes that were changed": tampered(d.file(t)),
		"cut off":                 d.file(t)[:1000],
	} {
		t.Run(name, func(t *testing.T) { want(t, d.upload(t, data), 400, `{"message":"Invalid pass file"}`) })
	}
	want(t, d.latest(t, d.token), 401, badToken) // nothing was kept
	want(t, d.upload(t, d.file(t)), 200, success)
}

func archive(t *testing.T, name, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create(name)
	if err == nil {
		_, err = f.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// tampered changes a byte of the manifest.
func tampered(data []byte) []byte {
	out := bytes.Clone(data)
	out[bytes.Index(out, []byte("manifest.json"))+len("manifest.json")+20] ^= 1
	return out
}

func TestSizes(t *testing.T) {
	d := open(t)
	const large = `{"message":"Request is too large"}`
	want(t, d.certifyAs(t, d.token, "", append([]byte{0x30}, make([]byte, 256<<10)...)), 413, large)
	want(t, d.certifyAs(t, d.token, "", append([]byte{0x30}, make([]byte, 700<<10)...)), 413, large)
	want(t, d.upload(t, append([]byte("PK\x03\x04"), make([]byte, 10<<20)...)), 413, large)
	want(t, d.anyone.Post(t, registerURL, bytes.Repeat([]byte("x"), 70<<10), "Authorization: x "+d.token), 401, badToken)
}
