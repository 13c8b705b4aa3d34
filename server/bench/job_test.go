package bench_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pocketpass/server/issuer"
	"pocketpass/store"
	"pocketpass/store/kv"
)

// jobPasses is how many passes a job changes.
var jobPasses = flag.Int("job", 10_000, "passes that BenchmarkJobUpdate changes in each round")

const (
	// rawBatch is how many passes a base puts in a commit.
	rawBatch = 1000

	// idleTime is how long requests are timed while nothing else happens.
	idleTime = 2 * time.Second

	// probeEvery is the pause between two requests of a client that is timed.
	probeEvery = 2 * time.Millisecond

	// calm is how long nobody has asked for anything before a job is timed that is alone:
	// one that had to let others through makes small steps for some seconds more.
	calm = 4 * time.Second

	// askEvery is how often it is looked whether a job is done.
	askEvery = 10 * time.Millisecond
)

// BenchmarkJobUpdate changes a field of many passes by a job. The base puts the very
// keys and values that the same job wrote on a desk into a copy of the desk's database
// as it was before, those of a thousand passes in a commit. ratio is time of the job ÷
// time of the puts, cpu-ratio the same of the time of all processors. Then another job
// changes them again while two clients read and change passes: get-p99 and patch-p99
// are the slowest requests in a hundred during it ÷ those without it.
func BenchmarkJobUpdate(b *testing.B) {
	a, twin := start(b, folder(b)), newTwin(b)
	probed := a.fill(b, *jobPasses, 200)
	p := newProbe(b, a, probed)
	idle := p.during(b, func() { <-time.After(idleTime) })
	var ratios, cpu, rates, gets, patches []float64
	for n := 1; b.Loop(); n += 2 {
		base := twin.puts(b, n)
		twin.follow(b, n+1)
		<-time.After(calm)
		runtime.GC()
		job := worked(b, func() error { return a.stamp(b, n) })
		ratios, cpu = append(ratios, job.wall/base.wall), append(cpu, job.processors/base.processors)
		rates = append(rates, float64(*jobPasses)/job.wall)
		busy := p.during(b, func() { must(b, a.stamp(b, n+1)) })
		gets, patches = append(gets, busy[0]/idle[0]), append(patches, busy[1]/idle[1])
	}
	report(b, median(ratios), median(rates), "passes/s")
	b.ReportMetric(median(cpu), "cpu-ratio")
	b.ReportMetric(median(gets), "get-p99")
	b.ReportMetric(median(patches), "patch-p99")
	b.ReportMetric(idle[0]*1000, "ms/idle-get")
	b.ReportMetric(idle[1]*1000, "ms/idle-patch")
}

// effort is what something took, in seconds.
type effort struct{ wall, processors float64 }

func worked(b testing.TB, f func() error) effort {
	before := processorTime()
	wall := took(b, f)
	return effort{wall, (processorTime() - before).Seconds()}
}

// stamp changes all passes by a job and returns when it is done.
func (a *appliance) stamp(b testing.TB, n int) error {
	raw, err := json.Marshal(n)
	must(b, err)
	j, err := a.Issuer.StartJob(b.Context(), a.actor, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: a.campaign.ID,
		Change: &issuer.Change{Values: map[string]json.RawMessage{"stamps": raw}}})
	for err == nil && !j.Ended() {
		<-time.After(askEvery)
		j, err = a.Issuer.Job(b.Context(), a.actor, j.ID)
	}
	if j.Done != int64(*jobPasses) {
		b.Errorf("the job changed %d passes, want %d: %+v", j.Done, *jobPasses, j)
	}
	return err
}

// twin is a desk whose passes go through the same changes as those of the appliance,
// so that its database has the same shape.
type twin struct {
	*desk
	tape *tape
}

func newTwin(b testing.TB) twin {
	t := &tape{}
	d := newDesk(b, func(e kv.Engine) kv.Engine { t.Engine = e; return t })
	b.Cleanup(func() { d.close(b) })
	d.fill(b, *jobPasses, 0)
	return twin{d, t}
}

// follow changes all passes by a job.
func (t twin) follow(b testing.TB, n int) {
	must(b, t.working(b, func() error { return t.stamp(b, n) }))
}

// puts changes all passes by a job, and returns what it takes to put what this wrote
// into a copy of the database as it was before.
func (t twin) puts(b testing.TB, n int) effort {
	b.Helper()
	before := t.copied(b)
	defer os.Remove(before.Path())
	defer before.Close()
	wrote := t.record(b, n)
	runtime.GC()
	return worked(b, func() error { return putAll(before, wrote) })
}

// record changes all passes by a job and returns what this put.
func (t twin) record(b testing.TB, n int) []byte {
	b.Helper()
	file, err := os.Create(filepath.Join(folder(b), "puts"))
	must(b, err)
	defer os.Remove(file.Name())
	t.tape.to = file
	t.follow(b, n)
	t.tape.to = nil
	must(b, file.Close())
	wrote, err := os.ReadFile(file.Name())
	must(b, err)
	return wrote
}

// copied opens a copy of the database with bare bbolt.
func (a *appliance) copied(b testing.TB) *bbolt.DB {
	b.Helper()
	file, err := os.Create(filepath.Join(folder(b), "copy.db"))
	must(b, err)
	must(b, a.Store.Engine().Snapshot(b.Context(), file))
	must(b, file.Close())
	db, err := bbolt.Open(file.Name(), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	must(b, err)
	return db
}

// probe is two clients, one of which reads passes while the other changes them.
type probe struct {
	callers  []*client
	requests [2][][]byte
	statuses [2]int
}

func newProbe(b testing.TB, a *appliance, passes []store.Pass) *probe {
	p := &probe{callers: clients(b, a.addr, 2), statuses: [2]int{http.StatusOK, http.StatusOK}}
	for n, pass := range passes {
		path := "/api/v1/passes/" + pass.ID.Short()
		body, err := json.Marshal(map[string]any{"values": map[string]any{"holder": n}})
		must(b, err)
		patch := append([]byte("PATCH"), post(path, body, bearer)[len("POST"):]...)
		p.requests[0] = append(p.requests[0], get(path, bearer))
		p.requests[1] = append(p.requests[1], patch)
	}
	return p
}

// during makes requests while do runs and returns the 99th percentile of what those of
// each client take, in seconds.
func (p *probe) during(b testing.TB, do func()) (p99 [2]float64) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	var all sync.WaitGroup
	for n := range p.callers {
		all.Go(func() { p99[n] = p.time(b, ctx, n) })
	}
	do()
	stop()
	all.Wait()
	return p99
}

func (p *probe) time(b testing.TB, ctx context.Context, n int) float64 {
	var times []float64
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for k := 0; ctx.Err() == nil; k++ {
		times = append(times, took(b, func() error { return p.callers[n].send(p.requests[n][k%len(p.requests[n])], p.statuses[n]) }))
		<-tick.C
	}
	slices.Sort(times)
	return times[len(times)*99/100]
}
