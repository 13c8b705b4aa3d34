package passtools

import (
	"cmp"
	"errors"
	"math"
	"strconv"
	"strings"
)

// page is which part of a list a client wants.
type page struct {
	number int // from 1
	size   int
	order  string // canonical: ID, Name, Created, Updated
	desc   bool
}

const (
	defaultSize = 10
	maxSize     = 100
	maxNumber   = math.MaxInt32 / maxSize // of a page; there is nothing on those behind it
)

// The orders, and how the last revision writes them.
const (
	byID      = "ID"
	byName    = "Name"
	byCreated = "Created"
	byUpdated = "Updated"
)

var (
	orders    = map[string]string{"id": byID, "name": byName, "created": byCreated, "createdat": byCreated, "updated": byUpdated, "updatedat": byUpdated}
	newOrders = map[string]string{byID: "id", byName: "name", byCreated: "createdAt", byUpdated: "updatedAt"}
)

// page reads the parameters of a list.
func (c *call) page() (p page, err error) {
	if p.number, err = c.count("page", 1); err != nil {
		return p, err
	}
	p.number = min(max(p.number, 1), maxNumber) // some begin with 0
	if p.size, err = c.count("pageSize", defaultSize); err != nil {
		return p, err
	}
	if p.size == 0 {
		return p, badRequest("pageSize must be at least 1")
	}
	p.size = min(p.size, maxSize)
	order := c.param("order")
	if p.order = orders[strings.ToLower(cmp.Or(order, byID))]; p.order == "" {
		return p, badRequest("order must be ID, Name, Created or Updated")
	}
	switch strings.ToUpper(c.param("direction")) {
	case "", "DESC":
		p.desc = true
	case "ASC":
	default:
		return p, badRequest("direction must be ASC or DESC")
	}
	return p, nil
}

// count is a parameter that is a number, not below 0.
func (c *call) count(name string, otherwise int) (int, error) {
	text := c.param(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n < 0 {
		return 0, badRequest("%s must be a number", name)
	}
	return n, nil
}

// start is the number of items before the page.
func (p page) start() int { return (p.number - 1) * p.size }

func (p page) direction() string {
	if p.desc {
		return "DESC"
	}
	return "ASC"
}

// cut is the part of a whole list that is on the page.
func cut[T any](p page, all []T) []T {
	from := min(p.start(), len(all))
	return all[from:min(from+p.size, len(all))]
}

// pagination is what lists say of the page.
type pagination struct {
	Order     string `json:"order"`
	Page      int    `json:"page"`
	Start     int    `json:"start"`
	Direction string `json:"direction"`
	PageSize  int    `json:"pageSize"`
}

func (p page) pagination(order string) pagination {
	return pagination{order, p.number, p.start(), p.direction(), p.size}
}

// capitals is what lists of the first revisions say of the page.
type capitals struct {
	Count          int64
	OrderField     string
	OrderDirection string
	Page           int
	PageSize       int
}

func (p page) capitals(count int64) capitals {
	return capitals{count, p.order, p.direction(), p.number, p.size}
}
