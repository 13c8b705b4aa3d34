package issuer_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"pocketpass/server/issuer"
	table "pocketpass/server/sheet"
	"pocketpass/store"
)

// upload receives a table.
func (w *world) upload(t testing.TB, src io.Reader) issuer.Import {
	t.Helper()
	m, err := w.ReceiveImport(t.Context(), w.me, issuer.NewImport{Campaign: w.campaign.ID}, src)
	must(t, err)
	return m
}

// imports receives a table and imports it until the job is in the state.
func (w *world) imports(t testing.TB, rows string, s issuer.ImportStart, state store.JobState) store.Job {
	t.Helper()
	j, err := w.StartImport(t.Context(), w.me, w.upload(t, strings.NewReader(rows)).Job.ID, s)
	must(t, err)
	return w.work(t, j, state)
}

func (w *world) named(t testing.TB, external string) store.Pass {
	t.Helper()
	p, err := w.PassNamed(t.Context(), w.me, issuer.PassName{ExternalID: external})
	must(t, err)
	return p
}

func (w *world) errors(t testing.TB, j store.Job) []store.JobError {
	t.Helper()
	all, _, err := w.JobErrors(t.Context(), w.me, j.ID, store.Page{})
	must(t, err)
	return all
}

// members is a table of n rows as a German Excel saves it. Of the broken rows every
// third has a wrong address, a value of the wrong type, or a cell too many.
func members(n int, broken func(row int) bool) (rows string, bad int) {
	var b strings.Builder
	b.WriteString("Kundennummer;E-Mail;STAMPS;Schlagwörter\r\n")
	for k := range n {
		mail, tail := fmt.Sprintf("gast%d@example.org", k), ""
		number := fmt.Sprintf("K%06d", k)
		if broken(k) {
			switch bad % 3 {
			case 0:
				mail = "nobody"
			case 1:
				tail = ";x"
			case 2:
				number = ""
			}
			bad++
		}
		fmt.Fprintf(&b, "%s;%s;%d;\"Café, groß\"%s\r\n", number, mail, k%10, tail)
	}
	return b.String(), bad
}

func TestImportLeavesBrokenRowsOut(t *testing.T) {
	w := newWorld(t)
	rows, bad := members(10_000, func(row int) bool { return row%270 == 3 && row < 270*37 })
	if bad != 37 {
		t.Fatalf("%d broken rows", bad)
	}
	excel, err := charmap.Windows1252.NewEncoder().String(rows)
	must(t, err)
	m := w.upload(t, strings.NewReader(excel))
	if m.Format.Encoding != table.Windows1252 || m.Format.Delimiter != ";" {
		t.Errorf("format %+v", m.Format)
	}
	want := table.Mapping{{Name: "Kundennummer", Number: 1, Target: "externalId"}, {Name: "E-Mail", Number: 2, Target: "person.email"},
		{Name: "STAMPS", Number: 3, Target: "values.stamps"}, {Name: "Schlagwörter", Number: 4, Target: "tags"}}
	for n, c := range want {
		if n >= len(m.Mapping) || m.Mapping[n].Target != c.Target {
			t.Fatalf("mapping %+v", m.Mapping)
		}
	}
	if f := m.Rows[3].Fault; f == nil || f.Line != 5 || f.Column != "E-Mail" || f.Code != "email" {
		t.Errorf("preview of a broken row: %+v", f)
	}
	j, err := w.StartImport(t.Context(), w.me, m.Job.ID, issuer.ImportStart{})
	must(t, err)
	j = w.work(t, j, store.JobDone)
	wantCounts(t, j, 9963, 37, 0)
	for n, e := range w.errors(t, j) {
		line := int64(270*n + 3 + 2)
		column := []string{"E-Mail", "E", "Kundennummer"}[n%3]
		code := []string{"email", "wrong_columns", "external_id"}[n%3]
		if e.Line != line || e.Row != uint64(line) || e.Column != column || e.Code != code || e.Message == "" {
			t.Errorf("error %d: %+v, want line %d, column %s, code %s", n, e, line, column, code)
		}
	}
	p := w.named(t, "K000017")
	if string(p.Values["stamps"]) != "7" || len(p.Tags) != 2 || p.Tags[0] != "Café" || p.Holder == 0 {
		t.Errorf("pass %+v", p)
	}
}

func TestImportChangesPassesThatAreThere(t *testing.T) {
	w := newWorld(t)
	first := w.imports(t, "externalId,stamps,name\na,1,Ada\nb,2,\n", issuer.ImportStart{}, store.JobDone)
	wantCounts(t, first, 2, 0, 0)
	again := w.imports(t, "externalId,stamps,name\na,1,Ada\nb,5,Bob\nc,6,Cy\nc,7,Cy\n", issuer.ImportStart{}, store.JobDone)
	wantCounts(t, again, 3, 0, 1)
	if b, c := w.named(t, "b"), w.named(t, "c"); string(b.Values["stamps"]) != "5" || b.Holder == 0 || string(c.Values["stamps"]) != "7" {
		t.Errorf("%+v, %+v", b, c)
	}
	more := w.imports(t, "externalId,void,expires\na,yes,2030-12-31\n", issuer.ImportStart{}, store.JobDone)
	wantCounts(t, more, 1, 0, 0)
	if a := w.named(t, "a"); a.Voided.IsZero() || a.Expires.Format("2006-01-02 15:04:05") != "2030-12-31 23:59:59" {
		t.Errorf("%+v", a)
	}
	repeated := w.imports(t, "externalId,stamps\na,3\nd,4\n", issuer.ImportStart{UpsertBy: issuer.UpsertNone}, store.JobDone)
	wantCounts(t, repeated, 1, 1, 0)
	if e := w.errors(t, repeated)[0]; e.Code != "already_exists" || e.Column != "externalId" || e.ExternalID != "a" || e.Line != 2 {
		t.Errorf("%+v", e)
	}
}

// TestImportTellsAndDeletes: what is done to holders is never guessed from the name of a column.
func TestImportTellsAndDeletes(t *testing.T) {
	w := newWorld(t)
	wantCounts(t, w.imports(t, "externalId,stamps\na,1\nb,2\nc,3\nd,4\n", issuer.ImportStart{}, store.JobDone), 4, 0, 0)
	rows := "externalId,stamps,message,deleted\na,5,\"Hello {{stamps}}\",no\nb,,Hello,\nc,7,Bye,yes\nc,,,yes\nx,,,yes\ny,,Hello,\nd,,,perhaps\n"
	wantCounts(t, w.imports(t, rows, issuer.ImportStart{}, store.JobDone), 4, 0, 3)
	for _, name := range []string{"x", "y"} {
		must(t, w.Delete(t.Context(), w.me, w.named(t, name).ID, nil))
	}
	mapped := issuer.ImportStart{Mapping: table.Mapping{{Name: "externalId", Target: "externalId"}, {Name: "stamps", Target: "values.stamps"},
		{Name: "message", Target: "message"}, {Name: "deleted", Target: "deleted"}}}
	j := w.imports(t, rows, mapped, store.JobDone)
	wantCounts(t, j, 3, 2, 2)
	for n, want := range []string{"message message_nobody", "deleted not_boolean"} {
		if e := w.errors(t, j)[n]; e.Column+" "+e.Code != want {
			t.Errorf("%+v, want %s", e, want)
		}
	}
	a, b := w.named(t, "a"), w.named(t, "b")
	if issuer.Shown(a) != "Hello 5" || a.Sent != j.ID || issuer.Shown(b) != "Hello" || string(b.Values["stamps"]) != "2" {
		t.Errorf("%+v, %+v", a, b)
	}
	mixed := w.imports(t, "externalId,stamps,message\na,6,Soon\n", issuer.ImportStart{Mapping: mapped.Mapping[:3]}, store.JobDone)
	wantCounts(t, mixed, 1, 0, 0)
	w.view(t, func(r store.Reader) error {
		all, _, err := r.Events(a.ID, store.Page{})
		if last := all[len(all)-2:]; last[0].Type != "pass.updated" || last[1].Type != "pass.messaged" {
			t.Errorf("events %+v", last)
		}
		return err
	})
	if _, err := w.PassNamed(t.Context(), w.me, issuer.PassName{ExternalID: "c"}); issuer.KindOf(err) != issuer.NotFound {
		t.Errorf("the pass was not deleted: %v", err)
	}
	mapped.UpsertBy = issuer.UpsertNone
	_, err := w.StartImport(t.Context(), w.me, w.upload(t, strings.NewReader(rows)).Job.ID, mapped)
	refusal(t, err, issuer.Invalid, "upsert_by")
}

func TestImportBySerialNumber(t *testing.T) {
	w := newWorld(t)
	by := issuer.ImportStart{UpsertBy: issuer.UpsertSerialNumber}
	wantCounts(t, w.imports(t, "serial,stamps\ns-1,1\ns-2,2\n", by, store.JobDone), 2, 0, 0)
	wantCounts(t, w.imports(t, "serial,stamps\ns-1,1\ns-2,3\n,4\n", by, store.JobDone), 1, 1, 1)
}

func TestImportAllOrNothing(t *testing.T) {
	w := newWorld(t)
	stop := issuer.ImportStart{OnError: issuer.OnErrorStop, UpsertBy: issuer.UpsertNone}
	for name, rows := range map[string]string{
		"a broken row":           "externalId,email\na,ada@example.org\nb,nobody\n",
		"two with one id":        "externalId,stamps\na,1\na,2\n",
		"two with one serial":    "serialNumber,stamps\na,1\nb,2\na,3\n",
		"a cell that is missing": "externalId,stamps\na,1\nb\n",
	} {
		j := w.imports(t, rows, stop, store.JobFailed)
		if j.Failed != 1 || !strings.Contains(j.Reason, "nothing was written") || len(w.errors(t, j)) != 1 {
			t.Errorf("%s: %+v", name, j)
		}
		_, err := w.RetryJob(t.Context(), w.me, j.ID, issuer.Idempotency{})
		refusal(t, err, issuer.Conflict, "nothing_written")
	}
	w.wantPasses(t, 0)
	j := w.imports(t, "externalId,stamps\na,1\nb,2\n", stop, store.JobDone)
	wantCounts(t, j, 2, 0, 0)
	w.wantPasses(t, 2)
}

func (w *world) wantPasses(t testing.TB, want int64) {
	t.Helper()
	w.view(t, func(r store.Reader) error {
		n, err := r.Counter(w.campaign.ID, store.CountPasses)
		if n != want {
			t.Errorf("%d passes, want %d", n, want)
		}
		return err
	})
}

func TestDryImport(t *testing.T) {
	w := newWorld(t)
	w.imports(t, "externalId,stamps\na,1\n", issuer.ImportStart{}, store.JobDone)
	j := w.imports(t, "externalId,stamps\na,1\nb,2\nc,3\n,4\n", issuer.ImportStart{DryRun: true}, store.JobDone)
	wantCounts(t, j, 2, 1, 1)
	w.wantPasses(t, 1)
}

// TestImportAfterDryRun starts the same file again: with another mapping that does not fit,
// dry once more, and in earnest as in the last dry run.
func TestImportAfterDryRun(t *testing.T) {
	w := newWorld(t)
	byNumber := table.Mapping{{Number: 1, Target: "externalId"}, {Number: 2, Target: "values.stamps"}}
	j := w.imports(t, "key,count\na,1\nb,2\n,4\n", issuer.ImportStart{DryRun: true, Mapping: byNumber}, store.JobDone)
	wantCounts(t, j, 2, 1, 0)
	_, err := w.StartImport(t.Context(), w.me, j.ID, issuer.ImportStart{Mapping: table.Mapping{{Number: 9, Target: "code"}}})
	refusal(t, err, issuer.Invalid, "mapping")
	if n := len(w.errors(t, j)); n != 1 {
		t.Errorf("%d errors of the dry run are left after what was refused", n)
	}
	for _, dry := range []bool{true, false} {
		j, err = w.StartImport(t.Context(), w.me, j.ID, issuer.ImportStart{DryRun: dry, UpsertBy: issuer.UpsertExternalID})
		must(t, err)
		if n := len(w.errors(t, j)); n != 0 || j.Seen() != 0 {
			t.Errorf("%d errors and %d rows are left of a dry run", n, j.Seen())
		}
		j = w.work(t, j, store.JobDone)
		wantCounts(t, j, 2, 1, 0)
		if n := len(w.errors(t, j)); n != 1 {
			t.Errorf("%d errors", n)
		}
	}
	w.wantPasses(t, 2)
	_, err = w.StartImport(t.Context(), w.me, j.ID, issuer.ImportStart{})
	refusal(t, err, issuer.Conflict, "import_started")
}

func TestImportReadsWhatSpreadsheetsSave(t *testing.T) {
	book, err := os.ReadFile("../sheet/testdata/members.xlsx")
	must(t, err)
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte("customer id\tStamps\r\nä1\t3\r\n"))
	must(t, err)
	for name, file := range map[string][]byte{"workbook": book, "UTF-16": utf16} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			m := w.upload(t, bytes.NewReader(file))
			if (m.Workbook != nil) != (name == "workbook") || len(m.Rows) == 0 {
				t.Fatalf("%+v", m)
			}
			j, err := w.StartImport(t.Context(), w.me, m.Job.ID, issuer.ImportStart{UpsertBy: issuer.UpsertNone,
				Mapping: table.Mapping{{Number: 1, Target: "externalId"}}})
			must(t, err)
			if j = w.work(t, j, store.JobDone); j.Done == 0 || j.Failed != 0 {
				t.Errorf("%+v %+v", j, w.errors(t, j))
			}
		})
	}
}

func TestImportRefusesFiles(t *testing.T) {
	w := newWorld(t)
	_, err := w.ReceiveImport(t.Context(), w.me, issuer.NewImport{}, strings.NewReader("a\n"))
	refusal(t, err, issuer.Invalid, "campaign_missing")
	for file, code := range map[string]string{"": "table_empty", "PK\x03\x04": "workbook_damaged", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "table_old_excel", "a\x00b": "table_unreadable"} {
		_, err := w.ReceiveImport(t.Context(), w.me, issuer.NewImport{Campaign: w.campaign.ID}, strings.NewReader(file))
		refusal(t, err, issuer.Invalid, code)
	}
	jobs, _, err := w.Jobs(t.Context(), w.me, store.Page{})
	if must(t, err); len(jobs) != 0 {
		t.Errorf("what was refused is kept: %+v", jobs)
	}
	m := w.upload(t, strings.NewReader("externalId,stamps\na,1\n"))
	for code, s := range map[string]issuer.ImportStart{
		"upsert_by": {UpsertBy: issuer.UpsertSerialNumber},
		"on_error":  {OnError: "hope"},
		"mapping":   {Mapping: table.Mapping{{Name: "nowhere", Target: "code"}}},
		"format":    {Wish: table.Wish{Delimiter: "!"}},
	} {
		_, err := w.StartImport(t.Context(), w.me, m.Job.ID, s)
		refusal(t, err, issuer.Invalid, code)
	}
	must(t, second(w.StartImport(t.Context(), w.me, m.Job.ID, issuer.ImportStart{})))
	refusal(t, second(w.StartImport(t.Context(), w.me, m.Job.ID, issuer.ImportStart{})), issuer.Conflict, "import_started")
}

func second[T any](_ T, err error) error { return err }

func TestTagsInACell(t *testing.T) {
	for _, tags := range [][]string{nil, {"gold"}, {"gold", "new"}, {"a, b", "c|d", "e"}, {`c"d`, "e;f", "g"}, {`"a"`, `"`, `b"`, `x",""y`}} {
		if got := issuer.SplitTags(issuer.JoinTags(tags)); strings.Join(got, "\n") != strings.Join(tags, "\n") {
			t.Errorf("%q became %q", tags, got)
		}
	}
	if got := issuer.SplitTags(`19" rack|new`); len(got) != 2 || got[0] != `19" rack` {
		t.Errorf("%q", got)
	}
	if got := issuer.SplitTags(" gold; silver,,new "); len(got) != 3 || got[1] != "silver" {
		t.Errorf("%q", got)
	}
}
