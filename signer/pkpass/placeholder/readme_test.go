package placeholder_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer/pkpass/placeholder"
)

var readmeRow = regexp.MustCompile("(?m)^\\| *([0-9]+) *\\| *`([a-z0-9_]+)` *\\| *([a-z]+) *\\| *placeholder/finding.go *\\|")

// TestReadmeListsEveryCode compares the table of checks, which stands beside the
// format, with the findings of this package, both ways.
func TestReadmeListsEveryCode(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, known []string
	for _, row := range readmeRow.FindAllStringSubmatch(string(readme), -1) {
		listed = append(listed, fmt.Sprint(row[1:]))
	}
	for _, f := range placeholder.Rules {
		known = append(known, fmt.Sprint([]any{f.Check, f.Code, f.Severity}))
	}
	if !slices.Equal(listed, known) {
		t.Errorf("the table lists %v, the package has %v", listed, known)
	}
}

// TestReadmeTellsEveryName looks for the facts and formats in the table of the
// repository's README.
func TestReadmeTellsEveryName(t *testing.T) {
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(placeholder.FormatNames, placeholder.Facts...) {
		last := name[strings.LastIndexByte(name, '.')+1:]
		if !regexp.MustCompile("[{.|` ]" + last + "\\b").Match(readme) {
			t.Errorf("the README does not tell of %s", name)
		}
	}
}
