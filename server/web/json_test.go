package web_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pocketpass/server/web"
)

type order struct {
	Serial string            `json:"serialNumber"`
	Count  int               `json:"count"`
	Values map[string]string `json:"values"`
	Inner  struct {
		Places []struct {
			Latitude float64 `json:"latitude"`
		} `json:"places"`
	} `json:"inner"`
	Extras
}

// Extras stands for members that several requests have in common.
type Extras struct {
	Page struct {
		Colour string `json:"colour"`
	} `json:"page"`
}

// post sends body through a Front of 200 bytes to a handler that reads it with read.
func post(t *testing.T, kind, body string, read func(http.ResponseWriter, *http.Request) (order, error)) (*http.Response, web.Problem) {
	t.Helper()
	f := web.Front{MaxBody: 200, Log: slog.New(slog.DiscardHandler)}
	srv := httptest.NewServer(f.Wrap(web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		v, err := read(w, r)
		if err != nil {
			return err
		}
		return web.WriteJSON(w, http.StatusCreated, v)
	})))
	defer srv.Close()
	resp, err := http.Post(srv.URL, kind, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var p web.Problem
	if resp.StatusCode >= 400 {
		if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Status != resp.StatusCode || p.Type != "about:blank" || p.Title == "" {
			t.Errorf("problem %+v, %v", p, err)
		}
		if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("Content-Type %q", got)
		}
	}
	return resp, p
}

func TestReadJSON(t *testing.T) {
	const kind = "application/json"
	tests := []struct {
		name, kind, body string
		status           int
		code, detail     string
	}{
		{"in order", kind, `{"serialNumber":"1","values":{"a":"b"}}`, 201, "", ""},
		{"with a charset", kind + "; charset=utf-8", `{}`, 201, "", ""},
		{"a JSON dialect", "application/vnd.x+json", ` {} `, 201, "", ""},
		{"form", "application/x-www-form-urlencoded", `{}`, 415, "unsupported_media_type", "send Content-Type: application/json"},
		{"no type", "", `{}`, 415, "unsupported_media_type", "application/json"},
		{"empty", kind, " \n", 400, "invalid_json", "the body is empty"},
		{"cut off", kind, `{"count": 1`, 400, "invalid_json", "cut off (line 1, column 11)"},
		{"syntax", kind, "{\n  \"count\": x\n}", 400, "invalid_json", "(line 2, column 12)"},
		{"unknown field", kind, `{"serialNumer":"1"}`, 400, "unknown_field", `serialNumer is no field of this request: leave it out; did you mean "serialNumber"?`},
		{"unknown field further in", kind, `{"inner":{"places":[{"latitude":1},{"latitud":1}]}}`, 400, "unknown_field", `latitud is no field of /inner/places/1: leave it out; did you mean "latitude"?`},
		{"known field in another", kind, `{"values":{"colour":"a"},"inner":{"colour":"red"}}`, 400, "unknown_field", `colour is no field of /inner: it belongs to /page/colour`},
		{"known field in the wrong place", kind, `{"colour":"red"}`, 400, "unknown_field", `colour is no field of this request: it belongs to /page/colour`},
		{"wrong type of a common member", kind, `{"page":{"colour":1}}`, 400, "wrong_type", "page.colour must not be number"},
		{"wrong type", kind, `{"count":"1"}`, 400, "wrong_type", "count must not be string (line 1, column 12): send a whole number in range"},
		{"wrong type further in", kind, `{"inner":{"places":{}}}`, 400, "wrong_type", "inner.places must not be object"},
		{"no object", kind, `[]`, 400, "wrong_type", "the body must not be array"},
		{"no UTF-8", kind, "{\"serialNumber\":\"\xe9\"}", 400, "invalid_json", "send JSON in UTF-8"},
		{"fraction", kind, `{"count":1.5}`, 400, "wrong_type", "count must not be number 1.5"},
		{"too large a number", kind, `{"count":99999999999999999999}`, 400, "wrong_type", "whole number in range"},
		{"something behind", kind, `{} {}`, 400, "invalid_json", "something follows the JSON value"},
		{"a bracket behind", kind, `{}}`, 400, "invalid_json", "something follows"},
		{"too large", kind, `{"serialNumber":"` + strings.Repeat("x", 200) + `"}`, 413, "body_too_large", "larger than 200 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp, p := post(t, tt.kind, tt.body, web.ReadJSON[order])
			if resp.StatusCode != tt.status || p.Code != tt.code || !strings.Contains(p.Detail, tt.detail) {
				t.Errorf("%d %s %q, want %d %s %q", resp.StatusCode, p.Code, p.Detail, tt.status, tt.code, tt.detail)
			}
		})
	}
	zipped := httptest.NewRequest("POST", "/", strings.NewReader(`{}`))
	zipped.Header = http.Header{"Content-Type": {kind}, "Content-Encoding": {"gzip"}}
	if _, err := web.ReadJSON[order](httptest.NewRecorder(), zipped); web.ProblemOf(err).Code != "unsupported_encoding" {
		t.Errorf("a body that claims to be compressed: %v", err)
	}
	_, p := post(t, kind, `{"count":"1"}`, web.ReadJSON[order])
	if len(p.Errors) != 1 || p.Errors[0].Path != "/count" || p.Errors[0].Message == "" {
		t.Errorf("errors %+v", p.Errors)
	}
}

// TestFaultsArePointers into the body, through lists and maps.
func TestFaultsArePointers(t *testing.T) {
	for body, want := range map[string]string{
		`{"inner":{"places":[{"latitude":1},{"latitude":"x"}]}}`:                       "/inner/places/1/latitude",
		`{"values":{"a":"b","c/d~":1}}`:                                                "/values/c~1d~0",
		`{"values":{"latitud":"b"},"inner":{"places":[{"latitude":1},{"latitud":1}]}}`: "/inner/places/1/latitud",
		`{"page":{"colour":1}}`:                                                        "/page/colour",
		`{"a/b.c~d":1}`:                                                                "/a~1b.c~0d",
		`[]`:                                                                           "",
	} {
		_, p := post(t, "application/json", body, web.ReadJSON[order])
		if len(p.Errors) != 1 || p.Errors[0].Path != want {
			t.Errorf("%s: %+v, want %s", body, p.Errors, want)
		}
	}
}

func TestReadLooseJSON(t *testing.T) {
	if resp, p := post(t, "text/plain", `{"future":1,"count":2}`, web.ReadLooseJSON[order]); resp.StatusCode != 201 {
		t.Errorf("%d %+v", resp.StatusCode, p)
	}
	if resp, p := post(t, "", `{"count":2} x`, web.ReadLooseJSON[order]); resp.StatusCode != 400 {
		t.Errorf("%d %+v", resp.StatusCode, p)
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("[", 1<<20)))
	r.Header.Set("Content-Type", "application/json")
	_, err := web.ReadJSON[any](httptest.NewRecorder(), r)
	if p := web.ProblemOf(err); p.Status != 400 {
		t.Errorf("%v", err)
	}
}

func TestBodyIsBoundedWithoutAFront(t *testing.T) {
	r := httptest.NewRequest("POST", "/", io.LimitReader(zeros{}, 1<<30))
	r.Header.Set("Content-Type", "application/json")
	_, err := web.ReadJSON[any](httptest.NewRecorder(), r)
	if p := web.ProblemOf(err); p.Status != 413 {
		t.Errorf("%v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestLimitBodyReplacesTheFrontsLimit(t *testing.T) {
	f := web.Front{MaxBody: 10, Log: slog.New(slog.DiscardHandler)}
	h := f.Wrap(web.LimitBody(100, web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(w, r.Body)
		return err
	})))
	for size, want := range map[int]int{100: 200, 101: 413} {
		w := httptest.NewRecorder()
		func() {
			defer func() { recover() }() // half an answer is cut
			h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", size))))
		}()
		if size == 100 && (w.Code != want || w.Body.Len() != size) {
			t.Errorf("%d bytes: status %d, %d bytes came back", size, w.Code, w.Body.Len())
		}
		if size == 101 && w.Body.Len() > 100 {
			t.Errorf("%d bytes were read", w.Body.Len())
		}
	}
}

func TestWriteJSON(t *testing.T) {
	w := httptest.NewRecorder()
	if err := web.WriteJSON(w, 201, map[string]string{"url": "a?b&c"}); err != nil {
		t.Fatal(err)
	}
	if w.Code != 201 || w.Body.String() != "{\"url\":\"a?b&c\"}\n" || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Content-Length") == "" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	if err := web.WriteJSON(w, 201, make(chan int)); err == nil || w.Body.Len() != 0 {
		t.Errorf("%v, wrote %q", err, w.Body)
	}
}

func TestProblems(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "a") })
	mux.HandleFunc("PUT /a", func(http.ResponseWriter, *http.Request) {})
	f := web.Front{Log: slog.New(slog.DiscardHandler)}
	h := f.Wrap(web.Problems(mux))
	for _, tt := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/a", 200, "", ""},
		{"GET", "/b", 404, "no_route", ""},
		{"POST", "/a", 405, "method_not_allowed", "GET, HEAD, PUT"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, tt.path, nil))
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.code) || w.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: %d %s, Allow %q", tt.method, tt.path, w.Code, w.Body, w.Header().Get("Allow"))
		}
	}
}

func TestProblemOf(t *testing.T) {
	own := &web.Problem{Status: 409, Code: "pass_void", Err: errors.New("cause")}
	if web.ProblemOf(errors.Join(errors.New("x"), own)) != own || !errors.Is(own, own.Err) {
		t.Error("a wrapped problem was not found")
	}
	if p := web.ProblemOf(errors.New("secret")); p.Status != 500 || strings.Contains(p.Detail, "secret") {
		t.Errorf("%+v", p)
	}
}

func TestDialectAnswersItsOwnErrors(t *testing.T) {
	h := web.HandleWith(
		func(http.ResponseWriter, *http.Request) error { return errors.New("inner reason") },
		func(w http.ResponseWriter, _ *http.Request, err error) { http.Error(w, "OLD-17", http.StatusTeapot) },
	)
	resp, line := logged(t, web.Front{}, h, httptest.NewRequest("GET", "/", nil))
	if resp.StatusCode != http.StatusTeapot || line["err"] != "inner reason" || line["level"] != "INFO" {
		t.Errorf("%d, log %v", resp.StatusCode, line)
	}
}
