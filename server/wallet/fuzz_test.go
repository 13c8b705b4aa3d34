package wallet_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocketpass/server/wallet"
	"pocketpass/server/web"
)

// FuzzRequest asks as anybody may: never a panic and never a failure of the server's own,
// and without the token of the pass no way to it.
func FuzzRequest(f *testing.F) {
	v := newSignUp(f)
	now := v.Clock.Now()
	s := wallet.Service{Issuer: v.Issuer, BaseURL: v.BaseURL(), Now: func() time.Time {
		now = now.Add(time.Second) // or the limit of the open routes would be all that is met
		return now
	}}
	mux := http.NewServeMux()
	if err := s.Register(mux); err != nil {
		f.Fatal(err)
	}
	front := (&web.Front{Log: slog.New(slog.DiscardHandler)}).Wrap(mux)
	const right = "ApplePass TOKEN" // every process that fuzzes has another
	for _, seed := range []struct{ device, serial, auth, tag, date, body string }{
		{library, "SERIAL", right, "", "", `{"pushToken": "` + pushToken + `"}`},
		{library, "SERIAL", right, "18446744073709551616", "Sunday, 06-Nov-94 08:49:37 GMT", `{"logs": ["Get pass task (pass type pass.x, serial number 1)"]}`},
		{"..", "", "applepass  TOKEN", "-1", "Sun Nov  6 08:49:37 9999", `{"personalizationToken": "t", "requiredPersonalizationInfo": {"fullName": "\ud800", "later": [1e999]}}`},
		{"\x00/%2f\xff", "a/../b", "ApplePass", "%zz&passesUpdatedSince=1", "\r\n", "\xff\xfe{"},
		{strings.Repeat("d", 300), strings.Repeat("s", 300), "Bearer TOKEN", "1e9", "Sun, 06 Nov 1994 08:49:37 GMT", `{"logs": [null, 1], "pushToken": null}`},
	} {
		f.Add(seed.device, seed.serial, seed.auth, seed.tag, seed.date, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, device, serial, auth, tag, date string, body []byte) {
		auth, serial = strings.ReplaceAll(auth, "TOKEN", v.token), strings.ReplaceAll(serial, "SERIAL", v.pass.SerialNumber)
		devices := "/wallet/v1/devices/" + url.PathEscape(device) + "/registrations/" + v.pass.PassTypeIdentifier
		mine, theirs := "/"+v.pass.SerialNumber, "/"+url.PathEscape(serial)
		passes, public := "/wallet/v1/passes/"+v.pass.PassTypeIdentifier, "/p/"+url.PathEscape(serial)
		knows := strings.TrimSpace(strings.TrimPrefix(strings.ToLower(auth), "applepass")) == strings.ToLower(v.token)
		for _, call := range []struct {
			method, path string
			keyed        bool
		}{
			{"POST", devices + mine, true}, {"DELETE", devices + mine, true}, {"GET", passes + mine, true}, {"HEAD", passes + mine, true},
			{"POST", devices + theirs, false}, {"GET", passes + theirs, false}, {"POST", passes + theirs + "/personalize", false},
			{"POST", passes + mine + "/personalize", false}, {"POST", "/wallet/v1/log", false},
			{"GET", devices + "?passesUpdatedSince=" + url.QueryEscape(tag), false}, {"GET", devices + "?passesUpdatedSince=" + strings.Map(visible, tag), false},
			{"GET", public, false}, {"GET", public + "/pass.json", false}, {"GET", public + "/images" + theirs, false},
		} {
			r := httptest.NewRequest(call.method, call.path, strings.NewReader(string(body)))
			r.Header.Set("Authorization", auth)
			r.Header.Set("If-Modified-Since", date)
			w := httptest.NewRecorder()
			front.ServeHTTP(w, r)
			if w.Code >= 500 || call.keyed && !knows && (w.Code < 300 || w.Code == http.StatusNotModified) {
				t.Errorf("%s %s: %d %s", call.method, call.path, w.Code, w.Body)
			}
			if w.Code == http.StatusOK && w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s %s answered %q", call.method, call.path, w.Body)
			}
		}
	})
}

// visible keeps of a query what a request's first line can hold.
func visible(r rune) rune {
	if r <= ' ' || r > '~' {
		return -1
	}
	return r
}
