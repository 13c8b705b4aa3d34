package bench_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sideshow/apns2"
	"golang.org/x/net/http2"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// audience is how many devices hear of a change, one push each.
const audience = 5000

// pushers is how many pushes are under way at once, here and there.
const pushers = 64

// BenchmarkPush publishes a template that many devices follow and waits until the
// stand-in has every push: fan-out, queue and results included. The base is a bare
// apns2 loop that pushes to the same devices with the same concurrency.
func BenchmarkPush(b *testing.B) {
	a := start(b, folder(b))
	passes := a.fill(b, audience, audience)
	a.register(b, passes)
	apple := bareClient(a)
	b.Cleanup(apple.CloseIdleConnections)
	own := func() run {
		a.redesign(b)
		return a.pushed(b, func() {
			_, err := a.Issuer.PublishTemplate(b.Context(), a.actor, a.campaign.Template, nil)
			must(b, err)
		})
	}
	base := func() run { return a.pushed(b, func() { pushAll(b, apple, passes) }) }
	base() // both connections are open before anything is measured
	own()
	compare(b, base, own, "pushes/s")
}

// redesign edits the draft: publishing what is in force tells nobody.
func (a *appliance) redesign(b *testing.B) {
	b.Helper()
	e, err := a.Issuer.Template(b.Context(), a.actor, a.campaign.Template)
	must(b, err)
	e.Draft.Strings = map[string]map[string]string{"fr": {"Edition": strconv.Itoa(e.Template.Edited)}}
	_, err = a.Issuer.ChangeTemplate(b.Context(), a.actor, a.campaign.Template, issuer.TemplateChange{Design: &e.Draft})
	must(b, err)
}

// pushed returns the pushes a second from the beginning of do until the stand-in
// has accepted one for each device, and waits for the queue to be empty.
func (a *appliance) pushed(b *testing.B, do func()) run {
	b.Helper()
	goal := a.stage.Push.Stats().Accepted + audience
	begun := time.Now()
	do()
	poll(b, func() bool { return a.stage.Push.Stats().Accepted >= goal })
	took := time.Since(begun)
	poll(b, func() bool { return a.idle(b) })
	return run{audience, took}
}

// idle says whether every push and its result is behind us.
func (a *appliance) idle(b *testing.B) (idle bool) {
	must(b, a.Store.View(b.Context(), func(r store.Reader) error {
		due, next, err := r.DuePushes(1)
		_, none := r.NextFanout()
		idle = len(due) == 0 && next.IsZero() && errors.Is(none, store.ErrNotFound)
		return err
	}))
	return idle
}

func poll(b *testing.B, ready func() bool) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Fatal("the pushes do not arrive")
		}
	}
}

func pushAll(b *testing.B, apple *apns2.Client, passes []store.Pass) {
	queue := make(chan store.Pass, len(passes))
	for _, p := range passes {
		queue <- p
	}
	close(queue)
	var workers sync.WaitGroup
	for range pushers {
		workers.Go(func() {
			for p := range queue {
				_, err := apple.Push(&apns2.Notification{DeviceToken: pushToken(p), Topic: passType, CollapseID: passType, Priority: 5,
					PushType: apns2.PushTypeBackground, Expiration: time.Now().Add(time.Hour), Payload: "{}"})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	workers.Wait()
}

// bareClient is apns2 as its documentation says, apart from the stand-in's root.
func bareClient(a *appliance) *apns2.Client {
	c := apns2.NewClient(a.identity.TLS())
	c.Host = a.stage.Push.URL()
	c.HTTPClient.Transport = trusting(c.HTTPClient.Transport, a)
	return c
}

func trusting(rt http.RoundTripper, a *appliance) http.RoundTripper {
	//lint:ignore SA1019 it is the transport that apns2 brings
	t := rt.(*http2.Transport)
	//lint:ignore SA1019 likewise
	t.TLSClientConfig.RootCAs = a.stage.Push.Roots()
	return t
}
