package store_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pocketpass/store"
)

// spellings are the three ways to write an id, each with its parser.
var spellings = []struct {
	name  string
	write func(store.ID) string
	parse func(string) (store.ID, bool)
}{
	{"short", store.ID.Short, store.ParseShort},
	{"decimal", store.ID.Decimal, store.ParseDecimal},
	{"UUID", store.ID.UUID, store.ParseUUID},
}

const idLimit = 1 << 53 // ids are below

func TestSpellingsGoBothWays(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	ids := []store.ID{1, 31, 32, 0xfff, 0x1000, idLimit - 1}
	for range 2000 {
		ids = append(ids, 1+store.ID(rnd.Uint64N(idLimit-1)))
	}
	for _, s := range spellings {
		for _, id := range ids {
			if got, ok := s.parse(s.write(id)); !ok || got != id {
				t.Fatalf("%s: %d is written %q and read as %d, %v", s.name, id, s.write(id), got, ok)
			}
		}
	}
}

func TestSpellingsKeepTheOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		a, b := store.ID(rnd.Uint64N(idLimit)), store.ID(rnd.Uint64N(idLimit))
		for _, s := range spellings {
			if s.name != "decimal" && (a < b) != (s.write(a) < s.write(b)) {
				t.Fatalf("%s: %q and %q are not in the order of %d and %d", s.name, s.write(a), s.write(b), a, b)
			}
		}
	}
}

func TestWhatIsNoID(t *testing.T) {
	uuid := store.ID(123456789).UUID()
	tests := []struct {
		name, text string
		parse      func(string) (store.ID, bool)
	}{
		{"a random UUID", "0189d0f1-7a3c-4b1e-9c55-2f6d2b7e9a10", store.ParseUUID},
		{"a version 7 UUID", strings.Replace(uuid, "-8", "-7", 1), store.ParseUUID},
		{"another tail", uuid[:35] + "0", store.ParseUUID},
		{"no hyphens", strings.ReplaceAll(uuid, "-", ""), store.ParseUUID},
		{"hyphens elsewhere", uuid[1:9] + uuid[:1] + uuid[9:], store.ParseUUID},
		{"zero as UUID", store.ID(0).UUID(), store.ParseUUID},
		{"zero", "0", store.ParseDecimal},
		{"2^53", "9007199254740992", store.ParseDecimal},
		{"a leading zero", "0123", store.ParseDecimal},
		{"a sign", "+123", store.ParseDecimal},
		{"ten characters", "0123456789", store.ParseShort},
		{"above 2^53", "zzzzzzzzzzz", store.ParseShort},
		{"a letter that is left out", "0000000000u", store.ParseShort},
		{"a sign outside of ASCII that folds to k", "00000000\u212a", store.ParseShort},
	}
	for _, tt := range tests {
		if id, ok := tt.parse(tt.text); ok {
			t.Errorf("%s: %q is taken for %d", tt.name, tt.text, id)
		}
	}
}

func TestUpperCaseIsRead(t *testing.T) {
	const id = store.ID(987654321012345)
	for _, s := range spellings {
		if got, ok := s.parse(strings.ToUpper(s.write(id))); !ok || got != id {
			t.Errorf("%s: upper case is read as %d, %v", s.name, got, ok)
		}
	}
}

// FuzzParse: what a parser takes is below 2^53 and written the same again, but for case.
func FuzzParse(f *testing.F) {
	for _, s := range spellings {
		f.Add(s.write(1234567890123))
	}
	f.Add("00000000\u212a")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range spellings {
			id, ok := s.parse(text)
			if ok && (id == 0 || id >= idLimit || s.write(id) != strings.ToLower(text)) {
				t.Errorf("%s: %q is read as %d, which is written %q", s.name, text, id, s.write(id))
			}
		}
	})
}
