package issuer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
	"pocketpass/store/kv"
)

func TestUpdateMergesValues(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t, "stamps", 1, "terms", "own")
	p = w.change(t, p, "stamps", 2)
	if string(p.Values["stamps"]) != "2" || string(p.Values["terms"]) != `"own"` {
		t.Errorf("values %s", p.Values)
	}
	p = w.change(t, p, "terms", nil)
	if _, ok := p.Values["terms"]; ok {
		t.Errorf("null left the value %s", p.Values["terms"])
	}
	w.clock.add(1)
	stored, err := w.Pass(t.Context(), w.me, p.ID)
	must(t, err)
	if stored.Version != p.Version || stored.Edited != p.Edited || stored.Edited != 2 {
		t.Errorf("returned version %+v and %d edits, stored %+v and %d", p.Version, p.Edited, stored.Version, stored.Edited)
	}
}

func TestIfMatch(t *testing.T) {
	w := newWorld(t)
	p := w.change(t, w.issue(t), "stamps", 1)
	old := p.Edited - 1
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 2), IfMatch: &old})
	refusal(t, err, issuer.Precondition, "changed_meanwhile")
	refusal(t, w.Delete(t.Context(), w.me, p.ID, &old), issuer.Precondition, "changed_meanwhile")
	_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 2), IfMatch: &p.Edited})
	must(t, err)
}

// TestWhatPhonesCannotSeeIsNotPushed: tags, the same values again, another spelling of them.
func TestWhatPhonesCannotSeeIsNotPushed(t *testing.T) {
	w := newWorld(t)
	o := w.order("stamps", 1, "terms", "a<b")
	o.Document = json.RawMessage(`{"logoText": "x"}`)
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.register(t, p, phoneNumber(1))
	tags, same, idle := []string{"vip"}, json.RawMessage(`{ "logoText":"x" }`), json.RawMessage(`{"logoText": "x", "description": "Stamp card"}`)
	for name, ch := range map[string]issuer.Change{
		"nothing":       {},
		"same values":   {Values: values("stamps", 1)},
		"spelling":      {Values: map[string]json.RawMessage{"terms": json.RawMessage(`  "a<b"`)}},
		"same document": {Document: &same},
		"tags":          {Tags: &tags},
		"number":        {Values: map[string]json.RawMessage{"stamps": json.RawMessage("1.0")}},
		"power of ten":  {Values: map[string]json.RawMessage{"stamps": json.RawMessage("10E-1")}},
		"what is there": {Document: &idle},
	} {
		got, err := w.Update(t.Context(), w.me, p.ID, ch)
		must(t, err)
		if got.Version != p.Version {
			t.Errorf("%s: version went from %+v to %+v", name, p.Version, got.Version)
		}
	}
	w.wantQueued(t, 0)
	for _, stamps := range []string{"-1", "10", "0", "1.01", `"1"`, "9007199254740992", "9007199254740993"} {
		before := p.Version
		if p, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: map[string]json.RawMessage{"stamps": json.RawMessage(stamps)}}); err != nil {
			t.Errorf("%s: %v", stamps, err)
		} else if p.Version == before {
			t.Errorf("%s is no new version", stamps)
		}
	}
	w.wantQueued(t, 1)
}

// meddling does something before each transaction that writes.
type meddling struct {
	kv.Engine
	before func()
}

func (e *meddling) Update(ctx context.Context, fn func(kv.Writer) error) error {
	if do := e.before; do != nil {
		e.before = nil
		do()
		e.before = do
	}
	return e.Engine.Update(ctx, fn)
}

// TestOthersKeepChanging: what is judged in vain again and again is given up.
func TestOthersKeepChanging(t *testing.T) {
	w := newWorld(t)
	p, n := w.issue(t), 0
	e := &meddling{Engine: w.engine.Engine}
	w.engine.Engine = e
	e.before = func() {
		n++
		w.republish(t, strings.Replace(document, "Stamp card", fmt.Sprint("Stamp card ", n), 1))
	}
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 1)})
	refusal(t, err, issuer.Conflict, "changed_meanwhile")
	_, err = w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "changed_meanwhile")
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	refusal(t, err, issuer.Conflict, "changed_meanwhile")
	if n != 30 {
		t.Errorf("%d tries, want 10 of each", n)
	}
	e.before = nil
	w.change(t, p, "stamps", 1)
}

func TestTooManyOwnPictures(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	all := make(map[string]store.ID)
	for n := range 33 {
		all[fmt.Sprintf("x%c.lproj/icon", 'a'+n)] = 1
	}
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Images: all})
	refusal(t, err, issuer.Invalid, "too_many_images")
}

// wantQueued counts the pushes that wait.
func (w *world) wantQueued(t *testing.T, want int) {
	t.Helper()
	w.view(t, func(r store.Reader) error {
		due, _, err := r.DuePushes(1000)
		if len(due) != want {
			t.Errorf("%d pushes wait, want %d", len(due), want)
		}
		return err
	})
}

func TestOwnDocument(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.Document = json.RawMessage(`{"logoText": "Own", "storeCard": {"backFields": [{"key": "extra", "value": "mine"}]}}`)
	o.Values = values("extra", "given")
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	if f := doc.StoreCard.FieldByKey("extra"); doc.LogoText != "Own" || f == nil || f.Value.String() != "given" || doc.StoreCard.FieldByKey("stamps") == nil {
		t.Errorf("logoText %q, field %+v", doc.LogoText, f)
	}
	gone := json.RawMessage("null")
	_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Document: &gone, Values: values("extra", nil)})
	must(t, err)
	doc, _, err = w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	if doc.LogoText != "" || doc.StoreCard.FieldByKey("extra") != nil {
		t.Errorf("the own document stayed: %q", doc.LogoText)
	}
}

func TestOwnPictureReplacesEveryScale(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Images: map[string]store.ID{"fr.lproj/icon": w.picture(t, "icon")}})
	must(t, err)
	v, err := w.Preview(t.Context(), func(r store.Reader) (store.Pass, error) { return r.Pass(w.me.Org, p.ID) })
	must(t, err)
	for _, name := range []string{"icon.png", "icon@2x.png", "icon@3x.png", "fr.lproj/icon.png", "fr.lproj/icon@3x.png"} {
		if _, ok := v.Files[name]; !ok {
			t.Errorf("the pass lacks %s", name)
		}
	}
}

func TestVoidAndUnvoid(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	for n, void := range []bool{true, true, false, false} {
		got, err := w.Void(t.Context(), w.me, p.ID, void)
		must(t, err)
		doc, _, err := w.Document(t.Context(), w.me, p.ID)
		must(t, err)
		if got.Voided.IsZero() == void || (doc.Voided != nil) != void {
			t.Errorf("void %v: %v, in the document %v", void, got.Voided, doc.Voided)
		}
		if changed := n%2 == 0; (got.Version != p.Version) != changed {
			t.Errorf("call %d: version %+v after %+v", n, got.Version, p.Version)
		}
		p = got
	}
	w.wantQueued(t, 1)
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	token := w.token(p)
	w.register(t, p, phoneNumber(1))
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
	_, err := w.Pass(t.Context(), w.me, p.ID)
	refusal(t, err, issuer.NotFound, "not_found")
	_, err = w.PublicDownload(t.Context(), p.PublicID, home, false)
	refusal(t, err, issuer.NotFound, "not_found")
	w.wantQueued(t, 1)
	d, notModified, err := w.LatestPass(t.Context(), issuer.LatestQuestion{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber, Token: token})
	must(t, err)
	if notModified || !strings.Contains(string(d.Data), `"voided":true`) {
		t.Error("a phone is not served the void version of a deleted pass")
	}
	refusal(t, w.Delete(t.Context(), w.me, p.ID, nil), issuer.NotFound, "not_found")
}

func TestAnotherOrganisation(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	other := issuer.Actor{Org: 77}
	for name, call := range map[string]func() error{
		"read":     func() error { _, err := w.Pass(t.Context(), other, p.ID); return err },
		"update":   func() error { _, err := w.Update(t.Context(), other, p.ID, issuer.Change{}); return err },
		"void":     func() error { _, err := w.Void(t.Context(), other, p.ID, true); return err },
		"delete":   func() error { return w.Delete(t.Context(), other, p.ID, nil) },
		"download": func() error { _, err := w.Download(t.Context(), other, p.ID); return err },
		"diagnose": func() error { _, err := w.Diagnose(t.Context(), other, p.ID); return err },
		"by name": func() error {
			_, err := w.PassNamed(t.Context(), other, issuer.PassName{PassTypeIdentifier: passType, SerialNumber: p.SerialNumber})
			return err
		},
		"history": func() error { _, _, err := w.History(t.Context(), other, p.ID, store.Page{}); return err },
		"publish": func() error { _, err := w.PublishTemplate(t.Context(), other, w.template.ID, nil); return err },
		"issue":   func() error { _, err := w.Issue(t.Context(), other, w.order()); return err },
	} {
		if kind := issuer.KindOf(call()); kind != issuer.NotFound {
			t.Errorf("%s: kind %d, want NotFound", name, kind)
		}
	}
}
