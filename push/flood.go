package push

import (
	"sync"
	"time"
)

// Verdict says how far an answer may be trusted.
type Verdict string

// The verdicts of Flood.
const (
	Believe Verdict = "believe" // act on the result
	Doubt   Verdict = "doubt"   // keep the registration: nothing proves yet that host and certificate are right
	Alarm   Verdict = "alarm"   // as Doubt, and stop sending for this topic until Reset
)

const (
	floodWindow = 25
	floodLimit  = 20
	floodAge    = 24 * time.Hour
)

// Flood keeps a wrong host or certificate from wiping the registrations: under
// one every token looks bad. It remembers the last 25 answers of each topic for
// a day. A bad token is believed only beside an answer that shows the way to be
// right, and not when 20 of the window are bad. These raise the alarm, unless a token
// was good since Reset: then host and certificate are right, and whoever holds a pass
// could stop all others' pushes with made-up tokens. The zero value is ready. It is
// safe for concurrent use and reads no clock but Result.At.
type Flood struct {
	mu     sync.Mutex
	topics map[string]*window
}

type window struct {
	answers []heard // oldest first, at most floodWindow
	proved  bool    // a token was good
	alarm   bool
}

type heard struct {
	at  time.Time
	bad bool
}

// Judge takes note of a result and says how far to trust it. Results that say
// nothing of host and certificate (no answer, Throttled, Retry) are not counted.
func (f *Flood) Judge(topic string, r Result) Verdict {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.window(topic)
	bad := r.Outcome == BadToken || r.Outcome == WrongTopic
	if counted := r.Status != 0 && (bad || r.Outcome == Accepted || r.Outcome == Gone); counted {
		w.add(heard{r.At, bad})
	}
	return w.verdict(bad && r.Status != 0)
}

// Reset forgets a topic's answers, after the owner has repaired the cause.
func (f *Flood) Reset(topic string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.topics, topic)
}

func (f *Flood) window(topic string) *window {
	if f.topics == nil {
		f.topics = map[string]*window{}
	}
	w := f.topics[topic]
	if w == nil {
		w = &window{}
		f.topics[topic] = w
	}
	return w
}

func (w *window) add(e heard) {
	old := 0
	for old < len(w.answers) && (len(w.answers)-old >= floodWindow || e.at.Sub(w.answers[old].at) > floodAge) {
		old++
	}
	w.answers = append(w.answers[old:], e)
	w.proved = w.proved || !e.bad
	w.alarm = w.alarm || w.bad() >= floodLimit && !w.proved
}

func (w *window) bad() (n int) {
	for _, e := range w.answers {
		if e.bad {
			n++
		}
	}
	return n
}

func (w *window) verdict(bad bool) Verdict {
	switch {
	case w.alarm:
		return Alarm
	case bad && (w.bad() == len(w.answers) || w.bad() >= floodLimit):
		return Doubt
	default:
		return Believe
	}
}
