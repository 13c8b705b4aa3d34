package crashtest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocketpass/store"
)

var importRows = flag.Int("crash.import", 6000, "how many rows TestKillImport imports")

// TestKillImport kills the server again and again while a job imports a table. In the
// end there is one pass for each row, and it was written once.
func TestKillImport(t *testing.T) {
	exe, data := executable(t, ""), t.TempDir()
	p := mustStart(t, exe, data)
	w := newWorld(t, 1, p)
	c := w.clients[1]
	c.wire = newWire(p, &w.report)
	job := c.startImport(t, *importRows)
	p, kills := w.killAlong(t, p, exe, data, job, *importRows)
	w.fail(t)
	p.term(t)
	p.exit(t)
	check(t, data)
	wantRowsOnce(t, data, *importRows)
	if t.Logf("%d kills in the middle of the import", kills); kills < 1 {
		t.Error("the import met no kill, which proves nothing")
	}
}

func (c *client) startImport(t *testing.T, rows int) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "rows.csv")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(file, "externalId,stamps")
	for n := range rows {
		fmt.Fprintf(file, "row-%d,%d\n", n, n%10)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	a, ok := c.wire.write(request{method: "POST", path: "/api/v1/imports?start=true&upsertBy=none&campaign=" + c.campaign,
		media: form.FormDataContentType(), body: body.Bytes()}, http.StatusCreated)
	var v struct{ ID string }
	if !ok || json.Unmarshal(a.body, &v) != nil {
		t.Fatalf("start import: %s", a.body)
	}
	return v.ID
}

// wantRowsOnce reads the database that a stopped program left.
func wantRowsOnce(t *testing.T, data string, rows int) {
	t.Helper()
	left(t, data, func(r store.Reader, o store.Organisation) error {
		for n := range rows {
			p, err := r.PassByExternalID(o.ID, fmt.Sprintf("row-%d", n))
			if err != nil {
				return err
			}
			if p.Edited != 0 || string(p.Values["stamps"]) != fmt.Sprint(n%10) {
				t.Errorf("row %d: edited %d times, %s stamps", n, p.Edited, p.Values["stamps"])
			}
		}
		passes, _, err := r.Passes(store.PassFilter{Org: o.ID}, store.Page{})
		others := slices.DeleteFunc(passes, func(p store.Pass) bool { return strings.HasPrefix(p.ExternalID, "row-") })
		if made := len(passes) - len(others); made != rows {
			t.Errorf("%d passes of rows, want %d", made, rows)
		}
		return err
	})
}
