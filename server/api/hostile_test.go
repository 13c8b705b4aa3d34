package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hostile are values that no member of a request may fall over.
var hostile = []string{
	`null`, `-1`, `0`, `9007199254740993`, `1e308`, `1.5`, `true`, `""`, `"\u0000"`, `"x"`, `"` + long(5000) + `"`, `[]`, `[null]`, `{}`,
	`{"":""}`, `{"x":{"x":[{}]}}`, `"{{x}}"`, `"00000000001"`, `"2026-13-45T99:00:00Z"`, `"0000-01-01T00:00:00Z"`, `[[["x"]]]`,
}

// TestHostileBodies puts each of these into each member of each body, some levels deep.
// An operation may refuse it or take it; it may not fail, nor answer otherwise than it says.
func TestHostileBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("sends some ten thousand requests")
	}
	g := setStage(t)
	a := openApp(t, copyDatabase(t, g.path), nil)
	n := 0
	for _, o := range a.operations() {
		for media, content := range o.RequestBody.Content {
			if media != "application/json" {
				continue
			}
			r := g.request(a, o, "operator")
			for _, body := range a.spec.mutations(content.Schema, 0) {
				n++
				a.survives(o, r.URL.EscapedPath(), r.URL.RawQuery, body)
			}
		}
	}
	if n < 3000 {
		t.Errorf("only %d bodies were sent", n)
	}
}

// TestHostileQueries does the same with the parameters of the query.
func TestHostileQueries(t *testing.T) {
	g := setStage(t)
	a := openApp(t, copyDatabase(t, g.path), nil)
	n := 0
	for _, o := range a.operations() {
		for _, p := range o.Parameters {
			for _, value := range hostile {
				if p.In != "query" {
					break
				}
				n++
				r := g.request(a, o, "operator")
				q := r.URL.Query()
				q.Set(p.Name, strings.Trim(value, `"`))
				a.survives(o, r.URL.EscapedPath(), q.Encode(), g.body(o))
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d queries were sent", n)
	}
}

// operations are those of the description, in its order of names.
func (a *app) operations() (out []*operation) {
	for _, path := range slices.Sorted(maps.Keys(a.spec.Paths)) {
		for _, verb := range slices.Sorted(maps.Keys(a.spec.Paths[path])) {
			if o := a.spec.Paths[path][verb]; o.OperationID != "downloadBackup" {
				out = append(out, o)
			}
		}
	}
	return out
}

func (a *app) survives(o *operation, path, query string, body any) {
	a.Helper()
	r := a.request(o.method, strings.TrimPrefix(path, "/api/v1"), body)
	r.URL.RawQuery = query
	w := a.call(r)
	busy := []int{http.StatusServiceUnavailable} // as without a mail server
	if w.status >= 500 && !slices.Contains(busy, w.status) {
		a.Errorf("%s ?%.80s %.120s: %d %s", o.OperationID, query, body, w.status, w.body)
	}
}

// mutations are bodies of a schema with one hostile value each.
func (s *spec) mutations(of *schema, depth int) (out []string) {
	of = s.resolve(of)
	if depth == 0 {
		out = append(out, hostile...)
	}
	for _, name := range slices.Sorted(maps.Keys(of.Properties)) {
		member, _ := json.Marshal(name)
		inner := slices.Clone(hostile)
		if depth < 3 {
			inner = append(inner, s.mutations(of.Properties[name], depth+1)...)
		}
		for _, value := range inner {
			out = append(out, "{"+string(member)+":"+value+"}")
		}
	}
	return out
}
