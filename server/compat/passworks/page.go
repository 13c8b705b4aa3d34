package passworks

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// page is the part of a list that a client asks for.
type page struct {
	Number int // from 1
	Per    int // records on a page
	Offset int // records before the first page
}

// Sizes of pages, and how far into a list anybody may look.
const (
	perPage    = 25
	maxPerPage = 50
	maxSkipped = 1 << 30 // twice that fits 32 bits
)

// page reads the members of a query that choose a page.
func (c call) page() page { return pageOf(c.URL.Query()) }

func pageOf(q url.Values) page {
	p := page{Number: number(q.Get("page"), 1), Per: number(q.Get("per_page"), perPage), Offset: number(q.Get("offset"), 0)}
	p.Number = min(max(1, p.Number), maxSkipped/maxPerPage)
	p.Per = min(max(1, p.Per), maxPerPage)
	p.Offset = min(max(0, p.Offset), maxSkipped)
	return p
}

func number(text string, without int) int {
	n, err := strconv.Atoi(text)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return without
	}
	return n // the largest number there is, of one that is larger
}

// skipped is how many records stand before the page.
func (p page) skipped() int { return p.Offset + (p.Number-1)*p.Per }

// cut is the page of a list that is there as a whole.
func cut[T any](p page, all []T) []T {
	from := min(p.skipped(), len(all))
	return all[from:min(from+p.Per, len(all))]
}

// list answers one page of a list of total records. Clients take any X-Next-Page, even
// an empty one, for another page.
func (c call) list(p page, total int, records any) error {
	pages := (max(0, total-p.Offset) + p.Per - 1) / p.Per
	h := c.ResponseWriter.Header()
	for name, n := range map[string]int{"X-Total": total, "X-Total-Pages": pages, "X-Page": p.Number, "X-Per-Page": p.Per, "X-Offset": p.Offset} {
		h.Set(name, strconv.Itoa(n))
	}
	if p.Number < pages {
		h.Set("X-Next-Page", strconv.Itoa(p.Number+1))
	}
	if p.Number > 1 {
		h.Set("X-Prev-Page", strconv.Itoa(p.Number-1))
	}
	return c.answer(http.StatusOK, records)
}
