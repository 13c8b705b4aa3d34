package wallet_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// elsewhere is another issuer, whose update service comes to be answered here in part.
type elsewhere struct {
	server *httptest.Server
	pass   []byte // the .pkpass that it gave out
}

const foreignCard = `{"formatVersion": 1, "passTypeIdentifier": "` + servertest.PassTypeIdentifier + `", "teamIdentifier": "POCKETDEMO",
	"organizationName": "Elsewhere", "description": "Their card", "serialNumber": "THEIR 1", "authenticationToken": "their=token/of+20signs",
	"webServiceURL": "SERVICE", "coupon": {"primaryFields": [{"key": "offer", "label": "OFFER", "value": "Two {{for}} one"}]}}`

func newElsewhere(t *testing.T, s *servertest.Server, document string) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	mux := http.NewServeMux()
	e.server = httptest.NewServer(mux)
	t.Cleanup(e.server.Close)
	here, err := url.Parse(s.BaseURL())
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("GET /card.pkpass", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", pkpass.MediaType)
		w.Write(e.pass)
	})
	mux.HandleFunc("POST /old/v1/devices/{device}/registrations/{type}/{serial}", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusCreated) })
	mux.HandleFunc("GET /old/v1/devices/{device}/registrations/{type}", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"serialNumbers": []string{"THEIR 1"}, "lastUpdated": "9"})
	})
	mux.Handle("/old/v1/passes/", &httputil.ReverseProxy{Transport: s.HTTP.Transport, Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Path = strings.Replace(r.In.URL.Path, "/old/", "/wallet/", 1)
		r.Out.URL.RawPath = ""
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = here.Scheme, here.Host, here.Host
	}})
	b := pkpass.Bundle{"pass.json": pkpass.NewFile([]byte(strings.Replace(document, "SERVICE", e.server.URL+"/old", 1)))}
	for _, name := range []string{"icon.png", "icon@2x.png"} {
		b[name] = pkpass.NewFile(servertest.Picture())
	}
	e.pass, err = signer.Seal(b, s.Identity(t), s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// both reaches the server of a test, which has a name of its own, and the other issuer.
type both struct {
	old *elsewhere
	s   *servertest.Server
}

func (b both) RoundTrip(r *http.Request) (*http.Response, error) {
	if "http://"+r.URL.Host == b.old.server.URL {
		return http.DefaultTransport.RoundTrip(r)
	}
	return b.s.HTTP.Transport.RoundTrip(r)
}

func takeOver(t *testing.T, s *servertest.Server, c store.Campaign, file []byte) store.Job {
	t.Helper()
	j, err := s.Issuer.TakeOver(t.Context(), s.Actor, issuer.NewTakeover{Campaign: c.ID}, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for !j.Ended() {
		if j, err = s.Issuer.Job(t.Context(), s.Actor, j.ID); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func TestPhonesOfAnotherIssuerComeOver(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	old := newElsewhere(t, s, foreignCard)
	phone := s.PhoneWith(t, simulator.Config{HTTP: &http.Client{Transport: both{old, s}}})
	before, err := phone.Install(t.Context(), old.server.URL+"/card.pkpass")
	if err != nil {
		t.Fatal(err)
	}
	if j := takeOver(t, s, c, old.pass); j.Done != 1 || j.Failed != 0 {
		t.Fatalf("%+v", j)
	}
	wantTakeover(t, s, c, issuer.TakeoverCount{Imported: 1, Never: 1})
	silent, err := s.Issuer.SilentTakeovers(t.Context(), s.Actor, c.ID, store.Page{Limit: 10})
	if err != nil || len(silent.Passes) != 1 || silent.Passes[0].SerialNumber != "THEIR 1" || silent.Passes[0].Origin != issuer.OriginTakeover {
		t.Fatalf("%+v, %v", silent, err)
	}
	if err := phone.Refresh(t.Context(), servertest.PassTypeIdentifier); err != nil {
		t.Fatal(err)
	}
	after := phone.Shows(t, silent.Passes[0])
	if after.Updates != 1 || !bytes.Equal(after.Files["icon@2x.png"].Data, before.Files["icon@2x.png"].Data) {
		t.Errorf("the phone has %d updates: %v", after.Updates, phone.Said())
	}
	var doc map[string]any
	if err := json.Unmarshal(after.Files["pass.json"].Data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc["webServiceURL"] != s.BaseURL()+"/wallet" || doc["authenticationToken"] != "their=token/of+20signs" || doc["coupon"] == nil || doc["storeCard"] != nil ||
		!strings.Contains(string(after.Files["pass.json"].Data), "Two {{for}} one") {
		t.Errorf("%v", doc)
	}
	wantTakeover(t, s, c, issuer.TakeoverCount{Imported: 1, Called: 1, Registered: 1})
}

func wantTakeover(t *testing.T, s *servertest.Server, c store.Campaign, want issuer.TakeoverCount) {
	t.Helper()
	got, err := s.Issuer.Takeover(t.Context(), s.Actor, c.ID)
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

func TestTakeoverSaysWhichFileItCouldNotTake(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	good := newElsewhere(t, s, foreignCard).pass
	other := newElsewhere(t, s, strings.Replace(foreignCard, servertest.PassTypeIdentifier, "pass.com.example.other", 1)).pass
	silent := newElsewhere(t, s, strings.Replace(foreignCard, `"authenticationToken": "their=token/of+20signs",`, "", 1)).pass
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, f := range []struct {
		name string
		data []byte
	}{{"a.pkpass", good}, {"b.pkpass", good}, {"c.pkpass", other}, {"d.pkpass", silent}, {"e.pkpass", []byte("no archive")}, {"readme.txt", nil}} {
		out, err := w.Create(f.name)
		if err == nil {
			_, err = out.Write(f.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	j := takeOver(t, s, c, archive.Bytes())
	if j.Done != 1 || j.Failed != 4 {
		t.Errorf("%+v", j)
	}
	all, _, err := s.Issuer.JobErrors(t.Context(), s.Actor, j.ID, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Column+" "+e.Code)
	}
	if want := "b.pkpass already_exists, c.pkpass pass_type_differs, d.pkpass authentication_token, e.pkpass pkpass_unreadable"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
}

func TestTemplateOfAPass(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	e, err := s.Issuer.ImportTemplate(t.Context(), s.Actor, issuer.NewTemplateImport{Campaign: c.ID, Name: "Theirs", Data: newElsewhere(t, s, foreignCard).pass})
	if err != nil {
		t.Fatal(err)
	}
	if e.Template.Style != "coupon" || e.Draft.Images["icon"] == 0 || strings.Contains(string(e.Draft.Document), "serialNumber") || !strings.Contains(string(e.Draft.Document), "OFFER") {
		t.Errorf("%+v %s", e.Template, e.Draft.Document)
	}
}

// TestTemplateOfAPoster: a pass may have pictures for each way in which it is drawn, and
// some that none of them shows.
func TestTemplateOfAPoster(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	files := pkpass.Bundle{"pass.json": pkpass.NewFile([]byte(`{"organizationName": "Hall", "description": "Ticket",
		"preferredStyleSchemes": ["later", "posterEventTicket", "eventTicket"], "eventTicket": {"primaryFields": [{"key": "event", "value": "Concert"}]}}`))}
	for _, name := range []string{"icon@2x.png", "artwork.png", "artwork@2x.png", "background.png", "logo.png", "footer.png", "en.lproj/thumbnail.png"} {
		files[name] = pkpass.NewFile(servertest.Picture())
	}
	read := func() (issuer.Edited, error) {
		data, err := signer.Seal(files, s.Identity(t), s.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return s.Issuer.ImportTemplate(t.Context(), s.Actor, issuer.NewTemplateImport{Campaign: c.ID, Name: "Theirs", Data: data})
	}
	e, err := read()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"icon": "posterEventTicket", "artwork": "posterEventTicket", "background": "posterEventTicket",
		"logo": "eventTicket", "footer": "", "en.lproj/thumbnail": "eventTicket"} {
		if a := assets(t, s)[e.Draft.Images[name]]; a.Kind != path.Base(name) || a.Style != want {
			t.Errorf("%s became %+v, want one for %q", name, a, want)
		}
	}
	before := len(assets(t, s))
	files["logo.png"] = pkpass.NewFile(servertest.Picture()[:60])
	if _, err := read(); err == nil || !strings.Contains(err.Error(), "logo: picture is damaged") {
		t.Errorf("a damaged picture: %v", err)
	}
	if left := len(assets(t, s)); left != before {
		t.Errorf("a template that was not made left %d pictures", left-before)
	}
}

func assets(t *testing.T, s *servertest.Server) map[store.ID]store.Asset {
	t.Helper()
	out := make(map[store.ID]store.Asset)
	err := s.Issuer.View(t.Context(), func(r store.Reader) error {
		all, _, err := r.Assets(s.Actor.Org, store.Page{Limit: 100})
		for _, a := range all {
			out[a.ID] = a
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
