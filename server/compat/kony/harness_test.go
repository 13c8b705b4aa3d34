package kony_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"strings"
	"sync"
	"testing"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

const (
	prefix = "/kpns/service/rest/passbook/iphone"
	bundle = servertest.PassTypeIdentifier
	serial = "B-20417"
	device = "4c1f9a"
	secret = "the-token-in-the-pass"

	pushToken = "0f3c9a17  5be2d844  91a0c6fe  7720b3d8  4e5f6a7b  8c9d0e1f  a2b3c4d5  e6f70819"

	passURL     = prefix + "/admin/upload/passes/" + bundle + "/" + serial
	certURL     = prefix + "/admin/upload/passtypes/PassBook/" + bundle + "/certificate"
	registerURL = prefix + "/v1/devices/" + device + "/registrations/" + bundle + "/" + serial
	leaveURL    = prefix + "/v1/devices/" + device + "/unregistrations/" + bundle + "/" + serial
	listURL     = prefix + "/v1/devices/" + device + "/registrations/" + bundle
	latestURL   = prefix + "/v1/passes/" + bundle + "/" + serial
	logURL      = prefix + "/v1/log"

	success   = `{"message":"Success"}`
	created   = `{"message":"Created"}`
	unallowed = `{"message":"Unauthorized request. The authToken is invalid."}`
	badToken  = `{"message":"Invalid authentication token"}`
)

// desk is a server with what a customer of the old service has: a back end with an
// authToken, and a certificate that passes are signed with at home.
type desk struct {
	*servertest.Server
	anyone   servertest.Caller
	token    string // authToken
	identity *signer.Identity
	logged   *journal
}

// journal is a log that several write to.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func open(t testing.TB, options ...servertest.Option) *desk {
	t.Helper()
	j := &journal{}
	log := slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d := &desk{Server: servertest.New(t, append(options, servertest.Bare(), servertest.Unsynced(), servertest.Logged(log))...), logged: j}
	d.anyone, d.identity = d.Anonymous(), d.Identity(t)
	d.token = d.key(t, access.NewKey{Name: "back end", Role: store.Admin})
	return d
}

func (d *desk) key(t testing.TB, n access.NewKey) string {
	t.Helper()
	k, secret, err := d.Access.Create(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	if n.Token != "" {
		return n.Token
	}
	return k.ID.Short() + "." + secret
}

// stranger is the authToken of another organisation.
func (d *desk) stranger(t testing.TB) string {
	t.Helper()
	_, k, secret, err := d.Access.CreateOrganisation(t.Context(), "Others", access.Once{})
	if err != nil {
		t.Fatal(err)
	}
	return k.ID.Short() + "." + secret
}

// members are those of pass.json over the usual ones.
type members map[string]any

// points is a version of the pass that shows so many.
func points(n int) members {
	return members{"storeCard": members{"headerFields": []members{{"key": "points", "label": "POINTS", "value": fmt.Sprint(n), "changeMessage": "Now %@ points"}}}}
}

// file is a finished pass, sealed as a customer does it.
func (d *desk) file(t testing.TB, changes ...members) []byte {
	t.Helper()
	doc := members{"formatVersion": 1, "passTypeIdentifier": bundle, "serialNumber": serial, "teamIdentifier": d.identity.TeamIdentifier,
		"organizationName": "Corner Café", "description": "Bonus card", "webServiceURL": servertest.BaseURL + prefix, "authenticationToken": secret}
	for _, c := range append([]members{points(1)}, changes...) {
		for name, value := range c {
			doc[name] = value
		}
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	files := pkpass.Bundle{"pass.json": pkpass.NewFile(raw)}
	for name, size := range map[string]int{"icon.png": 38, "icon@2x.png": 76, "icon@3x.png": 114} {
		files[name] = pkpass.NewFile(compattest.Picture(size, size))
	}
	data, err := signer.Seal(files, d.identity, d.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// p12 is the identity under the password "secret".
func p12(t testing.TB, id *signer.Identity, form *pkcs12.Encoder) []byte {
	t.Helper()
	data, err := form.Encode(id.Key, id.Leaf, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (d *desk) upload(t testing.TB, data []byte) *servertest.Answer {
	t.Helper()
	return d.uploadAs(t, passURL, d.token, data)
}

func (d *desk) uploadAs(t testing.TB, path, token string, data []byte) *servertest.Answer {
	t.Helper()
	return d.anyone.Post(t, path, data, "authToken: "+token, "Content-Type: application/vnd.apple.pkpass")
}

// certify uploads the certificate.
func (d *desk) certify(t testing.TB) {
	t.Helper()
	want(t, d.certifyAs(t, d.token, "?certPass=secret", p12(t, d.identity, pkcs12.Modern2023)), 200, success)
}

func (d *desk) certifyAs(t testing.TB, token, query string, data []byte) *servertest.Answer {
	t.Helper()
	return d.anyone.Post(t, certURL+query, data, "authToken: "+token, "Content-Type: application/x-pkcs12")
}

func (d *desk) register(t testing.TB, path, token string) *servertest.Answer {
	t.Helper()
	return d.anyone.Post(t, path, `{"pushToken":"`+pushToken+`"}`, "Authorization: ApplePass "+token)
}

// enter uploads a first version and registers the device.
func (d *desk) enter(t testing.TB) (file []byte) {
	t.Helper()
	file = d.file(t)
	want(t, d.upload(t, file), 200, success)
	want(t, d.register(t, registerURL, secret), 201, created)
	return file
}

func (d *desk) latest(t testing.TB, token string, headers ...string) *servertest.Answer {
	t.Helper()
	return d.anyone.Get(t, latestURL, append(headers, "Authorization: ApplePass "+token)...)
}

type list struct {
	LastUpdated   string
	SerialNumbers []string
}

func (d *desk) list(t testing.TB, library, query string) (l list) {
	t.Helper()
	d.anyone.Post(t, of(library)+query, nil).Status(t, 200).JSON(t, &l)
	return l
}

// of is the list of another device.
func of(library string) string { return strings.Replace(listURL, device, library, 1) }

// want compares an answer to the byte.
func want(t testing.TB, a *servertest.Answer, status int, body string) {
	t.Helper()
	if a.Code != status || string(a.Body) != body {
		t.Errorf("got %d %s, want %d %s", a.Code, a.Body, status, body)
	}
	if got := a.Header.Get("Content-Type"); body != "" && got != "application/json;charset=UTF-8" {
		t.Errorf("the answer is of type %q", got)
	}
}

// form is a body in parts: "name" for a value, "name/label" for a file.
func form(t testing.TB, parts ...[2]string) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	err := w.SetBoundary("b42")
	for _, p := range parts {
		if err != nil {
			break
		}
		var to io.Writer
		if name, label, isFile := strings.Cut(p[0], "/"); isFile {
			to, err = w.CreateFormFile(name, label)
		} else {
			to, err = w.CreateFormField(name)
		}
		if err == nil {
			_, err = io.WriteString(to, p[1])
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), "Content-Type: " + w.FormDataContentType()
}

func record(t testing.TB, d *desk, serial string) (p store.Pass) {
	t.Helper()
	err := d.Store.View(t.Context(), func(r store.Reader) (err error) {
		p, err = r.PassBySerial(bundle, serial)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
