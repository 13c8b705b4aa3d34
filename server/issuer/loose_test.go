package issuer_test

import (
	"encoding/json"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// looseCard has a number, a date, a field without a text, and a group between two fields.
const looseCard = `{"organizationName": "Café", "description": "Card of {{\"who\"}}", "barcodes": [{"format": "PKBarcodeFormatQR", "message": "{{\"none\"}}"}],
	"storeCard": {"headerFields": [{"key": "n", "label": "N", "value": "{{\"n\"}}", "numberStyle": "PKNumberStyleDecimal"}],
	"auxiliaryFields": [{"key": "empty", "value": "{{\"none\"}}"}, {"key": "day", "label": "D", "value": "{{\"day\"}}", "dateStyle": "PKDateStyleShort", "timeStyle": "PKDateStyleNone"}],
	"backFields": [{"key": "first", "value": "1"}, {"key": "old0", "value": "group"}, {"key": "last", "value": "3"}]}}`

// loose makes a template of a loose design, with another look for redeemed passes.
func (w *world) loose(t testing.TB) store.Template {
	t.Helper()
	d := w.design(t, looseCard)
	d.Loose, d.Offset = true, 120
	d.Fields = []store.Field{{Key: "who", Default: "nobody"}}
	d.Groups = []store.Group{{Name: "news", At: 1, Len: 1, Prefix: "news"}}
	d.Redeemed = &store.Design{Document: json.RawMessage(`{"organizationName": "Café", "description": "Used", "storeCard": {}}`), Loose: true}
	_, made, err := w.Launch(t.Context(), w.me, issuer.Launch{Into: w.campaign.ID, Template: issuer.NewTemplate{Name: "Loose", Design: d}})
	must(t, err)
	return made
}

// drawn is the document of a pass.
func (w *world) drawn(t testing.TB, p store.Pass) *pkpass.Document {
	t.Helper()
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	return doc
}

func TestLoose(t *testing.T) {
	w := newWorld(t)
	o := issuer.Order{Campaign: w.campaign.ID, Template: w.loose(t).ID, Content: issuer.Content{Values: values("n", "12.5", "day", "2026-05-01", "first", "not shown", "unknown", true)}}
	o.Document = json.RawMessage(`{"storeCard": {"backFields": [{"key": "news/0", "value": "a"}, {"key": "news/1", "value": "b"}]}}`)
	all, err := w.IssueAll(t.Context(), w.me, []issuer.Order{o})
	must(t, err)
	doc := w.drawn(t, all[0])
	style := doc.StoreCard
	if doc.Description != "Card of nobody" || len(doc.Barcodes) != 0 || style.HeaderFields[0].Value.String() != "12.5" || !style.HeaderFields[0].Value.IsNumber() {
		t.Errorf("%q, %v, %v", doc.Description, doc.Barcodes, style.HeaderFields)
	}
	if len(style.AuxiliaryFields) != 1 || style.AuxiliaryFields[0].Value.String() != "2026-05-01T00:00:00+02:00" {
		t.Errorf("%v", style.AuxiliaryFields)
	}
	var back string
	for _, f := range style.BackFields {
		back += f.Key + "=" + f.Value.String() + " "
	}
	if back != "first=1 news0=a news1=b last=3 " {
		t.Errorf("the back has %s", back)
	}
	p, err := w.Update(t.Context(), w.me, all[0].ID, issuer.Change{Values: values("n", "many", "day", "soon")})
	must(t, err)
	style = w.drawn(t, p).StoreCard
	if n, day := style.HeaderFields[0], style.AuxiliaryFields[0]; n.Value.String() != "many" || n.NumberStyle != "" || day.Value.String() != "soon" || day.IsDate() {
		t.Errorf("%v, %v", n, day)
	}
	_, err = w.Redeem(t.Context(), w.me, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	if got := w.drawn(t, p).Description; got != "Used" {
		t.Errorf("a redeemed pass shows %q", got)
	}
}

// TestGroupsMisplaced refuses groups that are no runs of fields one after the other.
func TestGroupsMisplaced(t *testing.T) {
	w := newWorld(t)
	for _, groups := range [][]store.Group{{{Name: "", At: 0}}, {{Name: "a", At: 2, Len: 2}}, {{Name: "a", At: 1, Len: 1}, {Name: "b", At: 0, Len: 1}}} {
		d := w.design(t, looseCard)
		d.Loose, d.Groups = true, groups
		_, _, err := w.Launch(t.Context(), w.me, issuer.Launch{Into: w.campaign.ID, Template: issuer.NewTemplate{Name: "Loose", Design: d}})
		refusal(t, err, issuer.Invalid, "group_misplaced")
	}
}
