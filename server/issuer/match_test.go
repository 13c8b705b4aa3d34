package issuer_test

import (
	"strings"
	"testing"

	"pocketpass/server/issuer"
)

// TestJobForWhatPassesShow finds passes by what they show: of their own, of their template,
// of their holder; not by what they hide.
func TestJobForWhatPassesShow(t *testing.T) {
	const own, theirs = "own", "hello@cafe.example"
	tests := []struct {
		name     string
		document string
		pass     func(*issuer.Order)
		key      string
		shows    string
		found    bool
	}{
		{"a value of its own", document, func(o *issuer.Order) { o.Values = values("terms", own) }, "terms", own, true},
		{"the template's", document, nil, "terms", theirs, true},
		{"a value instead of the template's", document, func(o *issuer.Order) { o.Values = values("terms", own) }, "terms", theirs, false},
		{"a number", document, func(o *issuer.Order) { o.Values = values("stamps", 7) }, "stamps", "7", true},
		{"a document of its own", document, func(o *issuer.Order) {
			o.Document = []byte(`{"storeCard": {"backFields": [{"key": "mine", "label": "Mine", "value": "own"}]}}`)
		}, "mine", own, true},
		{"a field that it hides", document, func(o *issuer.Order) { o.Hidden = []string{"terms"} }, "terms", theirs, false},
		{"a field that nobody has", document, nil, "none", "", false},
		{"a text with its own number", strings.Replace(document, theirs, `{{localId}}`, 1), func(o *issuer.Order) { o.LocalID = "M-1" }, "terms", "M-1", true},
		{"somebody else's number", strings.Replace(document, theirs, `{{localId}}`, 1), func(o *issuer.Order) { o.LocalID = "M-2" }, "terms", "M-1", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.republish(t, tt.document)
			other := w.order()
			other.LocalID, other.Values = "other", values("terms", "another")
			_, err := w.Issue(t.Context(), w.me, other)
			must(t, err)
			o := w.order()
			if tt.pass != nil {
				tt.pass(&o)
			}
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			j := w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Template: w.template.ID, Change: &issuer.Change{Tags: &[]string{"found"}},
				Shows: []issuer.FieldText{{Key: tt.key, Text: tt.shows}}})
			if found := len(w.now(t, p.ID).Tags) > 0; found != tt.found || j.Done > 1 {
				t.Errorf("found is %v, %d were changed", found, j.Done)
			}
		})
	}
	w := newWorld(t)
	_, err := w.StartJob(t.Context(), w.me, issuer.NewJob{Kind: issuer.KindUpdate, Template: w.template.ID, Change: stamps(1), Shows: make([]issuer.FieldText, 21)})
	refusal(t, err, issuer.Invalid, "too_many_values")
}

// TestHiddenFieldTakesValues that it shows when it is hidden no more.
func TestHiddenFieldTakesValues(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for _, ch := range []issuer.Change{{Hidden: &[]string{"terms"}}, {Values: values("terms", "kept")}} {
		_, err := w.Update(t.Context(), w.me, p.ID, ch)
		must(t, err)
	}
	if raw, _ := w.shown(t, p); strings.Contains(raw, "kept") {
		t.Errorf("the pass shows %s", raw)
	}
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Hidden: new([]string)})
	must(t, err)
	w.wantShown(t, p, "kept")
	for _, keys := range [][]string{make([]string, 101), {""}, {"a\x00"}} {
		_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Hidden: &keys})
		refusal(t, err, issuer.Invalid, map[bool]string{true: "too_many_hidden", false: "hidden"}[len(keys) > 1])
	}
}

// TestJobMovesPasses: where passes are to stand is part of what a job changes.
func TestJobMovesPasses(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	yes := true
	j := w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Template: w.template.ID, Change: &issuer.Change{Standing: issuer.Standing{Voided: &yes}}})
	if now := w.now(t, p.ID); now.Voided.IsZero() || j.Done != 1 {
		t.Errorf("%+v", now)
	}
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{LocalID: new(strings.Repeat("x", 256))})
	refusal(t, err, issuer.Invalid, "local_id")
	taken := issuer.Change{LocalID: new("M-1")}
	_, err = w.Update(t.Context(), w.me, w.issue(t).ID, taken)
	must(t, err)
	_, err = w.Update(t.Context(), w.me, w.issue(t).ID, taken)
	refusal(t, err, issuer.Conflict, issuer.CodeLocalTaken)
}
