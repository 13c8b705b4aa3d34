package server

import (
	"bytes"
	"cmp"
	"io"
	"net/http"
	"strconv"

	vm "github.com/VictoriaMetrics/metrics"

	"pocketpass/server/web"
)

const (
	requestsName = "pocketpass_http_request_duration_seconds"
	requestsHelp = "Time from the head of a request to the end of its answer."
)

var requestsBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10} // in seconds

// metrics counts requests and answers /metrics. Labels come from our own lists
// (route patterns, classes of status), so that no client can make new ones.
type metrics struct {
	requests *vm.Set
	figures  func(io.Writer)
}

func newMetrics(figures func(io.Writer)) *metrics {
	vm.ExposeMetadata(true) // TYPE lines; a switch of the whole process
	return &metrics{requests: vm.NewSet(), figures: figures}
}

func (m *metrics) observe(o web.Observation) {
	name := requestsName + `{route=` + strconv.Quote(cmp.Or(o.Pattern, "none")) + `,status="` + statusClass(o.Status) + `"}`
	m.requests.GetOrCreatePrometheusHistogramExt(name, requestsBuckets).Update(o.Elapsed.Seconds())
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

// handler answers in Prometheus' text format: requests, figures, Go's own and the process's.
func (m *metrics) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var page bytes.Buffer
		m.writeRequests(&page)
		m.figures(&page)
		vm.WriteProcessMetrics(&page)
		vm.WriteFDMetrics(&page)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(page.Bytes()) // a client that went away needs no answer
	})
}

// writeRequests gives the HELP line its text, which the library leaves empty.
func (m *metrics) writeRequests(w *bytes.Buffer) {
	var set bytes.Buffer
	m.requests.WritePrometheus(&set)
	empty := []byte("# HELP " + requestsName + "\n")
	w.Write(bytes.Replace(set.Bytes(), empty, []byte("# HELP "+requestsName+" "+requestsHelp+"\n"), 1))
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
