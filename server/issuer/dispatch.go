package issuer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"pocketpass/store"
)

// The queue of deliveries is drained by one reader. It claims what is due by moving
// its Due ahead, so that another process on the same database leaves it alone and a
// crash sends it again: a receiver gets everything at least once, under the same id.
const (
	perEndpoint = 8  // deliveries to one endpoint under way at once
	perHealthy  = 64 // to all endpoints that took the last thing they were sent
	perFailing  = 16 // to all others, of which each gets one at a time: whoever hangs holds up nobody who does not

	// claimFor is how long a delivery is left to whoever claimed it, longer than an
	// attempt can take.
	claimFor = time.Minute

	dropBatch = 500
)

// dispatch hands out what is due.
type dispatch struct {
	issuer  *Issuer
	sending sync.WaitGroup
	last    store.ID        // endpoint that was given to last; the next look begins after it, so that each has its turn
	told    map[string]bool // errors that come back with every look and were logged

	mu      sync.Mutex
	flying  map[store.ID]bool // deliveries under way
	under   map[store.ID]int  // how many of them by endpoint
	healthy int               // how many of them to endpoints that work
	failing int
}

// errandTo is a delivery with where it goes.
type errandTo struct {
	store.Delivery
	endpoint store.Endpoint
}

// SendEvents sends what is queued for endpoints until ctx is done.
func (i *Issuer) SendEvents(ctx context.Context) error {
	q := &dispatch{issuer: i, told: make(map[string]bool), flying: make(map[store.ID]bool), under: make(map[store.ID]int)}
	for ctx.Err() == nil {
		next, err := q.handOut(ctx)
		if err != nil && ctx.Err() == nil {
			i.cfg.Log.ErrorContext(ctx, "hand out deliveries", "err", err)
		}
		d := idleWait
		if !next.IsZero() {
			d = min(d, max(time.Millisecond, next.Sub(i.cfg.Now())))
		}
		q.wait(ctx, d)
	}
	q.sending.Wait()
	return nil
}

func (q *dispatch) wait(ctx context.Context, d time.Duration) {
	select {
	case <-q.issuer.db.Queued():
	default:
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-q.issuer.db.Queued():
		case <-q.issuer.sendable:
		}
	}
}

// SendDue has the queue of deliveries looked at now, as after a jump of the clock.
func (i *Issuer) SendDue() {
	select {
	case i.sendable <- struct{}{}:
	default:
	}
}

// handOut begins what is due and says when to look again.
func (q *dispatch) handOut(ctx context.Context) (next time.Time, err error) {
	found, err := q.look(ctx)
	if err != nil {
		return next, err
	}
	for _, id := range found.closed {
		if err := q.drop(ctx, id); err != nil {
			return found.next, err
		}
	}
	if len(found.due) == 0 {
		return found.next, nil
	}
	claimed, err := q.claim(ctx, found.due)
	for _, e := range claimed {
		q.begin(ctx, e)
	}
	return found.next, err
}

// findings are what a look at the queue finds.
type findings struct {
	due    []errandTo // no more than there is room for
	closed []store.ID // endpoints that are disabled or gone but have a queue
	next   time.Time  // when something else is due; zero if nothing is

	healthy, failing int // room that is left
}

func (q *dispatch) look(ctx context.Context) (f findings, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f.healthy, f.failing = perHealthy-q.healthy, perFailing-q.failing
	err = q.issuer.db.View(ctx, func(r store.Reader) error {
		return q.rounds(r, func(id store.ID) error {
			e, err := r.AnyEndpoint(id)
			switch {
			case errors.Is(err, store.ErrNotFound) || err == nil && e.State != store.EndpointActive:
				f.closed = append(f.closed, id)
				return nil
			case store.Lost(err):
				q.complain(ctx, fmt.Errorf("endpoint %s: %w", id, err))
				return nil
			case err != nil:
				return err
			}
			return q.lookAt(ctx, r, e, &f)
		})
	})
	return f, err
}

// lookAt adds what is due for one endpoint. The caller holds q.mu.
func (q *dispatch) lookAt(ctx context.Context, r store.Reader, e store.Endpoint, f *findings) error {
	pool, room := &f.healthy, perEndpoint
	if !e.Failing.IsZero() {
		pool, room = &f.failing, 1
	}
	if room = min(room-q.under[e.ID], *pool); room <= 0 {
		return nil // whatever lands next has this looked at again
	}
	due, next, bad, err := r.DueDeliveries(e.ID, room, q.flying)
	if err != nil {
		return err
	}
	for _, err := range bad {
		q.complain(ctx, err)
	}
	for _, d := range due {
		f.due = append(f.due, errandTo{d, e})
		q.last = e.ID
	}
	*pool -= len(due)
	if f.next.IsZero() || !next.IsZero() && next.Before(f.next) {
		f.next = next
	}
	return nil
}

// rounds goes through the endpoints with a queue, from the one after q.last once round.
func (q *dispatch) rounds(r store.Reader, visit func(store.ID) error) error {
	start := q.last
	if err := through(r, start, math.MaxUint64, visit); err != nil {
		return err
	}
	return through(r, 0, start, visit)
}

// through goes through the endpoints with a queue above one and up to another.
func through(r store.Reader, after, last store.ID, visit func(store.ID) error) error {
	for {
		id, err := r.NextQueue(after)
		if err != nil || id == 0 || id > last {
			return err
		}
		if err := visit(id); err != nil {
			return err
		}
		after = id
	}
}

// claim takes what is still due.
func (q *dispatch) claim(ctx context.Context, due []errandTo) (claimed []errandTo, err error) {
	err = q.issuer.db.Update(context.WithoutCancel(ctx), func(tx store.Tx) error {
		claimed = claimed[:0]
		for _, e := range due {
			d, err := tx.Delivery(e.endpoint.ID, e.ID)
			if store.Lost(err) {
				continue
			}
			if err != nil {
				return err
			}
			if d.State != store.DeliveryQueued || d.Due.IsZero() || d.Due.After(tx.Now) {
				continue
			}
			d.Due = tx.Now.Add(claimFor)
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
			claimed = append(claimed, errandTo{d, e.endpoint})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return claimed, nil
}

func (q *dispatch) begin(ctx context.Context, e errandTo) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying[e.ID] = true
	q.under[e.endpoint.ID]++
	*q.pool(e.endpoint)++
	q.sending.Go(func() {
		q.issuer.deliver(ctx, e)
		q.land(e)
	})
}

// pool counts what is under way to endpoints like e. The caller holds q.mu.
func (q *dispatch) pool(e store.Endpoint) *int {
	if e.Failing.IsZero() {
		return &q.healthy
	}
	return &q.failing
}

func (q *dispatch) land(e errandTo) {
	q.mu.Lock()
	delete(q.flying, e.ID)
	if q.under[e.endpoint.ID]--; q.under[e.endpoint.ID] == 0 {
		delete(q.under, e.endpoint.ID)
	}
	*q.pool(e.endpoint)--
	q.mu.Unlock()
	q.issuer.SendDue()
}

// drop empties the queue of an endpoint that is sent nothing any more.
func (q *dispatch) drop(ctx context.Context, id store.ID) error {
	for n := dropBatch; n == dropBatch && ctx.Err() == nil; {
		err := q.issuer.db.Update(ctx, func(tx store.Tx) (err error) {
			n, err = tx.DropDeliveries(id, "the endpoint was disabled or deleted before its turn came", tx.Now.Add(keepFailed), dropBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("drop deliveries: %w", err)
		}
	}
	return nil
}

// complain logs an error that every look would meet again, once.
func (q *dispatch) complain(ctx context.Context, err error) {
	if !q.told[err.Error()] {
		q.told[err.Error()] = true
		q.issuer.cfg.Log.ErrorContext(ctx, "passed over in the queue of deliveries", "err", err)
	}
}
