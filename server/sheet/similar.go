package sheet

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// similar is how alike, from 0 to 1, a header and a target must be for a guess.
const similar = 0.7

// foldLength is the most characters of a name that are compared.
const foldLength = 64

// GuessMapping proposes a target for each column whose header resembles one, the most
// alike first and none twice. It is a proposal for people to look at.
func GuessMapping(f Format, targets []Target) Mapping {
	var pairs []pair
	known := spellings(targets)
	for i, name := range f.Names {
		least := similar
		if grouped(name, targets) {
			least = 1
		}
		for _, key := range keys(name) {
			for _, k := range known {
				if like := likeness(key, k.key); like >= least {
					pairs = append(pairs, pair{i, k.target, like})
				}
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.like, a.like) })
	return settle(f, targets, pairs)
}

// grouped reports whether a name begins as a target does, up to its dot, as
// values.gate1: whoever writes that means no other, as values.gate2.
func grouped(name string, targets []Target) bool {
	group, _, ok := strings.Cut(strings.TrimSpace(name), ".")
	return ok && slices.ContainsFunc(targets, func(t Target) bool { return strings.HasPrefix(t.Name, group+".") })
}

// pair is a column and a target that resemble each other.
type pair struct {
	column, target int
	like           float64
}

// settle gives each column and each target to its best pair, in the order of columns.
func settle(f Format, targets []Target, pairs []pair) Mapping {
	columns, used := map[int]bool{}, map[int]bool{}
	var m Mapping
	for _, p := range pairs {
		if !columns[p.column] && !used[p.target] {
			columns[p.column], used[p.target] = true, true
			m = append(m, Column{Name: f.Names[p.column], Number: p.column + 1, Target: targets[p.target].Name})
		}
	}
	slices.SortFunc(m, func(a, b Column) int { return cmp.Compare(a.Number, b.Number) })
	return m
}

// spelling is one way to write a target.
type spelling struct {
	target int
	key    string
}

func spellings(targets []Target) []spelling {
	var all []spelling
	for i, t := range targets {
		for _, name := range append([]string{t.Name}, t.Aliases...) {
			for _, key := range keys(name) {
				all = append(all, spelling{i, key})
			}
		}
	}
	return all
}

// fold takes from a name what people write differently: case, diacritics, and all
// that is neither letter nor digit.
func fold(name string) string {
	var b strings.Builder
	n := 0
	for _, r := range norm.NFKD.String(strings.ToLower(clip(name))) {
		switch {
		case n == foldLength:
			return b.String()
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			continue
		}
		n++
	}
	return b.String()
}

// clip bounds the work of folding a long name.
func clip(name string) string { return name[:min(len(name), 8*foldLength)] }

var transcribed = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "ae", "Ö", "oe", "Ü", "ue")

// keys are the ways to fold a name: umlauts without their dots and, where there are
// any, transcribed.
func keys(name string) []string {
	plain := fold(name)
	if other := fold(transcribed.Replace(norm.NFC.String(clip(name)))); other != plain {
		return []string{plain, other}
	}
	return []string{plain}
}

// likeness is 1 for equal keys, and less for each character to change or, where one
// key starts or ends the other, to add.
func likeness(a, b string) float64 {
	if a == b && a != "" {
		return 1
	}
	x, y := []rune(a), []rune(b)
	if min(len(x), len(y)) < 3 {
		return 0 // too short to tell chance from likeness
	}
	longer := float64(max(len(x), len(y)))
	like := 1 - float64(distance(x, y))/longer
	if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) || strings.HasSuffix(a, b) || strings.HasSuffix(b, a) {
		like = max(like, similar+0.2*float64(min(len(x), len(y)))/longer)
	}
	return like
}

// distance is Levenshtein's: how many characters to insert, delete or replace.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range b {
			change := diagonal
			if r != s {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
