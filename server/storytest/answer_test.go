package storytest_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"pocketpass/server/servertest"
)

// judge holds answers against the statuses that are expected, in their order, and each
// against what is wanted of it.
func (p *player) judge(s *step, requests []request, answers []*servertest.Answer) error {
	p.Helper()
	for k, a := range answers {
		known := slices.ContainsFunc(s.wanted, func(w wanted) bool { return a != nil && w.status == a.Code })
		if !known && a != nil {
			return faultf(s.wanted[0].number, "%s %s: status %d: %s", requests[k].method, requests[k].path, a.Code, a.Body)
		}
	}
	for _, w := range s.wanted {
		got := 0
		for k, a := range answers {
			if a == nil || a.Code != w.status {
				continue
			}
			got++
			p.names["n"] = requests[k].number
			if err := p.check(w.checks, a); err != nil {
				return err
			}
		}
		if want := w.times; got != want && want > 0 {
			return faultf(w.number, "%d answers of %d, want %d", got, w.status, want)
		}
	}
	return nil
}

func (p *player) check(checks []line, a *servertest.Answer) error {
	for _, c := range checks {
		text, err := p.fill(c.number, c.text)
		if err != nil {
			return err
		}
		verb, rest, _ := strings.Cut(text, " ")
		switch verb {
		case "let":
			err = p.let(c, rest, a)
		case "want":
			err = p.want(c, rest, a)
		default:
			err = faultf(c.number, "%q is no expectation; write want PATH = VALUE, want PATH ~ PART, or let NAME = PATH", text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// let keeps what stands at a path of an answer under a name.
func (p *player) let(c line, said string, a *servertest.Answer) error {
	name, path, ok := strings.Cut(said, " = ")
	value, found := at(a, path)
	if !ok || !found {
		return faultf(c.number, "there is no %s in %s", path, a.Body)
	}
	p.names[name] = value
	return nil
}

// want compares: = with the whole of a value, ~ with a part. What is not there is none.
func (p *player) want(c line, said string, a *servertest.Answer) error {
	path, rest, _ := strings.Cut(said, " ")
	sign, want, _ := strings.Cut(rest, " ")
	got, found := at(a, path)
	if !found {
		got = "none"
	}
	switch {
	case sign != "=" && sign != "~":
		return faultf(c.number, "%q compares nothing; write want PATH = VALUE or want PATH ~ PART", said)
	case sign == "=" && got != want:
		return faultf(c.number, "%s is %s, want %s; the answer is %s", path, got, want, a.Body)
	case sign == "~" && !strings.Contains(got, want):
		return faultf(c.number, "%s is %s, want %s in it", path, got, want)
	}
	return nil
}

// at finds a value in JSON: members by name, elements by number from 0, # is how many. A
// path that is a dot alone is the whole body, header.Location a line above it.
func at(a *servertest.Answer, path string) (text string, found bool) {
	if path == "." {
		return string(a.Body), true
	}
	if name, ok := strings.CutPrefix(path, "header."); ok {
		return a.Header.Get(name), a.Header.Get(name) != ""
	}
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return "", false
	}
	for _, name := range strings.Split(path, ".") {
		if value, found = inside(value, name); !found {
			return "", false
		}
	}
	if s, ok := value.(string); ok {
		return s, true
	}
	out, err := json.Marshal(value)
	return string(out), err == nil
}

func inside(value any, name string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		member, found := v[name]
		return member, found
	case []any:
		n, err := strconv.Atoi(name)
		if name == "#" {
			return len(v), true
		}
		if err == nil && n >= 0 && n < len(v) {
			return v[n], true
		}
	}
	return nil, false
}
