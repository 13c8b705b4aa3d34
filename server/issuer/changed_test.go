package issuer_test

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// list asks what changed since a tag.
func (w *world) list(t testing.TB, d phone, tag string) issuer.Changed {
	t.Helper()
	c, err := w.ChangedPasses(t.Context(), passType, d.library, tag, home)
	must(t, err)
	return c
}

// phoneWith has n passes registered on one device, which has seen them all.
func phoneWith(t *testing.T, n int) (w *world, d phone, passes []store.Pass, tag string) {
	w, d = newWorld(t), phoneNumber(1)
	for range n {
		p := w.issue(t)
		w.register(t, p, d)
		passes = append(passes, p)
	}
	return w, d, passes, w.list(t, d, "").Tag
}

func serials(passes ...store.Pass) (out []string) {
	for _, p := range passes {
		out = append(out, p.SerialNumber)
	}
	slices.Sort(out)
	return out
}

func wantSerials(t *testing.T, c issuer.Changed, want ...store.Pass) {
	t.Helper()
	slices.Sort(c.SerialNumbers)
	if !slices.Equal(c.SerialNumbers, serials(want...)) {
		t.Errorf("listed %v, want %v", c.SerialNumbers, serials(want...))
	}
}

// The numbers are those of the contract's rules for the tag.

func TestTagRule1NoTagIsAll(t *testing.T) {
	w, d, passes, _ := phoneWith(t, 3)
	wantSerials(t, w.list(t, d, ""), passes...)
}

func TestTagRule2WhatIsNoTagIsAll(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 2)
	n, _ := strconv.ParseUint(tag, 10, 64)
	for _, bad := range []string{"yesterday", "-1", "1.5", "99999999999999999999999", strconv.FormatUint(n+1, 10), "18446744073709551615"} {
		c := w.list(t, d, bad)
		wantSerials(t, c, passes...)
		if c.Tag == bad {
			t.Errorf("the tag %q is given back", bad)
		}
	}
}

func TestTagRule3StrictlyGreater(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 2)
	wantSerials(t, w.list(t, d, tag))
	w.change(t, passes[1], "stamps", 1)
	wantSerials(t, w.list(t, d, tag), passes[1])
}

func TestTagRule4CoversWhatIsListedAndMoves(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 3)
	for n := range 5 {
		w.change(t, passes[n%3], "stamps", n+1)
		c := w.list(t, d, tag)
		wantSerials(t, c, passes[n%3])
		if c.Tag == tag {
			t.Fatalf("the tag stays at %s", tag)
		}
		tag = c.Tag
		wantSerials(t, w.list(t, d, tag))
	}
}

// TestTagRule5ComesFromACounter: changes within one second and after the clock was
// set back are listed, and no tag is ahead of the last change.
func TestTagRule5ComesFromACounter(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 1)
	for n := range 4 {
		if n == 2 {
			w.clock.add(-48 * 3600e9)
		}
		w.change(t, passes[0], "stamps", n+1)
		c := w.list(t, d, tag)
		wantSerials(t, c, passes[0])
		given, _ := strconv.ParseUint(c.Tag, 10, 64)
		w.view(t, func(r store.Reader) error {
			last, err := r.Revision()
			if given > last {
				t.Errorf("tag %d is ahead of the last change %d", given, last)
			}
			return err
		})
		tag = c.Tag
	}
}

func TestTagRule6Characters(t *testing.T) {
	_, _, _, tag := phoneWith(t, 1)
	if !regexp.MustCompile(`^[0-9A-Za-z_-]+$`).MatchString(tag) {
		t.Errorf("tag %q", tag)
	}
}

func TestTagRule7OnePerPassType(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 1)
	c, err := w.ChangedPasses(t.Context(), "pass.test.other", d.library, tag, netip.Addr{})
	must(t, err)
	wantSerials(t, c)
	wantSerials(t, w.list(t, phoneNumber(2), ""))
	wantSerials(t, w.list(t, d, ""), passes[0])
}

func TestTagRule8OnceWithTheNewestState(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 2)
	for n := range 3 {
		w.change(t, passes[0], "stamps", n+1)
	}
	w.republish(t, document)
	c := w.list(t, d, tag)
	wantSerials(t, c, passes...)
	wantSerials(t, w.list(t, d, c.Tag))
}

// TestTagRule9OldFileAfterTheTag: a pass that is added after the tag was given is
// listed although it changed before.
func TestTagRule9OldFileAfterTheTag(t *testing.T) {
	w, d, _, _ := phoneWith(t, 1)
	old := w.issue(t)
	w.change(t, old, "stamps", 1)
	last := w.issue(t)
	w.register(t, last, d)
	tag := w.list(t, d, "").Tag
	w.register(t, old, d)
	c := w.list(t, d, tag)
	wantSerials(t, c, old)
	if w.register(t, old, d) {
		t.Error("the same registration again is new")
	}
	wantSerials(t, w.list(t, d, c.Tag))
}

func TestDeletedPassIsListed(t *testing.T) {
	w, d, passes, tag := phoneWith(t, 2)
	must(t, w.Delete(t.Context(), w.me, passes[0].ID, nil))
	wantSerials(t, w.list(t, d, tag), passes[0])
}
