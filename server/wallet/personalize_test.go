package wallet_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// servertestCampaign is the zero campaign: the server's own.
func servertestCampaign() store.Campaign { return store.Campaign{} }

const signUp = `{
	"requiredPersonalizationFields": ["PKPassPersonalizationFieldName", "PKPassPersonalizationFieldEmailAddress"],
	"description": "Sign up to collect stamps."
}`

// newSignUp issues a pass that offers Wallet's sign-up sheet.
func newSignUp(t testing.TB) *visit {
	t.Helper()
	s := servertest.New(t)
	s.AddCertificate(t, servertest.PassTypeIdentifier, func(o *signer.Order) { o.NFC, o.NotAfter = true, o.NotAfter.AddDate(0, 1, 0) })
	c := s.Campaign(t, func(d *store.Design) {
		d.Document = bytes.Replace(d.Document, []byte(`"barcodes"`), []byte(`"nfc": {"message": "stamp-card", "encryptionPublicKey": "`+nfcKey+`"}, "barcodes"`), 1)
		d.Personalization = []byte(signUp)
		d.Images["personalizationLogo"] = s.Asset(t, "personalizationLogo")
	})
	return s2v(t, s, s.Issue(t, c, nil))
}

// nfcKey is a public key on P-256 in the form that Apple asks for.
const nfcKey = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgAC8RLPlnILUcIPlCFrEMF8zGWJWtpo3+bD6jIsJY7nGOg="

func (v *visit) personalize(t *testing.T, body string) *servertest.Answer {
	t.Helper()
	return v.ask(t, http.MethodPost, v.latest()+"/personalize", body)
}

func TestPersonalize(t *testing.T) {
	v := newSignUp(t)
	if _, ok := v.Download(t, v.pass).Contents.Files[pkpass.PersonalizationFile]; !ok {
		t.Fatal("the pass offers no sign-up")
	}
	body := `{"personalizationToken": "aToken+/=_.:-42", "requiredPersonalizationInfo":
		{"fullName": "Robin Sommer", "emailAddress": "robin@example.org", "shoeSize": "42", "later": {"a": [1]}}}`
	a := v.personalize(t, body).Status(t, http.StatusOK)
	if got := a.Header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("the signature is of type %q", got)
	}
	v.CheckSignature(t, a.Body, []byte("aToken+/=_.:-42"))
	p, err := v.Issuer.Pass(t.Context(), v.Actor, v.pass.ID)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(p.Person) != "map[emailAddress:robin@example.org fullName:Robin Sommer]" {
		t.Errorf("kept of the holder: %v", p.Person)
	}
	for name := range v.Download(t, v.pass).Contents.Files {
		if strings.Contains(name, "personalization") {
			t.Errorf("the personal version still has %s", name)
		}
	}
	again := v.personalize(t, body).Status(t, http.StatusOK)
	v.CheckSignature(t, again.Body, []byte("aToken+/=_.:-42"))
	v.personalize(t, strings.Replace(body, "Robin", "Kim", 1)).Status(t, http.StatusConflict)
}

func TestPersonalizeRefusals(t *testing.T) {
	v := newSignUp(t)
	good := `{"personalizationToken": "t", "requiredPersonalizationInfo": {"fullName": "Robin"}}`
	for name, body := range map[string]string{
		"empty":           "",
		"no token":        `{"requiredPersonalizationInfo": {"fullName": "Robin"}}`,
		"no info":         `{"personalizationToken": "t"}`,
		"info is empty":   `{"personalizationToken": "t", "requiredPersonalizationInfo": {}}`,
		"token too long":  `{"personalizationToken": "` + strings.Repeat("t", 513) + `"}`,
		"manifest":        `{"personalizationToken": "{\"pass.json\": \"00\"}"}`,
		"no JSON":         "token",
		"info is a list":  `{"personalizationToken": "t", "requiredPersonalizationInfo": []}`,
		"info is nested":  `{"personalizationToken": "t", "requiredPersonalizationInfo": {"fullName": {}}}`,
		"name too long":   `{"personalizationToken": "t", "requiredPersonalizationInfo": {"fullName": "` + strings.Repeat("n", 513) + `"}}`,
		"something after": good + good,
	} {
		t.Run(name, func(t *testing.T) { empty(t, v.personalize(t, body).Status(t, http.StatusBadRequest)) })
	}
	v.personalize(t, `{"x": "`+strings.Repeat("x", 64<<10)+`"}`).Status(t, http.StatusRequestEntityTooLarge)
	plain := s2v(t, v.Server, v.Issue(t, servertestCampaign(), nil))
	plain.personalize(t, good).Status(t, http.StatusNotFound) // offers no sheet
	plain.pass.SerialNumber = "nobody"
	plain.personalize(t, good).Status(t, http.StatusNotFound)
	p, err := v.Issuer.Pass(t.Context(), v.Actor, v.pass.ID)
	if err != nil || p.Person != nil {
		t.Errorf("a refused request left %v, %v", p.Person, err)
	}
}
