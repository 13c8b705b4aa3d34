package server

import (
	"cmp"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pocketpass/server/web"
)

// metrics counts requests and answers /metrics. Labels come from our own lists
// (route patterns, classes of status), so that no client can make new ones.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		registry: registry,
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "pocketpass_http_request_duration_seconds",
			Help:    "Time from the head of a request to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
	}
	registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(o web.Observation) {
	route := cmp.Or(o.Pattern, "none")
	m.requests.WithLabelValues(route, statusClass(o.Status)).Observe(o.Elapsed.Seconds())
}

func statusClass(status int) string {
	switch status / 100 {
	case 2:
		return "2xx"
	case 3:
		return "3xx"
	case 4:
		return "4xx"
	case 5:
		return "5xx"
	}
	return "other"
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// onlyHere answers programs on this machine and nobody else. A request that a
// proxy on this machine passed on comes from loopback too, and is told by the
// headers that proxies add; a proxy that adds none needs a [metrics] listen of its own.
func onlyHere(next http.Handler) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if !web.Client(r).IsLoopback() || !web.Direct(r) {
			return &web.Problem{Status: http.StatusNotFound, Code: "no_route", Detail: "nothing is at this address: check the path"}
		}
		next.ServeHTTP(w, r)
		return nil
	})
}
