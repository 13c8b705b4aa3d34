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
	"testing"
	"time"
)

// turn is how long each side runs in a round.
const turn = 500 * time.Millisecond

// rate calls do from n goroutines, numbered from 0, for one turn and returns the
// calls a second.
func rate(b *testing.B, n int, do func(worker int) error) float64 {
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
	return float64(calls.Load()) / time.Since(begun).Seconds()
}

// side is one half of a comparison: how fast it is, in whatever unit.
type side func() float64

// compare runs both sides in turns and returns the median of own ÷ base and of own.
// Every other round begins with the other side.
func compare(b *testing.B, base, own side) (ratio, rate float64) {
	b.Helper()
	var ratios, rates []float64
	for b.Loop() {
		runtime.GC()
		var x, y float64
		if len(ratios)%2 == 0 {
			x = base()
			y = own()
		} else {
			y = own()
			x = base()
		}
		ratios, rates = append(ratios, y/x), append(rates, y)
	}
	return median(ratios), median(rates)
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
