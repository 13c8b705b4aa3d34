package issuer

import (
	"errors"
	"time"

	"pocketpass/store"
)

// allowed refuses an order that the rules of its campaign or template do not let
// through now. It runs in the transaction that issues and only reads, so that
// what it counts cannot change in between and a refused order uses nothing up.
func allowed(r store.Reader, c store.Campaign, t store.Template) error {
	if err := issues(c); err != nil {
		return err
	}
	switch {
	case !t.Deleted.IsZero():
		return conflict("template_deleted", "the template was deleted on %s; issue from another one", written(t.Deleted))
	case !t.Invalid.IsZero():
		return conflict("template_invalid", "the template was made invalid on %s, for ever; issue from another one", written(t.Invalid))
	case t.Disabled:
		return conflict("template_disabled", "the template issues nothing for now; enable it, or issue from another one")
	}
	if err := onTime(r.Now, "campaign", c.Rules.Starts, c.Rules.Ends); err != nil {
		return err
	}
	if err := onTime(r.Now, "template", t.Starts, t.Ends); err != nil {
		return err
	}
	if err := roomLeft(r, "campaign", c.ID, c.Rules.MaxIssued); err != nil {
		return err
	}
	return roomLeft(r, "template", t.ID, t.MaxIssued)
}

// onTime refuses what is issued before a start or after an end, of which either
// may be missing.
func onTime(now time.Time, what string, starts, ends time.Time) error {
	switch {
	case now.Before(starts):
		return conflict(what+"_not_started", "the %s issues from %s on; send the order again then, or move its start", what, written(starts))
	case !ends.IsZero() && now.After(ends):
		return conflict(what+"_ended", "the %s issued until %s; move its end, or issue from another one", what, written(ends))
	}
	return nil
}

// roomLeft refuses what is issued beyond the limit of a campaign or template.
func roomLeft(r store.Reader, what string, id store.ID, limit int64) error {
	if limit == 0 {
		return nil
	}
	issued, err := r.Counter(id, store.CountIssued)
	if err != nil || issued < limit {
		return err
	}
	return conflict(what+"_full", "the %s issues %d passes and has issued %d; raise maxIssued, or issue from another one", what, limit, issued)
}

// written is a moment in a message.
func written(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// countIssued keeps the numbers that rules go by. Those of a template without a
// limit nobody needs.
func countIssued(tx store.Tx, c store.Campaign, t store.Template) error {
	err := errors.Join(tx.Count(c.ID, store.CountPasses, 1), tx.Count(c.ID, store.CountIssued, 1))
	if t.MaxIssued > 0 {
		err = errors.Join(err, tx.Count(t.ID, store.CountIssued, 1))
	}
	return err
}

// startCounting sets the number issued from a template that is given a limit, from
// what is known by the day.
func startCounting(tx store.Tx, t store.Template) error {
	days, err := tx.Tallies(store.Scope{Org: t.Org, ID: t.ID}, 0, store.DayOf(tx.Now))
	if err != nil {
		return err
	}
	known, err := tx.Counter(t.ID, store.CountIssued)
	if err != nil {
		return err
	}
	issued := int64(0)
	for _, d := range days {
		issued += d.Counts[store.Creates]
	}
	return tx.Count(t.ID, store.CountIssued, issued-known)
}
