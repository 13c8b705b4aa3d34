package issuer

import (
	"context"
	"fmt"
	"time"

	"pocketpass/store"
)

const (
	lapseEvery = time.Minute
	lapseBatch = 500 // passes that share a commit
)

// expires is when a pass that is issued now expires by its campaign's rule; zero
// means not at all, or not yet known.
func expires(rule store.ExpiryRule, now time.Time) time.Time {
	if rule.AfterIssue > 0 {
		return afterDays(now, rule.AfterIssue)
	}
	return rule.At
}

// setExpires sets when p expires. The zero time is never, also once a device adds it.
func setExpires(p *store.Pass, given *time.Time) {
	if given != nil {
		p.Expires, p.Lasting = moment(*given), given.IsZero()
	}
}

// afterDays is so many days of 24 hours later.
func afterDays(t time.Time, days int) time.Time { return t.Add(time.Duration(days) * 24 * time.Hour) }

// ExpirePasses notes of every pass whose date has passed since the last call that it
// expired, once for each pass and date, and says of how many.
func (i *Issuer) ExpirePasses(ctx context.Context) (expired int, err error) {
	for more := true; more; {
		var b store.ExpiredBatch
		err := i.update(ctx, func(tx store.Tx) (err error) {
			if b, err = tx.Expired(lapseBatch); err != nil {
				return err
			}
			for _, p := range b.Passes {
				if err := lapse(tx, p); err != nil {
					return err
				}
			}
			return tx.FinishExpired(b)
		})
		if err != nil {
			return expired, fmt.Errorf("expire passes: %w", err)
		}
		for _, lost := range b.Lost {
			i.cfg.Log.ErrorContext(ctx, "passed over a pass that expired", "err", lost)
		}
		expired, more = expired+len(b.Passes), b.More
	}
	return expired, nil
}

func (i *Issuer) expirePasses(ctx context.Context) error {
	_, err := i.ExpirePasses(ctx)
	return err
}

// lapse notes that the date of p has passed. Phones know the date, so nothing is pushed.
func lapse(tx store.Tx, p store.Pass) error {
	return happened(tx, Actor{}, p, eventExpired, map[string]string{"expired": written(p.Expires)})
}

// lapseIfOver notes it of a pass that was given a date in the past. A date that
// ExpirePasses has not come to yet is left to it.
func lapseIfOver(tx store.Tx, p store.Pass) error {
	if p.Expires.IsZero() || p.Expires.After(tx.Now) {
		return nil
	}
	passed, err := tx.ExpiryPassed(p)
	if err != nil || !passed {
		return err
	}
	return lapse(tx, p)
}
