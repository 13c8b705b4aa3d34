package passkit_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pocketpass/server/compat/passkit"
	"pocketpass/server/servertest"
)

// FuzzRequest sends anybody's bytes to an endpoint that reads a body, as JSON or in parts: never a panic,
// never a failure of the server's own, and always JSON with a text that clients can show.
func FuzzRequest(f *testing.F) {
	a := newAccount(f, servertest.Unsynced())
	a.prepared(f, "Fuzzed")
	id := a.issue(f, member("Fuzzed", "F-1"))
	d, err := (&passkit.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: "https://passes.example.org", Now: a.Clock.Now}).Dialect()
	if err != nil {
		f.Fatal(err)
	}
	form, kind := upload(f, "updatedMultipart", `["passbook-LogoFile"]`, "jsonBody", card("New", "Fuzzed"))
	calls := [][2]string{{"POST", "/v2/campaigns"}, {"PUT", "/v2/campaigns/Fuzzed"}, {"POST", "/v2/templates"}, {"PUT", "/v2/templates/Fuzzed"}, {"POST", "/v2/passes"},
		{"PUT", "/v2/passes/" + id}, {"POST", "/v2/passesBatch"}, {"PUT", "/v2/passesBatch"}, {"POST", "/v2/images"}, {"PUT", "/v2/recoveryEmails/resend"}, {"POST", "/v1/passes"}}
	for _, seed := range []string{jsonOf(a.campaign("New")), jsonOf(card("New", "Fuzzed")), jsonOf(member("Fuzzed", "F-2")), `{"passes": [` + jsonOf(member("Fuzzed", "")) + `]}`,
		`[{"id": "` + id + `", "dynamicData": {"a": 1e999}}]`, `{"passFilter": {"dynamicData": {"a": {"gt": "x"}}, "createdAt": {"lte": "2016"}}, "size": -1, "from": 1e9}`, ``, `null`, `[]`, `{"passbook": [{}]}`,
		`{"dynamicData": {"{{x": "#{y"}, "passbook": {"userInfo": {"a": "{{"}, "locations": [{"lat": "1", "lon": 2}]}, "dynamicBackfields": {"offers": [{"value": "{{"}]}}`, string(form)} {
		for n := range 2 * len(calls) {
			f.Add(n, []byte(seed))
		}
	}
	header := a.expiring(a.Clock.Now().Unix())
	_, authorization, _ := strings.Cut(header, ": ")
	_, boundary, _ := strings.Cut(kind, ": ")
	kinds := []string{"application/json", boundary}
	f.Fuzz(func(t *testing.T, n int, body []byte) {
		call := calls[uint(n)/2%uint(len(calls))]
		r := httptest.NewRequest(call[0], root+call[1], bytes.NewReader(body))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Content-Type", kinds[uint(n)%2])
		w := httptest.NewRecorder()
		d.Handler.ServeHTTP(w, r)
		var failed struct{ Error string }
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) || w.Code != 200 && (json.Unmarshal(w.Body.Bytes(), &failed) != nil || len(failed.Error) < 11) {
			t.Errorf("%s %s: %d %s", call[0], call[1], w.Code, w.Body)
		}
	})
}

// FuzzAddress asks for anybody's addresses and with anybody's tokens.
func FuzzAddress(f *testing.F) {
	a := newAccount(f, servertest.Unsynced())
	d, err := (&passkit.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: "https://passes.example.org", Now: a.Clock.Now}).Dialect()
	if err != nil {
		f.Fatal(err)
	}
	_, authorization, _ := strings.Cut(a.authorization(), ": ")
	for _, path := range []string{"/v2/passes%3FuserDefinedId%3Da%26campaignNameb", "/v2/passesBatch%3fid%3D%E9", "/v2/passes?userDefinedId=%zz;&campaignNamex", "/v2/passbookCertsx", "/p-x", "/~/", "/v2/passes/x/images/fr/icon.png"} {
		f.Add(path, authorization)
		f.Add(path, "PKAuth e30.e30.e30")
	}
	f.Fuzz(func(t *testing.T, path, authorization string) {
		if strings.ContainsAny(path, " \r\n\x00#") || !strings.HasPrefix(path, "/") {
			t.Skip()
		}
		r, err := request(path)
		if err != nil {
			t.Skip()
		}
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		d.Handler.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code != 200 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	})
}

// request is one for a path, or the error of an address that no server gets.
func request(path string) (*http.Request, error) {
	return http.NewRequest(http.MethodGet, "http://passes.example.org"+root+path, nil)
}
