package pkpass_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// ruleInSource is a Finding literal of the package's code.
type ruleInSource struct {
	check          int
	code, severity string
	file           string
}

// rulesInSource reads all Finding literals with a code, keyed or not, of the
// package's files that want accepts.
func rulesInSource(t *testing.T, want func(file string) bool) []ruleInSource {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []ruleInSource
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || !want(file) {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if r, ok := findingLiteral(n); ok {
				r.file = file
				out = append(out, r)
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatal("no finding in the source")
	}
	return out
}

func findingLiteral(n ast.Node) (r ruleInSource, ok bool) {
	lit, isLit := n.(*ast.CompositeLit)
	if !isLit || fmt.Sprint(lit.Type) != "Finding" {
		return r, false
	}
	for i, e := range lit.Elts {
		name := []string{"Check", "Code", "Severity", "Path", "Effect", "Remedy"}[i]
		if kv, keyed := e.(*ast.KeyValueExpr); keyed {
			name, e = kv.Key.(*ast.Ident).Name, kv.Value
		}
		switch v := e.(type) {
		case *ast.BasicLit:
			if name == "Check" {
				r.check, _ = strconv.Atoi(v.Value)
			}
			if name == "Code" {
				r.code, _ = strconv.Unquote(v.Value)
			}
		case *ast.Ident:
			if name == "Severity" {
				r.severity = strings.ToLower(v.Name)
			}
		}
	}
	return r, r.code != "" && r.check > 0 && r.severity != ""
}

var readmeRow = regexp.MustCompile("(?m)^\\| *([0-9]+) *\\| *(?:`([a-z0-9_]+)`)? *\\| *([a-z]+) *\\| *([^|]*?) *\\|")

// TestReadmeListsEveryCheck compares the table with the code, both ways for the
// checks of a document.
func TestReadmeListsEveryCheck(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string)
	numbers := make(map[string]bool)
	for _, row := range readmeRow.FindAllStringSubmatch(string(readme), -1) {
		numbers[row[1]] = true
		if row[2] != "" {
			listed[row[2]] = strings.Join(row[1:], " ")
		}
	}
	for n := 1; n <= 112; n++ {
		if !numbers[strconv.Itoa(n)] {
			t.Errorf("check %d is not in the table", n)
		}
	}
	for _, r := range rulesInSource(t, func(string) bool { return true }) {
		want := fmt.Sprintf("%d %s %s", r.check, r.code, r.severity)
		if got := listed[r.code]; got != want && !strings.HasPrefix(got, want+" ") {
			t.Errorf("%s: the table says %q, the code %q", r.file, got, want)
		}
		if strings.HasPrefix(r.file, "check_") && !strings.Contains(listed[r.code], r.file) {
			t.Errorf("%s: the table says %q", r.file, listed[r.code])
		}
	}
	inCode := make(map[string]bool)
	for _, r := range rulesInSource(t, func(string) bool { return true }) {
		inCode[r.code] = true
	}
	for code, row := range listed {
		if strings.Contains(row, "check_") && !inCode[code] {
			t.Errorf("the table lists %s, which nothing reports", code)
		}
	}
}
