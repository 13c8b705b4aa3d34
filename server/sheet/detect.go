package sheet

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// headBytes is how much of a file Detect looks at.
const headBytes = 64 << 10

// Wish is what a caller knows of a file already. Empty fields are guessed.
type Wish struct {
	Encoding  Encoding `json:"encoding,omitempty"`
	Delimiter string   `json:"delimiter,omitempty"`
	Quote     string   `json:"quote,omitempty"` // not guessed: empty means "
	LineEnd   LineEnd  `json:"lineEnd,omitempty"`
	Header    *bool    `json:"header,omitempty"`
}

// Refusals of whole files.
var (
	ErrEmpty    = errors.New("the file has no rows")
	ErrWorkbook = errors.New("the file is an .xlsx workbook; convert it before it is read as CSV")
	ErrOldExcel = errors.New("the file is an old .xls or a workbook with a password; save it as .xlsx without a password or as CSV")
	ErrNoText   = errors.New("the file is not text; save it as CSV in UTF-8")
)

// ErrFormat is a Format, or a wish for one, that no table has.
var ErrFormat = errors.New("no table is written like that")

// Detect guesses from the first 64 KiB how src is written. Its errors are ErrEmpty,
// ErrWorkbook, ErrOldExcel and ErrNoText, a Wish that cannot be, a *RowError for a
// first row that cannot be read, and those of the source.
func Detect(src io.ReaderAt, w Wish, l Limits) (Format, error) {
	head := make([]byte, headBytes)
	n, err := src.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Format{}, fmt.Errorf("read the file's head: %w", err)
	}
	head = head[:n]
	if err := refuse(head); err != nil {
		return Format{}, err
	}
	f := Format{Quote: cmp.Or(w.Quote, `"`)}
	f.Encoding, f.Start.Offset = guessEncoding(head, w.Encoding)
	if f.Encoding.order() == nil && bytes.IndexByte(head, 0) >= 0 {
		return Format{}, ErrNoText
	}
	f.LineEnd = cmp.Or(w.LineEnd, guessLineEnd(head))
	f.Delimiter = cmp.Or(w.Delimiter, ",")
	if err := f.Validate(); err != nil {
		return Format{}, err
	}
	s := sample{src: bytes.NewReader(head), whole: n < headBytes, limits: l}
	said, start := s.separatorLine(f)
	f.Start = start
	f.Delimiter = cmp.Or(w.Delimiter, said)
	if f.Delimiter == "" {
		f.Delimiter = s.delimiter(f)
	}
	return s.firstRow(f, w.Header)
}

// refuse tells files that are no text by their first bytes.
func refuse(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return ErrWorkbook
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return ErrOldExcel
	}
	return nil
}

var marks = []struct {
	encoding Encoding
	mark     string
}{{UTF8, "\xef\xbb\xbf"}, {UTF16LE, "\xff\xfe"}, {UTF16BE, "\xfe\xff"}}

// guessEncoding also returns how long the byte order mark is.
func guessEncoding(head []byte, wished Encoding) (Encoding, int64) {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.mark)) && (wished == "" || wished == m.encoding) {
			return m.encoding, int64(len(m.mark))
		}
	}
	switch {
	case wished != "":
		return wished, 0
	case utf8.Valid(wholeRunes(head)):
		return UTF8, 0
	}
	return Windows1252, 0
}

// wholeRunes takes off the start of a character that the end of a full head cut.
func wholeRunes(head []byte) []byte {
	for i := 1; len(head) == headBytes && i < utf8.UTFMax; i++ {
		if last := head[len(head)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return head[:len(head)-i]
			}
			break
		}
	}
	return head
}

func guessLineEnd(head []byte) LineEnd {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		return CR
	}
	return LF
}

// sample is the part of a file that guesses are made from.
type sample struct {
	src    io.ReaderAt
	whole  bool // it is all of the file
	limits Limits
}

// sampleRows is how many rows are compared at most.
const sampleRows = 200

// rows reads the first rows as f says. Broken ones are left out, as is what may be
// cut at the end.
func (s sample) rows(f Format) [][]string {
	r, err := NewReader(s.src, f, s.limits, f.Start)
	if err != nil {
		return nil
	}
	var rows [][]string
	for len(rows) < sampleRows {
		row, err := r.Next()
		if _, broken := errors.AsType[*RowError](err); broken {
			continue
		}
		if err != nil || s.cutsOff(r) {
			break
		}
		rows = append(rows, slices.Clone(row.Cells))
	}
	return rows
}

// cutsOff reports whether the row that r read last may go on behind the sample.
func (s sample) cutsOff(r *Reader) bool {
	return !s.whole && r.window.end && len(r.window.rest()) == 0
}
