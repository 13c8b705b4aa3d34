package issuer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"pocketpass/push"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

type jsonRaw = json.RawMessage

// TestNotedChange leaves the record of a job, also of a change of nothing.
func TestNotedChange(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for range 2 {
		changed, j, err := w.UpdateNoted(t.Context(), w.me, p.ID, *stamps(3))
		must(t, err)
		kept, err := w.Job(t.Context(), w.me, j.ID)
		must(t, err)
		if kept.State != store.JobDone || kept.Done != 1 || kept.Kind != issuer.KindUpdate || string(changed.Values["stamps"]) != "3" {
			t.Errorf("the record is %+v", kept)
		}
	}
	_, _, err := w.UpdateNoted(t.Context(), w.me, p.ID, issuer.Change{Values: values("none", 1)})
	refusal(t, err, issuer.Invalid, "field_unknown")
	w.wantJobs(t, 2)
	w.wantClean(t)
}

// TestQuietChange is there for phones that ask, and nobody is told.
func TestQuietChange(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	ch := *stamps(5)
	ch.Quiet = true
	after, err := w.Update(t.Context(), w.me, p.ID, ch)
	must(t, err)
	w.view(t, func(r store.Reader) error {
		due, _, err := r.DuePushes(1)
		if len(due) != 0 || after.Version.Revision <= p.Version.Revision {
			t.Errorf("queued are %v, the revision is %d after %d", due, after.Version.Revision, p.Version.Revision)
		}
		return err
	})
}

// TestQuietStanding voids a pass and makes it good again where nobody is to hear of it.
func TestQuietStanding(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	for _, void := range []bool{true, false} {
		before := p.Version.Revision
		var err error
		p, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Standing: issuer.Standing{Voided: &void}, Quiet: true})
		must(t, err)
		if p.Voided.IsZero() == void || p.Version.Revision <= before {
			t.Errorf("void %t: the pass is %+v", void, p)
		}
		w.view(t, func(r store.Reader) error {
			due, _, err := r.DuePushes(1)
			if len(due) != 0 {
				t.Errorf("void %t: queued are %v", void, due)
			}
			return err
		})
	}
}

// TestMeta merges what clients keep with a pass.
func TestMeta(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.Meta = map[string]string{"a": "1", "b": "2"}
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	three := "3"
	p, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Meta: map[string]*string{"a": nil, "c": &three}})
	must(t, err)
	if len(p.Meta) != 2 || p.Meta["b"] != "2" || p.Meta["c"] != "3" {
		t.Errorf("kept is %v", p.Meta)
	}
	large := strings.Repeat("x", 65<<10)
	_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Meta: map[string]*string{"d": &large}})
	refusal(t, err, issuer.TooLarge, "content_large")
}

// TestPushNow tells devices at once and says how many of them got it.
func TestPushNow(t *testing.T) {
	running(t, func(t *testing.T, w *world) {
		p := w.issue(t)
		n, err := w.PushNow(t.Context(), w.me, p.ID)
		must(t, err)
		if n != (issuer.Pushed{}) {
			t.Errorf("without devices: %+v", n)
		}
		for k := range 3 {
			w.register(t, p, phoneNumber(k))
		}
		bad := phoneNumber(1).token
		w.push.script(func(n push.Notification) push.Result {
			if n.Token == bad {
				return push.Result{Outcome: push.Retry, Status: 503}
			}
			return push.Result{Outcome: push.Accepted, Status: 200}
		})
		n, err = w.PushNow(t.Context(), w.me, p.ID)
		must(t, err)
		if n != (issuer.Pushed{Sent: 2, Failed: 1}) {
			t.Errorf("told are %+v", n)
		}
		synctest.Wait()
	})
}

// TestRevise has a job ask what to change of each pass.
func TestRevise(t *testing.T) {
	w := newWorld(t)
	w.AddReviser("test", func(_ store.Reader, p store.Pass, spec json.RawMessage) (issuer.Change, error) {
		if string(p.Values["stamps"]) == "7" {
			return issuer.Change{}, &issuer.Error{Kind: issuer.Invalid, Code: "seven", Msg: "not seven"}
		}
		return issuer.Change{Values: map[string]json.RawMessage{"stamps": spec}}, nil
	})
	all := w.several(t, 2, "stamps", 1)
	all = append(all, w.issue(t, "stamps", 7))
	j, err := w.Revise(t.Context(), w.me, "test", json.RawMessage("9"), store.PassFilter{Template: w.template.ID})
	must(t, err)
	late := w.issue(t, "stamps", 1)
	j = w.work(t, j, store.JobDone)
	wantCounts(t, j, 2, 1, 0)
	w.view(t, func(r store.Reader) error {
		items, err := issuer.JobItems(r, j, 100)
		if len(items) != 3 || !items[0].Done || items[0].Error != nil || items[2].Pass != all[2].ID || items[2].Error == nil || items[2].Error.Code != "seven" {
			t.Errorf("the items are %+v", items)
		}
		return err
	})
	if got := w.now(t, late.ID); string(got.Values["stamps"]) != "1" {
		t.Errorf("a pass that came later has %s", got.Values["stamps"])
	}
	none, err := w.Revise(t.Context(), w.me, "test", json.RawMessage("9"), store.PassFilter{Tag: "none"})
	must(t, err)
	wantCounts(t, w.work(t, none, store.JobDone), 0, 0, 0)
	unknown, err := w.Revise(t.Context(), w.me, "unknown", json.RawMessage("9"), store.PassFilter{Template: w.template.ID})
	must(t, err)
	w.work(t, unknown, store.JobFailed)
	w.wantClean(t)
}

// TestEmptyTag takes a tag from its passes and keeps it.
func TestEmptyTag(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	_, _, _, err := w.Tag(t.Context(), w.me, p.ID, issuer.Tagging{Add: []string{"vip"}})
	must(t, err)
	c, err := w.EmptyTag(t.Context(), w.me, "vip")
	must(t, err)
	tag, err := w.TagNamed(t.Context(), w.me, "vip")
	must(t, err)
	if c.Passes != 1 || tag.Passes != 0 {
		t.Errorf("cleared %+v, left %+v", c, tag)
	}
	w.wantClean(t)
}

// TestAddress keeps places in the address book.
func TestAddress(t *testing.T) {
	w := newWorld(t)
	kept, err := w.AddAddress(t.Context(), w.me, store.Place{Latitude: 1.5, Longitude: 2}, json.RawMessage(`{"city":"London"}`))
	must(t, err)
	_, err = w.AddAddress(t.Context(), w.me, store.Place{Latitude: 91}, nil)
	refusal(t, err, issuer.Invalid, "latitude")
	w.view(t, func(r store.Reader) error {
		all, _, err := r.Addresses(w.me.Org, store.Page{})
		if len(all) != 1 || all[0].ID != kept.ID {
			t.Errorf("the book has %+v", all)
		}
		return err
	})
	w.wantClean(t)
}
