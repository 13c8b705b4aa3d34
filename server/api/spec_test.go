package api_test

import (
	"encoding/json"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// spec is the OpenAPI description as a client reads it.
type spec struct {
	OpenAPI    string
	Paths      map[string]map[string]*operation
	Components struct {
		Schemas         map[string]*schema
		SecuritySchemes map[string]map[string]any
	}
	mux *http.ServeMux // finds the operation of a request
}

type operation struct {
	OperationID          string
	Summary, Description string
	Tags                 []string
	Roles                []string `json:"x-roles"`
	Operator             bool     `json:"x-operator"`
	Security             []map[string][]string
	Parameters           []struct {
		Name, In string
		Required bool
	}
	RequestBody struct {
		Required bool
		Content  map[string]struct {
			Schema  *schema
			Example json.RawMessage
		}
	}
	Responses map[string]struct {
		Content map[string]struct{ Schema *schema }
		Headers map[string]any
	}
	method, path string
}

func (*operation) ServeHTTP(http.ResponseWriter, *http.Request) {}

// description is read once, for it does not depend on the database.
var description struct {
	sync.Once
	*spec
}

func readSpec(t testing.TB, server string) *spec {
	t.Helper()
	description.Do(func() { description.spec = fetchSpec(t, server) })
	return description.spec
}

func fetchSpec(t testing.TB, server string) *spec {
	t.Helper()
	resp, err := http.Get(server + "/api/openapi.json")
	must(t, err)
	defer resp.Body.Close()
	s := &spec{mux: http.NewServeMux()}
	must(t, json.NewDecoder(resp.Body).Decode(s))
	for path, verbs := range s.Paths {
		for verb, o := range verbs {
			o.method, o.path = strings.ToUpper(verb), path
			s.mux.Handle(o.method+" "+path, o)
		}
	}
	return s
}

// check holds an answer against what the description declares.
func (s *spec) check(t testing.TB, r *http.Request, w answer) {
	t.Helper()
	h, _ := s.mux.Handler(r)
	o, ok := h.(*operation)
	if !ok {
		return // no such operation
	}
	declared, ok := o.Responses[strconv.Itoa(w.status)]
	if !ok {
		t.Errorf("%s answered %d, which is not declared: %s", o.OperationID, w.status, w.body)
		return
	}
	media, _, _ := mime.ParseMediaType(w.header.Get("Content-Type"))
	content, ok := declared.Content[media]
	if !ok && (media != "" || len(declared.Content) > 0) {
		t.Errorf("%s answered %d as %q, which is not declared", o.OperationID, w.status, media)
	}
	if strings.HasSuffix(media, "json") && content.Schema != nil && r.Method != http.MethodHead {
		for _, fault := range s.faults(w.body, content.Schema) {
			t.Errorf("%s answered %d with %s: %.500s", o.OperationID, w.status, fault, w.body)
		}
	}
	for _, name := range []string{"ETag", "Location", "Retry-After"} {
		if w.header.Get(name) != "" && declared.Headers[name] == nil {
			t.Errorf("%s answered %d with %s, which is not declared", o.OperationID, w.status, name)
		}
	}
	if declared.Headers["Location"] != nil && w.header.Get("Location") == "" && !strings.Contains(string(w.body), `"items":`) {
		t.Errorf("%s answered %d without the Location that is declared", o.OperationID, w.status)
	}
	if w.header.Get("Link") != "" || strings.Contains(string(w.body), "$schema") {
		t.Errorf("%s links to a schema", o.OperationID)
	}
}

// TestDescriptionIsComplete holds what readers of the description rely on.
func TestDescriptionIsComplete(t *testing.T) {
	s := newApp(t).spec
	if s.OpenAPI != "3.1.0" || s.Components.SecuritySchemes["bearer"]["scheme"] != "bearer" {
		t.Errorf("version %q, schemes %v", s.OpenAPI, s.Components.SecuritySchemes)
	}
	n := 0
	for _, verbs := range s.Paths {
		for _, o := range verbs {
			n++
			o.complete(t, s)
		}
	}
	if n < 40 {
		t.Errorf("only %d operations are described", n)
	}
	for name, sch := range s.Components.Schemas {
		if strings.Contains(name, "View") || strings.Contains(name, "Err") {
			t.Errorf("schema %s has a name of ours", name)
		}
		for field := range sch.Properties {
			if strings.ToLower(field[:1]) != field[:1] {
				t.Errorf("%s.%s is not lowerCamelCase", name, field)
			}
		}
	}
}

func (o *operation) complete(t *testing.T, s *spec) {
	t.Helper()
	if o.OperationID == "" || o.Summary == "" || len(o.Tags) != 1 || len(o.Roles) == 0 || len(o.Security) != 1 {
		t.Errorf("%s %s: %+v", o.method, o.path, o)
	}
	for _, status := range []string{"401", "403", "500"} {
		if _, ok := o.Responses[status].Content["application/problem+json"]; !ok {
			t.Errorf("%s does not declare %s", o.OperationID, status)
		}
	}
	for _, status := range []string{"429", "503"} {
		if o.Responses[status].Headers["Retry-After"] == nil {
			t.Errorf("%s does not declare Retry-After of %s", o.OperationID, status)
		}
	}
	for _, p := range o.Parameters {
		if p.In == "path" && !p.Required {
			t.Errorf("%s: %s is optional", o.OperationID, p.Name)
		}
	}
	for media, c := range o.RequestBody.Content {
		c.Schema = s.resolve(c.Schema)
		list := c.Schema.Type != "object" && c.Schema.Description != ""
		if !list && (len(c.Schema.Properties) == 0 || c.Schema.AdditionalProperties != false) {
			t.Errorf("%s: body of %s is not described: %+v", o.OperationID, media, c.Schema)
		}
	}
}

// TestVerdictsAreListed compares the words that clients are told of with those that stand
// in the code of a diagnosis.
func TestVerdictsAreListed(t *testing.T) {
	var want []any
	for file, pattern := range map[string]string{
		"verdict.go":   `Verdict\{"([a-z_]+)"|code[A-Z]\w* += "([a-z_]+)"`,
		"diagnosis.go": `Verdict\{"([a-z_]+)"`,
		"devicelog.go": `\{"[^"]+", "([a-z_]+)", "the`,
		"identity.go":  `Code: "(certificate_[a-z_]+)"`,
	} {
		text, err := os.ReadFile("../issuer/" + file)
		must(t, err)
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s has no verdict", file)
		}
		for _, m := range found {
			if code := strings.Join(m[1:], ""); !slices.Contains(want, any(code)) {
				want = append(want, code)
			}
		}
	}
	told := newApp(t).spec.Components.Schemas["Verdict"].Properties["code"].Enum
	for _, code := range want {
		if !slices.Contains(told, code) {
			t.Errorf("the description does not tell of %v", code)
		}
	}
	if len(told) != len(want) {
		t.Errorf("the description tells of %d verdicts, there are %d", len(told), len(want))
	}
}
