package api_test

import (
	"strings"
	"testing"
)

// TestLocalID is an id within the campaign, by which a pass is found.
func TestLocalID(t *testing.T) {
	s := newShop(t)
	pass := s.issue(`{"localId": "M-1"}`)
	tea := s.do("POST", "/campaigns", map[string]any{"name": "Tea", "passTypeIdentifier": passType, "template": map[string]any{"name": "Green", "design": s.design(document)}}).is(201).text("id")
	s.do("POST", "/campaigns/"+tea+"/passes", `{"localId": "M-1"}`).is(201)
	p := s.do("POST", s.passes(), `{"localId": "M-1"}`).fails(409, "local_id_taken")
	if len(p.Errors) != 1 || p.Errors[0].Path != "/localId" {
		t.Errorf("%+v", p.Errors)
	}
	find := func(query string) []string {
		t.Helper()
		var ids []string
		for _, item := range decode[page](s.do("GET", "/passes?localId="+query, nil).is(200)).Items {
			ids = append(ids, item.ID)
		}
		return ids
	}
	if found := find("M-1&campaign=" + s.campaign); len(found) != 1 || found[0] != pass {
		t.Errorf("found %v, want %s", found, pass)
	}
	s.do("GET", "/passes?localId=M-1", nil).fails(422, "incomplete_name")
	other := s.issue(`{}`)
	s.do("PATCH", "/passes/"+other, `{"localId": "M-1"}`).fails(409, "local_id_taken")
	s.do("PATCH", "/passes/"+other, `{"localId": "M\u0000"}`).fails(422, "local_id")
	s.do("PATCH", "/passes/"+pass, `{"localId": null}`).is(200)
	if found := find("M-1&campaign=" + s.campaign); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	if got := s.do("PATCH", "/passes/"+other, `{"localId": "M-1"}`).is(200).text("localId"); got != "M-1" {
		t.Errorf("the pass is %s", got)
	}
}

// TestHidden leaves fields of the template away, until it shows them again.
func TestHidden(t *testing.T) {
	s := newShop(t)
	pass := "/passes/" + s.issue(`{"hidden": ["member"], "values": {"member": "Ada"}}`)
	if raw := string(s.do("GET", pass+"/pass.json", nil).is(200).body); strings.Contains(raw, "Ada") {
		t.Errorf("the pass shows %s", raw)
	}
	contains(t, string(s.do("GET", pass, nil).is(200).body), `"hidden":["member"]`)
	s.do("PATCH", pass, `{"hidden": null}`).is(200)
	contains(t, string(s.do("GET", pass+"/pass.json", nil).is(200).body), "Ada")
	s.do("PATCH", pass, `{"hidden": [""]}`).fails(422, "hidden")
	s.do("POST", s.passes(), map[string]any{"hidden": make([]string, 101)}).is(422)
}

// TestJobFindsValues changes the passes that show something.
func TestJobFindsValues(t *testing.T) {
	s := newShop(t)
	s.jobs()
	s.issue(`{"values": {"stamps": 3}}`)
	s.issue(`{"values": {"stamps": 3, "member": "Ada"}}`)
	s.issue(`{"values": {"stamps": 4}}`)
	body := map[string]any{"kind": "update", "campaign": s.campaign, "filter": map[string]any{"values": map[string]any{"stamps": 3, "member": "-"}},
		"change": map[string]any{"values": map[string]any{"member": "Bob"}}}
	for _, want := range []int{1, 0} {
		job := s.ended(s.do("POST", "/jobs", body).is(202).text("id"))
		if job.State != "done" || job.Counts.Done != want || job.Counts.Skipped != 3-want {
			t.Errorf("%+v, want %d changed", job, want)
		}
	}
	body["kind"] = "void"
	s.do("POST", "/jobs", body).fails(422, "values_unused")
	body["kind"], body["filter"] = "update", map[string]any{"values": map[string]any{"stamps": true}}
	p := s.do("POST", "/jobs", body).fails(422, "value_type")
	if len(p.Errors) != 1 || p.Errors[0].Path != "/filter/values/stamps" {
		t.Errorf("%+v", p.Errors)
	}
}
