package compattest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tests is the source of the tests of the package that is tested, for the comparison of its
// README.md with what there is.
func Tests(t testing.TB) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no tests in %v: %v", files, err)
	}
	var out strings.Builder
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(raw)
	}
	return out.String()
}
