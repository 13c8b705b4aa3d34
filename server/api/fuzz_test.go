package api_test

import (
	"bytes"
	"net/http/httptest"
	"testing"
)

// FuzzBodies sends any text as a body and as a file. Nothing of it is the server's fault.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		`{"externalId": "a", "values": {"stamps": 1}, "tags": ["x"], "pinned": true, "document": {"backgroundColor": "rgb(1,2,3)"}}`,
		`{"values": {"stamps": null}, "images": null, "tags": null, "document": null}`, `{"name": "x", "design": {"document": {"storeCard": {}}, "strings": {"fr": {"a": "b"}}}}`,
		`{"name": "x", "passTypeIdentifier": "pass.x"}`, `{"document": 5}`, `[]`, `null`, `"`, "\xff", "",
		"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nPNG\r\n--x--\r\n",
	} {
		f.Add([]byte(seed))
	}
	s := newShop(f)
	pass := s.issue(`{}`)
	targets := []struct{ method, path, media string }{
		{"POST", s.passes(), "application/json"}, {"PATCH", "/passes/" + pass, "application/json"},
		{"PUT", s.passes() + "/by-external-id/x", "application/json"}, {"POST", "/campaigns", "application/json"},
		{"POST", "/campaigns/" + s.campaign + "/templates", "application/json"}, {"PATCH", "/templates/" + s.template, "application/json"},
		{"POST", "/assets", "multipart/form-data; boundary=x"}, {"POST", "/certificates", "multipart/form-data; boundary=x"},
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, target := range targets {
			r := httptest.NewRequest(target.method, "/api/v1"+target.path, bytes.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+adminKey)
			r.Header.Set("Content-Type", target.media)
			w := httptest.NewRecorder()
			s.server.Config.Handler.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s %s: %d %s", target.method, target.path, w.Code, w.Body)
			}
		}
	})
}
