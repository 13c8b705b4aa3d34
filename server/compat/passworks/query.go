package passworks

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// value is an attribute of a record: a text, a number, a boolean or a time, or nothing.
type value struct {
	text   string
	number float64
	at     time.Time
	sort   sort
}

// sort is what a value is.
type sort int

const (
	none sort = iota
	textual
	numeric
	truth
	temporal
)

func word(s string) value      { return value{text: s, sort: textual} }
func count(n int64) value      { return value{number: float64(n), sort: numeric} }
func moment(t time.Time) value { return value{at: t, sort: temporal} }

func maybe(s *string) value {
	if s == nil {
		return value{}
	}
	return word(*s)
}

func when(t time.Time) value {
	if t.IsZero() {
		return value{}
	}
	return moment(t)
}

// whole is a time as clients are told it, without a fraction.
func whole(t time.Time) value { return when(t.Truncate(time.Second)) }

func yes(b bool) value {
	v := value{sort: truth}
	if b {
		v.number = 1
	}
	return v
}

// compare orders values of one sort; nothing comes first.
func (v value) compare(w value) int {
	if v.sort != w.sort {
		return cmp.Compare(v.sort, w.sort)
	}
	return cmp.Or(strings.Compare(v.text, w.text), cmp.Compare(v.number, w.number), v.at.Compare(w.at))
}

// like is what a client wrote, as a value of the same sort.
func (v value) like(text string) (value, bool) {
	switch v.sort {
	case numeric:
		n, err := strconv.ParseFloat(text, 64)
		return value{number: n, sort: numeric}, err == nil
	case truth:
		switch text {
		case "true", "1":
			return yes(true), true
		case "false", "0":
			return yes(false), true
		}
		return value{}, false
	case temporal:
		at, ok := dateOf(strings.ReplaceAll(text, " ", "+"))
		return moment(at), ok
	}
	return word(text), true
}

// attributes are what records of a list can be chosen and ordered by.
type attributes[T any] map[string]func(*T) value

// predicates are ways to choose, the longest first.
var predicates = []string{"_not_eq", "_matches", "_match", "_lteq", "_gteq", "_cont", "_eq", "_lt", "_gt"}

// condition is one q[attribute_predicate].
type condition struct {
	attribute, predicate, text string
}

// holds says whether a value is chosen.
func (c condition) holds(v value) bool {
	switch c.predicate {
	case "_cont":
		return v.sort == textual && strings.Contains(strings.ToLower(v.text), strings.ToLower(c.text))
	case "_match", "_matches":
		return v.sort == textual && like(strings.ToLower(c.text), strings.ToLower(v.text))
	}
	if v.sort == none {
		return c.predicate == "_not_eq"
	}
	want, ok := v.like(c.text)
	if !ok {
		return true // ignored like everything that cannot be understood
	}
	order := v.compare(want)
	switch c.predicate {
	case "_eq":
		return order == 0
	case "_not_eq":
		return order != 0
	case "_lt":
		return order < 0
	case "_lteq":
		return order <= 0
	case "_gt":
		return order > 0
	}
	return order >= 0
}

// like matches a pattern of SQL: % is any run, _ one character.
func like(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '%':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '_' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			i, mark = star+1, mark+1
			j = mark
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "%") == ""
}

// ordering is one part of q[s].
type ordering struct {
	attribute  string
	descending bool
}

// question is what the members q[…] of a query ask for.
type question struct {
	conditions []condition
	orderings  []ordering
}

// ask reads a query. What is not among the known attributes is ignored.
func ask[T any](q url.Values, known attributes[T]) (out question) {
	for name, values := range q {
		inner, ok := strings.CutPrefix(name, "q[")
		if !ok || len(values) == 0 {
			continue
		}
		if inner == "s]" || inner == "s][]" {
			for _, v := range values {
				out.order(v, func(name string) bool { _, ok := known[name]; return ok })
			}
			continue
		}
		inner = strings.TrimSuffix(inner, "]")
		for _, p := range predicates {
			attribute, ok := strings.CutSuffix(inner, p)
			if _, isKnown := known[attribute]; !ok || !isKnown || values[0] == "" {
				continue
			}
			out.conditions = append(out.conditions, condition{attribute, p, values[0]})
			break
		}
	}
	return out
}

func (q *question) order(text string, known func(string) bool) {
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || !known(words[0]) {
			continue
		}
		q.orderings = append(q.orderings, ordering{words[0], len(words) > 1 && strings.EqualFold(words[1], "desc")})
	}
}

// selection are the records of a list that a query chooses. It keeps those of the page
// that is asked for, and those before it if the list has an order of its own.
type selection[T any] struct {
	question
	known attributes[T]
	page  page
	total int
	kept  []T
}

func newSelection[T any](q url.Values, known attributes[T]) *selection[T] {
	return &selection[T]{question: ask(q, known), known: known, page: pageOf(q)}
}

// add takes the next record, by age.
func (s *selection[T]) add(v T) {
	for _, c := range s.conditions {
		if !c.holds(s.known[c.attribute](&v)) {
			return
		}
	}
	s.total++
	from, most := s.page.skipped(), s.page.skipped()+s.page.Per
	if len(s.orderings) == 0 {
		if s.total > from && s.total <= most {
			s.kept = append(s.kept, v)
		}
		return
	}
	if s.kept = append(s.kept, v); len(s.kept) >= 2*most+sortAtOnce {
		s.sort()
		s.kept = s.kept[:min(len(s.kept), most)]
	}
}

// sortAtOnce is how many records more than needed are kept before they are sorted.
const sortAtOnce = 1000

func (s *selection[T]) sort() {
	slices.SortStableFunc(s.kept, func(a, b T) int {
		for _, o := range s.orderings {
			n := s.known[o.attribute](&a).compare(s.known[o.attribute](&b))
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

// records are those of the page.
func (s *selection[T]) records() []T {
	if len(s.orderings) == 0 {
		return s.kept
	}
	s.sort()
	return cut(s.page, s.kept)
}

// answerSelection shows the page of a selection.
func answerSelection[T, V any](c call, s *selection[T], show func(T) (V, error)) error {
	out := []V{}
	for _, v := range s.records() {
		one, err := show(v)
		if err != nil {
			return err
		}
		out = append(out, one)
	}
	return c.list(s.page, s.total, out)
}

// asks says whether a query chooses or orders at all.
func (q question) asks() bool { return len(q.conditions)+len(q.orderings) > 0 }
