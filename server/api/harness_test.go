package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/api"
	"pocketpass/server/issuer"
	"pocketpass/server/outbound"
	"pocketpass/server/secret"
	"pocketpass/server/web"
	"pocketpass/signer"
	"pocketpass/store"
	"pocketpass/store/kv/boltkv"
)

const (
	passType = "pass.com.example.coffee"
	baseURL  = "https://passes.example.com"
)

// identity is made once, since RSA keys take long. It begins long ago and ends
// late, because openssl judges it by the machine's clock.
var identity = sync.OnceValues(func() (*signer.Identity, error) {
	authority, err := signer.NewAuthority(nil, longAgo)
	if err != nil {
		return nil, err
	}
	key, err := signer.NewKey(nil)
	if err != nil {
		return nil, err
	}
	leaf, err := authority.Issue(nil, &key.PublicKey, signer.Order{PassTypeIdentifier: passType, TeamIdentifier: "A1B2C3D4E5",
		Organization: "Example", NotBefore: longAgo, NotAfter: longAgo.AddDate(19, 0, 0)})
	if err != nil {
		return nil, err
	}
	var m signer.Material
	m.Certificates = append(m.Certificates, leaf, authority.Intermediate)
	id, _, err := signer.Assemble(context.Background(), m, key, nil, nil, longAgo.AddDate(1, 0, 0))
	return id, err
})

// app is the API in front of a database of its own.
type app struct {
	testing.TB
	server *httptest.Server
	db     *store.Store
	access *access.Access
	issuer *issuer.Issuer
	now    func() time.Time
	admin  string // token of the operator
	org    store.ID
	spec   *spec
}

const adminKey = "operator.0123456789abcdef-secret"

func newApp(t testing.TB) *app { return openApp(t, filepath.Join(t.TempDir(), "data.db"), nil) }

func openApp(t testing.TB, path string, now func() time.Time) *app {
	t.Helper()
	engine, err := boltkv.Open(path, boltkv.Options{NoSync: true}) // nobody cuts the power here
	must(t, err)
	db, err := store.Open(t.Context(), engine, now)
	must(t, err)
	master, err := secret.New(bytes.Repeat([]byte{7}, secret.Size))
	must(t, err)
	quiet := slog.New(slog.DiscardHandler)
	a := &app{TB: t, db: db, now: now, admin: adminKey, access: access.New(db, master),
		issuer: issuer.New(issuer.Config{DB: db, Master: master, Log: quiet, Now: now, BaseURL: baseURL, Courier: taker{}})}
	must(t, a.access.Guarantee(t.Context(), adminKey))
	caller, err := a.access.Token(t.Context(), adminKey)
	must(t, err)
	a.org = caller.Org

	mux := http.NewServeMux()
	api.New(api.Config{Issuer: a.issuer, Access: a.access, Log: quiet, BaseURL: baseURL, Version: "1.2.3"}).Register(mux)
	a.server = httptest.NewServer((&web.Front{Log: quiet}).Wrap(mux))
	a.spec = readSpec(t, a.server.URL)
	t.Cleanup(func() { a.close(engine.Close) })
	return a
}

// taker takes every event without a network.
type taker struct{}

func (taker) Check(address string) (*url.URL, error) {
	return outbound.New(outbound.Options{}).Check(address)
}

func (taker) Post(context.Context, string, map[string][]string, []byte, int) (int, []byte, error) {
	return http.StatusNoContent, nil, nil
}

// close makes sure that every index agrees with its records.
func (a *app) close(closeEngine func() error) {
	a.server.Close()
	faults, err := a.db.Check(context.Background())
	if err != nil || len(faults) > 0 {
		a.Errorf("check: %v, %v", faults, err)
	}
	if err := closeEngine(); err != nil {
		a.Errorf("close: %v", err)
	}
}

// adopt gives the organisation the demo identity.
func (a *app) adopt(org store.ID) store.Certificate {
	a.Helper()
	id, err := identity()
	must(a, err)
	c, err := a.issuer.AdoptIdentity(a.Context(), issuer.Actor{Org: org}, "Demo", id)
	must(a, err)
	return c
}

// key makes a key and returns its token.
func (a *app) key(org store.ID, role store.Role) string {
	a.Helper()
	k, secret, err := a.access.Create(a.Context(), access.NewKey{Org: org, Name: string(role), Role: role})
	must(a, err)
	return k.ID.Short() + "." + secret
}

// answer is what came back.
type answer struct {
	testing.TB
	status int
	header http.Header
	body   []byte
}

// call makes a request and holds the answer against the description.
func (a *app) call(r *http.Request) answer {
	a.Helper()
	resp, err := a.server.Client().Do(r)
	must(a, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(a, err)
	out := answer{a.TB, resp.StatusCode, resp.Header, body}
	a.spec.check(a, r, out)
	return out
}

// request makes a request of the admin. body may be nil, a string of JSON, a *parts or anything to encode.
func (a *app) request(method, path string, body any) *http.Request {
	a.Helper()
	var text []byte
	media := "application/json"
	switch b := body.(type) {
	case nil:
		media = ""
	case string:
		text = []byte(b)
	case *parts:
		text, media = b.encode(a)
	default:
		var err error
		text, err = json.Marshal(b)
		must(a, err)
	}
	r, err := http.NewRequestWithContext(a.Context(), method, a.server.URL+"/api/v1"+path, bytes.NewReader(text))
	must(a, err)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	r.Header.Set("Authorization", "Bearer "+a.admin)
	return r
}

func (a *app) do(method, path string, body any) answer {
	a.Helper()
	return a.call(a.request(method, path, body))
}

// with makes a request with one more header.
func (a *app) with(name, value, method, path string, body any) answer {
	a.Helper()
	r := a.request(method, path, body)
	r.Header.Set(name, value)
	return a.call(r)
}

// is asserts the status.
func (w answer) is(status int) answer {
	w.Helper()
	if w.status != status {
		w.Fatalf("status %d, want %d: %s", w.status, status, w.body)
	}
	return w
}

// fails asserts a problem with a code.
func (w answer) fails(status int, code string) problem {
	w.Helper()
	w.is(status)
	p := decode[problem](w)
	if p.Code != code || p.Status != status || p.Title == "" || p.Type == "" || p.Detail == "" || p.RequestID == "" {
		w.Fatalf("problem %+v, want code %s", p, code)
	}
	return p
}

type problem struct {
	Type, Title, Code, Detail, RequestID string
	Status                               int
	Errors                               []struct{ Path, Message string }
	Findings                             []struct{ Code string }
}

func decode[T any](w answer) T {
	w.Helper()
	var v T
	if err := json.Unmarshal(w.body, &v); err != nil {
		w.Fatalf("decode %s: %v", w.body, err)
	}
	return v
}

// text is a member of the answer, a text.
func (w answer) text(name string) string {
	w.Helper()
	s, ok := decode[map[string]any](w)[name].(string)
	if !ok {
		w.Fatalf("no text %s in %s", name, w.body)
	}
	return s
}

// parts is a form: field name and content by turns.
type parts struct{ list []string }

func form(list ...string) *parts { return &parts{list} }

func (p *parts) encode(t testing.TB) ([]byte, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for n := 0; n < len(p.list); n += 2 {
		create := w.CreateFormField
		if p.list[n] == "file" {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, "../../../etc/passwd") }
		}
		part, err := create(p.list[n])
		must(t, err)
		_, err = io.WriteString(part, p.list[n+1])
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes(), w.FormDataContentType()
}

// picture is a PNG.
func picture(t testing.TB, width, height int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for x := range width {
		img.Set(x, x%height, color.RGBA{200, 30, 30, 255})
	}
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	return b.String()
}

const document = `{"organizationName": "Example", "description": "Stamp card",
	"barcodes": [{"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "iso-8859-1"}],
	"storeCard": {"headerFields": [{"key": "member", "label": "Member", "value": "-"}],
		"primaryFields": [{"key": "stamps", "label": "Stamps", "value": 0, "changeMessage": "%@ stamps"}]}}`

// shop is an app with a campaign that issues.
type shop struct {
	*app
	icon, campaign, template string
}

func newShop(t testing.TB) *shop { return furnish(newApp(t)) }

func furnish(a *app) *shop {
	a.Helper()
	a.adopt(a.org)
	s := &shop{app: a}
	s.icon = a.do("POST", "/assets", form("kind", "icon", "file", picture(a, 90, 90))).is(201).text("id")
	s.campaign = a.do("POST", "/campaigns", map[string]any{"name": "Coffee", "passTypeIdentifier": passType}).is(201).text("id")
	s.template = a.do("POST", "/campaigns/"+s.campaign+"/templates", map[string]any{"name": "Gold", "design": s.design(document)}).is(201).text("id")
	a.do("POST", "/templates/"+s.template+"/publish", nil).is(200)
	return s
}

func (s *shop) design(document string) map[string]any {
	return map[string]any{"document": json.RawMessage(document), "images": map[string]string{"icon": s.icon}}
}

func (s *shop) passes() string { return "/campaigns/" + s.campaign + "/passes" }

// issue returns the id of a new pass.
func (s *shop) issue(body any) string {
	s.Helper()
	return s.do("POST", s.passes(), body).is(201).text("id")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copyDatabase copies a database file that nobody has open.
func copyDatabase(t testing.TB, from string) string {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	to := filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(to, data, 0o600))
	return to
}

// contains asserts that text has all parts.
func contains(t testing.TB, text string, all ...string) {
	t.Helper()
	for _, part := range all {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in %s", part, text)
		}
	}
}
