package push_test

import (
	"crypto/tls"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sideshow/apns2"
	"golang.org/x/net/http2"

	"pocketpass/push"
)

// chunk is sent by either side in turn, so that both see the same machine.
const (
	chunk      = 1000
	concurrent = 64
)

// BenchmarkSend measures a push and reports the throughput as a share of a bare
// apns2 loop against the same stand-in, with the same concurrency, in the same run.
func BenchmarkSend(b *testing.B) {
	p := newPair(b, push.Options{})
	bare := bareClient(p, p.authority.issue(b, topic, time.Now().Add(time.Hour)))
	defer bare.CloseIdleConnections()
	ours := func() error { return p.send(b).Err }
	theirs := func() error {
		_, err := bare.Push(&apns2.Notification{DeviceToken: token, Topic: topic, CollapseID: topic, Priority: 5,
			PushType: apns2.PushTypeBackground, Expiration: time.Now().Add(time.Hour), Payload: "{}"})
		return err
	}
	timed(b, 1, ours)
	timed(b, 1, theirs)

	var mine time.Duration
	var shares []float64
	for b.Loop() {
		a, o := timed(b, chunk, ours), timed(b, chunk, theirs)
		mine += a
		shares = append(shares, 100*o.Seconds()/a.Seconds())
	}
	slices.Sort(shares)
	b.ReportMetric(float64(b.N)*chunk/mine.Seconds(), "push/s")
	b.ReportMetric(shares[len(shares)/2], "%ofbare") // the median: other work on the machine comes in bursts
}

// timed calls send n times from concurrent goroutines.
func timed(b *testing.B, n int, send func() error) time.Duration {
	b.Helper()
	jobs := make(chan struct{}, n)
	for range n {
		jobs <- struct{}{}
	}
	close(jobs)
	begun := time.Now()
	var workers sync.WaitGroup
	for range concurrent {
		workers.Go(func() {
			for range jobs {
				if err := send(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	workers.Wait()
	return time.Since(begun)
}

// bareClient is apns2 as its documentation says, apart from the stand-in's root.
func bareClient(p *pair, cert tls.Certificate) *apns2.Client {
	c := apns2.NewClient(cert)
	c.Host = p.apple.URL()
	c.HTTPClient.Transport = bareTransport(c.HTTPClient.Transport, p)
	return c
}

func bareTransport(rt http.RoundTripper, p *pair) http.RoundTripper {
	//lint:ignore SA1019 it is the transport that apns2 brings
	t := rt.(*http2.Transport)
	//lint:ignore SA1019 likewise
	t.TLSClientConfig.RootCAs = p.apple.Roots()
	return t
}
