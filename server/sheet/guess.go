package sheet

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// separatorLine honours the line "sep=;" that Excel writes and obeys. It returns the
// delimiter said there, or "", and where the rows start.
func (s sample) separatorLine(f Format) (string, Position) {
	for _, d := range delimiters {
		f.Delimiter = string(d)
		r, err := NewReader(s.src, f, s.limits, f.Start)
		if err != nil {
			break
		}
		row, err := r.Next()
		if err == nil && row.Line == 1 && len(row.Cells) == 2 && row.Cells[0] == "sep=" && row.Cells[1] == "" {
			return f.Delimiter, row.Next
		}
	}
	return "", f.Start
}

// delimiter takes the one that gives most rows the same number of columns, at least
// two. A comma counts for less where it stands in numbers.
func (s sample) delimiter(f Format) string {
	best, bestScore := ",", 0.0
	for _, d := range delimiters {
		f.Delimiter = string(d)
		rows := s.rows(f)
		score := evenness(rows)
		if d == ',' && decimals(rows) {
			score /= 2
		}
		if score > bestScore {
			best, bestScore = f.Delimiter, score
		}
	}
	return best
}

// evenness is the share of rows that have as many cells as the most common row, plus
// a little for every cell more; 0 if that row has one cell.
func evenness(rows [][]string) float64 {
	counts, common := map[int]int{}, 0
	for _, row := range rows {
		n := len(row)
		if counts[n]++; counts[n] > counts[common] || (counts[n] == counts[common] && n > common) {
			common = n
		}
	}
	if common < 2 {
		return 0
	}
	share := float64(counts[common]) / float64(len(rows))
	return share + 0.1*share*(1-1/float64(common))
}

// decimals reports whether more than half of the cuts fall between two digits.
func decimals(rows [][]string) bool {
	cuts, inNumbers := 0, 0
	for _, row := range rows {
		for i := 1; i < len(row); i++ {
			cuts++
			left, right := row[i-1], row[i]
			if left != "" && right != "" && digit(left[len(left)-1]) && digit(right[0]) {
				inNumbers++
			}
		}
	}
	return inNumbers*2 > cuts
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// firstRow settles what the first row tells: the number of columns, whether they have
// names, and where the data starts.
func (s sample) firstRow(f Format, wished *bool) (Format, error) {
	r, err := NewReader(s.src, f, s.limits, f.Start)
	if err != nil {
		return Format{}, err
	}
	row, err := r.Next()
	if s.cutsOff(r) {
		return Format{}, &RowError{Line: row.Line, Number: row.Number, Reason: RowTooLong,
			Text: "the first row has more than 64 KiB; look for a quote that is not closed", Next: r.at}
	}
	if errors.Is(err, io.EOF) {
		return Format{}, ErrEmpty
	}
	if err != nil {
		return Format{}, err
	}
	f.Columns = len(row.Cells)
	f.Header = looksLikeNames(row.Cells)
	if wished != nil {
		f.Header = *wished
	}
	if f.Header {
		f.Names, f.Start = slices.Clone(row.Cells), row.Next
	}
	return f, nil
}

// value matches what data holds and names of columns do not: numbers, dates, times,
// addresses.
var value = regexp.MustCompile(`^[-+]?[\d.,:/ -]*\d[\d.,:/ -]*(%|€|\$|T[\d:.Z+-]+)?$|@|://`)

// nameLength is the most characters that a name of a column is taken to have.
const nameLength = 80

// looksLikeNames reports whether a row holds names of columns: all there, all
// different, none of them a value.
func looksLikeNames(cells []string) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		name := strings.ToLower(strings.TrimSpace(c))
		if name == "" || seen[name] || utf8.RuneCountInString(name) > nameLength || value.MatchString(name) {
			return false
		}
		seen[name] = true
	}
	return true
}
