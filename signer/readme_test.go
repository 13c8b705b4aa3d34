package signer_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is what this package's files say about findings.
type source struct {
	numbers  map[string]string          // of the constants that name checks
	findings map[string]map[string]bool // by check, code and severity: the files
}

func readSource(t *testing.T) source {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	trees := make(map[string]*ast.File)
	s := source{numbers: make(map[string]string), findings: make(map[string]map[string]bool)}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if trees[file], err = parser.ParseFile(token.NewFileSet(), file, nil, 0); err != nil {
			t.Fatal(err)
		}
		ast.Inspect(trees[file], s.constant)
	}
	for file, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			if key := s.finding(n); key != "" {
				if s.findings[key] == nil {
					s.findings[key] = make(map[string]bool)
				}
				s.findings[key]["signer/"+file] = true
			}
			return true
		})
	}
	return s
}

func (s *source) constant(n ast.Node) bool {
	if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "check") {
		if number, ok := v.Values[0].(*ast.BasicLit); ok {
			s.numbers[v.Names[0].Name] = number.Value
		}
	}
	return true
}

// finding is "26 digest_sha1 note" for a literal or for a call of refused or
// refuse that says so, else empty.
func (s *source) finding(n ast.Node) string {
	var check, code ast.Expr
	severity := "refused"
	switch n := n.(type) {
	case *ast.CallExpr:
		if len(n.Args) < 2 {
			return ""
		}
		check, code = n.Args[0], n.Args[1]
	case *ast.CompositeLit:
		for _, e := range n.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				return ""
			}
			switch fmt.Sprint(kv.Key) {
			case "Check":
				check = kv.Value
			case "Code":
				code = kv.Value
			case "Severity":
				if v, ok := kv.Value.(*ast.SelectorExpr); ok {
					severity = strings.ToLower(v.Sel.Name)
				}
			}
		}
	}
	number, named := check.(*ast.Ident)
	text, quoted := code.(*ast.BasicLit)
	if !named || !quoted || s.numbers[number.Name] == "" {
		return ""
	}
	word, err := strconv.Unquote(text.Value)
	if err != nil {
		return ""
	}
	return s.numbers[number.Name] + " " + word + " " + severity
}

var readmeRow = regexp.MustCompile("(?m)^\\| *([0-9]+) *\\| *`([a-z0-9_]+)` *\\| *([a-z]+) *\\| *(signer/[^|]*?) *\\|")

// TestReadmeListsEveryCode compares the table of checks, which stands beside the
// format, with the findings of this package, both ways.
func TestReadmeListsEveryCode(t *testing.T) {
	readme, err := os.ReadFile("pkpass/README.md")
	if err != nil {
		t.Fatal(err)
	}
	s, listed := readSource(t), make(map[string]string)
	for _, row := range readmeRow.FindAllStringSubmatch(string(readme), -1) {
		listed[strings.Join(row[1:4], " ")] = row[4]
	}
	if len(s.findings) < 20 {
		t.Fatalf("found %d findings in the source", len(s.findings))
	}
	for key, files := range s.findings {
		if want := strings.Join(slices.Sorted(maps.Keys(files)), ", "); listed[key] != want {
			t.Errorf("%s is in %s, the table says %q", key, want, listed[key])
		}
	}
	for key := range listed {
		if s.findings[key] == nil {
			t.Errorf("the table lists %s, which nothing reports", key)
		}
	}
}
