package kony_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/kony"
)

// row is one of README.md: a call, its records, of which one that ends in an ellipsis is
// the beginning of several, and its tests.
var row = regexp.MustCompile(`(?m)^\| [KW0-9b, ]* ?\| ((?:POST|GET|DELETE)? ?[^|]*) \| ([^|]*) \| (Test[A-Z][^|]*) \|$`)

var route = regexp.MustCompile(`^(?:POST|GET|DELETE) /[^ ,]*`)

// TestTable compares the table of README.md with the routes, the records and the tests.
func TestTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(compattest.Folder("kony"), "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	sources := compattest.Tests(t)
	var described []string
	recorded := make(map[string]bool)
	for _, r := range row.FindAllStringSubmatch(string(readme), -1) {
		if pattern := route.FindString(r[1]); pattern != "" {
			described = append(described, pattern)
		}
		for _, name := range strings.FieldsFunc(r[2], func(c rune) bool { return c == ',' || c == ' ' }) {
			found := matching(files, name)
			if len(found) == 0 {
				t.Errorf("%s: there is no record %s", r[1], name)
			}
			for _, file := range found {
				recorded[file] = true
			}
		}
		for name := range strings.SplitSeq(r[3], ", ") {
			if !strings.Contains(sources, "func "+name+"(") {
				t.Errorf("%s: there is no %s", r[1], name)
			}
		}
	}
	for _, file := range files {
		if !recorded[file] {
			t.Errorf("the table does not name the record %s", file)
		}
	}
	served := kony.Patterns(new(kony.Service))
	slices.Sort(served)
	slices.Sort(described)
	if !slices.Equal(served, described) {
		t.Errorf("described are\n%s\nserved are\n%s", strings.Join(described, "\n"), strings.Join(served, "\n"))
	}
}

// matching are the records of a name.
func matching(files []string, name string) (out []string) {
	beginning, several := strings.CutSuffix(name, "…")
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if base == name || several && strings.HasPrefix(base, beginning) {
			out = append(out, file)
		}
	}
	return out
}
