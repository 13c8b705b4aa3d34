package storytest_test

import (
	"strconv"
	"strings"
)

// table writes rows as CSV: the first line below the step is the header, the second the
// row that is repeated with $n from 1 on, and each "every N ROW" stands instead of every
// Nth. What it wrote can be sent as a file by the table's name.
func (p *player) table(s *step, said []string) error {
	if len(said) != 2 || len(s.body) < 2 {
		return faultf(s.number, "say table NAME ROWS, with a header and a row below")
	}
	rows, err := strconv.Atoi(said[1])
	if err != nil || rows < 1 {
		return faultf(s.number, "%q is no number of rows", said[1])
	}
	others := make([]instead, 0, len(s.body))
	for _, l := range s.body[2:] {
		other, err := l.instead()
		if err != nil {
			return err
		}
		others = append(others, other)
	}
	var out strings.Builder
	out.WriteString(s.body[0].text + "\n")
	for n := 1; n <= rows; n++ {
		row := s.body[1]
		for _, other := range others {
			if n%other.every == 0 {
				row = other.row
			}
		}
		p.names["n"] = strconv.Itoa(n)
		text, err := p.fill(row.number, row.text)
		if err != nil {
			return err
		}
		out.WriteString(text + "\n")
	}
	p.names[said[0]] = out.String()
	return nil
}

// instead is a row in the place of every so manyth; of several the last one.
type instead struct {
	every int
	row   line
}

// instead reads "every 270 x-$n,lots".
func (l line) instead() (instead, error) {
	words := strings.SplitN(l.text, " ", 3)
	if len(words) != 3 || words[0] != "every" {
		return instead{}, faultf(l.number, "%q is no row; write every 10 ROW", l.text)
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 2 {
		return instead{}, faultf(l.number, "%q is no number from 2 on", words[1])
	}
	return instead{n, line{l.number, words[2]}}, nil
}
