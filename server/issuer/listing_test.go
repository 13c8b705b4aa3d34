package issuer_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

const shelf = "old/cards"

// listed is what a service lists a campaign as, with a template that is made with it.
func listed(name string) issuer.Listing {
	return issuer.Listing{Campaign: issuer.NewItem{Shelf: shelf, Name: name, Body: json.RawMessage(`{"v":1}`)},
		Template: &issuer.NewItem{Shelf: "old/templates", Name: "Look", Numbered: true}}
}

// launched is a world with a campaign that a service lists.
func launched(t *testing.T, name string) (*world, store.Campaign) {
	t.Helper()
	w := newWorld(t)
	return w, w.launch(t, name)
}

func (w *world) launch(t *testing.T, name string) store.Campaign {
	t.Helper()
	l := listed(name)
	title := name
	c, _, err := w.Launch(t.Context(), w.me, issuer.Launch{Campaign: issuer.NewCampaign{Name: name},
		Template: issuer.NewTemplate{Name: name, Design: w.design(t, document), Origin: "old", Source: []byte("first")},
		Link:     &issuer.NewLink{LinkSettings: issuer.LinkSettings{PageSettings: issuer.PageSettings{Title: &title}}}, Listing: &l})
	must(t, err)
	return c
}

func (w *world) item(t *testing.T, id store.ID) (i store.Item) {
	t.Helper()
	w.view(t, func(r store.Reader) (err error) { i, err = r.Item(w.me.Org, id); return err })
	return i
}

// relaunch is what a service's client says of a campaign that it launched.
type relaunch struct {
	name    string // empty leaves it
	design  store.Design
	source  string
	page    issuer.PageSettings
	listing issuer.Listing
}

// relaunch changes a campaign with its design, link and listing.
func (w *world) relaunch(t *testing.T, c store.Campaign, l relaunch) (store.Campaign, error) {
	t.Helper()
	if l.design.Document == nil {
		l.design = w.design(t, document)
	}
	ch := issuer.CampaignChange{Link: &issuer.LinkSettings{PageSettings: l.page}, Listing: &l.listing, IfMatch: &c.Edited,
		Design: &issuer.TemplateChange{Design: &l.design, Source: []byte(l.source), Publish: true}}
	if l.name != "" {
		ch.Name = &l.name
	}
	return w.ChangeCampaign(t.Context(), w.me, c.ID, ch)
}

func TestRelaunch(t *testing.T) {
	w, c := launched(t, "Loaf")
	o := issuer.Order{Campaign: c.ID, Pinned: true}
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	name, title, first := "Bread", "Better bread", w.item(t, c.ID)
	next := listed(name)
	changed, err := w.relaunch(t, c, relaunch{name: name, source: "second", listing: next,
		design: w.design(t, strings.Replace(document, "STAMPS", "CUPS", 1)), page: issuer.PageSettings{Title: &title}})
	must(t, err)
	it := w.item(t, c.ID)
	if changed.Name != name || it.Name != name || len(it.Needs) != 1 || it.Needs[0] == first.Needs[0] || w.item(t, it.Needs[0]).Name != "Look-1" {
		t.Errorf("the campaign is %q, its item %+v", changed.Name, it)
	}
	w.view(t, func(r store.Reader) error {
		for number, want := range map[int]string{1: "first", 2: "second"} {
			v, err := r.TemplateRevision(c.Template, number)
			must(t, err)
			source, err := r.Blob(v.Source)
			if must(t, err); string(source) != want {
				t.Errorf("revision %d comes of %q", number, source)
			}
		}
		links, _, err := r.Links(c.ID, store.Page{})
		if len(links) != 1 || links[0].Page.Title != title {
			t.Errorf("the links are %+v", links)
		}
		return err
	})
	w.wantShown(t, p, "STAMPS")
	p, err = w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.wantShown(t, p, "CUPS")
}

// TestRelaunchRefused changes nothing at all.
func TestRelaunchRefused(t *testing.T) {
	w, c := launched(t, "Loaf")
	w.launch(t, "Bread")
	long := strings.Repeat("x", 65<<10)
	for name, tt := range map[string]struct {
		l    relaunch
		code string
	}{
		"a name that is taken": {relaunch{listing: listed("Bread")}, "name_taken"},
		"another style":        {relaunch{listing: listed("Loaf"), design: store.Design{Document: []byte(strings.Replace(document, "storeCard", "coupon", 1)), Images: w.design(t, document).Images}}, "style_fixed"},
		"a page too large":     {relaunch{listing: listed("Loaf"), page: issuer.PageSettings{Stylesheet: &long}}, "page_file"},
		"a template elsewhere": {relaunch{listing: issuer.Listing{Campaign: issuer.NewItem{Shelf: shelf, Name: "Loaf", Needs: []store.ID{7}}}}, "unknown_item"},
	} {
		if _, err := w.relaunch(t, c, tt.l); issuer.Public(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	c.Edited++
	if _, err := w.relaunch(t, c, relaunch{listing: listed("Loaf")}); issuer.KindOf(err) != issuer.Precondition {
		t.Errorf("changed by somebody who has seen another version: %v", err)
	}
	w.view(t, func(r store.Reader) error {
		now, err := r.Template(w.me.Org, c.Template)
		if now.Published != 1 || w.item(t, c.ID).Name != "Loaf" {
			t.Errorf("something was changed: %+v", now)
		}
		return err
	})
}

func TestDiscontinue(t *testing.T) {
	w, c := launched(t, "Loaf")
	p, err := w.Issue(t.Context(), w.me, issuer.Order{Campaign: c.ID})
	must(t, err)
	must(t, w.Discontinue(t.Context(), w.me, c.ID))
	var job store.Job
	w.view(t, func(r store.Reader) error {
		all, _, err := r.Jobs(w.me.Org, store.Page{})
		job = all[len(all)-1]
		links, _, e := r.Links(c.ID, store.Page{})
		if len(links) != 0 {
			t.Errorf("there are links left: %v", links)
		}
		return errors.Join(err, e)
	})
	w.work(t, job, store.JobDone)
	if _, err := w.Pass(t.Context(), w.me, p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the pass is still there: %v", err)
	}
	if err := w.Discontinue(t.Context(), w.me, c.ID); issuer.KindOf(err) != issuer.NotFound {
		t.Errorf("again: %v", err)
	}
	w.launch(t, "Loaf") // the name is free
}

func TestItems(t *testing.T) {
	w := newWorld(t)
	add := func(name string, needs ...store.ID) store.Item {
		t.Helper()
		i, err := w.AddItem(t.Context(), w.me, issuer.NewItem{Shelf: shelf, Name: name, Needs: needs})
		must(t, err)
		return i
	}
	part, shared := add("part"), add("shared")
	whole, other := add("whole", part.ID, shared.ID), add("other", shared.ID)
	refusal(t, w.DeleteItem(t.Context(), w.me, part.ID, false), issuer.Conflict, issuer.CodeItemNeeded)
	_, err := w.AddItem(t.Context(), w.me, issuer.NewItem{Shelf: shelf, Name: "part"})
	refusal(t, err, issuer.Conflict, "name_taken")
	_, err = w.AddItem(t.Context(), w.me, issuer.NewItem{Shelf: shelf, Name: "a\x00b"})
	refusal(t, err, issuer.Invalid, "name_control")
	must(t, w.DeleteItem(t.Context(), w.me, whole.ID, true))
	w.item(t, part.ID) // stays with what another needs, too
	must(t, w.DeleteItem(t.Context(), w.me, other.ID, true))
	must(t, w.DeleteItem(t.Context(), w.me, part.ID, true))
	w.view(t, func(r store.Reader) error {
		n, err := r.Counter(w.me.Org, store.CountItems+shelf)
		all, _, e := r.Items(w.me.Org, shelf, store.Page{})
		if n != 0 || len(all) != 0 {
			t.Errorf("%d counted, listed are %v", n, all)
		}
		return errors.Join(err, e)
	})
}

// TestMergeOwn takes from passes what they have of their own.
func TestMergeOwn(t *testing.T) {
	w, c := launched(t, "Loaf")
	ends, hidden := start.AddDate(1, 0, 0), []string{"terms"}
	o := issuer.Order{Campaign: c.ID, Pinned: true, Hidden: hidden, Expires: &ends}
	o.Values = values("stamps", 3)
	o.Document = json.RawMessage(`{"locations":[{"latitude":1,"longitude":2}],"beacons":[{"proximityUUID":"E2C56DB5-DFFB-48D2-B060-D0F5A71096E0"}],
		"storeCard":{"headerFields":[{"key":"stamps","label":"MINE"},{"key":"own","label":"OWN","value":"stays"}],"backFields":[{"key":"new","value":"moves"}]}}`)
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	if raw, _ := w.shown(t, p); strings.Contains(raw, "terms") || !strings.Contains(raw, "MINE") {
		t.Errorf("before the merge the pass shows %s", raw)
	}
	_, err = w.relaunch(t, c, relaunch{listing: listed("Loaf"), design: w.design(t, strings.Replace(document, `"backFields": [`, `"backFields": [{"key": "new", "label": "NEW", "value": "theirs"}, `, 1))})
	must(t, err)
	w.run(t, issuer.NewJob{Kind: issuer.KindMerge, Campaign: c.ID, Merging: &issuer.Merging{Labels: true, Locations: true, Expires: true}})
	p, err = w.Pass(t.Context(), w.me, p.ID)
	must(t, err)
	w.wantShown(t, p, `"label":"STAMPS"`, `"value":3`, `"value":"stays"`, `"value":"moves"`, "Terms", "proximityUUID")
	if raw, _ := w.shown(t, p); strings.Contains(raw, "latitude") || len(p.Hidden) != 0 || !p.Expires.IsZero() {
		t.Errorf("after the merge %+v shows %s", p, raw)
	}
}

// TestRefresh tells phones though nothing changed, and TestQuiet changes what they are not told.
func TestRefresh(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phone{"phone", "00aabbcc"})
	version := func() (v store.Version) {
		w.view(t, func(r store.Reader) (err error) { v, err = r.EffectiveVersion(p); return err })
		return v
	}
	before := version()
	q, err := w.RefreshPass(t.Context(), w.me, p.ID)
	must(t, err)
	if q.Version == before || w.queued(t) != 1 {
		t.Errorf("the pass has the version %v, %d pushes are queued", q.Version, w.queued(t))
	}
	p, before = q, q.Version
	_, err = w.RefreshCampaign(t.Context(), w.me, p.Campaign)
	must(t, err)
	if version() == before {
		t.Error("the campaign's passes have the version that they had")
	}
}

func TestQuiet(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phone{"phone", "00aabbcc"})
	q, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 4), Quiet: true})
	must(t, err)
	if q.Version == p.Version || w.queued(t) != 0 {
		t.Errorf("the version is %v, %d pushes are queued", q.Version, w.queued(t))
	}
	for _, voided := range []bool{true, false} {
		q, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Standing: issuer.Standing{Voided: &voided, Refilled: true}})
		if must(t, err); q.Voided.IsZero() == voided {
			t.Errorf("voided is %v, want %v", q.Voided, voided)
		}
	}
	w.clock.add(time.Second)
}

// TestDiscontinueNative: a campaign that is on no shelf ends in the same way, once.
func TestDiscontinueNative(t *testing.T) {
	w := newWorld(t)
	c := w.campaign
	must(t, w.Discontinue(t.Context(), w.me, c.ID))
	w.view(t, func(r store.Reader) error {
		now, err := r.Campaign(w.me.Org, c.ID)
		if now.State != store.Archived || now.Style != "" {
			t.Errorf("the campaign is %s and shows a %q", now.State, now.Style)
		}
		return err
	})
	if err := w.Discontinue(t.Context(), w.me, c.ID); issuer.KindOf(err) != issuer.NotFound {
		t.Errorf("again: %v", err)
	}
}
