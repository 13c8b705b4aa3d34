package move_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/move"
	"pocketpass/server/servertest"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

const walletKit = "/walletkit/v1/passes"

// wallet is an account of WalletKit with two templates and some passes.
type wallet struct {
	*account
	templates []string
	serials   []string
	answers   map[string]json.RawMessage // by template and number, "0/1"
}

func (w *wallet) send(t testing.TB, method, path string, body any) *servertest.Answer {
	t.Helper()
	return w.Anonymous().Send(t, method, path, body, "Brand-Id: "+w.id, "Api-Key: "+w.secret)
}

func newWallet(t testing.TB) *wallet {
	t.Helper()
	w := &wallet{account: newAccount(t), answers: make(map[string]json.RawMessage)}
	w.fill(t)
	return w
}

// fill makes two templates, and passes of each: as they were made, with other places, void.
func (w *wallet) fill(t testing.TB) {
	t.Helper()
	for n, body := range []members{
		{"description": "Evening concert", "pass_type": "eventTicket", "icon": w.pictures + "/38x38.png", "logo": w.pictures + "/160x50.png",
			"barcode":         members{"format": "PKBarcodeFormatQR", "message": "HH-0000", "messageEncoding": "iso-8859-1", "alttext": "none"},
			"location":        []any{members{"latitude": 53.5413, "longitude": 9.9841, "altitude": 6, "relevanttext": "The hall is next to you"}},
			"headerFields":    []any{members{"key": "door", "label": "DOOR", "value": "-"}},
			"secondaryFields": []any{members{"key": "seat", "label": "SEAT", "value": "free"}}},
		{"description": "Plain", "pass_type": "coupon", "icon": w.pictures + "/38x38.png",
			"barcode": members{"format": "PKBarcodeFormatText", "message": "no code", "messageEncoding": "iso-8859-1"}},
	} {
		var made struct{ ID string }
		w.send(t, "POST", walletKit, body).Status(t, 200).JSON(t, &made)
		w.templates = append(w.templates, made.ID)
		for i := range 3 {
			w.issue(t, fmt.Sprintf("%d/%d", n, i), made.ID, i)
		}
	}
	moved := members{"location_reset": true, "location": []any{members{"latitude": 54.32, "longitude": 10.12, "relevanttext": "New venue"}}}
	w.send(t, "POST", walletKit+"/"+w.templates[0]+"?sno="+w.serials[1], moved).Status(t, 200)
	if _, err := w.Issuer.Void(t.Context(), w.Actor, compattest.Record(t, w.Server, compattest.Issued{SerialNumber: w.serials[2]}).ID, true); err != nil {
		t.Fatal(err)
	}
}

func (w *wallet) issue(t testing.TB, name, template string, n int) {
	t.Helper()
	a := w.send(t, "POST", walletKit+"/"+template, members{
		"keys":     []any{members{"key": "seat", "value": fmt.Sprintf("{{C}} %d", n)}, members{"key": "door", "value": n}},
		"location": []any{members{"latitude": n, "longitude": 7}}, "barcode_message": fmt.Sprintf("HH-%d", n), "barcode_alttext": fmt.Sprint("code ", n),
		"email": "guest@example.org", "logo": map[bool]string{true: w.pictures + "/150x50.png"}[n == 1],
	}).Status(t, 200)
	var p struct {
		SentPass struct {
			SerialNo string `json:"serial_no"`
		} `json:"sent_pass"`
	}
	a.JSON(t, &p)
	w.answers[name] = a.Body
	w.serials = append(w.serials, p.SentPass.SerialNo)
}

// keep writes the answers as their owner would have kept them.
func (w *wallet) keep(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, raw := range w.answers {
		var n, i int
		if _, err := fmt.Sscanf(name, "%d/%d", &n, &i); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "passes", w.templates[n], fmt.Sprint(i, ".json")), raw)
	}
	return dir
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// same wants that clients and phones are told the same of an account by another server.
func (w *wallet) same(t testing.TB, home *servertest.Server, id, secret string) {
	t.Helper()
	there := &wallet{account: &account{Server: home, id: id, secret: secret}}
	for _, path := range []string{walletKit, walletKit + "/" + w.templates[0], walletKit + "/" + w.templates[1]} {
		if a, b := w.send(t, "GET", path, nil).Status(t, 200), there.send(t, "GET", path, nil).Status(t, 200); string(a.Body) != string(b.Body) {
			t.Errorf("%s was %s\nand is %s", path, a.Body, b.Body)
		}
	}
	for _, serial := range w.serials {
		was, is := file(t, w.Server, serial), file(t, home, serial)
		if a, b := shown(t, was.Contents), shown(t, is.Contents); a != b {
			t.Errorf("the pass %s was %s\nand is %s", serial, a, b)
		}
	}
}

// shown is what a pass has but for the address of its server.
func shown(t testing.TB, c pkpass.Contents) string {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(c.Files["pass.json"].Data, &document); err != nil {
		t.Fatal(err)
	}
	for name, file := range c.Files {
		document[name] = sha256.Sum256(file.Data)
	}
	delete(document, "pass.json")
	delete(document, "webServiceURL")
	out, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestWalletKit moves an account that still answers: what clients are told is the same,
// byte for byte, and a second time nothing happens. What was saved is enough for
// another server.
func TestWalletKit(t *testing.T) {
	w := newWallet(t)
	home, dir := newHome(t), w.keep(t)
	dry := newMover(t, "walletkit", w.old(t, "/walletkit"), dir, home)
	dry.DryRun = true
	dry.run(t, "pass 6 made 0 there 0 left template 2 made 0 there 0 left")
	m := newMover(t, "walletkit", w.old(t, "/walletkit"), dir, home)
	m.run(t, "pass 6 made 0 there 0 left template 2 made 0 there 0 left")
	key := as(t, home)
	w.same(t, home, key.id, key.secret)
	sameDates(t, w.Server, home)
	before := records(t, home)
	if told := m.run(t, "pass 0 made 6 there 0 left template 0 made 2 there 0 left"); told != "" {
		t.Errorf("the second time it told %s", told)
	}
	if after := records(t, home); before != after {
		t.Errorf("repeated, it changed %s\nto %s", before, after)
	}
	there := &wallet{account: key}
	there.send(t, "POST", walletKit+"/"+w.templates[0]+"?sno="+w.serials[1], members{"location_reset": true}).Status(t, 200)
	void := compattest.Record(t, home, compattest.Issued{SerialNumber: w.serials[2]})
	if _, err := home.Issuer.Void(t.Context(), home.Actor, void.ID, false); err != nil {
		t.Fatal(err)
	}
	before = records(t, home)
	m.run(t, "pass 0 made 6 there 0 left template 0 made 2 there 0 left")
	if after := records(t, home); before != after {
		t.Errorf("repeated, it undid what happened here: %s\nis now %s", before, after)
	}
	other := newHome(t)
	newMover(t, "walletkit", nil, dir, other).run(t, "pass 6 made 0 there 0 left template 2 made 0 there 0 left")
	key = as(t, other)
	w.same(t, other, key.id, key.secret)
}

// TestWalletKitPictures moves an account whose pictures nobody has any more: those of its
// templates are still in the passes.
func TestWalletKitPictures(t *testing.T) {
	w := newWallet(t)
	home, old := newHome(t), w.old(t, "/walletkit")
	old.Elsewhere = func(context.Context, string, int64) ([]byte, error) {
		return nil, &move.Refused{Status: 410, Text: "gone"}
	}
	told := newMover(t, "walletkit", old, w.keep(t), home).run(t, "pass 6 made 0 there 0 left template 2 made 0 there 0 left")
	if !strings.Contains(told, "logo could not be had") {
		t.Errorf("it told %s", told)
	}
	key := as(t, home)
	w.same(t, home, key.id, key.secret)
}

// TestTwoMoves has a second move from the same service begin while one runs: the first
// ends, and leaves nothing out that it could have made.
func TestTwoMoves(t *testing.T) {
	w := newWallet(t)
	home, dir := newHome(t), w.keep(t)
	first := newMover(t, "walletkit", w.old(t, "/walletkit"), dir, home)
	client := *first.Here.HTTP
	second := newMover(t, "walletkit", w.old(t, "/walletkit"), w.keep(t), home)
	client.Transport = meanwhile{client.Transport, sync.OnceFunc(func() {
		second.run(t, "pass 6 made 0 there 0 left template 2 made 0 there 0 left")
	})}
	first.Here.HTTP = &client
	if sum, err := first.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "does another move") || sum.Left() > 0 {
		t.Errorf("%v, %v", sum, err)
	}
}

// meanwhile does something before the first request that makes a record.
type meanwhile struct {
	http.RoundTripper
	do func()
}

func (m meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, walletKit) {
		m.do()
	}
	return m.RoundTripper.RoundTrip(r)
}

// as is a key of a server.
func as(t testing.TB, s *servertest.Server) *account {
	t.Helper()
	id, secret, _ := strings.Cut(s.As(t, store.Admin).Key, ".")
	return &account{Server: s, id: id, secret: secret}
}

// records are the passes of a server, with the number of changes to each.
func records(t testing.TB, s *servertest.Server) string {
	t.Helper()
	var out []string
	err := s.Store.View(t.Context(), func(r store.Reader) error {
		all, _, err := r.Passes(store.PassFilter{Org: s.Actor.Org}, store.Page{})
		for _, p := range all {
			out = append(out, fmt.Sprint(p.ID, " ", p.SerialNumber, " ", p.Edited))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// TestBroken kills a move after each of its requests in turn; repeated, it is complete.
func TestBroken(t *testing.T) {
	w := newWallet(t)
	home, dir := newHome(t), w.keep(t)
	newMover(t, "walletkit", w.old(t, "/walletkit"), dir, home).DryRun = true
	for left := 0; ; left += 7 {
		m := newMover(t, "walletkit", w.old(t, "/walletkit"), dir, home)
		client := *m.Here.HTTP
		client.Transport = &breaking{client.Transport, left}
		m.Here.HTTP = &client
		_, err := m.Run(t.Context())
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "this server does not answer") || strings.Contains(err.Error(), "://") {
			t.Errorf("it broke off with %v", err)
		}
	}
	newMover(t, "walletkit", nil, dir, home).run(t, "pass 0 made 6 there 0 left template 0 made 2 there 0 left")
	key := as(t, home)
	w.same(t, home, key.id, key.secret)
	keys := 0
	for _, k := range allKeys(t, home) {
		if strings.HasPrefix(k.Name, "import from") && k.Revoked.IsZero() {
			keys++
		}
	}
	if keys > 0 {
		t.Errorf("%d keys of broken moves can still be used", keys)
	}
}

func allKeys(t testing.TB, s *servertest.Server) (all []store.Key) {
	t.Helper()
	err := s.Store.View(t.Context(), func(r store.Reader) (err error) {
		all, _, err = r.Keys(s.Actor.Org, store.Page{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWalletKitKept moves what an owner kept himself of a service that is gone, and says
// of the rest why not.
func TestWalletKitKept(t *testing.T) {
	dir, icon := t.TempDir(), "https://img.example.net/icon.png"
	template := `{"id": "6f2b1c9a4e", "description": "Plain", "pass_type": "coupon", "icon": "` + icon + `", "primaryFields": [{"key": "offer", "value": "none"}]}`
	write(t, filepath.Join(dir, "templates", "6f2b1c9a4e.json"), []byte(template))
	write(t, filepath.Join(dir, "templates", "dead.json"), []byte(strings.Replace(template, "6f2b1c9a4e", "dead", 1)))
	write(t, filepath.Join(dir, "templates", "broken.json"), []byte(`{`))
	write(t, filepath.Join(dir, "templates", "foreign.json"), []byte(`[{"id": "foreign", "description": "Of somebody else", "pass_type": "generic"}]`))
	write(t, filepath.Join(dir, "pictures", move.PictureName(icon)), compattest.Picture(38, 38))
	answer := `{"url": "", "sent_pass": {"serial_no": "S-%d", "authentication_token": "c0a81f7be2d94c6e8f55"}}`
	pass := `{"request": {"keys": [{"key": "offer", "value": "two for one"}], "e-mail": "a@example.org"}, "answer": ` + answer + `}`
	write(t, filepath.Join(dir, "passes", "6f2b1c9a4e", "1.json"), fmt.Appendf(nil, pass, 1))
	write(t, filepath.Join(dir, "passes", "6f2b1c9a4e", "2.json"), fmt.Appendf(nil, answer, 2))
	write(t, filepath.Join(dir, "passes", "6f2b1c9a4e", "3.json"), fmt.Appendf(nil, strings.Replace(pass, "{\"request", "{\"x\": 1, \"request", 1), 1))
	write(t, filepath.Join(dir, "passes", "gone", "1.json"), fmt.Appendf(nil, pass, 4))
	home := newHome(t)
	told := newMover(t, "walletkit", nil, dir, home).run(t, "pass 1 made 1 there 2 left template 2 made 0 there 1 left")
	for _, want := range []string{"template broken is left out", "neither its file nor the request", "there is no templates/gone.json", "template foreign: it has no icon"} {
		if !strings.Contains(told, want) {
			t.Errorf("it did not tell that %s: %s", want, told)
		}
	}
	if got := file(t, home, "S-1").Document; got.Coupon.FieldByKey("offer").Value.String() != "two for one" || got.AuthenticationToken != "c0a81f7be2d94c6e8f55" {
		t.Errorf("the pass is %+v", got)
	}
	foreign := newHome(t, servertest.Bare())
	told = newMover(t, "walletkit", nil, dir, foreign).run(t, "pass 0 made 0 there 4 left template 0 made 0 there 3 left")
	if !strings.Contains(told, "cert import") || !strings.Contains(told, "template 6f2b1c9a4e: 3 of its passes are left out with it") {
		t.Errorf("without a certificate it told %s", told)
	}
}
