package passkit

import (
	"net/http"

	"pocketpass/store"
)

// Limits of searches.
const (
	usualSize = 10
	maxSize   = 1000
)

// maxLooked bounds the passes that a search reads: one that finds few among many has to
// name a campaign, a template, a pass or a time. Tests have less.
var maxLooked = 200_000

// tooWide refuses a search that would read more.
func tooWide() error {
	return refuse(http.StatusBadRequest, "Search would read more than %d passes: name a campaign, a template, a pass or a shorter time by createdAt", maxLooked)
}

// found answers a search.
type found struct {
	NextFrom   *int64     `json:"nextFrom"` // null on the last page
	TotalCount int64      `json:"totalCount"`
	Data       []passView `json:"data"`
}

// search handles POST /v1/passes of the search host.
func (s *Service) search(c call) error {
	o, err := c.object()
	if err != nil {
		return err
	}
	size, from, err := pageOf(o)
	if err != nil {
		return err
	}
	filter, err := o.object("passFilter")
	if err != nil {
		return err
	}
	out := found{Data: []passView{}}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		q := searching{service: s, reader: r, size: size, from: from, out: &out}
		if err := q.read(c.actor.Org, filter); err != nil {
			return err
		}
		return q.run()
	})
	if err != nil {
		return err
	}
	if end := from + int64(len(out.Data)); end < out.TotalCount && len(out.Data) > 0 {
		out.NextFrom = &end
	}
	return c.answer(out)
}

func pageOf(o object) (size, from int64, err error) {
	size = usualSize
	for _, m := range []struct {
		name string
		to   *int64
	}{{"size", &size}, {"from", &from}} {
		n, err := o.integer(m.name)
		if err != nil {
			return 0, 0, err
		}
		if n != nil && *n < 0 {
			return 0, 0, invalidField(m.name, "must not be below 0")
		}
		if n != nil {
			*m.to = *n
		}
	}
	return min(size, maxSize), from, nil
}

// searching is one search: an index that leads to what may match, and what has to hold of
// each pass.
type searching struct {
	service *Service
	reader  store.Reader
	size    int64
	from    int64
	out     *found

	where      store.PassFilter
	one        func() (store.Pass, error) // instead of an index
	none       bool                       // nothing can match
	created    store.Span                 // what matches was created in it
	conditions []condition
}

func (q *searching) run() error {
	switch {
	case q.none:
		return nil
	case q.one != nil:
		return q.runOne()
	case q.created != store.Span{}:
		return q.runCreated()
	case len(q.conditions) > 0:
		return q.runAll()
	}
	files, err := q.files()
	switch {
	case err != nil:
		return err
	case files:
		return q.runAll()
	}
	return q.runIndex()
}

// runOne looks at the only pass that may match.
func (q *searching) runOne() error {
	p, err := q.one()
	if f, ok := err.(*failure); ok && f.status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if !q.where.Matches(&p) {
		return nil
	}
	return q.look(p)
}

// look counts a pass if it matches, and shows it if it is on the page. To clients files
// are no passes.
func (q *searching) look(p store.Pass) error {
	if p.IsFile() {
		return nil
	}
	for _, holds := range q.conditions {
		if ok, err := holds(q, p); !ok || err != nil {
			return err
		}
	}
	at := q.out.TotalCount
	if q.out.TotalCount++; at < q.from || at >= q.from+q.size {
		return nil
	}
	v, err := q.service.viewPass(q.reader, p)
	q.out.Data = append(q.out.Data, v)
	return err
}

// runAll reads what an index leads to.
func (q *searching) runAll() error {
	looked := 0
	return store.EachPage(func(page store.Page) (store.ID, error) {
		all, next, err := q.reader.Passes(q.where, page)
		if err != nil {
			return 0, err
		}
		for _, p := range all {
			if err := q.look(p); err != nil {
				return 0, err
			}
		}
		if looked += len(all); next != 0 && looked >= maxLooked {
			return 0, tooWide()
		}
		return next, nil
	})
}

// runCreated reads what was created in a time.
func (q *searching) runCreated() error {
	more, err := q.reader.EachPassCreated(q.where, q.created, maxLooked, q.look)
	if more {
		err = tooWide()
	}
	return err
}

// runIndex takes the number of passes from what is counted anyway, and reads those of the
// page alone. The keys of an index before it are passed over.
func (q *searching) runIndex() (err error) {
	if q.out.TotalCount, err = q.reader.CountPasses(q.where); err != nil || q.from >= q.out.TotalCount {
		return err
	}
	ids, err := q.reader.PassIDsAt(q.where, int(q.from), int(q.size), false)
	for n := 0; err == nil && n < len(ids); n++ {
		err = q.show(ids[n])
	}
	return err
}

// files says whether there are files among what the index leads to, which are counted but
// are no passes to clients.
func (q *searching) files() (found bool, err error) {
	if q.where.Template != 0 {
		return false, nil
	}
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := q.reader.Campaigns(q.where.Org, p)
		for n := 0; err == nil && !found && n < len(all); n++ {
			var id store.ID
			id, err = q.reader.FilesCampaign(all[n].PassTypeIdentifier)
			found = id == all[n].ID && (q.where.Campaign == 0 || q.where.Campaign == id)
		}
		if found {
			next = 0
		}
		return next, err
	})
	return found, err
}

func (q *searching) show(id store.ID) error {
	p, err := q.reader.Pass(q.where.Org, id)
	if err != nil {
		return err
	}
	v, err := q.service.viewPass(q.reader, p)
	q.out.Data = append(q.out.Data, v)
	return err
}
