package issuer_test

import (
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// redesign puts a design in force at once, as clients do that keep no drafts.
func (w *world) redesign(t testing.TB, ch issuer.TemplateChange) (issuer.Edited, error) {
	t.Helper()
	ch.Publish = true
	return w.ChangeTemplate(t.Context(), w.me, w.template.ID, ch)
}

// TestRedesign puts a new design in force at once, and nobody is told if it is quiet.
func TestRedesign(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	d := w.design(t, strings.Replace(document, "Terms", "Rules", 1))
	name := "Other"
	ch := issuer.TemplateChange{Name: &name, Design: &d, Source: []byte("sent"), Quiet: true, IfMatch: &w.template.Edited}
	done, err := w.redesign(t, ch)
	must(t, err)
	made := done.Template
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
	_, err = w.redesign(t, ch)
	refusal(t, err, issuer.Precondition, "changed_meanwhile")
	ch.IfMatch = nil
	again, err := w.redesign(t, ch)
	must(t, err)
	if again.Template.Published != 2 || again.Template.Edited != made.Edited {
		t.Errorf("what is so already was published as %d, edited %d times", again.Template.Published, again.Template.Edited)
	}
	ch.Source = []byte("sent anew")
	kept, err := w.redesign(t, ch)
	must(t, err)
	if kept.Template.Published != 3 || kept.Template.Version != made.Version {
		t.Errorf("what phones cannot tell is %+v, was %+v", kept.Template, made)
	}
	other := w.design(t, strings.Replace(document, "storeCard", "generic", 1))
	_, err = w.redesign(t, issuer.TemplateChange{Design: &other})
	refusal(t, err, issuer.Conflict, "style_fixed")
	w.wantClean(t)
}

// TestInvalidTemplate ends a template with all its passes, for ever, which phones are told
// even by a quiet change.
func TestInvalidTemplate(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	shape := func(state store.CampaignState) (store.Template, error) {
		e, err := w.redesign(t, issuer.TemplateChange{State: &state, Quiet: true})
		return e.Template, err
	}
	paused, err := shape(store.Paused)
	must(t, err)
	_, err = w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "template_disabled")
	bad, err := shape(store.Invalid)
	must(t, err)
	if bad.Invalid.IsZero() || bad.Version.Revision <= paused.Version.Revision || bad.Published != paused.Published {
		t.Errorf("%+v", bad)
	}
	w.view(t, func(r store.Reader) error {
		_, err := r.NextFanout()
		return err
	})
	again, err := shape(store.Invalid)
	must(t, err)
	if again.Edited != bad.Edited {
		t.Errorf("invalid as it was, and it is edited %d times", again.Edited)
	}
	_, err = shape(store.Active)
	refusal(t, err, issuer.Conflict, "state_move")
	_, err = w.PushTemplate(t.Context(), w.me, w.template.ID)
	refusal(t, err, issuer.Conflict, "template_invalid")
	_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 9)})
	refusal(t, err, issuer.Conflict, "template_invalid")
}

// TestPartialDesign leaves what only old services' clients say of a design.
func TestPartialDesign(t *testing.T) {
	w := newWorld(t)
	made := w.loose(t)
	d := w.design(t, strings.Replace(looseCard, "Card of", "Ticket of", 1))
	e, err := w.ChangeTemplate(t.Context(), w.me, made.ID, issuer.TemplateChange{Design: &d, Partial: true})
	must(t, err)
	if !e.Draft.Loose || e.Template.Published != made.Published {
		t.Errorf("the draft is %+v of %+v", e.Draft, e.Template)
	}
	e, err = w.PublishTemplate(t.Context(), w.me, made.ID, nil)
	must(t, err)
	if e.Template.Published != made.Published+1 || e.Template.Version == made.Version {
		t.Errorf("published as %+v", e.Template)
	}
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
	_, err := w.redesign(t, issuer.TemplateChange{Design: &d})
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
