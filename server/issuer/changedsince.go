package issuer

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"pocketpass/store"
)

// ListQuestion is what a client that counts in time, not in tags, asks for.
type ListQuestion struct {
	PassTypeIdentifier string
	Library            string
	Since              Mark
	From               netip.Addr // tells which device a later fetch comes from
}

// Mark is a moment up to which somebody knows what changed. The zero Mark is none.
type Mark struct {
	At      time.Time
	Seconds bool // it was told in whole seconds
}

// covers says whether a change at a moment is known to whoever has the mark.
func (m Mark) covers(at time.Time) bool {
	if m.Seconds {
		at = at.Truncate(time.Second)
	}
	return !m.At.IsZero() && !at.After(m.At)
}

// ListAnswer is the answer to a ListQuestion.
type ListAnswer struct {
	SerialNumbers []string // sorted
	Newest        time.Time
	Known         bool // the device registered for a pass of this type, be it one that is not here yet
}

// ChangedSince lists a device's passes of a type that changed after a mark. Newest is
// when the last of them did; without any it is the mark, or a moment before any change
// that is still to come.
func (i *Issuer) ChangedSince(ctx context.Context, q ListQuestion) (a ListAnswer, err error) {
	var newest uint64
	err = i.db.View(ctx, func(r store.Reader) error {
		all, err := r.RegistrationsOfDevice(q.PassTypeIdentifier, q.Library)
		if err != nil {
			return err
		}
		a, newest = ListAnswer{Newest: q.Since.At, Known: len(all) > 0}, 0
		for _, g := range all {
			v, err := a.add(r, q, g)
			if err != nil {
				return err
			}
			newest = max(newest, v)
		}
		if a.Newest.IsZero() {
			return a.waits(r, q)
		}
		return nil
	})
	if err != nil {
		return ListAnswer{}, fmt.Errorf("list changed passes: %w", err)
	}
	slices.Sort(a.SerialNumbers)
	if a.Known {
		told := Changed{SerialNumbers: a.SerialNumbers, Tag: strconv.FormatUint(newest, 10)}
		i.seen.listed(q.PassTypeIdentifier, q.Library, "", told, q.From, i.cfg.Now())
	}
	return a, nil
}

// add lists a pass if it changed, and returns its revision then.
func (a *ListAnswer) add(r store.Reader, q ListQuestion, g store.Registration) (uint64, error) {
	p, err := r.AnyPass(g.Pass)
	if err != nil {
		return 0, err
	}
	v, err := r.EffectiveVersion(p)
	if err != nil || q.Since.covers(v.Moment()) || p.IsFile() && !p.Deleted.IsZero() {
		return 0, err
	}
	if len(a.SerialNumbers) == 0 || v.Moment().After(a.Newest) {
		a.Newest = v.Moment()
	}
	a.SerialNumbers = append(a.SerialNumbers, p.SerialNumber)
	return v.Revision, nil
}

// waits answers a device that has nothing but passes that are not here yet, or that
// were deleted.
func (a *ListAnswer) waits(r store.Reader, q ListQuestion) error {
	waiting, err := r.PendingOf(q.PassTypeIdentifier, q.Library, 1)
	a.Known = a.Known || len(waiting) > 0
	a.Newest = r.Now.Add(-time.Millisecond)
	if len(waiting) > 0 {
		a.Newest = waiting[0].Created.Add(-time.Millisecond)
	}
	return err
}
