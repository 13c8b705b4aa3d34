package issuer_test

import (
	"slices"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// marked is a world with passes that have the tag gold, of which the first is invalid.
func marked(t *testing.T, n int) (*world, []store.Pass) {
	t.Helper()
	w := newWorld(t)
	o := w.order()
	o.Tags = []string{"gold"}
	var passes []store.Pass
	for range n {
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		passes = append(passes, p)
	}
	_, err := w.Invalidate(t.Context(), w.me, passes[0].ID)
	must(t, err)
	return w, passes
}

// TestTagsOfInvalidPasses are as fixed as the rest of them, by a job too.
func TestTagsOfInvalidPasses(t *testing.T) {
	w, passes := marked(t, 2)
	add := issuer.Tagging{Add: []string{"vip"}}
	_, _, _, err := w.Tag(t.Context(), w.me, passes[0].ID, add)
	refusal(t, err, issuer.Conflict, "pass_invalid")
	j := w.run(t, issuer.NewJob{Kind: issuer.KindTag, Tag: "gold", Tagging: &add})
	wantCounts(t, j, 1, 1, 0)
	w.wantErrors(t, j, "pass_invalid")
	if now := w.now(t, passes[0].ID); !slices.Equal(now.Tags, []string{"gold"}) {
		t.Errorf("tags %v", now.Tags)
	}
}

// TestTagIsCleared at once if few have it, else by a job, from invalid passes too.
func TestTagIsCleared(t *testing.T) {
	for name, n := range map[string]int{"few": 3, "many": 1001} {
		t.Run(name, func(t *testing.T) {
			w, passes := marked(t, n)
			plain := w.issue(t)
			c, err := w.ClearTag(t.Context(), w.me, "gold")
			must(t, err)
			if name == "few" {
				if c.Passes != n || c.Job != nil {
					t.Errorf("cleared %+v", c)
				}
			} else {
				wantCounts(t, w.work(t, *c.Job, store.JobDone), int64(n), 0, 0)
			}
			for _, p := range []store.Pass{passes[0], passes[n-1]} {
				if now := w.now(t, p.ID); len(now.Tags) != 0 {
					t.Errorf("tags %v", now.Tags)
				}
			}
			if w.now(t, plain.ID).Edited != 0 {
				t.Error("a pass without the tag was changed")
			}
			_, err = w.TagNamed(t.Context(), w.me, "gold")
			refusal(t, err, issuer.NotFound, "not_found")
		})
	}
}
