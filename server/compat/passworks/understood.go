package passworks

import (
	"cmp"
	"sync"

	"pocketpass/store"
)

// understood keeps definitions that were read. Published ones never change.
type understood struct {
	mu  sync.Mutex
	all map[revision]*definition
}

type revision struct {
	template store.ID
	number   int
}

// mostUnderstood bounds how many are kept.
const mostUnderstood = 1000

// get is what the campaign of a pass was when it was issued or merged last. A pass that
// has a design of its own is foreign to it.
func (u *understood) get(r store.Reader, p store.Pass) (*definition, error) {
	number := p.Pinned
	if number == 0 || number == store.OwnDesign { // a pass that was issued otherwise follows its template
		t, err := r.Template(p.Org, p.Template)
		if err != nil {
			return nil, err
		}
		number = t.Published
	}
	d, err := u.at(r, p.Org, revision{p.Template, number})
	if err == nil && p.Pinned == store.OwnDesign {
		alone := *d
		alone.foreign, d = true, &alone
	}
	return d, err
}

func (u *understood) at(r store.Reader, org store.ID, key revision) (*definition, error) {
	u.mu.Lock()
	d := u.all[key]
	u.mu.Unlock()
	if d != nil {
		return d, nil
	}
	d, err := readRevision(r, org, key)
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil || len(u.all) >= mostUnderstood {
		u.all = make(map[revision]*definition)
	}
	u.all[key] = d
	return d, nil
}

// readRevision reads a definition as it was published. A template that was edited on the
// admin's pages since keeps its last definition.
func readRevision(r store.Reader, org store.ID, key revision) (*definition, error) {
	t, err := r.Template(org, key.template)
	if err != nil {
		return nil, err
	}
	v, err := r.TemplateRevision(key.template, key.number)
	if err != nil {
		return nil, err
	}
	if t.Origin != origin {
		return foreign(t, v.Design)
	}
	raw, err := r.Blob(cmp.Or(v.Source, t.Source))
	if err != nil {
		return nil, err
	}
	return parseDefinition(raw)
}

// campaign finds the campaign that the path names, for what concerns its passes.
func (s *Service) campaign(r store.Reader, c call) (found store.Campaign, err error) {
	found, _, err = s.inForce(r, c)
	return found, err
}

// inForce is campaign with what is published of it. One that was deleted, or of which
// nothing was ever published, has no style.
func (s *Service) inForce(r store.Reader, c call) (found store.Campaign, d *definition, err error) {
	id, err := c.id("campaign", "campaign")
	if err != nil {
		return found, nil, err
	}
	return s.withID(r, c, id)
}

// withID is inForce of a campaign with an id.
func (s *Service) withID(r store.Reader, c call, id store.ID) (found store.Campaign, d *definition, err error) {
	found, err = r.Campaign(c.actor.Org, id)
	if err == nil && (found.Style == "" || c.kind != nil && c.kind.style != found.Style) {
		err = store.ErrNotFound
	}
	if err == nil {
		d, err = s.published(r, found)
	}
	return found, d, missing(err, "campaign")
}

// published is the definition of a campaign that has a style.
func (s *Service) published(r store.Reader, c store.Campaign) (*definition, error) {
	t, err := r.Template(c.Org, c.Template)
	if err != nil {
		return nil, err
	}
	d, err := s.understood.at(r, c.Org, revision{t.ID, t.Published})
	if err == nil && d.foreign {
		d = d.under(c)
	}
	return d, err
}
