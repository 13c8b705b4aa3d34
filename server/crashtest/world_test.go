package crashtest_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// world is the clients with all that they were promised. It outlives the runs of
// the program.
type world struct {
	report
	random  *rand.Rand
	clients []*client
	acks    int64 // acknowledged writes
}

// newWorld makes the clients of a program with an empty database.
func newWorld(t testing.TB, seed uint64, p *program) *world {
	t.Helper()
	w := &world{random: rand.New(rand.NewPCG(seed, 0))}
	d, err := readDesign(newWire(p, &w.report), p.CampaignID)
	if err != nil {
		t.Fatal(err)
	}
	for n := range clients {
		name := fmt.Sprintf("c%d", n)
		w.clients = append(w.clients, &client{
			name: name, random: rand.New(rand.NewPCG(seed, uint64(n)+1)), campaign: p.CampaignID,
			report: &w.report, touched: make(map[*card]bool), phone: newPhone(name),
		})
	}
	w.clients[0].design = d
	return w
}

// each runs do for every client at the same time.
func (w *world) each(to *wire, do func(*client)) {
	var all sync.WaitGroup
	for _, c := range w.clients {
		c.wire = to
		all.Go(func() { do(c) })
	}
	all.Wait()
	to.http.CloseIdleConnections()
}

// load has the clients work for a while and then stops the program by end. It
// returns when end has, and every client has noticed.
func (w *world) load(p *program, d time.Duration, end func()) {
	to, stopped := newWire(p, &w.report), make(chan struct{})
	timer := time.AfterFunc(d, func() {
		defer close(stopped)
		to.ending.Store(true)
		end()
	})
	w.each(to, (*client).work)
	if timer.Stop() { // every client met something unexpected, which is in the report
		end()
	} else {
		<-stopped
	}
	w.acks += to.acks.Load()
}

func (w *world) verify(p *program)    { w.each(newWire(p, &w.report), (*client).verify) }
func (w *world) verifyAll(p *program) { w.each(newWire(p, &w.report), (*client).verifyAll) }

// moment is a random time between least and most.
func (w *world) moment(least, most time.Duration) time.Duration {
	return least + time.Duration(w.random.Int64N(int64(most-least)))
}
