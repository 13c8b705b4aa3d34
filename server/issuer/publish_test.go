package issuer_test

import (
	"reflect"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestPublishingReachesEveryFollower once, and no pinned pass.
func TestPublishingReachesEveryFollower(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		const n = 30
		for k := range n {
			o := w.order()
			o.Pinned = k%3 == 0
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			w.register(t, p, phoneNumber(k))
		}
		time.Sleep(time.Second)
		w.republish(t, newer)
		w.pushed(t, n-n/3)
		for _, sent := range w.push.sent {
			if k := indexOf(sent.Token, n); k%3 == 0 {
				t.Errorf("phone %d, whose pass is pinned, was told", k)
			}
		}
		time.Sleep(time.Hour)
		w.pushed(t, n-n/3)
	})
}

func indexOf(token string, n int) int {
	for k := range n {
		if phoneNumber(k).token == token {
			return k
		}
	}
	return -1
}

// TestPublishingIsOneCommit: with many registered passes it writes the template
// and a fan-out, and no pass and no push.
func TestPublishingIsOneCommit(t *testing.T) {
	w := newWorld(t)
	for k := range 20 {
		w.register(t, w.issue(t), phoneNumber(k))
	}
	d := w.design(t, newer)
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	must(t, err)
	before := w.engine.updates.Load()
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	must(t, err)
	if n := w.engine.updates.Load() - before; n != 1 {
		t.Errorf("publishing took %d transactions", n)
	}
	w.wantQueued(t, 0) // that is for the fan-out
	w.view(t, func(r store.Reader) error {
		f, err := r.NextFanout()
		if f.Template != w.template.ID {
			t.Errorf("fan-out %+v", f)
		}
		return err
	})
}

func TestDraftShowsNowhere(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	before, _ := w.latest(t, p, time.Time{})
	d := w.design(t, newer)
	e, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	must(t, err)
	if _, notModified := w.latest(t, p, before.Modified); !notModified {
		t.Error("a draft changed a pass")
	}
	old := e.Template.Edited - 1
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, &old)
	refusal(t, err, issuer.Precondition, "changed_meanwhile")
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, &e.Template.Edited)
	must(t, err)
	if _, notModified := w.latest(t, p, before.Modified); notModified {
		t.Error("the publication is hidden")
	}
}

func TestDesignsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	good := w.design(t, document)
	for code, edit := range map[string]func(*store.Design){
		"document_malformed": func(d *store.Design) { d.Document = []byte(`{`) },
		"style_missing":      func(d *store.Design) { d.Document = []byte(`{"description": "x"}`) },
		"key_reserved":       func(d *store.Design) { d.Document = []byte(`{"teamIdentifier": "x"}`) },
		"unknown_asset":      func(d *store.Design) { d.Images = map[string]store.ID{"icon": 99} },
		"image_kind":         func(d *store.Design) { d.Images = map[string]store.ID{"logo": good.Images["icon"]} },
		"image_folder":       func(d *store.Design) { d.Images = map[string]store.ID{"x/icon": good.Images["icon"]} },
		"language_unknown":   func(d *store.Design) { d.Strings = map[string]map[string]string{"../x": {"a": "b"}} },
	} {
		d := good
		edit(&d)
		_, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: w.campaign.ID, Name: "x", Design: d})
		refusal(t, err, issuer.Invalid, code)
	}
	d := store.Design{Document: good.Document} // without an icon it can be drafted, not published
	e, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: w.campaign.ID, Name: "x", Design: d})
	must(t, err)
	_, err = w.PublishTemplate(t.Context(), w.me, e.Template.ID, nil)
	refusal(t, err, issuer.Invalid, "pass_refused")
	o := w.order()
	o.Template = e.Template.ID
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "template_unpublished")
}

func TestCreateTemplateTwice(t *testing.T) {
	w := newWorld(t)
	n := issuer.NewTemplate{Campaign: w.campaign.ID, Name: "x", Design: w.design(t, document), Idempotency: issuer.Idempotency{Key: "k", Request: "r"}}
	a, err := w.CreateTemplate(t.Context(), w.me, n)
	must(t, err)
	b, err := w.CreateTemplate(t.Context(), w.me, n)
	must(t, err)
	if !reflect.DeepEqual(a.Template, b.Template) || len(b.Findings) != len(a.Findings) {
		t.Errorf("the repeated request gave %+v, the first %+v", b, a)
	}
}

// TestPublishTwice: what is in force already is no new revision, and nobody is told.
func TestPublishTwice(t *testing.T) {
	w := newWorld(t)
	w.republish(t, newer)
	first, err := w.Template(t.Context(), w.me, w.template.ID)
	must(t, err)
	w.clock.add(time.Second)
	second, err := w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	must(t, err)
	if !reflect.DeepEqual(second.Template, first.Template) || second.Template.Published != 2 {
		t.Errorf("publishing again made %+v of %+v", second.Template, first.Template)
	}
	w.republish(t, document)
	third, err := w.Template(t.Context(), w.me, w.template.ID)
	must(t, err)
	if third.Template.Published != 3 || third.Template.Version == first.Template.Version {
		t.Errorf("the design from before is not in force again: %+v", third.Template)
	}
}
