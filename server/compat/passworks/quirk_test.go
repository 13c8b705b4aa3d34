package passworks_test

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestQuirk has what clients need, by the numbers of README.md.
func TestQuirk(t *testing.T) {
	a := newAccount(t)
	for name, test := range map[string]func(*testing.T, *account){
		"1, 29 a base address and version 1":         bases,
		"2, 41 credentials and lengths as sent":      asSent,
		"3 trailing slashes":                         trailingSlashes,
		"4, 5, 22, 30 bare lists and their headers":  lists,
		"6, 7 errors are JSON objects":               errorsAreJSON,
		"8 only known statuses":                      onlyKnownStatuses,
		"9, 11, 12, 20 creations by the Ruby client": rubyCreations,
		"10, 28 every collection and one of it":      everyCollection,
		"13, 32 empty bodies":                        emptyBodies,
		"14 a message at the top level":              pushMessage,
		"15 flags beside the root":                   flagsBesideRoot,
		"16, 17, 49 deletions with bodies":           deletions,
		"18, 19, 40 uploads":                         uploads,
		"21 a second page without its size":          secondPage,
		"23, 24, 36 shapes of errors":                shapesOfErrors,
		"25 statuses and what is said with them":     statuses,
		"26 reports with and without days":           reportDays,
		"27 answers to who takes them packed":        packed,
		"31 letters of headers":                      headerCase,
		"33 empty arrays":                            emptyArrays,
		"34 updates under the root pass":             passRoots,
		"35 a push to a pass":                        pushToPass,
		"37 refusals that callers get as answers":    answeredRefusals,
		"38 refusals that clients die of":            deadlyRefusals,
		"39 uploads that wait for 100 Continue":      awaitedUploads,
		"42, 44 addresses and their endings":         addresses,
		"43 barcodes without a barcode":              barcodesAlone,
		"45 foreground_color":                        foregroundColour,
		"46 numbers of any shape":                    looseNumbers,
		"47 a pass without body and type":            noBody,
		"48 queries":                                 queries,
		"50 reads from other origins":                anyOrigin,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, a)
		})
	}
}

// plain is a campaign with a name of its own.
func plain(t *testing.T) members {
	return members{"name": t.Name(), "barcode": members{"format": "qrcode"}, "primary_fields": []any{members{"key": "deal", "label": "DEAL", "value": "2 for 1"}},
		"auxiliary_fields": []any{members{"key": "holder", "label": "FOR", "value": "", "behaviour": "dynamic"}, members{"key": "until", "label": "UNTIL", "value": "31 October"}}}
}

// request has credentials and a body with its length.
func (a *account) request(t testing.TB, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", strings.TrimPrefix(a.headers[0], "Authorization: "))
	return r
}

// TestQuirkNumbers: there is a test, and a line in README.md, of every number.
func TestQuirkNumbers(t *testing.T) {
	for _, file := range []string{"quirk_test.go", "README.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		named := make(map[string]bool)
		for _, m := range numbered.FindAllStringSubmatch(string(text), -1) {
			for _, n := range strings.Split(cmp.Or(m[1], m[2]), ", ") {
				named[n] = true
			}
		}
		for n := 1; n <= 50; n++ {
			if !named[fmt.Sprint(n)] {
				t.Errorf("%s lacks number %d", file, n)
			}
		}
	}
}

// numbered is the name of a test of what clients need, or the first column of its line.
var numbered = regexp.MustCompile(`(?m)^\t+"([0-9]+(?:, [0-9]+)*) [a-z_A-Z]|^\| ([0-9]+(?:, [0-9]+)*) \|`)
