package wallet_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// changes is the answer to a device that asks what is new.
type changes struct {
	SerialNumbers []string
	LastUpdated   string // it must be a string: a number does not decode
}

// list asks with a tag, or without if it is empty.
func (v *visit) list(t *testing.T, library, tag string) (c changes, status int) {
	t.Helper()
	path := v.device(library)
	if tag != "" {
		path += "?passesUpdatedSince=" + tag
	}
	a := v.ask(t, http.MethodGet, path, nil) // no Authorization: the device sends none
	if a.Code == http.StatusNoContent {
		empty(t, a)
		return c, a.Code
	}
	a.Status(t, http.StatusOK).JSON(t, &c)
	if got := a.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("the list is of type %q", got)
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("the list may be cached: %q", got)
	}
	return c, a.Code
}

func TestList(t *testing.T) {
	v := newVisit(t)
	if _, status := v.list(t, library, ""); status != http.StatusNoContent {
		t.Errorf("an unknown device: status %d, want 204", status)
	}
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	first, _ := v.list(t, library, "")
	if !slices.Equal(first.SerialNumbers, []string{v.pass.SerialNumber}) || strings.Trim(first.LastUpdated, "0123456789") != "" || first.LastUpdated == "" {
		t.Fatalf("the first list is %+v", first)
	}
	if _, status := v.list(t, library, first.LastUpdated); status != http.StatusNoContent {
		t.Errorf("nothing changed: status %d, want 204", status)
	}
	v.Change(t, v.pass, servertest.Values{"stamps": 4})
	v.Change(t, v.pass, servertest.Values{"stamps": 5})
	second, _ := v.list(t, library, first.LastUpdated)
	if !slices.Equal(second.SerialNumbers, []string{v.pass.SerialNumber}) || second.LastUpdated == first.LastUpdated {
		t.Errorf("after two changes: %+v, want the pass once and a tag other than %s", second, first.LastUpdated)
	}
	if _, status := v.list(t, library, second.LastUpdated); status != http.StatusNoContent {
		t.Errorf("the new tag does not cover the change: status %d", status)
	}
}

// TestListOfOddTags gives everything: a device that lost its way finds back.
func TestListOfOddTags(t *testing.T) {
	v := newVisit(t)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	for name, tag := range map[string]string{
		"absent":     "",
		"future":     "999999999",
		"garbage":    "yesterday",
		"negative":   "-1",
		"fraction":   "1.5",
		"too long":   strings.Repeat("9", 4000),
		"overflow":   "18446744073709551616",
		"date":       "Mon,%2001%20Jun%202026%2009:30:00%20GMT",
		"null":       "(null)",
		"characters": "%00%0d%0a",
	} {
		got, _ := v.list(t, library, tag)
		if !slices.Equal(got.SerialNumbers, []string{v.pass.SerialNumber}) || got.LastUpdated == tag {
			t.Errorf("%s: %+v, want the pass and another tag", name, got)
		}
	}
}

// TestListAfterAddingAnOldFile mentions a pass whose change is older than the tag.
func TestListAfterAddingAnOldFile(t *testing.T) {
	v := newVisit(t)
	old := v.Issue(t, store.Campaign{}, nil)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	tag, _ := v.list(t, library, "")
	s2v(t, v.Server, old).register(t, library, pushToken).Status(t, http.StatusCreated)
	got, _ := v.list(t, library, tag.LastUpdated)
	if !slices.Equal(got.SerialNumbers, []string{old.SerialNumber}) {
		t.Errorf("listed %v, want the pass that was added late", got.SerialNumbers)
	}
}

// TestListFollowsTheTemplate lists every pass of a template after it was published
// anew, and not those that are pinned.
func TestListFollowsTheTemplate(t *testing.T) {
	v := newVisit(t)
	c := v.Campaign(t)
	var serials []string
	for range 3 {
		p := v.Issue(t, c, nil)
		serials = append(serials, p.SerialNumber)
		s2v(t, v.Server, p).register(t, library, pushToken).Status(t, http.StatusCreated)
	}
	pinned := v.Issue(t, c, nil, func(o *issuer.Order) { o.Pinned = true })
	s2v(t, v.Server, pinned).register(t, library, pushToken).Status(t, http.StatusCreated)
	tag, _ := v.list(t, library, "")
	v.Republish(t, c, servertest.Translate)
	got, _ := v.list(t, library, tag.LastUpdated)
	slices.Sort(got.SerialNumbers)
	slices.Sort(serials)
	if !slices.Equal(got.SerialNumbers, serials) {
		t.Errorf("listed %v, want %v", got.SerialNumbers, serials)
	}
}
