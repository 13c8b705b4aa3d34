package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// sealedAnew signs a pass after one text of its document was replaced.
func sealedAnew(t *testing.T, s *servertest.Server, file []byte, old, new string, edit func(*signer.Order)) []byte {
	t.Helper()
	c, _, err := pkpass.Read(file, pkpass.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	document := string(c.Files["pass.json"].Data)
	if !strings.Contains(document, old) {
		t.Fatalf("the document has no %s", old)
	}
	c.Files["pass.json"] = pkpass.NewFile([]byte(strings.Replace(document, old, new, 1)))
	out, err := signer.Seal(c.Files, s.Identity(t, edit), s.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKeepsItsIdentity: a new version under other names is dropped, and the server hears of it.
func TestKeepsItsIdentity(t *testing.T) {
	for key, edit := range map[string]func(*signer.Order){
		"passTypeIdentifier": func(o *signer.Order) { o.PassTypeIdentifier = "pass.x" + o.PassTypeIdentifier },
		"teamIdentifier":     func(o *signer.Order) { o.TeamIdentifier = "pass.x" + o.TeamIdentifier },
		"serialNumber":       func(*signer.Order) {},
	} {
		t.Run(key, func(t *testing.T) {
			s := servertest.New(t)
			p := s.Issue(t, own, nil)
			phone := s.PhoneWith(t, simulator.Config{HTTP: spoiled(s, "/wallet/v1/passes/", func(_ *http.Response, b []byte) []byte {
				return sealedAnew(t, s, b, `"`+key+`":"`, `"`+key+`":"pass.x`, edit)
			})}, p)
			s.Change(t, p, servertest.Values{"stamps": 1})
			phone.Until(t, "the phone complained", func() bool { return calls(phone)["log"] == 1 })
			if said := phone.Said(); !strings.Contains(said[len(said)-1], "Received invalid pass data") {
				t.Errorf("the phone said %q", said)
			}
			if c := phone.Shows(t, p); c.Updates != 0 || c.Document.StoreCard.FieldByKey("stamps").Value.String() != "0" {
				t.Errorf("the phone took the new version: %+v", c.Document)
			}
		})
	}
}

// TestKeepsTheFirstToken takes a new version with another token, and goes on with the old one.
func TestKeepsTheFirstToken(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.PhoneWith(t, simulator.Config{HTTP: spoiled(s, "/wallet/v1/passes/", func(r *http.Response, b []byte) []byte {
		if r.StatusCode != http.StatusOK {
			return b
		}
		return sealedAnew(t, s, b, `"authenticationToken":"`, `"authenticationToken":"another`, func(*signer.Order) {})
	})}, p)
	for n := 1; n <= 2; n++ {
		s.Change(t, p, servertest.Values{"stamps": n})
		phone.WantUpdates(t, p, n)
	}
	if said := strings.Join(phone.Said(), "\n"); strings.Count(said, "another authenticationToken") != 2 {
		t.Errorf("the phone said %s", said)
	}
	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Errorf("unregistering: %v", err)
	}
}
