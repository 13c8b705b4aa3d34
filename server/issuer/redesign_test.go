package issuer_test

import (
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestRedesign puts a new design in force at once, and nobody is told if it is quiet.
func TestRedesign(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	d := w.design(t, strings.Replace(document, "Terms", "Rules", 1))
	made, err := w.Redesign(t.Context(), w.me, w.template.ID, issuer.Redesign{Name: "Other", Design: d, Source: []byte("sent"), Quiet: true, IfMatch: &w.template.Edited})
	must(t, err)
	if made.Name != "Other" || made.Published != 2 || made.Edited == w.template.Edited {
		t.Errorf("the template is %+v", made)
	}
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	if got := doc.StoreCard.BackFields[0].Label; got != "Rules" {
		t.Errorf("the pass shows %s", got)
	}
	w.view(t, func(r store.Reader) error {
		source, err := r.Blob(made.Source)
		if _, none := r.NextFanout(); none == nil || string(source) != "sent" {
			t.Errorf("devices are told, or %q was kept", source)
		}
		return err
	})
	again, err := w.Redesign(t.Context(), w.me, w.template.ID, issuer.Redesign{Name: "Other", Design: d, Source: []byte("sent")})
	must(t, err)
	if again.Published != 2 {
		t.Errorf("the same design was published as %d", again.Published)
	}
	_, err = w.Redesign(t.Context(), w.me, w.template.ID, issuer.Redesign{Name: "Other", Design: d, IfMatch: &w.template.Edited})
	refusal(t, err, issuer.Precondition, "changed_meanwhile")
	_, err = w.Redesign(t.Context(), w.me, w.template.ID, issuer.Redesign{Name: "Other", Design: w.design(t, strings.Replace(document, "storeCard", "generic", 1))})
	refusal(t, err, issuer.Conflict, "style_fixed")
	w.wantClean(t)
}

// TestEndOfTemplates deletes templates: nothing is issued from them, and their names are
// free again.
func TestEndOfTemplates(t *testing.T) {
	w := newWorld(t)
	launch := issuer.Launch{Into: w.campaign.ID, Template: issuer.NewTemplate{Name: "Named", Design: w.design(t, document), ExternalID: "n", Origin: "other", Source: []byte("x")}}
	c, named, err := w.Launch(t.Context(), w.me, launch)
	must(t, err)
	if c.ID != w.campaign.ID || named.Published != 1 || c.Template != w.template.ID {
		t.Errorf("made %+v in %+v", named, c)
	}
	_, _, err = w.Launch(t.Context(), w.me, launch)
	refusal(t, err, issuer.Conflict, "already_exists")
	o := w.order()
	o.Template = named.ID
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	must(t, w.DeleteTemplate(t.Context(), w.me, named.ID))
	refusal(t, w.DeleteTemplate(t.Context(), w.me, named.ID), issuer.NotFound, "not_found")
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "template_deleted")
	w.change(t, p, "stamps", 3)
	_, _, err = w.Launch(t.Context(), w.me, launch)
	must(t, err)
	launch.Template.ExternalID, launch.Template.Disabled = "off", true
	_, off, err := w.Launch(t.Context(), w.me, launch)
	must(t, err)
	o.Template = off.ID
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "template_disabled")
	must(t, w.EndCampaign(t.Context(), w.me, w.campaign.ID))
	refusal(t, w.EndCampaign(t.Context(), w.me, w.campaign.ID), issuer.NotFound, "not_found")
	w.view(t, func(r store.Reader) error {
		if _, err := r.TemplateByExternalID(w.me.Org, "off"); err == nil {
			t.Error("a template of a campaign that ended is found")
		}
		return nil
	})
	w.change(t, p, "stamps", 4)
	w.wantClean(t)
}

// TestHiddenFields leaves fields out that are empty, as a pass or its template has them,
// and takes away what a pass has as null.
func TestHiddenFields(t *testing.T) {
	w := newWorld(t)
	d := w.design(t, strings.Replace(document, `"hello@cafe.example"`, `""`, 1))
	d.Fields = []store.Field{{Key: "terms", HideEmpty: true}}
	_, err := w.Redesign(t.Context(), w.me, w.template.ID, issuer.Redesign{Name: "Card", Design: d})
	must(t, err)
	p := w.issue(t)
	shown := func(want int, label string) {
		t.Helper()
		doc, _, err := w.Document(t.Context(), w.me, p.ID)
		must(t, err)
		if got := doc.StoreCard; len(got.BackFields) != want || got.HeaderFields[0].Label != label {
			t.Errorf("the pass shows %+v", got)
		}
	}
	shown(0, "STAMPS")
	w.change(t, p, "terms", "none")
	shown(1, "STAMPS")
	own := values("storeCard", map[string]any{"headerFields": []any{map[string]any{"key": "stamps", "label": nil}}})
	raw := []byte(`{"storeCard":` + string(own["storeCard"]) + `}`)
	_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("terms", ""), Document: (*jsonRaw)(&raw)})
	must(t, err)
	shown(0, "")
}
