// Package spelling finds the known word that somebody probably meant.
//
// It knows nothing of where the words come from: configuration keys, verbs of
// the command line, names of JSON fields and keys of pass.json are asked for alike.
package spelling

// Nearest returns the word of known that is closest to got, or "" when none is
// close enough to be a slip of the finger: at most a third of the letters may
// differ, and never fewer than one is allowed. Of equally close words the first wins.
func Nearest(got string, known []string) string {
	return NearestWithin(max(1, len(got)/3), got, known)
}

// NearestWithin is Nearest where at most limit letters may differ.
func NearestWithin(limit int, got string, known []string) string {
	best := ""
	for _, word := range known {
		if d := distance(got, word, limit); d <= limit {
			best, limit = word, d-1
		}
	}
	return best
}

// DidYouMean returns `; did you mean "word"?` for the nearest word, or "".
func DidYouMean(got string, known []string) string {
	if word := Nearest(got, known); word != "" {
		return `; did you mean "` + word + `"?`
	}
	return ""
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b (optimal string alignment, over bytes). It gives
// up early, with a number above limit, on words whose lengths alone differ more.
func distance(a, b string, limit int) int {
	if gap := len(a) - len(b); gap > limit || -gap > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
