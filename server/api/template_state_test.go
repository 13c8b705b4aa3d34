package api_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestTemplateState pauses a template and ends it, for ever.
func TestTemplateState(t *testing.T) {
	s := newShop(t)
	template := "/templates/" + s.template
	pass := "/passes/" + s.issue(`{}`)
	if state := s.do("GET", template, nil).is(200).text("state"); state != "active" {
		t.Errorf("a new template is %s", state)
	}
	w := s.do("PATCH", template, `{"state": "paused"}`).is(200)
	s.do("POST", s.passes(), `{}`).fails(409, "template_disabled")
	same := s.do("PATCH", template, `{"state": "paused"}`).is(200)
	if tag := w.header.Get("ETag"); tag == "" || tag != same.header.Get("ETag") {
		t.Errorf("paused as it was, and its tag is %s, was %s", same.header.Get("ETag"), tag)
	}
	s.with("If-Match", `"1"`, "PATCH", template, `{"state": "active"}`).fails(412, "changed_meanwhile")
	s.do("PATCH", template, `{"state": "archived"}`).fails(422, "state_unknown")
	s.do("PATCH", template, `{"state": "invalid"}`).is(200).text("invalidAt")
	contains(t, string(s.do("GET", pass+"/pass.json", nil).is(200).body), `"voided":true`)
	s.do("PATCH", template, `{"state": "active"}`).fails(409, "state_move")
	s.do("PATCH", pass, `{"values": {"stamps": 1}}`).fails(409, "template_invalid")
	s.do("POST", template+"/push", nil).fails(409, "template_invalid")
}

// TestPublishAtOnce changes and publishes in one call, and tells phones later.
func TestPublishAtOnce(t *testing.T) {
	s := newShop(t)
	template := "/templates/" + s.template
	s.do("PATCH", template, map[string]any{"design": s.design(strings.Replace(document, "Stamps", "Cups", 1)), "publish": true, "quiet": true}).is(200)
	contains(t, string(s.do("GET", template+"/revisions/2", nil).is(200).body), "Cups")
	s.do("POST", template+"/push", nil).is(204)
	p := s.do("PATCH", template, `{"quiet": true}`).fails(422, "quiet")
	if len(p.Errors) != 1 || p.Errors[0].Path != "/quiet" {
		t.Errorf("%+v", p.Errors)
	}
	s.do("PATCH", template, map[string]any{"design": s.design(strings.Replace(document, "-", "{{none}}", 1)), "publish": true}).fails(422, "pass_refused")
	if draft := s.do("GET", template, nil).is(200); strings.Contains(string(draft.body), "{{none}}") {
		t.Error("a draft that was not published is kept")
	}
}

// TestCampaignWithTemplate issues at once, or is not there at all.
func TestCampaignWithTemplate(t *testing.T) {
	s := newShop(t)
	body := map[string]any{"name": "Tea", "passTypeIdentifier": passType, "template": map[string]any{"name": "Green", "design": s.design(document)}, "messageField": "stamps"}
	w := s.with("Idempotency-Key", "once", "POST", "/campaigns", body).is(201)
	if again := s.with("Idempotency-Key", "once", "POST", "/campaigns", body).is(201); again.text("id") != w.text("id") {
		t.Error("repeated, it is another campaign")
	}
	s.do("POST", "/campaigns/"+w.text("id")+"/passes", `{}`).is(201)
	s.do("GET", "/templates/"+w.text("template"), nil).is(200)

	before := string(s.do("GET", "/campaigns", nil).is(200).body)
	for path, template := range map[string]map[string]any{
		"/template/name":                  {"name": " ", "design": s.design(document)},
		"/template/design/document":       {"name": "x", "design": s.design(`{"organizationName": "x", "description": "x"}`)},
		"/template/design/images/nothing": {"name": "x", "design": map[string]any{"document": json.RawMessage(document), "images": map[string]string{"nothing": s.icon}}},
	} {
		body["template"] = template
		p := decode[problem](s.do("POST", "/campaigns", body).is(422))
		if len(p.Errors) != 1 || p.Errors[0].Path != path {
			t.Errorf("%+v, want %s", p, path)
		}
	}
	body["template"], body["messageField"] = map[string]any{"name": "x", "design": s.design(document)}, "member" // which announces nothing
	if p := decode[problem](s.do("POST", "/campaigns", body).is(422)); p.Errors[0].Path != "/messageField" {
		t.Errorf("%+v", p)
	}
	if after := string(s.do("GET", "/campaigns", nil).is(200).body); after != before {
		t.Errorf("left behind: %s", after)
	}
}
