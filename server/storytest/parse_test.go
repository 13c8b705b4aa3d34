package storytest_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// step is a line of a story with those indented below it.
type step struct {
	number int
	words  []string
	body   []line
	wanted []wanted
}

type line struct {
	number int
	text   string
}

// wanted is a kind of answer that a request has to be given, and how often.
type wanted struct {
	line
	times  int // 0 means every time
	status int
	checks []line
}

// statusLine is 201, or 49 x 409.
var statusLine = regexp.MustCompile(`^(?:(\d+) x )?([1-5]\d\d)$`)

// fault says what is wrong in which line.
type fault struct {
	line int
	err  error
}

func (f fault) Error() string { return fmt.Sprintf("%d: %v", f.line, f.err) }

func faultf(line int, format string, args ...any) error {
	return fault{line, fmt.Errorf(format, args...)}
}

// parse reads a story. Empty lines and lines that begin with # are for readers.
func parse(story string) (steps []*step, err error) {
	for n, text := range strings.Split(story, "\n") {
		text = strings.TrimRight(text, " \r")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if !strings.HasPrefix(text, "    ") {
			steps = append(steps, &step{number: n + 1, words: strings.Fields(text)})
			continue
		}
		if len(steps) == 0 {
			return nil, faultf(n+1, "the line is indented and belongs to none")
		}
		steps[len(steps)-1].add(line{n + 1, strings.TrimSpace(text)})
	}
	return steps, nil
}

// add sorts a line into body, statuses and what is expected of those.
func (s *step) add(l line) {
	if m := statusLine.FindStringSubmatch(l.text); m != nil {
		times, _ := strconv.Atoi(m[1]) // digits or nothing
		status, _ := strconv.Atoi(m[2])
		s.wanted = append(s.wanted, wanted{line: l, times: times, status: status})
		return
	}
	if last := len(s.wanted) - 1; last >= 0 {
		s.wanted[last].checks = append(s.wanted[last].checks, l)
		return
	}
	s.body = append(s.body, l)
}

// count takes "repeat 10" or "race 50" off the words.
func (s *step) count(word string) (n int, rest []string, err error) {
	if s.words[0] != word {
		return 0, s.words, nil
	}
	if len(s.words) < 3 {
		return 0, nil, faultf(s.number, "say how often and what: %s 10 GET /people", word)
	}
	n, err = strconv.Atoi(s.words[1])
	if err != nil || n < 1 {
		return 0, nil, faultf(s.number, "%q is no number from 1 on", s.words[1])
	}
	return n, s.words[2:], nil
}
