package compattest

import (
	"slices"
	"testing"
	"time"
)

// Compare makes the same call natively and through a dialect in turn and reports both
// medians and how the second relates to the first, as ratio.
func Compare(b *testing.B, native, dialect func()) {
	b.Helper()
	var all [2][]time.Duration
	for b.Loop() {
		for n, call := range []func(){native, dialect} {
			start := time.Now()
			call()
			all[n] = append(all[n], time.Since(start))
		}
	}
	base, own := median(all[0]), median(all[1])
	b.ReportMetric(float64(base.Microseconds()), "native-µs")
	b.ReportMetric(float64(own.Microseconds()), "dialect-µs")
	b.ReportMetric(float64(own)/float64(base), "ratio")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
