package move

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Summary counts records by their kind, "pass".
type Summary map[string]*Count

// Count is what became of the records of a kind.
type Count struct {
	Made  int // or would be, in a dry run
	There int // before
	Left  int // for a reason that was told
}

func (s Summary) of(kind string) *Count {
	if s[kind] == nil {
		s[kind] = new(Count)
	}
	return s[kind]
}

// Left is how many records were left out.
func (s Summary) Left() (n int) {
	for _, c := range s {
		n += c.Left
	}
	return n
}

// String is a line for each kind.
func (s Summary) String() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(s)) {
		c := s[kind]
		fmt.Fprintf(&b, "%-10s %6d made %6d there before %6d left out\n", kind, c.Made, c.There, c.Left)
	}
	return b.String()
}

// Refused is what a server has against a request.
type Refused struct {
	Status int
	Text   string

	to string // where it leads instead
}

func (r *Refused) Error() string { return r.Text }

// unfit is a record that cannot be made, whoever asks.
func unfit(format string, args ...any) error { return &Refused{Text: fmt.Sprintf(format, args...)} }

// leave notes that a record is not carried over. An error that is no refusal ends the
// move and is returned.
func (m *Move) leave(kind, id string, err error) error {
	if _, ok := errors.AsType[*Refused](err); !ok {
		return fmt.Errorf("%s %s: %w", kind, id, err)
	}
	m.summary.of(kind).Left++
	fmt.Fprintf(m.Out, "%s %s is left out: %v\n", kind, id, err)
	return nil
}

// leaveWith counts the passes in a folder as left out, because their template or campaign is.
func (m *Move) leaveWith(kind, id, dir string) error {
	stems, err := m.Folder.stems(dir, ".json", ".pkpass")
	if len(stems) > 0 {
		m.summary.of("pass").Left += len(stems)
		m.note(kind, id, "%d of its passes are left out with it", len(stems))
	}
	return err
}

// note tells what of a record is not carried over.
func (m *Move) note(kind, id, format string, args ...any) {
	fmt.Fprintf(m.Out, "%s %s: %s\n", kind, id, fmt.Sprintf(format, args...))
}

// toldOf notes what the server would not take of a record that it has.
func (m *Move) toldOf(kind, id, what string, err error) error {
	if r, ok := errors.AsType[*Refused](err); ok {
		m.note(kind, id, "%s could not be carried over: %v", what, r)
		return nil
	}
	return err
}
