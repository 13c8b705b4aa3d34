package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pocketpass/store"
)

func TestMalformedInput(t *testing.T) {
	s := newShop(t)
	pass := "/passes/" + s.issue(`{}`)
	tests := []struct {
		name, method, path string
		body               any
		status             int
		code, field        string
	}{
		{"unknown field", "POST", s.passes(), `{"vlaues": {}}`, 400, "unknown_field", "/vlaues"},
		{"unknown field in a change", "PATCH", pass, `{"serialNumber": "1"}`, 400, "unknown_field", "/serialNumber"},
		{"unknown field within", "POST", "/campaigns/" + s.campaign + "/templates", `{"name": "x", "design": {"docment": {}}}`, 400, "unknown_field", "/design/docment"},
		{"unknown field that a pointer escapes", "POST", s.passes(), `{"a/b.c~d": 1}`, 400, "unknown_field", "/a~1b.c~0d"},
		{"malformed image that a pointer escapes", "PATCH", pass, `{"images": {"a/b~": "x"}}`, 422, "id_malformed", "/images/a~1b~0"},
		{"wrong type", "POST", s.passes(), `{"values": []}`, 400, "wrong_type", "/values"},
		{"wrong type within a member that may be null", "PATCH", pass, `{"tags": "gold"}`, 400, "wrong_type", "/tags"},
		{"no JSON", "POST", s.passes(), `{"values"`, 400, "invalid_json", ""},
		{"null", "POST", s.passes(), ` null `, 400, "wrong_type", ""},
		{"number beyond all bounds", "POST", s.passes(), `{"values": {"stamps": 1e400}}`, 422, "value_type", "/values/stamps"},
		{"number beyond all bounds in a document", "POST", s.passes(), `{"document": {"userInfo": {"n": -1e999}}}`, 422, "document_malformed", "/document"},
		{"two values", "POST", s.passes(), `{} {}`, 400, "invalid_json", ""},
		{"nothing", "POST", s.passes(), ` `, 400, "invalid_json", ""},
		{"too large", "POST", s.passes(), `{"externalId": "` + strings.Repeat("x", 1<<20) + `"}`, 413, "body_too_large", ""},
		{"much of its own", "POST", s.passes(), `{"values": {"stamps": "` + strings.Repeat("x", 40<<10) + `"}}`, 413, "content_large", ""},
		{"unknown value", "POST", s.passes(), `{"values": {"stmaps": 1}}`, 422, "field_unknown", "/values/stmaps"},
		{"value of a wrong type", "POST", s.passes(), `{"values": {"stamps": {"a": 1}}}`, 422, "value_type", "/values/stamps"},
		{"decimal id", "POST", s.passes(), `{"template": "123456789"}`, 422, "id_malformed", "/template"},
		{"unknown id", "POST", s.passes(), `{"template": "` + s.icon + `"}`, 422, "unknown_template", "/template"},
		{"unknown image", "POST", s.passes(), `{"images": {"icon": "` + s.template + `"}}`, 422, "unknown_asset", "/images/icon"},
		{"malformed image", "PATCH", pass, `{"images": {"icon": "x"}}`, 422, "id_malformed", "/images/icon"},
		{"what the server writes", "POST", s.passes(), `{"document": {"teamIdentifier": "X"}}`, 422, "key_reserved", "/document/teamIdentifier"},
		{"thousands of images", "PATCH", "/templates/" + s.template, map[string]any{"design": map[string]any{"document": map[string]any{}, "images": many(s.icon)}}, 422, "too_many_images", "/design/images"},
		{"thousands of languages", "PATCH", "/templates/" + s.template, map[string]any{"design": map[string]any{"document": map[string]any{}, "strings": many(map[string]string{})}}, 422, "too_many_languages", "/design/strings"},
		{"no document", "POST", "/campaigns/" + s.campaign + "/templates", `{"name": "x", "design": {}}`, 422, "document_malformed", "/design/document"},
		{"serial number as a path", "POST", s.passes(), `{"serialNumber": "../x"}`, 422, "serial_number", "/serialNumber"},
		{"serial number as a header", "POST", s.passes(), `{"serialNumber": "a\r\nSet-Cookie: x"}`, 422, "serial_number", "/serialNumber"},
		{"serial number as a folder", "POST", s.passes(), `{"serialNumber": ".."}`, 422, "serial_number", "/serialNumber"},
		{"time of a job", "POST", "/jobs", `{"kind": "void", "tag": "x", "notBefore": "soon"}`, 422, "time_malformed", "/notBefore"},
		{"time of a message", "POST", "/messages", `{"text": "x", "tag": "x", "notBefore": "2026-13-01T00:00:00Z"}`, 422, "time_malformed", "/notBefore"},
		{"time of a replay", "POST", "/webhooks/00000000001/replay", `{"since": "yesterday"}`, 422, "time_malformed", "/since"},
		{"time that is a number", "POST", "/jobs", `{"kind": "void", "tag": "x", "notBefore": 1790000000}`, 400, "wrong_type", "/notBefore"},
		{"query that cannot be read", "GET", "/passes?tag=%zz", nil, 422, "invalid_parameter", "query"},
		{"filter that is empty", "GET", "/passes?limit=1&externalId=", nil, 422, "invalid_parameter", "query.externalId"},
		{"filter without a value", "GET", "/passes.csv?tag", nil, 422, "invalid_parameter", "query.tag"},
		{"query with a semicolon", "GET", "/passes?voided=true;limit=1", nil, 422, "invalid_parameter", "query"},
		{"name with an escape sequence", "PATCH", "/campaigns/" + s.campaign, `{"name": "\u001b[2J"}`, 422, "name_control", "/name"},
		{"control character", "POST", s.passes(), `{"externalId": "a\u0000b"}`, 422, "external_id", "/externalId"},
		{"too many tags", "POST", s.passes(), fmt.Sprintf(`{"tags": [%s"z"]}`, strings.Repeat(`"x",`, 15)), 422, "too_many_tags", "/tags"},
		{"former id without a service", "POST", "/campaigns", `{"name": "x", "passTypeIdentifier": "` + passType + `", "formerId": {"service": "", "id": "1"}}`, 422, "former_service", "/formerId/service"},
		{"former id that is empty", "POST", s.passes(), `{"formerId": {"service": "passtools", "id": ""}}`, 422, "former_id", "/formerId/id"},
		{"short public id", "POST", s.passes(), `{"publicId": "x"}`, 422, "public_id", "/publicId"},
		{"no name", "POST", "/campaigns", `{"passTypeIdentifier": "` + passType + `"}`, 422, "name_missing", "/name"},
		{"unknown pass type", "POST", "/campaigns", `{"name": "x", "passTypeIdentifier": "pass.x"}`, 422, "unknown_certificate", "/passTypeIdentifier"},
		{"unknown state", "PATCH", "/campaigns/" + s.campaign, `{"state": "gone"}`, 422, "state_unknown", "/state"},
		{"unknown role", "POST", "/keys", `{"name": "x", "role": "root"}`, 422, "role_unknown", "/role"},
		{"key without a name", "POST", "/keys", `{"name": " ", "role": "viewer"}`, 422, "name", "/name"},
		{"organisation with a zero byte", "POST", "/organisations", `{"name": "a\u0000b"}`, 422, "name", "/name"},
		{"organisation that exists", "POST", "/organisations", `{"name": "default"}`, 409, "already_exists", "/name"},
	}
	before := s.state()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := s.do(test.method, test.path, test.body).fails(test.status, test.code)
			if test.field != "" && (len(p.Errors) == 0 || p.Errors[0].Path != test.field) {
				t.Errorf("errors %+v, want %s", p.Errors, test.field)
			}
		})
	}
	if s.state() != before {
		t.Error("a refused request changed something")
	}
}

// many is v under three thousand keys.
func many[T any](v T) map[string]T {
	out := make(map[string]T)
	for n := range 3000 {
		out[fmt.Sprintf("k%d.lproj/icon", n)] = v
	}
	return out
}

func TestOnlyTheShortSpellingNamesAnything(t *testing.T) {
	s := newShop(t)
	id := s.issue(`{}`)
	n, ok := store.ParseShort(id)
	if !ok {
		t.Fatalf("id %q", id)
	}
	unknown := s.do("GET", "/passes/00000000001", nil).fails(404, "not_found")
	for _, other := range []string{n.Decimal(), n.UUID(), strings.ToUpper(id), id + "0", "x", "%00"} {
		if p := s.do("GET", "/passes/"+other, nil).fails(404, "not_found"); p.Detail != unknown.Detail {
			t.Errorf("%s is told from an unknown id: %+v", other, p)
		}
	}
}

func TestAddressesThatDoNotExist(t *testing.T) {
	a := newApp(t)
	a.do("GET", "/nothing", nil).fails(404, "no_route")
	a.do("GET", "/", nil).fails(404, "no_route")
	w := a.do("DELETE", "/me", nil)
	w.fails(405, "method_not_allowed")
	if got := w.header.Get("Allow"); got != "GET, HEAD" {
		t.Errorf("Allow %q", got)
	}
}

func TestFirstPage(t *testing.T) {
	newApp(t).do("GET", "/passes?cursor=&limit=1", nil).is(200)
}

func TestMediaTypes(t *testing.T) {
	s := newShop(t)
	s.with("Content-Encoding", "gzip", "POST", s.passes(), `{}`).fails(415, "unsupported_encoding")
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		s.with("Content-Type", media, "POST", s.passes(), `{}`).fails(415, "unsupported_media_type")
	}
	s.with("Content-Type", "application/json; charset=utf-8", "POST", s.passes(), `{}`).is(201)
	s.with("Accept", "application/cbor", "GET", "/me", nil).is(200)
	s.with("Content-Type", "multipart/form-data", "POST", "/assets", `x`).fails(400, "invalid_form")
	s.with("Content-Type", "multipart/form-data; boundary=x", "POST", "/assets", "--x\r\nA: b\r\n\r\ncut").fails(400, "invalid_form")
	many := form()
	for range 17 {
		many.list = append(many.list, "file", "x")
	}
	s.do("POST", "/certificates", many).fails(422, "too_many_parts")
}

func TestProblemsAreNotCached(t *testing.T) {
	a := newApp(t)
	r := a.request("GET", "/me", nil)
	r.Header.Del("Authorization")
	w := a.call(r)
	w.fails(http.StatusUnauthorized, "key_missing")
	if w.header.Get("WWW-Authenticate") != "Bearer" || w.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.header)
	}
}

// TestNoBody: a POST that need not say anything does not need a body, and what it says
// otherwise is missed by name.
func TestNoBody(t *testing.T) {
	s := newShop(t)
	pass := "/passes/" + s.issue(`{}`)
	redemption := s.do("POST", pass+"/redemptions", nil).is(201).text("id")
	s.do("POST", "/redemptions/"+redemption+"/undo", nil).is(201)
	s.do("POST", s.passes(), nil).is(201)
	s.do("POST", "/redemptions", nil).fails(422, "target")
	s.do("PATCH", pass, nil).fails(415, "unsupported_media_type")
	s.do("POST", "/webhooks", nil).fails(415, "unsupported_media_type")
	r := s.request("POST", s.passes(), nil)
	r.Header.Set("Idempotency-Key", "once")
	first := s.call(r).is(201).text("id")
	r = s.request("POST", s.passes(), `{}`)
	r.Header.Set("Idempotency-Key", "once")
	if again := s.call(r).is(201).text("id"); again != first {
		t.Errorf("nothing and {} made %s and %s", first, again)
	}
	for path, want := range map[string]bool{"/api/v1/passes/{id}/redemptions": false, "/api/v1/webhooks": true} {
		if got := s.spec.Paths[path]["post"].RequestBody.Required; got != want {
			t.Errorf("%s: the body is required: %v", path, got)
		}
	}
}
