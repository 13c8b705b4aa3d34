package store_test

import (
	"slices"
	"testing"

	"pocketpass/store"
)

// TestPassIDsAt skips and turns around.
func TestPassIDsAt(t *testing.T) {
	f := withPasses(t, 25)
	tests := []struct {
		name        string
		filter      store.PassFilter
		skip, limit int
		reverse     bool
		want        []store.ID
	}{
		{"the oldest", store.PassFilter{}, 0, 3, false, []store.ID{1, 2, 3}},
		{"the newest", store.PassFilter{}, 0, 2, true, []store.ID{25, 24}},
		{"further in", store.PassFilter{Tag: "all"}, 10, 2, true, []store.ID{15, 14}},
		{"the end", store.PassFilter{}, 24, 5, false, []store.ID{25}},
		{"beyond it", store.PassFilter{}, 99, 5, false, nil},
		{"of a tag that nobody has", store.PassFilter{Tag: "al"}, 0, 5, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.filter.Org = f.org
			f.view(t, func(r store.Reader) error {
				got, err := r.PassIDsAt(tt.filter, tt.skip, tt.limit, tt.reverse)
				if !slices.Equal(got, tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				return err
			})
		})
	}
}

// TestTagsAt lists tags by name and by id, and counts them.
func TestTagsAt(t *testing.T) {
	f := newFixture(t)
	f.update(t, func(tx store.Tx) error {
		p := f.pass(1, "1")
		p.Tags = []string{"b", "a", "c"}
		return tx.PutPass(p)
	})
	for _, tt := range []struct {
		byName, reverse bool
		skip            int
		want            []string
	}{{true, false, 0, []string{"a", "b"}}, {true, true, 1, []string{"b", "a"}}, {false, false, 0, []string{"b", "a"}}, {false, true, 2, []string{"b"}}} {
		f.view(t, func(r store.Reader) error {
			all, total, err := r.TagsAt(f.org, tt.byName, tt.skip, 2, tt.reverse)
			var got []string
			for _, tag := range all {
				got = append(got, tag.Name)
			}
			if total != 3 || !slices.Equal(got, tt.want) {
				t.Errorf("%+v: got %v of %d", tt, got, total)
			}
			return err
		})
	}
}
