// Package bench_test measures the whole appliance over real HTTP, each path beside
// the least that this machine would have to do for it: the RSA operation, the bare
// handler, the raw commit, the bare push loop. Both sides of a comparison run in
// turns within one process, so that other work on the machine slows both; what is
// reported as ratio is the median of the rounds.
//
// README.md says how to take the figures and what they should be.
package bench_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pocketpass/server"
)

// TestMain gives both sides the memory settings of the executable.
func TestMain(m *testing.M) {
	server.TuneMemory()
	m.Run()
}

// turn is how long each side runs in a round.
const turn = 250 * time.Millisecond

// run is what one side did in its turn.
type run struct {
	calls   int
	elapsed time.Duration
}

func (r run) rate() float64 { return float64(r.calls) / r.elapsed.Seconds() }

// crowd calls do from n goroutines, numbered from 0, for one turn.
func crowd(b *testing.B, n int, do func(worker int) error) run {
	b.Helper()
	var calls atomic.Int64
	var workers sync.WaitGroup
	begun := time.Now()
	for w := range n {
		workers.Go(func() {
			for time.Since(begun) < turn {
				if err := do(w); err != nil {
					b.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	workers.Wait()
	return run{int(calls.Load()), time.Since(begun)}
}

// side is one half of a comparison.
type side func() run

// compare runs both sides in turns, every other round the other way round, and
// reports the medians: ratio is own ÷ base in calls a second, cpu-ratio the same in
// calls a second of processor time, and unit how fast own was. Where the processor
// is what limits both sides, the two ratios agree on a quiet machine. prepare
// makes ready before each round what is not to be measured.
func compare(b *testing.B, base, own side, unit string, prepare ...func()) {
	b.Helper()
	var ratios, cpu, rates []float64
	for b.Loop() {
		var o, w float64 // calls a second of processor time
		var x, y run
		for _, p := range prepare {
			p()
		}
		if len(ratios)%2 == 0 {
			x, o = metered(base)
			y, w = metered(own)
		} else {
			y, w = metered(own)
			x, o = metered(base)
		}
		ratios, cpu, rates = append(ratios, y.rate()/x.rate()), append(cpu, w/o), append(rates, y.rate())
	}
	report(b, median(ratios), median(rates), unit)
	b.ReportMetric(median(cpu), "cpu-ratio")
}

func metered(do side) (r run, perCPU float64) {
	runtime.GC()
	before := processorTime()
	r = do()
	return r, float64(r.calls) / (processorTime() - before).Seconds()
}

// processorTime is what this process has used of all processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // no other argument could be given
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// report replaces the time per round, which says nothing.
func report(b *testing.B, ratio, rate float64, unit string) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratio, "ratio")
	b.ReportMetric(rate, unit)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
