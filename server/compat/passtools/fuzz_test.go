package passtools_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/compat/passtools"
	"pocketpass/server/servertest"
)

// FuzzRequest sends anybody's bytes to endpoints that read a body, as JSON or in a form: never a panic, never a failure of the server's own, and always JSON.
func FuzzRequest(f *testing.F) {
	a := newAccount(f, servertest.Unsynced(), servertest.Config(func(c *server.Config) { c.Outbound.Allow = nil })) // nobody is called
	template := a.template(f, voucher())
	p := a.pass(f, template, members{"fields": offer("x"), "tags": []any{"t"}})
	d, err := (&passtools.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: servertest.BaseURL, Now: a.Clock.Now}).Dialect()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []any{voucher(), offer("x"), members{"fields": offer("{{'")}, members{"passFields": offer("x"), "tags": []any{1}}, trip(),
		members{"locations": []any{spot(1, 2, "x"), `{"latitude":"1e999","longitude":-0.0}`}}, members{"name": "x", "description": "", "projectType": "coupon", "settings": members{"barcode_type": "qr"}},
		members{"coupon": members{"primaryFields": []any{members{"key": "offer", "value": 1e300}}}, "publicUrl": members{"type": "single"}, "beacons": []any{nil}}} {
		f.Add([]byte(jsonText(f, seed)), "/pass/"+p.ID)
	}
	for _, seed := range []string{"", "null", "[]", "{", `{"a":null}`, `{"offer":{"value":"\ud800"}}`, `{"headers":{"icon_image":{"value":"http://127.0.0.1/x"}}}`} {
		f.Add([]byte(seed), "/tag/t/passes")
	}
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		if strings.Contains(string(body), "http") { // nobody is to be waited for
			return
		}
		target := (&url.URL{Path: base + path, RawQuery: "api_key=" + a.key}).String()
		for _, call := range [][2]string{{"POST", base + "/template?api_key=" + a.key}, {"POST", base + "/pass/" + template + "?api_key=" + a.key}, {"PUT", base + "/pass/" + p.ID + "?api_key=" + a.key},
			{"POST", base + "/pass/" + p.ID + "/locations?api_key=" + a.key}, {"PUT", base + "/pass/" + p.ID + "/tags?api_key=" + a.key}, {"POST", base + "/location?api_key=" + a.key},
			{"POST", base + "/project?api_key=" + a.key}, {"PUT", base + "/tag/t/passes?api_key=" + a.key}, {"GET", target}, {"PUT", target}} {
			kind, text := "application/json", string(body)
			if len(body)%2 == 1 {
				kind, text = "application/x-www-form-urlencoded", "json="+url.QueryEscape(text)
			}
			r := httptest.NewRequest(call[0], call[1], strings.NewReader(text))
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Api-Revision", "1.2")
			w := httptest.NewRecorder()
			d.Handler.ServeHTTP(w, r)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) && w.Header().Get("Content-Disposition") == "" {
				t.Errorf("%s %s: %d %s", call[0], call[1], w.Code, w.Body)
			}
		}
	})
}
