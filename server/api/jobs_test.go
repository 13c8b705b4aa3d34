package api_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"
)

// jobs runs jobs until the test ends.
func (s *shop) jobs() {
	done := make(chan struct{})
	ctx := s.Context()
	go func() {
		defer close(done)
		s.issuer.Work(ctx)
	}()
	s.Cleanup(func() { <-done }) // the context of a test ends before its cleanups
}

type jobAnswer struct {
	ID, State, Parent, Retry string
	Counts                   struct{ Total, Seen, Done, Skipped, Failed int }
	Rate                     float64
	Errors                   []struct{ Row int }
}

type failures struct {
	Items []struct {
		Row  int
		Code string
	}
	NextCursor string
}

// ended waits for the end of a job.
func (s *shop) ended(id string) jobAnswer {
	s.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if j := decode[jobAnswer](s.do("GET", "/jobs/"+id, nil).is(200)); j.State != "waiting" && j.State != "running" {
			return j
		}
		<-tick.C
	}
}

func TestJob(t *testing.T) {
	s := newShop(t)
	gold := s.issue(`{"tags": ["gold"], "values": {"stamps": 1}}`)
	s.issue(`{"tags": ["gold"], "values": {"stamps": 4}}`)
	plain := s.issue(`{"values": {"stamps": 1}}`)
	body := `{"kind": "update", "tag": "gold", "change": {"values": {"stamps": 4}}}`

	dry := decode[jobAnswer](s.do("POST", "/jobs", strings.Replace(body, "{", `{"dryRun": true, `, 1)).is(200))
	if dry.ID != "" || dry.State != "dryRun" || dry.Counts.Total != 2 || dry.Counts.Done != 1 || dry.Counts.Skipped != 1 {
		t.Errorf("dry run %+v", dry)
	}
	w := s.with("Idempotency-Key", "once", "POST", "/jobs", body).is(202)
	id := w.text("id")
	if w.header.Get("Location") != "/api/v1/jobs/"+id || w.text("state") != "waiting" {
		t.Errorf("accepted: %v %s", w.header, w.body)
	}
	if again := s.with("Idempotency-Key", "once", "POST", "/jobs", body).is(202).text("id"); again != id {
		t.Errorf("the same request again started the job %s", again)
	}
	s.jobs()
	if j := s.ended(id); j.State != "done" || j.Counts.Total != 2 || j.Counts.Done != 1 || j.Counts.Skipped != 1 {
		t.Errorf("job %+v", j)
	}
	contains(t, string(s.do("GET", "/passes/"+gold, nil).is(200).body), `"stamps":4`)
	contains(t, string(s.do("GET", "/passes/"+plain, nil).is(200).body), `"stamps":1`)
	contains(t, string(s.do("GET", "/passes/"+gold+"/history", nil).is(200).body), `"by":"operator"`)
	contains(t, string(s.do("GET", "/jobs", nil).is(200).body), id)
	s.do("POST", "/jobs/"+id+"/cancel", nil).fails(409, "job_state")
	s.do("POST", "/jobs/"+id+"/retry", nil).fails(409, "nothing_failed")
}

func TestErrorsOfAJob(t *testing.T) {
	s := newShop(t)
	s.jobs()
	id := s.do("POST", "/jobs", map[string]any{"kind": "issue", "campaign": s.campaign, "passes": []any{
		map[string]any{"values": map[string]any{"stamps": 1}},
		map[string]any{"externalId": "=1+1", "values": map[string]any{"=cmd|' /C calc'!A0": 1}},
		map[string]any{"serialNumber": "not good"},
	}}).is(202).text("id")
	if j := s.ended(id); j.Counts.Done != 1 || j.Counts.Failed != 2 {
		t.Errorf("job %+v", j)
	}
	page := decode[failures](s.do("GET", "/jobs/"+id+"/errors?limit=1", nil).is(200))
	if len(page.Items) != 1 || page.Items[0].Row != 2 || page.Items[0].Code != "field_unknown" || page.NextCursor == "" {
		t.Fatalf("errors %+v", page)
	}
	contains(t, string(s.do("GET", "/jobs/"+id+"/errors?cursor="+page.NextCursor, nil).is(200).body), `"row":3`, "serial_number")

	w := s.do("GET", "/jobs/"+id+"/errors.csv", nil).is(200)
	rows, err := csv.NewReader(strings.NewReader(string(w.body))).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[0][0] != "row" || rows[2][5] != "serial_number" || !strings.HasPrefix(w.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v %q", w.header, rows)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "+") {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	again := decode[jobAnswer](s.do("POST", "/jobs/"+id+"/retry", nil).is(202))
	if j := s.ended(again.ID); j.Parent != id || j.Counts.Failed != 2 {
		t.Errorf("retried %+v", j)
	}
	if j := s.ended(id); j.Retry != again.ID {
		t.Errorf("job %+v does not name the one that tries again", j)
	}
}

func TestPausedJob(t *testing.T) {
	s := newShop(t)
	pass := s.issue(`{}`)
	id := s.do("POST", "/jobs", map[string]any{"kind": "void", "ids": []string{pass}}).is(202).text("id")
	contains(t, string(s.do("POST", "/jobs/"+id+"/pause", nil).is(200).body), `"state":"paused"`)
	s.jobs()
	other := s.do("POST", "/jobs", map[string]any{"kind": "tag", "ids": []string{pass}, "tags": map[string]any{"add": []string{"x"}}}).is(202).text("id")
	s.ended(other)
	contains(t, string(s.do("GET", "/passes/"+pass, nil).is(200).body), `"voided":false`, `"tags":["x"]`)
	s.do("POST", "/jobs/"+id+"/resume", nil).is(200)
	s.ended(id)
	contains(t, string(s.do("GET", "/passes/"+pass, nil).is(200).body), `"voided":true`)
}

func TestJobsThatCannotBe(t *testing.T) {
	s := newShop(t)
	tests := []struct {
		name, body, code, path string
	}{
		{"without passes", `{"kind": "void"}`, "source_missing", ""},
		{"for no passes of a list", `{"kind": "delete", "campaign": "` + s.campaign + `", "ids": []}`, "filter_empty", "/ids"},
		{"for no list", `{"kind": "delete", "campaign": "` + s.campaign + `", "ids": null}`, "filter_empty", "/ids"},
		{"for no tag", `{"kind": "delete", "campaign": "` + s.campaign + `", "tag": null}`, "filter_empty", "/tag"},
		{"for an empty tag", `{"kind": "void", "campaign": "` + s.campaign + `", "tag": ""}`, "filter_empty", "/tag"},
		{"for an empty campaign", `{"kind": "void", "campaign": "", "filter": {"voided": false}}`, "filter_empty", "/campaign"},
		{"for an empty template", `{"kind": "void", "campaign": "` + s.campaign + `", "template": ""}`, "filter_empty", "/template"},
		{"of an unknown kind", `{"kind": "burn", "tag": "x"}`, "kind_unknown", "/kind"},
		{"with an id that is none", `{"kind": "void", "ids": ["x"]}`, "id_malformed", "/ids/0"},
		{"with a pass of no campaign", `{"kind": "issue", "passes": [{}]}`, "campaign_missing", "/campaign"},
		{"with a picture that is none", `{"kind": "update", "tag": "x", "change": {"images": {"strip": "x"}}}`, "id_malformed", "/change/images/strip"},
		{"with a template that is none", `{"kind": "issue", "campaign": "` + s.campaign + `", "passes": [{}, {"template": "x"}]}`, "id_malformed", "/passes/1/template"},
		{"with a key of the server's", `{"kind": "update", "tag": "x", "change": {"document": {"serialNumber": "1"}}}`, "key_reserved", "/change/document/serialNumber"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := s.do("POST", "/jobs", test.body).fails(422, test.code)
			if test.path != "" && (len(p.Errors) == 0 || p.Errors[0].Path != test.path) {
				t.Errorf("errors %+v, want the path %s", p.Errors, test.path)
			}
		})
	}
}

// TestTagOfNoPass: a job and a message for a tag that no pass has are taken, and the
// answer says that they will do nothing.
func TestTagOfNoPass(t *testing.T) {
	s := newShop(t)
	s.issue(`{"tags": ["gold"]}`)
	for tag, idle := range map[string]bool{"gold": false, "gould": true} {
		for _, dry := range []string{"true", "false"} {
			status := map[string]int{"true": 200, "false": 202}[dry]
			job := decode[struct{ Why, Remedy string }](s.do("POST", "/jobs", `{"kind": "void", "tag": "`+tag+`", "dryRun": `+dry+`}`).is(status))
			message := decode[struct {
				Silent      bool
				Why, Remedy string
			}](s.do("POST", "/messages", `{"text": "Hello", "tag": "`+tag+`", "dryRun": `+dry+`}`).is(status))
			if (job.Why != "") != idle || (job.Remedy != "") != idle {
				t.Errorf("%s: the job says %+v", tag, job)
			}
			if strings.Contains(message.Why, `the tag "gould"`) != idle || idle && (!message.Silent || message.Remedy == "") {
				t.Errorf("%s: the message says %+v", tag, message)
			}
		}
	}
}
