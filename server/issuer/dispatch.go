package issuer

import (
	"context"
	"errors"
	"fmt"
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
	last    store.ID        // endpoint that was looked at last; the next look begins after it
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
	due, closed, next, err := q.look(ctx)
	if err != nil {
		return next, err
	}
	for _, e := range closed {
		if err := q.drop(ctx, e); err != nil {
			return next, err
		}
	}
	if len(due) == 0 {
		return next, nil
	}
	claimed, err := q.claim(ctx, due)
	for _, e := range claimed {
		q.begin(ctx, e)
	}
	return next, err
}

// look finds what is due and has room, beginning after the endpoint that was looked
// at last, and the endpoints that are disabled or gone but have a queue.
func (q *dispatch) look(ctx context.Context) (due []errandTo, closed []store.ID, next time.Time, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	healthy, failing := perHealthy-q.healthy, perFailing-q.failing
	err = q.issuer.db.View(ctx, func(r store.Reader) error {
		return q.rounds(r, func(id store.ID) error {
			e, err := r.AnyEndpoint(id)
			switch {
			case errors.Is(err, store.ErrNotFound) || err == nil && e.State != store.EndpointActive:
				closed = append(closed, id)
				return nil
			case store.Lost(err):
				q.complain(ctx, fmt.Errorf("endpoint %s: %w", id, err))
				return nil
			case err != nil:
				return err
			}
			pool, room := &healthy, perEndpoint
			if !e.Failing.IsZero() {
				pool, room = &failing, 1
			}
			if room = min(room-q.under[id], *pool); room <= 0 {
				return nil
			}
			found, after, bad, err := r.DueDeliveries(id, room, q.flying)
			for _, d := range found {
				due = append(due, errandTo{d, e})
			}
			for _, b := range bad {
				q.complain(ctx, b)
			}
			*pool -= len(found)
			if next.IsZero() || !after.IsZero() && after.Before(next) {
				next = after
			}
			q.last = id
			return err
		})
	})
	return due, closed, next, err
}

// rounds goes through the endpoints with a queue, once round.
func (q *dispatch) rounds(r store.Reader, visit func(store.ID) error) error {
	start := q.last
	for _, part := range [][2]store.ID{{start, ^store.ID(0)}, {0, start}} {
		for at := part[0]; ; {
			id, err := r.NextQueue(at)
			if err != nil || id == 0 || id > part[1] {
				if err != nil {
					return err
				}
				break
			}
			if err := visit(id); err != nil {
				return err
			}
			at = id
		}
	}
	return nil
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
