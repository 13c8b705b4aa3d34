package passtools_test

import (
	"net/http"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/moved"
)

// TestMoved makes a project, a template and a pass again that another server made: they are
// found and called as they were there.
func TestMoved(t *testing.T) {
	a := newAccount(t)
	again := func(path string, r moved.Record, body string, want string) {
		t.Helper()
		status, answer := compattest.Again(t, a.Server, base+path+"?api_key="+a.key, r, []byte(body), jsonType, rev12)
		if status != 200 || !strings.Contains(string(answer), want) {
			t.Fatalf("%s: %d %s, want %s", path, status, answer, want)
		}
		if status, answer = compattest.Again(t, a.Server, base+path+"?api_key="+a.key, r, []byte(body), jsonType, rev12); status/100 != 4 {
			t.Errorf("%s, made twice: %d %s", path, status, answer)
		}
	}
	const icon = "https://img.example.net/icon.png"
	again("/project", moved.Record{ID: "412"}, `{"name": "Spring", "description": "x", "projectType": "coupon"}`, `"id":412,`)
	again("/template/412", moved.Record{ID: "3107", Pictures: map[string][]byte{icon: compattest.Picture(87, 87)}},
		`{"name": "Voucher", "description": "x", "type": "coupon", "headers": {"icon_image": {"value": "`+icon+`"}}, "fields": {"offer": {"fieldType": "primary", "value": ""}}}`, `{"templateId":3107}`)
	pass := moved.Record{ID: "90412", SerialNumber: "5a1d0f86-7f5e-4c1b-9d43-0f2b6a3f9be2", AuthenticationToken: "c0a81f7be2d94c6e8f55"}
	again("/pass/3107", pass, `{"fields": {"offer": {"value": "3 for 2"}}, "tags": ["gold"]}`, `"id":"90412"`)
	for path, want := range map[string]string{
		"/project/412": `"id":412,`, "/template/3107": `"projectId":412,`, "/template/headers": `"id":"3107"`, "/pass": `"templateId":"3107"`, "/pass?templateId=3107": `"id":"90412"`,
		"/pass/90412": `/pass/90412/download"`, "/tag/gold/passes": `"id":90412`, "/template/3107/stats": `"id":3107`, "/pass/90412/tags": `gold`,
	} {
		if got := string(a.send(t, http.MethodGet, path, nil, rev12).Status(t, 200).Body); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got := a.send(t, http.MethodGet, "/pass/90412/download", nil).Status(t, 200); !strings.Contains(got.Header.Get("Content-Disposition"), "pass-90412.pkpass") {
		t.Errorf("the file is %s", got.Header.Get("Content-Disposition"))
	}
	if status, _ := compattest.Again(t, a.Server, base+"/project?api_key="+a.key, moved.Record{ID: "no number"}, []byte(`{"name": "x", "description": "x", "projectType": "coupon"}`), jsonType, rev12); status != 400 {
		t.Errorf("an id of letters: %d", status)
	}
	a.send(t, http.MethodDelete, "/pass/90412", nil).Status(t, 200)
	a.send(t, http.MethodGet, "/pass/90412", nil).Status(t, 404)
}
