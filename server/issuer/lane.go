package issuer

import (
	"context"
	"maps"
	"math/rand/v2"
	"time"

	"pocketpass/push"
	"pocketpass/store"
)

// laneDepth is how many pushes of one topic may be under way, wait for a sender or
// wait to be settled.
const laneDepth = 4096

// lane sends what goes to one topic, so that a topic whose pushes hang or are
// refused holds up no other. Its fields are guarded by delivery.mu.
type lane struct {
	waiting []errand // for a sender, first come, first served
	senders int      // goroutines that send, no more than Config.PushWorkers
	under   int      // entries under way
	rest    rest
}

// rest is the pause after Apple would have nothing more of a topic: what waits
// stays queued as it is, and one push is tried now and then. It is forgotten when
// the program ends, which costs a few refused pushes.
type rest struct {
	tries       int // refusals in a row; 0 is no rest
	until       time.Time
	certificate store.ID // that was refused; zero is none at all
}

func (q *delivery) lane(topic string) *lane {
	l := q.lanes[topic]
	if l == nil {
		l = &lane{}
		q.lanes[topic] = l
	}
	return l
}

// begin sends an errand unless its lane has no room for it. A topic that rests, or
// that nobody can send to, gets one at a time.
func (q *delivery) begin(ctx context.Context, e errand) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lane(e.Topic)
	e.probe = l.rest.tries > 0 || e.err != nil
	room := laneDepth
	if e.probe {
		room = 1
	}
	if l.under >= room || q.flying[flightOf(e.PushEntry)] || l.rest.until.After(q.issuer.cfg.Now()) {
		return false
	}
	q.flying[flightOf(e.PushEntry)] = true
	l.under++
	l.waiting = append(l.waiting, e)
	if l.senders < q.issuer.cfg.PushWorkers {
		l.senders++
		q.sending.Go(func() { q.send(ctx, l) })
	}
	return true
}

// send sends what waits in a lane until nothing does. A goroutine for each push
// would have to grow its stack each time.
func (q *delivery) send(ctx context.Context, l *lane) {
	for e, rests, ok := q.next(l); ok; e, rests, ok = q.next(l) {
		if rests && !e.probe || ctx.Err() != nil {
			e.report <- sent{errand: e, postponed: true}
			continue
		}
		r := q.issuer.push(ctx, e)
		s := sent{errand: e, result: r, verdict: q.issuer.flood.Judge(e.Topic, r)}
		q.note(l, &s)
		e.report <- s
	}
}

// next takes what waited longest, or ends a sender. rests says that the topic was
// refused meanwhile.
func (q *delivery) next(l *lane) (e errand, rests, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(l.waiting) == 0 {
		l.waiting = nil
		l.senders--
		return e, false, false
	}
	e, l.waiting = l.waiting[0], l.waiting[1:]
	return e, l.rest.tries > 0, true
}

// note begins, prolongs or ends the rest of a topic.
func (q *delivery) note(l *lane, s *sent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	resting := l.rest.tries > 0
	if s.probe && s.result.Outcome == push.Accepted {
		q.issuer.flood.Reset(s.Topic) // host and certificate are right
		s.verdict = q.issuer.flood.Judge(s.Topic, s.result)
	}
	switch {
	case s.unwanted || resting && !s.probe:
	case s.stopped() || resting && s.result.Outcome == push.Retry:
		l.rest.tries++
		wait := push.Backoff(l.rest.tries, push.Result{Outcome: push.Stop, RetryAfter: s.result.RetryAfter}, rand.Float64)
		l.rest.until, l.rest.certificate = q.issuer.cfg.Now().Add(wait), s.certificate
	default:
		l.rest = rest{}
	}
}

// stopped says whether a result concerns the topic and not the token.
func (s sent) stopped() bool { return s.result.Outcome == push.Stop || s.verdict == push.Alarm }

// liftRests ends the rests of topics that have another certificate now.
func (q *delivery) liftRests(r store.Reader) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for topic, l := range q.lanes {
		if l.rest.tries == 0 {
			continue
		}
		var now store.ID
		if id, err := q.issuer.announcer(r, topic); err == nil {
			now = id.certificate
		}
		if now != l.rest.certificate {
			l.rest = rest{}
		}
	}
}

// closed lists the topics that can take nothing more at present.
func (q *delivery) closed() (topics []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for topic, l := range q.lanes {
		if l.under >= laneDepth || l.rest.tries > 0 && (l.under > 0 || l.rest.until.After(q.issuer.cfg.Now())) {
			topics = append(topics, topic)
		}
	}
	return topics
}

// nextProbe is when the next topic that rests may be tried, zero if none does.
func (q *delivery) nextProbe() (next time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lanes {
		if u := l.rest.until; u.After(q.issuer.cfg.Now()) && (next.IsZero() || u.Before(next)) {
			next = u
		}
	}
	return next
}

// busy lists what is under way or put aside. It is asked before the queue is read:
// an entry that comes back between the two is skipped, for it may have been read as
// it was before its result; whoever brings it back has the queue read again.
func (q *delivery) busy() map[flight]bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	maps.DeleteFunc(q.aside, func(_ flight, until time.Time) bool { return !until.After(q.issuer.cfg.Now()) })
	busy := maps.Clone(q.flying)
	for f := range q.aside {
		busy[f] = true
	}
	return busy
}

// flights is how many entries are under way or wait to be settled.
func (q *delivery) flights() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.flying)
}

// land has the queue read again for what is under way no longer.
func (q *delivery) land(all ...errand) {
	q.mu.Lock()
	for _, e := range all {
		delete(q.flying, flightOf(e.PushEntry))
		q.lane(e.Topic).under--
	}
	q.mu.Unlock()
	q.issuer.wake()
}
