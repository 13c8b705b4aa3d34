package api_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func TestImport(t *testing.T) {
	a := furnish(newApp(t))
	w := a.do("POST", "/imports?campaign="+a.campaign, form("file", "Customer number;Stamps\nc-1;3\nc-2;many\n")).is(201)
	m := decode[struct {
		ID, State string
		Format    struct{ Delimiter string }
		Mapping   []struct{ Name, Target string }
		Rows      []struct {
			Line  int
			Cells []string
		}
	}](w)
	if m.State != "receiving" || m.Format.Delimiter != ";" || len(m.Mapping) != 2 || m.Mapping[0].Target != "externalId" || len(m.Rows) != 2 || m.Rows[1].Cells[0] != "c-2" {
		t.Errorf("%s", w.body)
	}
	if got := w.header.Get("Location"); got != "/api/v1/imports/"+m.ID {
		t.Errorf("location %q", got)
	}
	a.do("GET", "/imports/"+m.ID, nil).is(200)
	a.do("POST", "/imports/"+m.ID+"/start", `{"mapping": [{"name": "nowhere", "target": "code"}]}`).fails(422, "mapping")
	a.do("POST", "/imports/"+m.ID+"/start", `{"mapping": [{"number": 1, "target": "externalId"}], "onError": "stop", "dryRun": true}`).is(202)
	if j := a.finish(m.ID); j.State != store.JobDone || j.Done != 2 {
		t.Errorf("dry: %+v", j)
	}
	a.do("POST", "/imports/"+m.ID+"/start", nil).is(202)
	if j := a.finish(m.ID); j.State != store.JobDone || j.Done != 2 {
		t.Errorf("%+v", j)
	}
	a.do("POST", "/imports/"+m.ID+"/start", `{}`).fails(409, "import_started")
}

func TestImportAtOnce(t *testing.T) {
	a := furnish(newApp(t))
	r := a.request("POST", "/imports?start=true&campaign="+a.campaign, form("file", "externalId,stamps\nc-1,3\n,4\n"))
	r.Header.Set("Idempotency-Key", "monday")
	id := a.call(r).is(201).text("id")
	if j := a.finish(id); j.Done != 1 || j.Failed != 1 {
		t.Errorf("%+v", j)
	}
	r = a.request("POST", "/imports?start=true&campaign="+a.campaign, form("file", "externalId,stamps\nc-1,3\n,4\n"))
	r.Header.Set("Idempotency-Key", "monday")
	if again := a.call(r).is(201).text("id"); again != id {
		t.Errorf("the same request made another import: %s, %s", id, again)
	}
	if csv := a.do("GET", "/jobs/"+id+"/errors.csv", nil).is(200).body; !strings.Contains(string(csv), "3,3,externalId") {
		t.Errorf("%s", csv)
	}
}

func TestImportRefusals(t *testing.T) {
	a := furnish(newApp(t))
	path := "/imports?campaign=" + a.campaign
	a.do("POST", path, form("table", "externalId\na\n")).fails(422, "file_missing")
	a.do("POST", path, `{}`).fails(415, "unsupported_media_type")
	a.do("POST", path, form("file", "")).fails(422, "table_empty")
	a.do("POST", "/imports?campaign=00000000001", form("file", "a\n")).fails(404, "not_found")
	a.do("POST", "/imports", form("file", "a\n")).fails(422, "invalid_parameter")
}

// finish works on jobs until one has ended.
func (a *app) finish(id string) (j store.Job) {
	a.Helper()
	job, _ := store.ParseShort(id)
	ctx, stop := context.WithTimeout(a.Context(), time.Minute)
	var working sync.WaitGroup
	working.Go(func() { a.issuer.Work(ctx) })
	defer working.Wait()
	defer stop()
	for tick := time.NewTicker(time.Millisecond); !j.Ended(); <-tick.C {
		var err error
		j, err = a.issuer.Job(ctx, issuer.Actor{Org: a.org}, job)
		must(a, err)
	}
	return j
}

// TestExportIsRestored takes passes away and imports the table that they were written to.
func TestExportIsRestored(t *testing.T) {
	a := furnish(newApp(t))
	a.issue(`{"externalId": "=1+1", "serialNumber": "s-1", "values": {"stamps": 7}, "tags": ["a, b", "c"], "person": {"name": "@Ada", "email": "ada@example.org"}}`)
	void := a.issue(`{"externalId": "'quoted", "serialNumber": "s-2"}`)
	a.do("POST", "/passes/"+void+"/void", nil).is(200)
	table := a.do("GET", "/passes.csv?campaign="+a.campaign, nil).is(200)
	if text := string(table.body); !strings.Contains(text, ",'=1+1,s-1,") || !strings.Contains(text, ",'@Ada,ada@example.org,") {
		t.Errorf("%s", text)
	}
	before := a.exported()
	for _, p := range decode[struct{ Items []struct{ ID string } }](a.do("GET", "/passes", nil)).Items {
		a.do("DELETE", "/passes/"+p.ID, nil).is(204)
	}
	renamed := strings.NewReplacer(",s-1,", ",s-3,", ",s-2,", ",s-4,").Replace(string(table.body)) // deleted ones keep theirs
	id := a.do("POST", "/imports?start=true&campaign="+a.campaign, form("file", renamed)).is(201).text("id")
	if j := a.finish(id); j.Done != 2 {
		t.Errorf("%+v %s", j, a.do("GET", "/jobs/"+id+"/errors", nil).body)
	}
	if after := a.exported(); strings.NewReplacer("s-3", "s-1", "s-4", "s-2").Replace(after) != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
	if people := string(a.do("GET", "/people.csv", nil).is(200).body); !strings.Contains(people, "'@Ada,ada@example.org") {
		t.Errorf("%s", people)
	}
}

// exported is what an export says of passes, without ids and times.
func (a *app) exported() string {
	var out strings.Builder
	for line := range strings.Lines(string(a.do("GET", "/passes.csv", nil).is(200).body)) {
		cells := strings.Split(strings.TrimSpace(line), ",")
		for n, c := range cells {
			if n > 0 && (n < 4 || n > 5) && !strings.Contains(c, "T") && len(c) != 11 {
				out.WriteString(c + ";")
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}
