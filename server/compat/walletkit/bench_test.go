package walletkit_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
)

// The benchmarks make the same call natively and through the dialect in turn, over HTTP,
// and report both medians and how they relate.

func BenchmarkIssue(bench *testing.B) {
	b := newBrand(bench)
	id := b.template(bench, b.concert())
	campaign := compattest.Record(bench, b.Server, b.pass(bench, id, nil).issued()).Campaign.Short()
	compare(bench,
		func() {
			b.Post(bench, "/api/v1/campaigns/"+campaign+"/passes", `{"values": {"seat": "C 17", "door": 3}}`).Status(bench, 201)
		},
		func() {
			b.send(bench, http.MethodPost, templates+"/"+id, `{"keys": [{"key": "seat", "value": "C 17"}, {"key": "door", "value": 3}]}`).Status(bench, 200)
		})
}

func BenchmarkGet(bench *testing.B) {
	b := newBrand(bench)
	id := b.template(bench, b.concert())
	compare(bench,
		func() { b.Get(bench, "/api/v1/templates/"+id).Status(bench, 200) },
		func() { b.send(bench, http.MethodGet, templates+"/"+id, nil).Status(bench, 200) })
}

func compare(b *testing.B, native, dialect func()) {
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
