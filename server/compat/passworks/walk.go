package passworks

import (
	"sync"

	"pocketpass/store"
)

// walks remember how far clients have come in lists of passes. Lists count their pages by
// number; who reads one page after another gets each at the cost of the first.
type walks struct {
	mu  sync.Mutex
	all map[store.ID]*walk
}

// mostWalks bounds how many lists are remembered, mostSteps how many places of each.
const (
	mostWalks = 1000
	mostSteps = 1000
)

// walk is a list with passes whose place in it is known.
type walk struct {
	deleted int64 // passes that were deleted until then: later ones move what comes after them
	steps   map[int]store.ID
}

// page reads a page of the passes of a campaign.
func (w *walks) page(r store.Reader, c store.Campaign, p page) ([]store.Pass, error) {
	deleted, err := deletedOf(r, c.ID)
	if err != nil {
		return nil, err
	}
	from := p.skipped()
	at, after := w.nearest(c.ID, deleted, from)
	after, found, err := r.SkipPasses(c.ID, after, from-at)
	if err != nil || !found {
		return nil, err
	}
	all, _, err := r.Passes(store.PassFilter{Org: c.Org, Campaign: c.ID}, store.Page{After: after, Limit: p.Per})
	if err == nil && len(all) == p.Per {
		w.remember(c.ID, deleted, from+p.Per, all[len(all)-1].ID)
	}
	return all, err
}

func deletedOf(r store.Reader, campaign store.ID) (int64, error) {
	issued, err := r.Counter(campaign, store.CountIssued)
	if err != nil {
		return 0, err
	}
	left, err := r.Counter(campaign, store.CountPasses)
	return issued - left, err
}

// nearest is the last place not behind the one that is wanted whose pass is known.
func (w *walks) nearest(campaign store.ID, deleted int64, wanted int) (at int, id store.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.all[campaign]
	if known == nil || known.deleted != deleted {
		return 0, 0
	}
	for place, pass := range known.steps {
		if place <= wanted && place > at {
			at, id = place, pass
		}
	}
	return at, id
}

func (w *walks) remember(campaign store.ID, deleted int64, place int, pass store.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.all[campaign]
	if known == nil || known.deleted != deleted {
		if w.all == nil || len(w.all) >= mostWalks {
			w.all = make(map[store.ID]*walk)
		}
		known = &walk{deleted, make(map[int]store.ID)}
		w.all[campaign] = known
	}
	if len(known.steps) >= mostSteps {
		clear(known.steps)
	}
	known.steps[place] = pass
}
