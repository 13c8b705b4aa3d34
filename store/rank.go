package store

import (
	"cmp"
	"slices"
	"sync"

	"pocketpass/store/kv"
)

// ranks remember at which place of a list of passes some of them stand, so that a page
// far in that is asked for by its number costs about what the first one does. A list
// is the passes of an organisation or of a campaign, oldest first. New ones come at its
// end, for ids grow, so places hold until a pass is deleted, or one that was comes back.
type ranks struct {
	mu    sync.Mutex
	lists map[PassFilter]*marks
}

// marks are the passes of a list before which so many others stand: at[n] is the one
// before which there are n·markEvery, 0 if that is not known.
type marks struct {
	shifted int64 // as it was counted when they were met
	at      []ID
}

const (
	// markEvery is how many keys are read at most to find a place that was passed. A
	// million passes have 10,000 marks, 80 kB.
	markEvery = 100

	// farIn is from which place on it is worth the while.
	farIn = 1000

	// mostRanks bounds the lists that are remembered.
	mostRanks = 64
)

// ranked says whether places are remembered of the list that f is. Passes get another
// template and lose tags; nothing counts that. What a transaction has not committed must
// not be remembered either.
func (r Reader) ranked(f PassFilter) bool {
	return f == PassFilter{Org: f.Org, Campaign: f.Campaign} && r.counting == nil
}

// stretch is a part of a list, by places.
type stretch struct{ from, to int64 } // to is behind the last one

func (s stretch) has(place int64) bool { return s.from <= place && place < s.to }

// rankedIDs are the ids of a stretch of a list that has total passes, oldest first.
func (r Reader) rankedIDs(f PassFilter, s stretch, total int64) (ids []ID, err error) {
	if s.from >= s.to {
		return nil, nil
	}
	shifted, err := r.Counter(cmp.Or(f.Campaign, f.Org), countShifted)
	if err != nil {
		return nil, err
	}
	known := r.memo.ranks.of(f, shifted)
	way := known.way(f, s, total)
	_, prefix := f.index()
	var passed []mark
	err = r.kv.Scan(way.index, way.keys, func(key, _ []byte) error {
		if way.beyond(s) {
			return kv.ErrStop
		}
		id, err := idFromKey(key[len(prefix):])
		if s.has(way.place) {
			ids = append(ids, id)
		}
		if way.place%markEvery == 0 && !known.has(way.place/markEvery) {
			passed = append(passed, mark{way.place / markEvery, id})
		}
		way.step()
		return err
	})
	if way.keys.Reverse {
		slices.Reverse(ids)
	}
	if err == nil {
		r.memo.ranks.keep(f, shifted, passed)
	}
	return ids, err
}

// way leads through a list, up or down.
type way struct {
	index kv.Table
	keys  kv.Range
	place int64 // of the key that comes next
}

func (w *way) step() {
	if w.keys.Reverse {
		w.place--
	} else {
		w.place++
	}
}

// beyond says whether nothing of s is to come.
func (w *way) beyond(s stretch) bool {
	return w.keys.Reverse && w.place < s.from || !w.keys.Reverse && w.place >= s.to
}

// way begins at the mark, or the end of the list, that is the fewest places away.
func (m marks) way(f PassFilter, s stretch, total int64) (w way) {
	var prefix []byte
	w.index, prefix = f.index()
	w.keys = Page{}.prefixed(prefix)
	below, above := m.around(s)
	end := total
	if above > 0 {
		end = above * markEvery
	}
	switch down := end-s.to < s.from-below*markEvery; {
	case down:
		w.keys.Reverse, w.place = true, end-1
		if above > 0 {
			w.keys.To = append(prefix, m.at[above].key()...)
		}
	case below > 0:
		w.keys.From, w.place = append(prefix, m.at[below].key()...), below*markEvery
	}
	return w
}

func (m marks) has(n int64) bool { return n < int64(len(m.at)) && m.at[n] != 0 }

// around are the next marks that are known on both sides of s, 0 if there is none.
func (m marks) around(s stretch) (below, above int64) {
	for n := min(s.from/markEvery, int64(len(m.at))-1); n > 0 && below == 0; n-- {
		if m.has(n) {
			below = n
		}
	}
	for n := (s.to + markEvery - 1) / markEvery; n < int64(len(m.at)) && above == 0; n++ {
		if m.has(n) {
			above = n
		}
	}
	return below, above
}

// of is what is known of a list in which so much was shifted.
func (k *ranks) of(f PassFilter, shifted int64) marks {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.lists[f]; m != nil && m.shifted == shifted {
		return *m
	}
	return marks{}
}

// mark is one of marks.
type mark struct {
	n  int64
	id ID
}

// keep remembers what was passed on the way.
func (k *ranks) keep(f PassFilter, shifted int64, passed []mark) {
	if len(passed) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.lists[f]
	if m == nil || m.shifted != shifted {
		if k.lists == nil || len(k.lists) >= mostRanks {
			k.lists = make(map[PassFilter]*marks)
		}
		m = &marks{shifted: shifted}
		k.lists[f] = m
	}
	at := slices.Clone(m.at) // others may be reading it
	for _, p := range passed {
		if missing := int(p.n) + 1 - len(at); missing > 0 {
			at = append(at, make([]ID, missing)...)
		}
		at[p.n] = p.id
	}
	m.at = at
}
