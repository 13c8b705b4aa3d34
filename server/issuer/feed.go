package issuer

import (
	"context"
	"time"

	"pocketpass/store"
)

// keepFeed is how long an event can be found by its organisation. The history of its
// pass keeps it.
const keepFeed = 90 * 24 * time.Hour

// FeedFilter narrows the feed. What is empty accepts all.
type FeedFilter struct {
	Type     string // name, or a beginning as "pass.*"
	Campaign store.ID
	Pass     store.ID
}

// Feed lists what happened in the actor's organisation. A campaign or pass of another
// is NotFound.
func (i *Issuer) Feed(ctx context.Context, a Actor, f FeedFilter, p store.Page) (all []store.Event, next store.ID, err error) {
	if f.Type != "" && !happens(f.Type) {
		return nil, 0, invalid("query.type", "event_unknown", "there is no event %q; list the types of events, or give a beginning as pass.*", f.Type)
	}
	err = i.db.View(ctx, func(r store.Reader) (err error) {
		if f.Campaign != 0 {
			if _, err := r.Campaign(a.Org, f.Campaign); err != nil {
				return err
			}
		}
		if f.Pass == 0 {
			all, next, err = r.Feed(a.Org, func(l *store.FeedLine) bool { return f.accepts(l.Campaign, l.Type) }, p)
			return err
		}
		if _, err := r.Pass(a.Org, f.Pass); err != nil {
			return err
		}
		all, next, err = r.EventsOf(f.Pass, func(e *store.Event) bool { return f.accepts(e.Campaign, e.Type) }, p)
		return err
	})
	return all, next, err
}

func (f FeedFilter) accepts(campaign store.ID, kind string) bool {
	return (f.Campaign == 0 || campaign == f.Campaign) && (f.Type == "" || covers(f.Type, kind))
}
