package issuer_test

import (
	"fmt"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// latest asks for the newest version as a phone does that has one of since.
func (w *world) latest(t testing.TB, p store.Pass, since time.Time) (issuer.Download, bool) {
	t.Helper()
	d, notModified, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: p.PassTypeIdentifier,
		SerialNumber: p.SerialNumber, Token: w.token(p), Since: since})
	must(t, err)
	return d, notModified
}

// follow asks after each change, with the date of the version before: every one
// has to be seen, and asking again has to be answered with nothing new.
func (w *world) follow(t *testing.T, p store.Pass, changes ...func()) {
	t.Helper()
	d, _ := w.latest(t, p, time.Time{})
	for n, change := range changes {
		change()
		next, notModified := w.latest(t, p, d.Modified)
		if notModified || !next.Modified.After(d.Modified) || next.Revision <= d.Revision {
			t.Fatalf("change %d is hidden: %v (revision %d) after %v (revision %d), not modified: %v",
				n, next.Modified, next.Revision, d.Modified, d.Revision, notModified)
		}
		if same, notModified := w.latest(t, p, next.Modified); !notModified || len(same.Data) > 0 || !same.Modified.Equal(next.Modified) {
			t.Fatalf("after change %d the same version is not recognised", n)
		}
		d = next
	}
}

// TestLastModifiedGrowsWithinOneSecond: pass, template and pass again, while the
// clock stands still.
func TestLastModifiedGrowsWithinOneSecond(t *testing.T) {
	w := newWorld(t)
	p, n := w.issue(t), 0
	pass := func() { n++; w.change(t, p, "stamps", n) }
	template := func() { w.republish(t, document) }
	w.follow(t, p, pass, template, pass, pass, template, template, pass)
	w.clock.add(-time.Hour) // the clock is set back
	w.follow(t, p, pass, template, pass)
}

// TestPinningWithinOneSecond: a pass that is pinned right after publications that
// ran ahead of the clock must not go back to its own date.
func TestPinningWithinOneSecond(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	pin := func(pinned bool) func() {
		return func() {
			_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Pinned: &pinned})
			must(t, err)
		}
	}
	template := func() { w.republish(t, document) }
	w.follow(t, p, template, func() { template(); template(); pin(true)() }, func() { template(); pin(false)() }, template)
}

func TestPinnedPassesDoNotFollow(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.Pinned = true
	pinned, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	following := w.issue(t)
	before, _ := w.latest(t, pinned, time.Time{})
	w.republish(t, newer)
	if d, notModified := w.latest(t, pinned, before.Modified); !notModified || d.Revision != before.Revision {
		t.Error("a pinned pass changed with its template")
	}
	for name, tt := range map[string]struct {
		pass store.Pass
		want string
	}{"pinned": {pinned, "STAMPS"}, "following": {following, "POINTS"}} {
		doc, _, err := w.Document(t.Context(), w.me, tt.pass.ID)
		must(t, err)
		if got := doc.StoreCard.HeaderFields[0].Label; got != tt.want {
			t.Errorf("%s: label %s, want %s", name, got, tt.want)
		}
	}
}

// newer is the document with another label and without the field terms.
const newer = `{"organizationName": "Café", "description": "Stamp card", "storeCard": {
	"headerFields": [{"key": "stamps", "label": "POINTS", "value": 0}]},
	"barcodes": [{"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "iso-8859-1"}]}`

// TestFieldThatATemplateDrops: passes with a value for it are served and changed
// all the same, and show it again when it is back.
func TestFieldThatATemplateDrops(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t, "terms", "mine")
	w.republish(t, newer)
	w.latest(t, p, time.Time{})
	w.change(t, p, "stamps", 4)
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("terms", "again")})
	refusal(t, err, issuer.Invalid, "field_unknown")
	w.republish(t, document)
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	if got := doc.StoreCard.FieldByKey("terms").Value.String(); got != "mine" {
		t.Errorf("terms are %q", got)
	}
}

func TestStyleOfAPublishedTemplateStays(t *testing.T) {
	w := newWorld(t)
	d := w.design(t, `{"organizationName": "Café", "description": "x", "generic": {"primaryFields": [{"key": "a", "value": "b"}]}}`)
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	refusal(t, err, issuer.Conflict, "style_fixed")
	e, err := w.Template(t.Context(), w.me, w.template.ID)
	must(t, err)
	if fmt.Sprint(e.Template) != fmt.Sprint(w.template) {
		t.Errorf("the refused change left %+v", e.Template)
	}
}
