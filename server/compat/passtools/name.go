package passtools

import (
	"errors"
	"strings"

	"pocketpass/store"
)

// decimal is an id of digits, 0 if there can be none like it.
func decimal(text string) store.ID {
	id, _ := store.ParseDecimal(text)
	return id
}

// orMissing tells which of the things that a path names is not there.
func orMissing(err error, what, name string) error {
	if errors.Is(err, store.ErrNotFound) {
		return missing(what, name)
	}
	return err
}

// maxBlanks bounds the spellings of a name that are tried.
const maxBlanks = 6

// alike finds something by a name, exactly or else with blanks and plus signs taken for
// each other: some clients write a blank in a path as a plus sign, and some write the
// sign itself.
func alike[T any](name string, find func(string) (T, error)) (T, error) {
	if !usable(name) {
		var none T
		return none, store.ErrNotFound
	}
	found, err := find(name)
	if !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	for _, other := range spellings(name) {
		if found, err = find(other); !errors.Is(err, store.ErrNotFound) {
			return found, err
		}
	}
	return found, err
}

// spellings are the other names that are alike. Of names with many blanks they are those
// with nothing but blanks and nothing but signs.
func spellings(name string) (out []string) {
	if strings.Count(name, " ")+strings.Count(name, "+") > maxBlanks {
		return []string{strings.ReplaceAll(name, "+", " "), strings.ReplaceAll(name, " ", "+")}
	}
	all := []string{""}
	for _, r := range name {
		if r != ' ' && r != '+' {
			for n := range all {
				all[n] += string(r)
			}
			continue
		}
		both := make([]string, 0, 2*len(all))
		for _, s := range all {
			both = append(both, s+" ", s+"+")
		}
		all = both
	}
	for _, s := range all {
		if s != name {
			out = append(out, s)
		}
	}
	return out
}

// usable says whether something can have a name: control characters are refused wherever
// names are given.
func usable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// maxExternalID bounds external ids, in characters.
const maxExternalID = 128

// checkExternalID refuses an external id that cannot be one, or that taken knows already.
func checkExternalID(id string, taken func(string) error) error {
	const name = "externalId"
	switch err := taken(id); {
	case id == "" || len([]rune(id)) > maxExternalID || !usable(id):
		return refuse(name, "must have 1 to %d characters", maxExternalID)
	case err == nil:
		return refuse(name, "is in use already")
	case errors.Is(err, store.ErrNotFound):
		return nil
	default:
		return err
	}
}
