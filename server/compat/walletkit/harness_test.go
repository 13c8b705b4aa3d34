package walletkit_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/store"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := readFailures(); err != nil && !*servertest.Update {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if *servertest.Update && code == 0 {
			if err := writeFailures(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
		os.Exit(code)
	}))
}

// brand is a client of the service.
type brand struct {
	*servertest.Server
	record   compattest.Recorder
	headers  []string
	pictures string // address
}

const templates = "/walletkit/v1/passes"

func newBrand(t testing.TB, options ...servertest.Option) *brand {
	t.Helper()
	b := &brand{Server: servertest.New(t, append([]servertest.Option{compattest.AllowLoopback()}, options...)...), pictures: compattest.Pictures(t)}
	b.headers = b.credentials(t, access.NewKey{Name: "shop", Role: store.Admin})
	b.record = compattest.Recorder{Service: "walletkit", Caller: b.Anonymous(), Headers: b.headers, Masks: masks,
		Secrets: []string{value(b.headers[0]), value(b.headers[1])}}
	return b
}

var masks = []compattest.Mask{
	{Pattern: regexp.MustCompile(`/p/[0-9A-Za-z]{25}/`), With: "/p/<random>/"},
	{Pattern: regexp.MustCompile(`/s/[0-9A-Za-z]{19}`), With: "/s/<random>"},
	{Pattern: regexp.MustCompile(`("authentication_token": ")[^"]+`), With: "$1<token>"},
}

// credentials are the headers of a new key.
func (b *brand) credentials(t testing.TB, k access.NewKey) []string {
	t.Helper()
	key, secret, err := b.Access.Create(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return []string{"brand-id: " + key.ID.Short(), "api-key: " + secret}
}

func value(header string) string {
	_, v, _ := strings.Cut(header, ": ")
	return v
}

// send makes a request that is not recorded.
func (b *brand) send(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return b.Anonymous().Send(t, method, path, body, append(b.headers, headers...)...)
}

// members is a JSON object.
type members = map[string]any

// with lays changes over o; nil takes a member away.
func with(o members, changes members) members {
	out := make(members)
	for name, v := range o {
		out[name] = v
	}
	for name, v := range changes {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

// concert is the template of the service's documents in words of our own.
func (b *brand) concert() members {
	return members{
		"description": "Evening concert", "pass_type": "eventTicket", "logotext": "Harbour Hall", "username": "Harbour Hall Ltd",
		"icon": b.pictures + "/38x38.png", "icon2x": b.pictures + "/76x76.png", "logo": b.pictures + "/160x50.png", "strip": b.pictures + "/375x98.png",
		"relevant_date": "2031-04-09T19:30+02:00", "foreground_color": "rgb(255,255,255)", "background_color": "rgb( 20, 60 ,90)", "label_color": "#b4c8dc",
		"barcode":       members{"format": "PKBarcodeFormatQR", "message": "HH-0000", "messageEncoding": "iso-8859-1", "alttext": "no ticket yet"},
		"location":      []any{members{"latitude": 53.5413, "longitude": 9.9841, "altitude": 6, "relevanttext": "The hall is next to you"}},
		"headerFields":  []any{members{"key": "door", "label": "DOOR", "value": "-", "changemessage": "Your door is now %@"}},
		"primaryFields": []any{members{"key": "act", "label": "TONIGHT", "value": "To be announced"}},
		"secondaryFields": []any{
			members{"key": "seat", "label": "SEAT", "value": "free", "textalignment": "PKTextAlignmentLeft", "changemessage": "Your seat: %@"}},
		"backFields": []any{members{"key": "terms", "label": "Terms", "value": "No refunds"}},
	}
}

// plain is a template without pictures but the icon, fields and places.
func (b *brand) plain() members {
	return members{"description": "Plain", "pass_type": "coupon", "icon": b.pictures + "/38x38.png"}
}

// template makes a template and returns its id.
func (b *brand) template(t testing.TB, body members) string {
	t.Helper()
	var made struct{ ID string }
	b.send(t, "POST", templates, body).Status(t, 200).JSON(t, &made)
	return made.ID
}

// sent is an answer about a pass.
type sent struct {
	URL         string
	Description string
	SentPass    struct {
		AuthenticationToken string `json:"authentication_token"`
		SerialNo            string `json:"serial_no"`
		CreatedDate         string `json:"createddate"`
		ShortURL            string `json:"short_url"`
		EmailInfo           bool   `json:"email_info"`
	} `json:"sent_pass"`
	Ignored []string `json:"ignored_keys"`
	Matched int      `json:"matched_count"`
	Updated int      `json:"updated_count"`
	Serials []string `json:"updated_serials"`
}

func (s sent) issued() compattest.Issued {
	return compattest.Issued{SerialNumber: s.SentPass.SerialNo, URL: s.URL}
}

// pass makes a pass of a template.
func (b *brand) pass(t testing.TB, template string, body any) (out sent) {
	t.Helper()
	b.send(t, "POST", templates+"/"+template, body).Status(t, 200).JSON(t, &out)
	return out
}

// download is the signed file of a pass.
func (b *brand) download(t testing.TB, p sent) signer.Report {
	t.Helper()
	return compattest.Download(t, b.Server, p.issued())
}

// file is a pass as it is downloaded, judged by nobody.
func (b *brand) file(t testing.TB, p sent) signer.Report {
	t.Helper()
	a := b.Anonymous().Get(t, strings.TrimPrefix(p.URL, servertest.BaseURL)).Status(t, 200)
	r, err := signer.Lint(a.Body, b.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// document is pass.json of a pass.
func (b *brand) document(t testing.TB, p sent) map[string]json.RawMessage {
	t.Helper()
	var out map[string]json.RawMessage
	if err := json.Unmarshal(b.file(t, p).Contents.Files["pass.json"].Data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// fails checks status, code and field of an error body, that there is no id in it, and that
// it is to the byte one that testdata/failures.txt has of the test.
func fails(t testing.TB, a *servertest.Answer, status int, code, field string) {
	t.Helper()
	a.Status(t, status)
	var got map[string]string
	a.JSON(t, &got)
	if got["error_code"] != code || got["field"] != field || got["error"] == "" || got["id"] != "" {
		t.Errorf("got %s, want the code %s and the field %q", a.Body, code, field)
	}
	if a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("an error of the type %s", a.Header.Get("Content-Type"))
	}
	line := fmt.Sprintf("%s: %d %s", t.Name(), status, bytes.TrimSuffix(a.Body, []byte("\n")))
	failures.Lock()
	defer failures.Unlock()
	if failures.seen[line] = true; !*servertest.Update && !failures.known[line] {
		t.Errorf("testdata/failures.txt has no line\n%s", line)
	}
}

// failures are the error bodies of all tests, a line each.
var failures = struct {
	sync.Mutex
	known, seen map[string]bool
}{known: make(map[string]bool), seen: make(map[string]bool)}

const failuresFile = "testdata/failures.txt"

func readFailures() error {
	text, err := os.ReadFile(failuresFile)
	for line := range strings.Lines(string(text)) {
		failures.known[strings.TrimSuffix(line, "\n")] = true
	}
	return err
}

func writeFailures() error {
	var out strings.Builder
	for _, line := range slices.Sorted(maps.Keys(failures.seen)) {
		fmt.Fprintln(&out, line)
	}
	return os.WriteFile(failuresFile, []byte(out.String()), 0o600)
}

// passes counts those of a template.
func (b *brand) passes(t testing.TB, template string) int {
	t.Helper()
	id, _ := store.ParseShort(template)
	n := 0
	err := b.Store.View(t.Context(), func(r store.Reader) error {
		all, _, err := r.Passes(store.PassFilter{Org: b.Actor.Org, Template: id}, store.Page{Limit: 100})
		n = len(all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func locations(n int) (out []any) {
	for i := range n {
		out = append(out, members{"latitude": i, "longitude": 10 + i})
	}
	return out
}
