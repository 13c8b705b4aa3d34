package issuer

import (
	"math/rand/v2"
	"time"
)

// Paced is a Form of a service that had more or less patience with receivers than
// Standard Webhooks have.
type Paced interface {
	Pace() Pace
}

// Pace is how much patience there is with a receiver.
type Pace struct {
	// Within is how long it may take, from the look-up of its name to the end of its
	// answer. It has to be shorter than claimFor.
	Within time.Duration

	// Waits are those between the attempts of a delivery: after one more than these it
	// has failed.
	Waits []time.Duration

	// Gone says that 410 means that the receiver wants no more at all. Otherwise it is
	// a failure like others.
	Gone bool
}

// standardPace takes a little more than disableAfter in all.
var standardPace = Pace{
	Within: 15 * time.Second,
	Waits: []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour},
	Gone: true,
}

// pace is that of the form of this name.
func (i *Issuer) pace(form string) Pace {
	if f, ok := i.form(form).(Paced); ok {
		return f.Pace()
	}
	return standardPace
}

// after is the wait after n attempts that failed, 0 if there is no other one. It is up
// to a fifth longer by chance, so that not everybody comes back at once, and never
// shorter: an endpoint that took nothing in all the time of standardPace has to be
// disabled by the last attempt.
func (p Pace) after(n int) time.Duration {
	if n > len(p.Waits) {
		return 0
	}
	wait := p.Waits[n-1]
	return wait + rand.N(wait/5)
}
