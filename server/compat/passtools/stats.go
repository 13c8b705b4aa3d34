package passtools

import (
	"pocketpass/store"
)

// tally is how many of some passes devices have, or had.
type tally struct {
	Total       int64 `json:"total"`
	Installed   int64 `json:"installed"`
	Uninstalled int64 `json:"uninstalled"`
}

func (t *tally) add(more tally) {
	t.Total += more.Total
	t.Installed += more.Installed
	t.Uninstalled += more.Uninstalled
}

// tallyOf counts the passes that match a filter. Of more than it looks at, the newest tell
// how many of all are installed.
func tallyOf(r store.Reader, f store.PassFilter) (t tally, err error) {
	if t.Total, err = r.CountPasses(f); err != nil {
		return t, err
	}
	ids, err := r.PassIDsAt(f, 0, mostSorted, true)
	if err != nil {
		return t, err
	}
	for _, id := range ids {
		p, err := r.AnyPass(id)
		if err != nil {
			return t, err
		}
		is, err := installed(r, p)
		if err != nil {
			return t, err
		}
		switch status(p, is) {
		case statusIs:
			t.Installed++
		case statusWas:
			t.Uninstalled++
		}
	}
	if seen := int64(len(ids)); seen > 0 && seen < t.Total {
		t.Installed, t.Uninstalled = t.Installed*t.Total/seen, t.Uninstalled*t.Total/seen
	}
	return t, nil
}

// templateStats is what is counted of a template.
type templateStats struct {
	ID      clientID `json:"id"`
	Vendor  string   `json:"vendor"`
	Updated string   `json:"lastUpdated"`
	tally
}

func (s *Service) statsOf(r store.Reader, c *call, m *model) (out templateStats, err error) {
	out = templateStats{ID: m.number, Vendor: "Apple", Updated: isoDate(r.Now)}
	out.tally, err = tallyOf(r, store.PassFilter{Org: c.actor.Org, Template: m.id})
	return out, err
}

// templateStats handles GET /template/{templateId}/stats.
func (s *Service) templateStats(c *call) error {
	var out templateStats
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		m, err := s.template(c, r, "templateId", "externalId")
		if err == nil {
			out, err = s.statsOf(r, c, m)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(out)
}

// projectStats handles GET /project/{projectId}/stats.
func (s *Service) projectStats(c *call) error {
	p, err := s.findProject(c)
	if err != nil {
		return err
	}
	all, err := s.modelsOf(c, p.id)
	if err != nil {
		return err
	}
	out := struct {
		ID        clientID        `json:"id"`
		Updated   string          `json:"lastUpdated"`
		Templates []templateStats `json:"templates"`
		tally
	}{ID: p.number, Templates: []templateStats{}}
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		out.Updated = isoDate(r.Now)
		for _, m := range all {
			one, err := s.statsOf(r, c, m)
			if err != nil {
				return err
			}
			out.Templates = append(out.Templates, one)
			out.add(one.tally)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.answer(out)
}

// tagStats handles GET /tag/{tag}/stats.
func (s *Service) tagStats(c *call) error {
	var out struct {
		tally
		Never   int64  `json:"not_been_installed"`
		Updated string `json:"lastUpdated"`
	}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		t, err := s.tag(c, r)
		if err == nil {
			out.tally, err = tallyOf(r, store.PassFilter{Org: c.actor.Org, Tag: t.Name})
		}
		out.Never, out.Updated = out.Total-out.Installed-out.Uninstalled, isoDate(r.Now)
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(out)
}

// passStats handles GET /pass/id/{externalId}/stats.
func (s *Service) passStats(c *call) error {
	type ofTemplate struct {
		ID          clientID `json:"id"`
		Installed   int64    `json:"installed"`
		Uninstalled int64    `json:"uninstalled"`
	}
	out := struct {
		tally
		Templates []ofTemplate `json:"templates"`
	}{tally: tally{Total: 1}}
	err := s.Issuer.View(c.Context(), func(r store.Reader) error {
		p, err := s.pass(c, r)
		if err != nil {
			return err
		}
		is, err := installed(r, p)
		switch status(p, is) {
		case statusIs:
			out.Installed = 1
		case statusWas:
			out.Uninstalled = 1
		}
		if err != nil {
			return err
		}
		template, err := templateNumber(r, p)
		out.Templates = []ofTemplate{{template, out.Installed, out.Uninstalled}}
		return err
	})
	if err != nil {
		return err
	}
	return c.answer(out)
}
