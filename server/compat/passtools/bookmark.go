package passtools

import (
	"sync"

	"pocketpass/store"
)

// bookmarks remember where pages of long lists ended. Clients turn pages one after the
// other and name them by their numbers; without a bookmark all before them are counted.
type bookmarks struct {
	mu  sync.Mutex
	all map[bookmark]store.ID
}

// bookmark is a place in a list: so many items from its beginning, while there are as many
// in all and none was taken out.
type bookmark struct {
	filter store.PassFilter
	start  int
	desc   bool
	count  int64
}

// mostBookmarks bounds how many are kept.
const mostBookmarks = 10_000

// farIn is from where on a page is worth a bookmark.
const farIn = 1000

// ids are the passes of a page, oldest or newest first.
func (k *bookmarks) ids(r store.Reader, f store.PassFilter, p page, count int64) (ids []store.ID, err error) {
	at := bookmark{f, p.start(), p.desc, count}
	if int64(at.start) >= count {
		return nil, nil
	}
	if after, ok := k.get(at); ok {
		ids, err = r.PassIDsFrom(f, after, p.size, p.desc)
	} else {
		ids, err = r.PassIDsAt(f, at.start, p.size, p.desc)
	}
	if at.start += len(ids); err == nil && len(ids) == p.size && at.start >= farIn {
		k.put(at, ids[len(ids)-1])
	}
	return ids, err
}

// get finds a bookmark. Of tags there is none: a pass may have lost its tag while another
// got it.
func (k *bookmarks) get(at bookmark) (store.ID, bool) {
	if at.filter.Tag != "" {
		return 0, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	id, ok := k.all[at]
	return id, ok
}

func (k *bookmarks) put(at bookmark, id store.ID) {
	if at.filter.Tag != "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= mostBookmarks {
		k.all = make(map[bookmark]store.ID)
	}
	k.all[at] = id
}
