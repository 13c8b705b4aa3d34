package pkpass_test

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

// ruleInSource is a Finding or archiveFault literal of the package's code.
type ruleInSource struct {
	check          int
	code, severity string
	file           string // where it is written
	variable       string // what an archiveFault is assigned to
}

// sources reads the package's files, without tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]*ast.File)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		if out[file], err = parser.ParseFile(token.NewFileSet(), file, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// rulesInSource reads all literals with a code, keyed or not, of the package's
// files that want accepts.
func rulesInSource(t *testing.T, want func(file string) bool) []ruleInSource {
	t.Helper()
	var out []ruleInSource
	for file, tree := range sources(t) {
		if !want(file) {
			continue
		}
		variables := make(map[ast.Expr]string)
		ast.Inspect(tree, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				variables[v.Values[0]] = v.Names[0].Name
			}
			if r, ok := ruleLiteral(n); ok {
				r.file, r.variable = file, variables[n.(ast.Expr)]
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

func ruleLiteral(n ast.Node) (r ruleInSource, ok bool) {
	lit, isLit := n.(*ast.CompositeLit)
	if !isLit || !slices.Contains([]string{"Finding", "archiveFault"}, fmt.Sprint(lit.Type)) {
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

// using lists the files that mention variable, apart from the one that has it.
func using(trees map[string]*ast.File, variable, except string) []string {
	found := make(map[string]bool)
	for file, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == variable && file != except {
				found[file] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

var readmeRow = regexp.MustCompile("(?m)^\\| *([0-9]+) *\\| *(?:`([a-z0-9_]+)`)? *\\| *([a-z]+) *\\| *([^|]*?) *\\|")

// TestReadmeListsEveryCheck compares the table with the code, both ways. The rows
// of the packages signer and placeholder are compared there.
func TestReadmeListsEveryCheck(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]string) // by check, code and severity: where
	numbers := make(map[string]bool)
	for _, row := range readmeRow.FindAllStringSubmatch(string(readme), -1) {
		numbers[row[1]] = true
		if row[2] != "" && !strings.Contains(row[4], "/") {
			listed[strings.Join(row[1:4], " ")] = row[4]
		}
	}
	for n := 1; n <= 118; n++ {
		if !numbers[strconv.Itoa(n)] {
			t.Errorf("check %d is not in the table", n)
		}
	}
	trees, inCode := sources(t), make(map[string][]string)
	for _, r := range rulesInSource(t, func(string) bool { return true }) {
		key := fmt.Sprintf("%d %s %s", r.check, r.code, r.severity)
		where := []string{r.file}
		if r.file == "archive_faults.go" {
			where = using(trees, r.variable, r.file)
		}
		inCode[key] = slices.Compact(slices.Sorted(slices.Values(append(inCode[key], where...))))
	}
	for key, files := range inCode {
		if want := strings.Join(files, ", "); listed[key] != want {
			t.Errorf("%s is in %s, the table says %q", key, want, listed[key])
		}
	}
	for key := range listed {
		if inCode[key] == nil {
			t.Errorf("the table lists %s, which nothing reports", key)
		}
	}
}
