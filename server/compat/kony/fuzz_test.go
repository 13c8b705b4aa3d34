package kony_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pocketpass/server/compat/kony"
	"pocketpass/server/servertest"
)

// FuzzDecoders sends any body of any type, with any mark, to every call: what comes back
// is never a failure of ours, and JSON if it is a refusal.
func FuzzDecoders(f *testing.F) {
	d := open(f, servertest.Unsynced())
	s := kony.Service{Issuer: d.Issuer, Access: d.Access, Log: slog.New(slog.DiscardHandler), Now: d.Clock.Now}
	dialect, err := s.Dialect()
	if err != nil {
		f.Fatal(err)
	}
	calls := []string{"POST " + certURL, "POST " + passURL, "POST " + registerURL, "POST " + leaveURL, "POST " + listURL, "GET " + latestURL, "POST " + logURL}
	f.Add(1, "multipart/form-data; boundary=b42", "", "--b42\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"x\"\r\n\r\nPK\x03\x04\r\n--b42--")
	f.Add(0, "application/x-www-form-urlencoded", "certPass=%zz", "filename=MIIB&certPass=x")
	f.Add(1, "application/zip", "filename=x", string(d.file(f)))
	f.Add(2, "", "", `{"pushToken":"0f3c9a17 5be2d844"}`)
	f.Add(4, "", "passesUpdatedSince=1912345678901", `{"passesUpdatedSince":[1]}`)
	f.Add(5, "", "1912345678901", "")
	f.Add(6, "", "", `{"logs":["x",null]}`)
	f.Fuzz(func(t *testing.T, n int, contentType, query, body string) {
		method, path, _ := strings.Cut(calls[uint(n)%uint(len(calls))], " ")
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header = http.Header{"Content-Type": {contentType}, "Authtoken": {d.token}, "Authorization": {"x " + d.token}, "If-Modified-Since": {query}}
		w := httptest.NewRecorder()
		dialect.Handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if w.Code >= 400 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	})
}
