package server

import (
	"pocketpass/push"
	"pocketpass/server/issuer"
	"pocketpass/store/kv/boltkv"

	"github.com/prometheus/client_golang/prometheus"
)

// figures tells Prometheus what the database and the issuer have counted.
type figures struct {
	db     *boltkv.DB
	issuer *issuer.Issuer
}

var (
	signedDesc  = prometheus.NewDesc("pocketpass_passes_signed_total", "Passes signed; what the cache served is not among them.", nil, nil)
	pushedDesc  = prometheus.NewDesc("pocketpass_pushes_total", "Pushes by what came of them.", []string{"outcome"}, nil)
	fileDesc    = prometheus.NewDesc("pocketpass_store_file_bytes", "Size of the database file.", nil, nil)
	freeDesc    = prometheus.NewDesc("pocketpass_store_free_bytes", "Part of the database file that is free to be used again.", nil, nil)
	commitsDesc = prometheus.NewDesc("pocketpass_store_commits_total", "Commits that reached the disk.", nil, nil)
	updatesDesc = prometheus.NewDesc("pocketpass_store_updates_total", "Changes; several may share a commit.", nil, nil)
)

// Describe implements prometheus.Collector.
func (f figures) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, out) }

// Collect implements prometheus.Collector.
func (f figures) Collect(out chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	s := f.db.Stats()
	out <- prometheus.MustNewConstMetric(fileDesc, prometheus.GaugeValue, float64(s.FileBytes))
	out <- prometheus.MustNewConstMetric(freeDesc, prometheus.GaugeValue, float64(s.FreePages)*float64(s.PageBytes))
	count(commitsDesc, float64(s.Commits))
	count(updatesDesc, float64(s.Updates))
	count(signedDesc, float64(f.issuer.Signed()))
	for _, o := range push.Outcomes {
		count(pushedDesc, float64(f.issuer.Pushed(o)), string(o))
	}
}
