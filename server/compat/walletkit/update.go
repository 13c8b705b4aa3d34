package walletkit

import (
	"slices"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

var (
	updateSchema = newSchema("keys", "updatekeys")
	moveSchema   = newSchema("location_reset", "location|locations")
)

// mostSerials bounds the serial numbers in an answer.
const mostSerials = 1000

// updateAnswer describes the first pass that matched, for the documents have one only.
type updateAnswer struct {
	passAnswer
	Matched int      `json:"matched_count"`
	Updated int      `json:"updated_count"`
	Serials []string `json:"updated_serials"`
}

// updatePasses handles PUT /walletkit/v1/passes/{template}. No body at all is refused: the
// Python client loses its own, and would change every pass.
func (s *Service) updatePasses(c call) error {
	t, err := s.template(c)
	if err != nil {
		return err
	}
	raw, err := c.body()
	if err != nil {
		return err
	}
	if raw == nil {
		return refuse(codeEmptyBody, "", "the body is empty: nothing was changed")
	}
	in, _, err := updateSchema.read(raw, "the body")
	if err != nil {
		return err
	}
	filter, err := readPairs(in, "keys")
	if err != nil {
		return err
	}
	changes, err := readPairs(in, "updatekeys")
	if err != nil {
		return err
	}
	values, ignored := t.changes(changes)
	m, err := s.Issuer.UpdateMatching(c.Context(), c.actor, issuer.Selection{Template: t.id, Shows: shown(filter)}, values)
	if f := failureOf(err); err != nil && f.Field == keysMember {
		f.Field = "updatekeys"
		return f
	}
	if err != nil {
		return err
	}
	return s.answerUpdate(c, t, m, ignored)
}

// shown is a filter as the engine reads it.
func shown(filter []pair) []issuer.FieldText {
	out := make([]issuer.FieldText, len(filter))
	for n, p := range filter {
		out[n] = issuer.FieldText{Key: p.key, Text: p.text()}
	}
	return out
}

func (s *Service) answerUpdate(c call, t *template, m issuer.Matched, ignored []string) error {
	out := updateAnswer{passAnswer: passAnswer{Description: t.description}, Matched: m.Found, Updated: len(m.Changed), Serials: []string{}}
	if m.First != nil {
		var err error
		if out.passAnswer, err = s.describe(t, *m.First); err != nil {
			return err
		}
	}
	for _, p := range m.Changed[:min(len(m.Changed), mostSerials)] {
		out.Serials = append(out.Serials, p.SerialNumber)
	}
	out.IgnoredKeys = ignored
	return c.answer(out)
}

// movePass changes the locations of one pass. It never makes one.
func (s *Service) movePass(c call, t *template, serial string) error {
	if serial == "" {
		return refuse(codeMissingField, "sno", "sno is empty: give the serial number of a pass")
	}
	p, err := s.passOf(c, t, serial)
	if err != nil {
		return err
	}
	raw, err := c.body()
	if err != nil {
		return err
	}
	if raw == nil {
		return refuse(codeEmptyBody, "", "the body is empty: nothing was changed")
	}
	in, others, err := moveSchema.read(raw, "the body")
	if err != nil {
		return err
	}
	reset, err := readReset(in)
	if err != nil {
		return err
	}
	_, places, err := readLocations(in)
	if err != nil {
		return err
	}
	if reset || len(places) > 0 {
		if p, err = s.Issuer.Update(c.Context(), c.actor, p.ID, issuer.Change{Places: &issuer.Places{Replace: reset, Add: places}}); err != nil {
			return err
		}
	}
	return s.answerPass(c, t, p, false, others)
}

// readReset accepts what clients write for true and false.
func readReset(in object) (bool, error) {
	raw, ok := in.get("location_reset")
	if !ok {
		return false, nil
	}
	switch strings.Trim(string(raw), `"`) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, refuse(codeInvalidField, "location_reset", "location_reset must be true or false")
}

// passOf finds a pass of a template by its serial number.
func (s *Service) passOf(c call, t *template, serial string) (p store.Pass, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		campaign, err := r.Campaign(c.actor.Org, t.campaign)
		if err != nil {
			return err
		}
		p, err = r.PassBySerial(campaign.PassTypeIdentifier, serial)
		if err == nil && (p.Org != c.actor.Org || p.Template != t.id || !p.Deleted.IsZero()) {
			err = notFound
		}
		return err
	})
	return p, err
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}
