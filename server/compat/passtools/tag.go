package passtools

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// maxTags is how many a pass has, and a request names.
const maxTags = 15

// readTags reads texts or objects that hold one; a text alone is one tag.
func readTags(raw json.RawMessage) (out []string, err error) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		all = []json.RawMessage{raw}
	}
	for _, one := range all {
		name, err := readTag(one)
		if err == nil {
			out, err = withTag(out, name)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// withTag adds a tag to those of a request, each once.
func withTag(all []string, name string) ([]string, error) {
	switch {
	case slices.Contains(all, name):
		return all, nil
	case len(all) == maxTags:
		return nil, refuse("tags", "a pass has up to %d tags", maxTags)
	}
	return append(all, name), nil
}

func readTag(raw json.RawMessage) (string, error) {
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) == nil {
		if raw = o["tag"]; isNull(raw) {
			raw = o["name"]
		}
	}
	name, ok := textOf(raw)
	if !ok {
		return "", badRequest("tags must be a list of texts")
	}
	return name, nil
}

// tagView is a tag. Clients read its text under either name.
type tagView struct {
	ID        store.ID `json:"id"`
	Tag       string   `json:"tag"`
	Name      string   `json:"name"`
	CreatedAt string   `json:"createdAt"`
}

// tags are those of a pass.
func (c *call) tags(r store.Reader, p store.Pass) ([]tagView, error) {
	out := []tagView{}
	for _, name := range p.Tags {
		t, err := r.TagNamed(p.Org, name)
		if err != nil {
			return nil, err
		}
		out = append(out, c.tagView(t))
	}
	return out, nil
}

func (c *call) tagView(t store.Tag) tagView {
	return tagView{t.ID, t.Name, t.Name, c.rev.date(t.Created)}
}

// tag finds the tag that a path names, by its text or else by its id.
func (s *Service) tag(c *call, r store.Reader) (t store.Tag, err error) {
	name := c.args["tag"]
	t, err = alike(name, func(name string) (store.Tag, error) { return r.TagNamed(c.actor.Org, name) })
	if errors.Is(err, store.ErrNotFound) && isDigits(name) {
		t, err = r.Tag(c.actor.Org, decimal(name))
	}
	return t, orMissing(err, "tag", name)
}

// findTag is the tag that a path names.
func (s *Service) findTag(c *call) (t store.Tag, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		t, err = s.tag(c, r)
		return err
	})
	return t, err
}

// known are tags in the spelling of those that there are.
func known(r store.Reader, org store.ID, names []string) ([]string, error) {
	out := make([]string, 0, len(names))
	for _, name := range names {
		t, err := alike(name, func(name string) (store.Tag, error) { return r.TagNamed(org, name) })
		switch {
		case err == nil:
			name = t.Name
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
		out = append(out, name)
	}
	return out, nil
}

// listTags handles GET /tag.
func (s *Service) listTags(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	var all []store.Tag
	var total int64
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		all, total, err = r.TagsAt(c.actor.Org, p.order == byName, p.start(), p.size, p.desc)
		return err
	})
	if err != nil {
		return err
	}
	out := make([]tagView, 0, len(all))
	for _, t := range all {
		out = append(out, c.tagView(t))
	}
	return c.answer(struct {
		Count int64     `json:"count"`
		Tags  []tagView `json:"tags"`
		doubled
	}{total, out, p.doubled()})
}

// doubled is what lists about tags say of the page, under two spellings.
type doubled struct {
	Capital pagination `json:"Pagination"`
	Small   pagination `json:"pagination"`
}

func (p page) doubled() doubled {
	one := p.pagination(p.order)
	return doubled{one, one}
}

// listTagged handles GET /tag/{tag}/passes.
func (s *Service) listTagged(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	want, err := c.wantedStatus()
	if err != nil {
		return err
	}
	var l passList
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		t, err := s.tag(c, r)
		if err == nil {
			l, err = s.list(r, store.PassFilter{Org: c.actor.Org, Tag: t.Name}, p, want)
		}
		return err
	})
	if err != nil {
		return err
	}
	out := make([]listedPass, 0, len(l.passes))
	for n, pass := range l.passes {
		one := s.listed(2, pass, l.templates[n], l.installed[n])
		one.ID = passNumber(pass)
		out = append(out, one)
	}
	return c.answer(struct {
		Count  int64        `json:"count"`
		Passes []listedPass `json:"passes"`
		doubled
	}{l.count, out, p.doubled()})
}

// getPassTags handles GET /pass/{passId}/tags.
func (s *Service) getPassTags(c *call) error {
	var out []tagView
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err := s.pass(c, r)
		if err == nil {
			out, err = c.tags(r, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(struct {
		Tags []tagView `json:"tags"`
	}{out})
}

// addPassTags handles PUT /pass/{passId}/tags. Phones see nothing of it.
func (s *Service) addPassTags(c *call) error {
	names, err := c.tagsGiven()
	if err != nil {
		return err
	}
	var p store.Pass
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		if p, err = s.pass(c, r); err == nil {
			names, err = known(r, c.actor.Org, names)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, added, _, err := s.Issuer.Tag(c.Context(), c.actor, p.ID, issuer.Tagging{Add: names})
	if err != nil {
		return err
	}
	return c.answer(struct {
		New      []string `json:"newTags"` // never null, which Java clients fail over
		Mappings int      `json:"mappings"`
	}{append([]string{}, added...), len(added)})
}

// tagsGiven are those of a request: JSON in one of its shapes, or fields of a form.
func (c *call) tagsGiven() (out []string, err error) {
	if c.raw == nil && !c.form.Has("json") && !c.query.Has("json") {
		for _, name := range append(c.query["tags"], c.form["tags"]...) {
			if out, err = withTag(out, name); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	raw, err := c.document()
	if err != nil {
		return nil, err
	}
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) == nil {
		if raw = o["tags"]; isNull(raw) {
			return nil, nil
		}
	}
	return readTags(raw)
}

// untagged answers what became of a tag. Tests of a client read a text under success.
type untagged struct {
	Status  string   `json:"status"`
	Success string   `json:"success"`
	Tag     store.ID `json:"tagId"`
	Count   *int64   `json:"count,omitempty"`
	Pass    clientID `json:"passId,omitempty"`
}

// deleteTag handles DELETE /tag/{tag}.
func (s *Service) deleteTag(c *call) error { return s.untag(c, s.Issuer.ClearTag) }

// emptyTag handles DELETE /tag/{tag}/passes. The tag stays.
func (s *Service) emptyTag(c *call) error { return s.untag(c, s.Issuer.EmptyTag) }

func (s *Service) untag(c *call, do func(context.Context, issuer.Actor, string) (issuer.Cleared, error)) error {
	t, err := s.findTag(c)
	if err != nil {
		return err
	}
	done, err := do(c.Context(), c.actor, t.Name)
	if err != nil {
		return err
	}
	n := int64(done.Passes)
	if done.Job != nil {
		n = done.Job.Total
	}
	return c.answer(untagged{Status: "success", Success: "success", Tag: t.ID, Count: &n})
}

// untagPass handles DELETE /tag/{tag}/pass/{passId}.
func (s *Service) untagPass(c *call) error {
	var t store.Tag
	var p store.Pass
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		if t, err = s.tag(c, r); err == nil {
			p, err = s.pass(c, r)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, _, removed, err := s.Issuer.Tag(c.Context(), c.actor, p.ID, issuer.Tagging{Remove: []string{t.Name}})
	if err == nil && len(removed) == 0 {
		err = newFailure(http.StatusNotFound, "pass with id %s does not have the tag!", passNumber(p))
	}
	if err != nil {
		return err
	}
	return c.answer(untagged{Status: "success", Success: "success", Tag: t.ID, Pass: passNumber(p)})
}
