package issuer_test

import (
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// BenchmarkJobStep is what a job does for each pass without waiting for the disk.
func BenchmarkJobStep(b *testing.B) {
	w := newWorld(b)
	w.several(b, 5000, "stamps", 0)
	n := 0
	for b.Loop() {
		n++
		j := w.start(b, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(n)})
		w.work(b, j, store.JobDone)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(5000*n), "µs/pass")
}
