package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

var longAgo = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)

// TestLifeOfAPass follows one pass from its template to its end.
func TestLifeOfAPass(t *testing.T) {
	s := newShop(t)
	w := s.do("POST", s.passes(), map[string]any{"externalId": "c-1", "values": map[string]any{"stamps": 3}, "tags": []string{"gold"}}).is(201)
	id, public := w.text("id"), w.text("publicId")
	if w.text("pageUrl") != baseURL+"/p/"+public || w.text("pkpassUrl") != baseURL+"/p/"+public+".pkpass" || w.text("serialNumber") == "" {
		t.Errorf("links: %s", w.body)
	}
	if w.header.Get("Location") != "/api/v1/passes/"+id {
		t.Errorf("Location %q", w.header.Get("Location"))
	}
	pass := "/passes/" + id

	stamps(t, s.do("GET", pass+"/pass.json", nil).is(200), `3`)
	s.do("PATCH", pass, `{"values": {"stamps": 4, "member": "Ada"}}`).is(200)
	stamps(t, s.do("GET", pass+"/pass.json", nil).is(200), `4`)
	contains(t, string(s.do("GET", pass, nil).is(200).body), `"values":{"member":"Ada","stamps":4}`)
	s.do("PATCH", pass, `{"values": {"stamps": null}}`).is(200)
	stamps(t, s.do("GET", pass+"/pass.json", nil).is(200), `0`)

	s.verifies(s.do("GET", pass+"/pkpass", nil).is(200))
	voided := s.do("POST", pass+"/void", nil).is(200)
	contains(t, string(voided.body), `"voided":true`, `"voidedAt":"20`)
	contains(t, string(s.do("GET", pass+"/pass.json", nil).is(200).body), `"voided":true`)
	contains(t, string(s.do("POST", pass+"/unvoid", nil).is(200).body), `"voided":false`)

	events := string(s.do("GET", pass+"/history?order=oldest", nil).is(200).body)
	contains(t, events, "pass.created", "pass.updated", "pass.voided", "pass.unvoided", `"by":"operator"`)
	contains(t, string(s.do("GET", pass+"/diagnosis", nil).is(200).body), `"code":"not_installed"`)
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body), `"counters":{"passes":1,"issued":1,"registered":0,"redeemed":0}`)

	s.do("DELETE", pass, nil).is(204)
	s.do("GET", pass, nil).fails(404, "not_found")
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body), `"counters":{"passes":0,"issued":1,"registered":0,"redeemed":0}`)
}

// stamps asserts the value of the field stamps in a pass.json.
func stamps(t *testing.T, w answer, want string) {
	t.Helper()
	var doc struct {
		StoreCard struct {
			PrimaryFields []struct{ Value json.RawMessage }
		}
	}
	must(t, json.Unmarshal(w.body, &doc))
	if got := string(doc.StoreCard.PrimaryFields[0].Value); got != want {
		t.Errorf("stamps %s, want %s", got, want)
	}
}

// verifies takes a downloaded pass apart and has our reader and openssl judge it.
func (s *shop) verifies(w answer) {
	s.Helper()
	if w.header.Get("Content-Type") != "application/vnd.apple.pkpass" || !strings.HasPrefix(w.header.Get("Content-Disposition"), `attachment; filename="`) {
		s.Errorf("headers %v", w.header)
	}
	if _, err := http.ParseTime(w.header.Get("Last-Modified")); err != nil {
		s.Error(err)
	}
	c, found, err := pkpass.Read(w.body, pkpass.Limits{})
	if err != nil || len(found) > 0 {
		s.Fatalf("read: %v %v", found, err)
	}
	if _, found, err := signer.Verify(c.Signature, c.Manifest); err != nil || len(pkpass.Blocking(found)) > 0 {
		s.Errorf("verify: %v %v", found, err)
	}
	dir := s.TempDir()
	must(s, os.WriteFile(filepath.Join(dir, "manifest"), c.Manifest, 0o600))
	must(s, os.WriteFile(filepath.Join(dir, "signature"), c.Signature, 0o600))
	cmd := exec.Command("openssl", "smime", "-verify", "-noverify", "-binary", "-inform", "DER", "-in", "signature", "-content", "manifest", "-out", "/dev/null")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		s.Errorf("openssl: %v %s", err, out)
	}
}

func TestSeveralPassesInOneFile(t *testing.T) {
	s := newShop(t)
	one, two := s.issue(`{}`), s.issue(`{}`)
	w := s.do("GET", "/passes.pkpasses?id="+one+"&id="+two, nil).is(200)
	all, _, err := pkpass.ReadMulti(w.body, pkpass.Limits{})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d passes, %v", len(all), err)
	}
	s.do("GET", "/passes.pkpasses", nil).fails(422, "invalid_parameter")
	s.do("GET", "/passes.pkpasses?id="+strings.Repeat(one+"&id=", 10)+two, nil).fails(422, "invalid_parameter")
	s.do("GET", "/passes.pkpasses?id=1234", nil).fails(422, "id_malformed")
}

func TestUpsert(t *testing.T) {
	s := newShop(t)
	path := s.passes() + "/by-external-id/a%2Fb%20c"
	first := s.do("PUT", path, `{"values": {"stamps": 1}}`).is(201)
	again := s.do("PUT", path, `{"values": {"stamps": 2}}`).is(200)
	if first.text("id") != again.text("id") || again.text("externalId") != "a/b c" {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
	contains(t, string(again.body), `"stamps":2`)
	s.do("PUT", path, `{"externalId": "other"}`).fails(422, "external_id")
}

func TestTemplates(t *testing.T) {
	s := newShop(t)
	template := "/templates/" + s.template
	w := s.do("GET", template, nil).is(200)
	contains(t, string(w.body), `"published":1`, `"style":"storeCard"`, `"images":{"icon":"`+s.icon+`"}`)
	changed := strings.Replace(document, "Stamp card", "Golden card", 1)
	s.do("PATCH", template, map[string]any{"name": "Platinum", "design": s.design(changed)}).is(200)
	contains(t, string(s.do("POST", template+"/publish", nil).is(200).body), `"published":2`)
	contains(t, string(s.do("GET", template+"/revisions", nil).is(200).body), `"number":1`, `"number":2`)
	page := s.do("GET", template+"/revisions?limit=1&order=oldest", nil).is(200)
	contains(t, string(page.body), `"number":1`)
	contains(t, string(s.do("GET", template+"/revisions?limit=1&order=oldest&cursor="+page.text("nextCursor"), nil).is(200).body), `"number":2`)
	contains(t, string(s.do("GET", template+"/revisions/1", nil).is(200).body), "Stamp card")
	contains(t, string(s.do("GET", template+"/revisions/2", nil).is(200).body), "Golden card")
	s.do("GET", template+"/revisions/3", nil).fails(404, "not_found")
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign+"/templates", nil).is(200).body), `"name":"Platinum"`)

	p := s.do("PATCH", template, map[string]any{"design": map[string]any{"document": json.RawMessage(document), "images": map[string]string{"strip": s.icon}}}).fails(422, "image_kind")
	if p.Errors[0].Path != "/design/images/strip" {
		t.Errorf("path %q", p.Errors[0].Path)
	}
	// Without an icon Wallet refuses the pass: a draft may be so, a revision not.
	contains(t, string(s.do("PATCH", template, map[string]any{"design": map[string]any{"document": json.RawMessage(document)}}).is(200).body), `"severity":"refused"`)
	if p := s.do("POST", template+"/publish", nil).fails(422, "pass_refused"); len(p.Findings) == 0 || len(p.Errors) == 0 {
		t.Errorf("no findings: %+v", p)
	}
}

func TestPinnedPassKeepsItsDesign(t *testing.T) {
	s := newShop(t)
	pinned, following := s.issue(`{"pinned": true}`), s.issue(`{}`)
	s.do("PATCH", "/templates/"+s.template, map[string]any{"design": s.design(strings.Replace(document, "Stamp card", "Golden card", 1))}).is(200)
	s.do("POST", "/templates/"+s.template+"/publish", nil).is(200)
	contains(t, string(s.do("GET", "/passes/"+pinned+"/pass.json", nil).is(200).body), "Stamp card")
	contains(t, string(s.do("GET", "/passes/"+following+"/pass.json", nil).is(200).body), "Golden card")
	contains(t, string(s.do("PATCH", "/passes/"+pinned, `{"pinned": false}`).is(200).body), `"pinned":false`)
	contains(t, string(s.do("GET", "/passes/"+pinned+"/pass.json", nil).is(200).body), "Golden card")
}

func TestChangeReplacesAndTakesAway(t *testing.T) {
	s := newShop(t)
	id := s.issue(map[string]any{"tags": []string{"a", "b"}, "document": map[string]any{"backgroundColor": "rgb(1, 2, 3)"}, "images": map[string]string{"icon": s.icon}})
	w := s.do("PATCH", "/passes/"+id, `{"tags": ["c"]}`).is(200)
	contains(t, string(w.body), `"tags":["c"]`, `rgb(1, 2, 3)`, `"images":{"icon"`)
	w = s.do("PATCH", "/passes/"+id, `{"tags": null, "document": null, "images": null}`).is(200)
	contains(t, string(w.body), `"tags":[]`)
	if strings.Contains(string(w.body), "rgb(") || strings.Contains(string(w.body), "images") {
		t.Errorf("not taken away: %s", w.body)
	}
}

func TestAssets(t *testing.T) {
	a := newApp(t)
	w := a.do("POST", "/assets", form("kind", "logo", "name", "Our logo", "file", picture(t, 480, 150))).is(201)
	contains(t, string(w.body), `"name":"Our logo"`, `"scale":3`)
	id := w.text("id")
	a.do("GET", "/assets/"+id, nil).is(200)
	png := a.do("GET", "/assets/"+id+"/2.png", nil).is(200)
	if http.DetectContentType(png.body) != "image/png" {
		t.Errorf("no PNG: %.20q", png.body)
	}
	a.do("GET", "/assets/"+id+"/4.png", nil).fails(404, "not_found")
	a.do("GET", "/assets/"+id+"/..%2F..%2Fkey", nil).fails(404, "not_found")
	a.do("POST", "/assets", form("kind", "logo")).fails(422, "file_missing")
	a.do("POST", "/assets", form("kind", "logo", "file", "GIF89a?")).fails(422, "image_refused")
	if p := a.do("POST", "/assets", form("kind", "wallpaper", "file", string(png.body))).fails(422, "image_refused"); p.Errors[0].Path != "/kind" {
		t.Errorf("an unknown kind is said to be at %s", p.Errors[0].Path)
	}
	a.do("POST", "/assets", form("kind", "logo", "colour", "red")).fails(422, "unknown_field")
	a.do("POST", "/assets", form("kind", "logo", "file", strings.Repeat("x", 9<<20))).fails(413, "body_too_large")
	a.do("POST", "/assets", `{"kind": "logo"}`).fails(415, "unsupported_media_type")
}

func TestCertificates(t *testing.T) {
	a := newApp(t)
	w := a.do("POST", "/certificates/requests", `{"name": "Coffee", "email": "passes@example.com"}`).is(201)
	contains(t, string(w.body), `"state":"requested"`, "BEGIN CERTIFICATE REQUEST")
	a.do("POST", "/certificates/requests", `{"name": "Next", "renews": "`+w.text("id")+`"}`).fails(422, "unknown_certificate")
	a.do("POST", "/certificates/requests", `{"name": "Next", "renews": "1"}`).fails(422, "id_malformed")
	if strings.Contains(string(w.body), "PRIVATE KEY") {
		t.Error("the key is shown")
	}
	request := a.do("GET", "/certificates/"+w.text("id")+"/request", nil).is(200)
	if string(request.body) != w.text("request") {
		t.Errorf("another request: %s", request.body)
	}
	parsed, err := signer.ReadRequest(request.body)
	must(t, err)
	authority, err := signer.NewAuthority(nil, longAgo)
	must(t, err)
	leaf, err := authority.Issue(nil, parsed.PublicKey, signer.Order{PassTypeIdentifier: passType, TeamIdentifier: "A1B2C3D4E5", Organization: "Example", NotBefore: longAgo, NotAfter: longAgo.AddDate(19, 0, 0)})
	must(t, err)
	a.do("POST", "/certificates", form("file", string(leaf.Raw))).fails(422, "certificate_refused")
	a.do("POST", "/certificates/intermediates", form("file", string(authority.Intermediate.Raw))).is(201)
	got := a.do("POST", "/certificates", form("file", string(leaf.Raw), "name", "Ours")).is(201)
	contains(t, string(got.body), `"state":"demo"`, `"passTypeIdentifier":"`+passType+`"`, `"teamIdentifier":"A1B2C3D4E5"`, `"name":"Ours"`)
	if got.text("id") != w.text("id") {
		t.Error("the request was not replaced")
	}
	a.do("POST", "/certificates", form("file", "nonsense")).fails(422, "certificate_unreadable")
	a.do("POST", "/certificates", form("name", "x")).fails(422, "files_missing")
	a.do("POST", "/certificates/requests", `{"name": "x", "email": "é@example.com"}`).fails(422, "email")
	a.do("DELETE", "/certificates/"+w.text("id"), nil).is(204)
	contains(t, string(a.do("GET", "/certificates", nil).is(200).body), `"items":[]`)
}

func TestInUseCertificateIsKept(t *testing.T) {
	s := newShop(t)
	all := decode[struct{ Items []struct{ ID string } }](s.do("GET", "/certificates", nil).is(200))
	s.do("DELETE", "/certificates/"+all.Items[0].ID, nil).fails(409, "certificate_in_use")
	s.do("GET", "/certificates/"+all.Items[0].ID+"/request", nil).fails(404, "request_missing")
}

func TestRegistrationsHideWhatPhonesKeepSecret(t *testing.T) {
	s := newShop(t)
	const token, library, push = "0123456789abcdef0123", "feedfacefeedfacefeedface", "aabbccddeeff00112233"
	id := s.issue(map[string]any{"serialNumber": "S-1", "authenticationToken": token})
	_, err := s.issuer.Register(context.Background(), issuer.Registering{Library: library, PassTypeIdentifier: passType, SerialNumber: "S-1", Token: token, PushToken: push})
	must(t, err)
	for _, path := range []string{"/registrations", "/diagnosis"} {
		body := string(s.do("GET", "/passes/"+id+path, nil).is(200).body)
		contains(t, body, `"device":"feedfa…"`, `"registered":"20`)
		if strings.Contains(body, library) || strings.Contains(body, push) || strings.Contains(body, token) {
			t.Errorf("%s shows a secret: %s", path, body)
		}
	}
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body), `"registered":1`)
}

// A pass that moved here keeps its token, which is encrypted under the name of
// the pass: it lies readable nowhere, and is nothing to another pass.
func TestTokenOfAPassThatMovedIsSealed(t *testing.T) {
	s := newShop(t)
	const token = "moved-here-0123456789"
	s.issue(map[string]any{"serialNumber": "S-1", "authenticationToken": token})
	other := s.issue(map[string]any{"serialNumber": "S-2", "authenticationToken": "of-another-pass-01234"})
	ask := func(serial string) error {
		_, _, err := s.issuer.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: serial, Token: token})
		return err
	}
	must(t, ask("S-1"))
	must(t, s.db.Update(t.Context(), func(tx store.Tx) error {
		moved, err := tx.PassBySerial(passType, "S-1")
		must(t, err)
		record, err := json.Marshal(moved)
		must(t, err)
		if strings.Contains(string(record), token) || strings.Contains(string(record), base64.StdEncoding.EncodeToString([]byte(token))) {
			t.Errorf("the record shows the token: %s", record)
		}
		swapped, err := tx.PassBySerial(passType, "S-2")
		must(t, err)
		swapped.SealedToken = moved.SealedToken
		return tx.PutPass(swapped)
	}))
	if err := ask("S-2"); err == nil {
		t.Error("the token of one pass was moved to another")
	}
	s.do("GET", "/passes/"+other+"/pkpass", nil).fails(500, "internal")
}
