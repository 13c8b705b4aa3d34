package crashtest_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pocketpass/store"
	"pocketpass/store/backup"
	"pocketpass/store/kv/boltkv"
)

var (
	jobPasses = flag.Int("crash.job", 5000, "how many passes the job of TestKillJob changes; more give the kills a wider field")
	jobKills  = flag.Int("crash.job.kills", 6, "how often TestKillJob kills the server")
)

// jobStamps is what the job writes into every pass; no client does.
const jobStamps = 987_654

// TestKillJob kills the server again and again while a job changes passes. In the end
// each was changed exactly once, and the phones that have them were told.
func TestKillJob(t *testing.T) {
	exe, data := executable(t, ""), t.TempDir()
	p := mustStart(t, exe, data)
	w := newWorld(t, 1, p)
	c := w.clients[1]
	c.wire = newWire(p, &w.report)
	for range 20 {
		c.issue()
		c.register()
	}
	c.list()
	c.issueMany(t, *jobPasses)
	job := c.stampAll(t)
	p, kills := w.killAlong(t, p, exe, data, job, *jobPasses)
	for _, k := range c.cards {
		now := k.promised
		now.Edited, now.Stamps = now.Edited+1, jobStamps
		c.settle(k, now)
		c.verifyCard(k)
	}
	c.list()
	w.fail(t)
	p.term(t)
	p.exit(t)
	check(t, data)
	if once := changedOnce(t, data); once < *jobPasses {
		t.Errorf("%d passes were changed, want at least %d", once, *jobPasses)
	}
	if t.Logf("%d kills in the middle of the job", kills); kills < 2 {
		t.Errorf("the job met %d kills; fewer than 2 prove nothing", kills)
	}
}

// killAlong kills the server at several places of a job with so many items that the
// first client started. It returns the server in which the job came to its end, and how
// often it was killed.
func (w *world) killAlong(t *testing.T, p *program, exe, data, job string, items int) (last *program, kills int) {
	t.Helper()
	c := w.clients[1]
	for n := range *jobKills {
		if !c.watch(t, job, items*(n+1)/(*jobKills+2)) {
			break
		}
		p.kill()
		kills++
		check(t, data)
		p = mustStart(t, exe, data)
		c.wire = newWire(p, &w.report)
	}
	if c.watch(t, job, math.MaxInt) {
		t.Error("the job still runs")
	}
	return p, kills
}

// issueMany issues n passes by jobs.
func (c *client) issueMany(t *testing.T, n int) {
	t.Helper()
	orders := make([]map[string]any, n)
	for k := range orders {
		orders[k] = map[string]any{"values": map[string]any{"stamps": 1}}
	}
	c.issueOrders(t, orders)
}

// issueOrders issues passes by jobs, as many with each as one takes.
func (c *client) issueOrders(t *testing.T, all []map[string]any) {
	t.Helper()
	const most = 1000
	for orders := range slices.Chunk(all, most) {
		id := c.startJob(t, map[string]any{"kind": "issue", "campaign": c.campaign, "passes": orders})
		if c.watch(t, id, math.MaxInt) {
			t.Fatal("the passes were not issued")
		}
	}
}

// stampAll starts a job that changes every pass.
func (c *client) stampAll(t *testing.T) string {
	t.Helper()
	return c.startJob(t, map[string]any{"kind": "update", "campaign": c.campaign,
		"change": map[string]any{"values": map[string]any{"stamps": jobStamps}}})
}

func (c *client) startJob(t *testing.T, body map[string]any) string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := c.wire.write(request{method: "POST", path: "/api/v1/jobs", body: text}, http.StatusAccepted)
	var v struct{ ID string }
	if !ok || json.Unmarshal(a.body, &v) != nil {
		t.Fatalf("start job: %s", a.body)
	}
	return v.ID
}

// watch waits until a job has dealt with so many passes, and says whether it still
// runs then. Nothing of it may have failed.
func (c *client) watch(t *testing.T, job string, seen int) bool {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for last := time.Now().Add(2 * hung); time.Now().Before(last); <-tick.C {
		a, ok := c.wire.ask(request{method: "GET", path: "/api/v1/jobs/" + job}, http.StatusOK)
		var v struct {
			State  string
			Counts struct{ Seen, Failed int }
		}
		if !ok || json.Unmarshal(a.body, &v) != nil || v.Counts.Failed > 0 {
			t.Fatalf("job: %s", a.body)
		}
		if v.State == "done" || v.Counts.Seen >= seen {
			return v.State != "done"
		}
	}
	return true
}

// changedOnce counts the passes that the job changed, in the database that a stopped
// program left. Every device that has one was pushed to, or is going to be.
func changedOnce(t *testing.T, data string) (n int) {
	t.Helper()
	left(t, data, func(r store.Reader, o store.Organisation) error {
		passes, _, err := r.Passes(store.PassFilter{Org: o.ID}, store.Page{})
		for _, p := range passes {
			if string(p.Values["stamps"]) != fmt.Sprint(jobStamps) || p.Edited != 1 {
				t.Errorf("pass %s was edited %d times and has %s stamps", p.ID, p.Edited, p.Values["stamps"])
			}
			n++
			err = errors.Join(err, wantTold(t, r, p))
		}
		return err
	})
	return n
}

// left reads the database that a stopped program left.
func left(t *testing.T, data string, read func(store.Reader, store.Organisation) error) {
	t.Helper()
	engine, err := boltkv.Open(filepath.Join(data, backup.DefaultDatabase), boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	db, err := store.Open(t.Context(), engine, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(t.Context(), func(r store.Reader) error {
		o, err := r.OrganisationNamed(store.DefaultOrganisation)
		if err != nil {
			return err
		}
		return read(r, o)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantTold(t *testing.T, r store.Reader, p store.Pass) error {
	all, err := r.RegistrationsOfPass(p.ID)
	for _, g := range all {
		d, bad := r.Device(g.PassTypeIdentifier, g.Library)
		if err = errors.Join(err, bad); err != nil {
			return err
		}
		if _, waits := r.PushEntry(d.PassTypeIdentifier, d.PushToken); waits != nil && d.Pushed.Revision < p.Version.Revision {
			t.Errorf("nothing told %s of revision %d of pass %s: %+v", g.Library, p.Version.Revision, p.ID, d.Pushed)
		}
	}
	return err
}
