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
	every := make(map[int]line)
	for _, l := range s.body[2:] {
		if err := l.instead(every); err != nil {
			return err
		}
	}
	var out strings.Builder
	out.WriteString(s.body[0].text + "\n")
	for n := 1; n <= rows; n++ {
		row := s.body[1]
		for step, other := range every {
			if n%step == 0 {
				row = other
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

// instead reads "every 270 x-$n,lots".
func (l line) instead(every map[int]line) error {
	words := strings.SplitN(l.text, " ", 3)
	if len(words) != 3 || words[0] != "every" {
		return faultf(l.number, "%q is no row; write every 10 ROW", l.text)
	}
	n, err := strconv.Atoi(words[1])
	if err != nil || n < 2 {
		return faultf(l.number, "%q is no number from 2 on", words[1])
	}
	every[n] = line{l.number, words[2]}
	return nil
}
