package passworks_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pocketpass/server/compat/passworks"
	"pocketpass/server/servertest"
)

// FuzzRequest sends anybody's bytes to every endpoint that reads a body, and as a query to
// one that reads that: never a panic, never a failure of the server's own, always JSON.
func FuzzRequest(f *testing.F) {
	a := newAccount(f, servertest.Unsynced())
	campaign := a.campaign(f, "coupons", loaf())
	at := "/coupons/" + campaign
	pass := at + "/passes/" + a.pass(f, "coupons", campaign, nil)
	d, err := (&passworks.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: "https://passes.example.org", Now: a.Clock.Now}).Dialect()
	if err != nil {
		f.Fatal(err)
	}
	sample, err := json.Marshal(members{"coupon": with(loaf(), members{"name": "Another"})})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(sample), ``, `null`, `[]`, `{}`, `{"pass":[]}`, `{"coupon":{"name":"x","barcode":"ean128","merge":0}}`, "q[name_match]=%25_&q[s]=name desc&page=-1&offset=1e9",
		`{"pass":{"barcodes":[{"message":"{{'"}],"expiration_date":"2031-01-01","user_info":{"a":[null]},"voided":"1","locations":[{"latitude":"1e2","longitude":-0}]}}`,
		`{"template":{"name":"\u0000","pass_type":"GENERIC","background_color":"rgb(1,2,999)"}}`, `{"redeem_code":1e9,"comment":"\ud800","push_message":"{{"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, call := range [][2]string{{"POST", "/coupons"}, {"PATCH", at}, {"POST", at + "/passes"}, {"PATCH", pass}, {"POST", at + "/redeem"}, {"POST", pass + "/redeem"},
			{"POST", pass + "/push"}, {"POST", "/templates"}, {"POST", "/assets"}, {"GET", "/coupons?" + query(body)}, {"GET", at + "/passes?" + query(body)}} {
			r := httptest.NewRequest(call[0], base+call[1], strings.NewReader(string(body)))
			r.Header.Set("Authorization", strings.TrimPrefix(a.headers[0], "Authorization: "))
			if call[1] == "/assets" {
				r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			}
			w := httptest.NewRecorder()
			d.Handler.ServeHTTP(w, r)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s %s: %d %s", call[0], call[1], w.Code, w.Body)
			}
		}
	})
}

// query is bytes as a query that can stand in an address.
func query(body []byte) string {
	q, err := url.ParseQuery(string(body))
	if err != nil {
		return url.QueryEscape(string(body))
	}
	return q.Encode()
}
