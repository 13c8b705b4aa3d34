package sheet

import (
	"errors"
	"fmt"
	"strings"
)

// Target is something that a column can be read into.
type Target struct {
	Name     string   // as the mapping spells it, such as "externalId"
	Aliases  []string // other names that columns of that content have
	Required bool     // a mapping without it is refused
}

// Column maps one column, named by its header or its number, to a target.
type Column struct {
	Name   string `json:"name,omitempty"`
	Number int    `json:"number,omitempty"` // from 1; wins over Name
	Target string `json:"target"`
}

func (c Column) String() string {
	switch {
	case c.Number > 0 && c.Name != "":
		return fmt.Sprintf("column %d %q", c.Number, c.Name)
	case c.Number != 0:
		return fmt.Sprintf("column %d", c.Number)
	}
	return fmt.Sprintf("column %q", c.Name)
}

// Mapping says which columns of a table mean what. Columns that it does not name are
// not read; one column may serve several targets.
type Mapping []Column

// Field is a target and the index, from 0, of the cell that holds it.
type Field struct {
	Index  int
	Target string
}

// The codes of a ColumnError.
const (
	UnknownColumn   = "unknown_column"
	AmbiguousColumn = "ambiguous_column"
	UnknownTarget   = "unknown_target"
	DuplicateTarget = "duplicate_target"
	MissingTarget   = "missing_target"
)

// ColumnError means that a mapping cannot be followed. For MissingTarget the Column
// has a target only.
type ColumnError struct {
	Column Column
	Code   string
	Text   string
}

func (e *ColumnError) Error() string { return e.Text }

// Resolve checks a mapping against a table and what can be imported. It returns the
// fields in the order of the mapping, or every *ColumnError there is, joined.
func (m Mapping) Resolve(f Format, targets []Target) ([]Field, error) {
	var fields []Field
	var faults []error
	taken := map[string]Column{}
	for _, c := range m {
		index, err := c.index(f)
		if err == nil {
			err = c.checkTarget(targets, taken)
		}
		if err != nil {
			faults = append(faults, err)
		} else {
			fields = append(fields, Field{Index: index, Target: c.Target})
		}
		if _, again := taken[c.Target]; !again {
			taken[c.Target] = c
		}
	}
	for _, t := range targets {
		if _, ok := taken[t.Name]; t.Required && !ok {
			faults = append(faults, &ColumnError{Column{Target: t.Name}, MissingTarget,
				fmt.Sprintf("no column is mapped to %q, which is required", t.Name)})
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return fields, nil
}

// checkTarget refuses what is no target and what another column fills.
func (c Column) checkTarget(targets []Target, taken map[string]Column) error {
	if other, ok := taken[c.Target]; ok {
		return &ColumnError{c, DuplicateTarget,
			fmt.Sprintf("%s is mapped to %q, and so is %s; keep one of them", c, c.Target, other)}
	}
	remedy := "take one of its targets"
	for _, t := range targets {
		if t.Name == c.Target {
			return nil
		}
		if strings.HasSuffix(t.Name, "."+c.Target) {
			remedy = "write " + t.Name
		}
	}
	return &ColumnError{c, UnknownTarget, fmt.Sprintf("%s is mapped to %q, which the import does not know; %s", c, c.Target, remedy)}
}

// index finds the column: by number, by the very name, else by the name whatever its
// case, blanks and diacritics.
func (c Column) index(f Format) (int, error) {
	if c.Number != 0 {
		if c.Number < 0 || c.Number > f.Columns {
			return 0, &ColumnError{c, UnknownColumn, fmt.Sprintf("%s does not exist; the table has columns 1 to %d", c, f.Columns)}
		}
		return c.Number - 1, nil
	}
	found := matches(f.Names, func(name string) bool { return name == c.Name })
	if len(found) == 0 {
		key := fold(c.Name)
		found = matches(f.Names, func(name string) bool { return fold(name) == key })
	}
	switch len(found) {
	case 0:
		return 0, &ColumnError{c, UnknownColumn, fmt.Sprintf("%s does not exist; name one of the header or give its number", c)}
	case 1:
		return found[0], nil
	}
	return 0, &ColumnError{c, AmbiguousColumn, fmt.Sprintf("%s exists %d times; give its number", c, len(found))}
}

func matches(names []string, is func(string) bool) []int {
	var found []int
	for i, name := range names {
		if is(name) {
			found = append(found, i)
		}
	}
	return found
}
