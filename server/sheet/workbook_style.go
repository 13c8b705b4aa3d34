package sheet

import (
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// style is what of a cell's number format changes its value.
type style struct {
	date     bool // a day, a time of day or both
	duration bool // hours that go on beyond 24
	digits   int  // at least; 0 means no leading zeros
}

// maxStyles is more than Excel's own limit of 65,490.
const maxStyles = 1 << 16

// styleSheet collects the styles of cells, in the order that cells count them.
type styleSheet struct {
	custom map[int]style
	inside bool // cellXfs
	cells  []style
}

func (s *styleSheet) token(token xml.Token) error {
	switch e := token.(type) {
	case xml.EndElement:
		s.inside = s.inside && e.Name.Local != "cellXfs"
	case xml.StartElement:
		id, _ := strconv.Atoi(attribute(e, "numFmtId")) // none is General
		switch {
		case e.Name.Local == "cellXfs":
			s.inside = true
		case e.Name.Local == "numFmt":
			s.custom[id] = parseStyle(attribute(e, "formatCode"))
		case e.Name.Local == "xf" && s.inside:
			s.cells = append(s.cells, s.style(id))
		}
	}
	if len(s.cells) > maxStyles || len(s.custom) > maxStyles {
		return fmt.Errorf("%w: more than %d styles", ErrTooLarge, maxStyles)
	}
	return nil
}

// style knows the formats that every workbook has (ECMA-376 part 1, 18.8.30).
func (s *styleSheet) style(id int) style {
	if own, ok := s.custom[id]; ok {
		return own
	}
	switch {
	case id == 46:
		return style{duration: true}
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id >= 45 && id <= 47, id >= 50 && id <= 58:
		return style{date: true}
	}
	return style{}
}

var (
	elapsed  = regexp.MustCompile(`(?i)\[(h+|m+|s+)\]`)
	literal  = regexp.MustCompile(`"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]`)
	dateCode = regexp.MustCompile(`(?i)[ymdhs]`)
	zeros    = regexp.MustCompile(`^0{2,32}$`)
)

// parseStyle reads the first section of a format code, which is for positive numbers.
func parseStyle(code string) style {
	if zeros.MatchString(code) {
		return style{digits: len(code)}
	}
	long := elapsed.MatchString(code)
	code, _, _ = strings.Cut(literal.ReplaceAllString(code, ""), ";")
	return style{duration: long, date: !long && dateCode.MatchString(code)}
}

// text is the value of a numeric cell.
func (s style) text(v string, date1904 bool) string {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= 0 && f < lastDay) {
		return number(v)
	}
	switch {
	case s.duration:
		seconds := int64(math.Round(f * secondsOfDay))
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	case s.date:
		return moment(f, date1904)
	case s.digits > 0 && f == math.Trunc(f):
		return fmt.Sprintf("%0*d", s.digits, int64(f))
	}
	return number(v)
}

const (
	secondsOfDay = 24 * 60 * 60
	lastDay      = 2_958_466 // the day after 9999-12-31; digits are kept below it too
)

// moment turns days since the era of a workbook into a date, a time or both.
func moment(days float64, date1904 bool) string {
	seconds := int64(math.Round(days * secondsOfDay))
	day, rest := seconds/secondsOfDay, seconds%secondsOfDay
	era := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		era = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 60: // Excel counts a 29 February 1900, which never was, as day 60
		era = era.AddDate(0, 0, 1)
	}
	at := era.AddDate(0, 0, int(day)).Add(time.Duration(rest) * time.Second)
	switch {
	case day == 0 && days < 1:
		return at.Format("15:04:05")
	case rest == 0:
		return at.Format("2006-01-02")
	}
	return at.Format("2006-01-02T15:04:05")
}
