package passtools

import (
	"cmp"
	"slices"

	"pocketpass/store"
)

// listedPass is how a list shows a pass. Of a tag's its id is a number.
type listedPass struct {
	ID         any    `json:"id"`
	TemplateID string `json:"templateId"`
	ExternalID string `json:"externalId,omitempty"`
	Serial     string `json:"serialNumber,omitempty"`
	Status     string `json:"status,omitempty"`
	CreatedAt  string `json:"createdAt"`
	UpdatedAt  string `json:"updatedAt,omitempty"`
	URL        string `json:"url"`
}

// listPasses handles GET /pass.
func (s *Service) listPasses(c *call) error {
	p, err := c.page()
	if err != nil {
		return err
	}
	f := store.PassFilter{Org: c.actor.Org}
	if text := c.param("templateId"); text != "" && len(c.args) == 0 {
		if !isDigits(text) {
			return badRequest("templateId must be a number")
		}
		c.args["templateId"] = text
	}
	want, err := c.wantedStatus()
	if err != nil {
		return err
	}
	var l passList
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		if c.args["templateId"] != "" || c.args["externalId"] != "" {
			m, err := s.template(c, r, "templateId", "externalId")
			if err != nil {
				return err
			}
			f.Template = m.id
		}
		l, err = s.list(r, f, p, want)
		return err
	})
	if err != nil {
		return err
	}
	out := make([]listedPass, 0, len(l.passes))
	for n, pass := range l.passes {
		out = append(out, s.listed(c.rev, pass, l.templates[n], l.installed[n]))
	}
	if c.rev == 2 {
		return c.answer(struct {
			Count      int64        `json:"count"`
			Pagination pagination   `json:"pagination"`
			Passes     []listedPass `json:"passes"`
		}{l.count, p.pagination(newOrders[p.order]), out})
	}
	return c.answer(struct {
		capitals
		Passes []listedPass
	}{p.capitals(l.count), out})
}

func (s *Service) listed(r revision, p store.Pass, template clientID, installed bool) listedPass {
	out := listedPass{ID: string(passNumber(p)), TemplateID: string(template), CreatedAt: r.date(p.Created), URL: s.passURL(p)}
	if r == 2 {
		out.ExternalID, out.Serial, out.UpdatedAt, out.Status = p.ExternalID, p.SerialNumber, isoDate(p.Updated), status(p, installed)
	}
	return out
}

// wantedStatus reads the filter by status, which came with the last revision.
func (c *call) wantedStatus() (string, error) {
	want := c.param("status")
	if c.rev < 2 || want == "" {
		return "", nil
	}
	if !slices.Contains([]string{statusNever, statusIs, statusWas, statusIsOrWas}, want) {
		return "", badRequest("status must be installed, uninstalled, been_installed or not_been_installed")
	}
	return want, nil
}

// passList is a page of passes.
type passList struct {
	count     int64
	passes    []store.Pass
	installed []bool     // by the same place
	templates []clientID // likewise
}

// list reads a page of passes, and of all of them how many there are.
func (s *Service) list(r store.Reader, f store.PassFilter, p page, want string) (l passList, err error) {
	switch {
	case want != "" || p.order == byUpdated || p.order == byName && f.Tag != "":
		err = s.listSome(r, f, p, want, &l)
		return l, err
	case p.order == byName && f.Template == 0:
		err = s.listByName(r, f, p, &l)
		return l, err
	}
	if l.count, err = r.CountPasses(f); err != nil {
		return l, err
	}
	ids, err := r.PassIDsAt(f, p.start(), p.size, p.desc)
	if err == nil {
		err = l.read(r, ids)
	}
	return l, err
}

// read adds passes by their ids.
func (l *passList) read(r store.Reader, ids []store.ID) error {
	for _, id := range ids {
		p, err := r.AnyPass(id)
		if err != nil {
			return err
		}
		if err := l.add(r, p); err != nil {
			return err
		}
	}
	return nil
}

func (l *passList) add(r store.Reader, p store.Pass) error {
	is, err := installed(r, p)
	if err != nil {
		return err
	}
	template, err := templateNumber(r, p)
	l.passes, l.installed, l.templates = append(l.passes, p), append(l.installed, is), append(l.templates, template)
	return err
}

// mostSorted is how many passes are looked at for a page that no index is for. Lists of
// more are in the order of ids, and those beyond do not count.
const mostSorted = 10_000

// sorted is a pass with what a list is ordered by.
type sorted struct {
	*store.Pass
	template string // its name, where that counts
}

// listSome reads a page of those that have a status, or in an order that there is no index
// for: of those that changed last, or of a tag by the names of templates.
func (s *Service) listSome(r store.Reader, f store.PassFilter, p page, want string, l *passList) error {
	var all []sorted
	names := make(map[store.ID]string)
	if p.order == byName {
		templates, err := s.names(r, f.Org)
		if err != nil {
			return err
		}
		for _, t := range templates {
			names[t.id] = t.name
		}
	}
	ids, err := r.PassIDsAt(f, 0, mostSorted, true)
	if err != nil {
		return err
	}
	for _, id := range ids {
		pass, err := r.AnyPass(id)
		if err != nil {
			return err
		}
		is, err := installed(r, pass)
		if err != nil {
			return err
		}
		if want == "" || want == status(pass, is) || want == statusIsOrWas && !pass.Devices.FirstAdded.IsZero() {
			all = append(all, sorted{&pass, names[pass.Template]})
		}
	}
	slices.SortFunc(all, p.comparePasses)
	l.count = int64(len(all))
	for _, pass := range cut(p, all) {
		if err := l.add(r, *pass.Pass); err != nil {
			return err
		}
	}
	return nil
}

func (p page) comparePasses(a, b sorted) int {
	n := cmp.Or(cmp.Compare(a.template, b.template), cmp.Compare(a.ID, b.ID))
	if p.order == byUpdated {
		n = cmp.Or(a.Updated.Compare(b.Updated), n)
	}
	if p.desc {
		return -n
	}
	return n
}
