package issuer

import (
	"context"
	"sync"
	"time"

	"pocketpass/push"
	"pocketpass/store"
)

// The push queue is drained by one reader that finds what is due, a lane of
// senders for each topic, and one writer that settles results in batches. An entry
// leaves the queue in the commit that notes its result, so a crash pushes again,
// which is harmless: a push carries nothing. The same holds for two processes on
// one database.
const dueBatch = 256

// sent is a push with its result.
type sent struct {
	errand
	result    push.Result
	verdict   push.Verdict
	postponed bool // nothing was sent: it stays queued, or becomes so
}

// Deliver sends what is queued or published until ctx is done.
func (i *Issuer) Deliver(ctx context.Context) error {
	q := &delivery{issuer: i, done: make(chan sent, settleBatch), published: make(chan struct{}, 1), flying: make(map[flight]bool),
		lanes: make(map[string]*lane), aside: make(map[flight]time.Time), told: make(map[string]complaint)}
	var feeding, settling sync.WaitGroup
	feeding.Go(func() { q.read(ctx) })
	feeding.Go(func() { q.spread(ctx) })
	settling.Go(func() { q.settle(ctx) })
	feeding.Wait()
	q.sending.Wait()
	close(q.done)
	settling.Wait()
	i.senders.closeAll()
	return nil
}

type delivery struct {
	issuer    *Issuer
	sending   sync.WaitGroup
	done      chan sent     // of entries of the queue
	published chan struct{} // wakes spread

	mu     sync.Mutex
	told   map[string]complaint // by subject
	flying map[flight]bool
	lanes  map[string]*lane     // by topic
	aside  map[flight]time.Time // whose results cannot be written: when to try again
}

// flight names what an entry's push is about: of one topic and token there is
// only one under way.
type flight struct{ topic, token string }

func flightOf(e store.PushEntry) flight { return flight{e.Topic, e.Token} }

// read hands due entries to the senders.
func (q *delivery) read(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case q.published <- struct{}{}:
		default:
		}
		next, err := q.handOut(ctx)
		q.complain(ctx, "read push queue", err)
		d := idleWait
		if !next.IsZero() {
			d = min(d, max(time.Millisecond, next.Sub(q.issuer.cfg.Now())))
		}
		wait(ctx, q.issuer.pushable, d)
	}
}

// idleWait is the longest the queue is not looked at, whatever it said last.
const idleWait = 30 * time.Second

// complaint is what was logged last about a subject.
type complaint struct {
	text string
	at   time.Time
}

// complain logs an error that comes back with every look at the queue once an hour.
func (q *delivery) complain(ctx context.Context, subject string, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	last := q.told[subject]
	if now := q.issuer.cfg.Now(); last.text != err.Error() || now.Sub(last.at) >= time.Hour {
		q.told[subject] = complaint{err.Error(), now}
		q.issuer.cfg.Log.ErrorContext(ctx, subject, "err", err)
	}
}

// handOut gives every due entry that is not under way to its lane and says when
// to look again. Entries that cannot be read are its error and stop no others.
func (q *delivery) handOut(ctx context.Context) (next time.Time, err error) {
	for begun := true; begun && ctx.Err() == nil; {
		busy := q.busy()
		var due []errand
		bad := q.issuer.db.View(ctx, func(r store.Reader) error {
			q.liftRests(r)
			entries, after, err := r.DuePushes(len(busy)+dueBatch, q.closed()...)
			next = after
			due = q.issuer.errands(r, entries, busy)
			return err
		})
		err, begun = bad, false
		for _, e := range due {
			e.report = q.done
			begun = q.begin(ctx, e) || begun
		}
	}
	if probe := q.nextProbe(); next.IsZero() || !probe.IsZero() && probe.Before(next) {
		next = probe
	}
	return next, err
}
