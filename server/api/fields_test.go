package api_test

import (
	"strings"
	"testing"
)

// TestFields declares fields over HTTP, is told of what does not fit them, and merges a
// pass that stayed behind.
func TestFields(t *testing.T) {
	s := newShop(t)
	template := "/templates/" + s.template
	design := func(house string) string {
		return `{"design": {"document": {"organizationName": "Café", "description": "Table for {{guest}}", "storeCard": {
			"primaryFields": [{"key": "house", "label": "House", "value": "` + house + `"}],
			"backFields": [{"key": "hello", "label": "Hello", "value": "{{guest|upper}} pays {{price|money:EUR}} at {{house}}"}]}},
			"images": {"icon": "` + s.icon + `"},
			"fields": [{"key": "guest", "required": true, "label": "Your name", "ask": true}, {"key": "price", "type": "money", "default": "1250"}, {"key": "house", "fixed": true}, {"key": "table", "insist": true}]}}`
	}
	w := s.do("PATCH", template, design("Main house")).is(200)
	contains(t, string(w.body), `"fields":[{"key":"guest","label":"Your name","required":true,"ask":true},{"key":"price","type":"money","default":"1250"},{"key":"house","fixed":true},{"key":"table","insist":true}]`)
	s.do("POST", template+"/publish", nil).is(200)

	s.do("POST", s.passes(), `{"values": {}}`).fails(422, "value_required")
	s.do("POST", s.passes(), `{"values": {"guest": "Ada", "price": 12.5}}`).fails(422, "value_type")
	s.do("POST", s.passes(), `{"values": {"guest": "Ada", "house": "Mine"}}`).fails(422, "field_fixed")
	pass := "/passes/" + s.do("POST", s.passes(), `{"pinned": true, "values": {"guest": "Ada", "house": "Mine"}}`).is(201).text("id")
	contains(t, string(s.do("GET", pass+"/pass.json", nil).is(200).body), "Table for Ada", "ADA pays €12.50 at Mine")

	s.do("PATCH", template, design("New house")).is(200)
	s.do("POST", template+"/publish", nil).is(200)
	contains(t, string(s.do("GET", pass+"/pass.json", nil).is(200).body), "at Mine")
	for _, path := range []string{template, "/campaigns/" + s.campaign} {
		job := s.do("POST", path+"/merge", nil).is(202)
		contains(t, string(job.body), `"kind":"merge"`)
		if !strings.HasPrefix(job.header.Get("Location"), "/api/v1/jobs/") {
			t.Errorf("Location %q", job.header.Get("Location"))
		}
	}

	w = s.do("PATCH", template, strings.Replace(design("New house"), "{{guest|upper}}", "{{gest}} {{now}}", 1)).is(200)
	contains(t, string(w.body), `"placeholder_undefined"`, `the nearest names are guest`, `there is no now`)
	s.do("POST", template+"/publish", nil).fails(422, "pass_refused")
	s.do("PATCH", template, strings.Replace(design("x"), `"money"`, `"gold"`, 1)).fails(422, "field_type")
}
