package passworks

import (
	"fmt"
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// said is the answer to what happens in the background.
type said struct {
	Message string `json:"message"`
}

// move is a change of a campaign's state.
type move struct {
	event, verb string
	to          store.CampaignState
	from        []store.CampaignState
}

var (
	pausing   = move{"pause", "pause", store.Paused, []store.CampaignState{store.Active}}
	resuming  = move{"resume", "publish", store.Active, []store.CampaignState{store.Paused, store.Unreleased}}
	archiving = move{"archive", "archive", store.Archived, []store.CampaignState{store.Active, store.Paused, store.Unreleased}}
)

func (s *Service) pause(c call) error   { return s.move(c, pausing) }
func (s *Service) resume(c call) error  { return s.move(c, resuming) }
func (s *Service) archive(c call) error { return s.move(c, archiving) }

// move handles POST /{type}/{campaign}/pause, /resume and /archive.
func (s *Service) move(c call, m move) error {
	if err := issuer.Again(c.Context(), func() error { return s.tryMove(c, m) }); err != nil {
		return err
	}
	return s.getCampaign(c)
}

// tryMove changes the state of a campaign, unless somebody else changes it meanwhile.
func (s *Service) tryMove(c call, m move) error {
	found, err := s.find(c)
	if err != nil {
		return err
	}
	for _, from := range m.from {
		if found.State != from {
			continue
		}
		_, err := s.Issuer.ChangeCampaign(c.Context(), c.actor, found.ID, issuer.CampaignChange{State: &m.to, IfMatch: &found.Edited})
		return err
	}
	text := fmt.Sprintf("Can't %s from %s to %s", m.event, states[found.State], m.verb)
	const status = http.StatusPreconditionFailed
	return &failure{Status: status, Code: codeBase + status, Text: text, Errors: []string{text}}
}

// message reads the text that a push is to show, if any.
func (c call) message(roots ...string) (text string, err error) {
	body, err := c.body()
	if err != nil {
		return "", err
	}
	o, err := body.under(roots...)
	if err != nil {
		return "", err
	}
	in := input{object: o}
	in.word("push_message", &text)
	return escaped(text), in.err
}

// pushCampaign handles POST /{type}/{campaign}/push.
func (s *Service) pushCampaign(c call) error {
	text, err := c.message(c.kind.root, "pass")
	if err != nil {
		return err
	}
	if s.PushMerges {
		return s.mergeThen(c, text)
	}
	found, err := s.find(c)
	if err != nil {
		return err
	}
	if err := s.tellAll(c, found, text); err != nil { // which may refuse the text, before anything is done
		return err
	}
	if _, err := s.Issuer.RefreshCampaign(c.Context(), c.actor, found.ID); err != nil {
		return err
	}
	return s.sayHow(c, found, "Pushing")
}

// mergeCampaign handles POST /{type}/{campaign}/merge.
func (s *Service) mergeCampaign(c call) error {
	text, err := c.message(c.kind.root, "pass")
	if err != nil {
		return err
	}
	return s.mergeThen(c, text)
}

// mergeThen shows a text on the passes of a campaign and brings them up to date. The text
// goes first, because it may be refused.
func (s *Service) mergeThen(c call, text string) error {
	found, err := s.find(c)
	if err != nil {
		return err
	}
	if err := s.tellAll(c, found, text); err != nil {
		return err
	}
	_, err = s.Issuer.StartJob(c.Context(), c.actor, issuer.NewJob{Kind: issuer.KindMerge, Campaign: found.ID,
		Merging: &issuer.Merging{Labels: true, Expires: true, Locations: found.SyncLocations, Beacons: found.SyncBeacons}})
	if err != nil {
		return err
	}
	return s.sayHow(c, found, "Merging")
}

// tellAll shows a text on all passes that somebody has.
func (s *Service) tellAll(c call, found campaign, text string) error {
	if text == "" {
		return nil
	}
	_, err := s.Issuer.StartJob(c.Context(), c.actor, issuer.NewJob{Kind: issuer.KindMessage, Campaign: found.ID,
		Send: &issuer.Broadcast{Message: issuer.Message{Text: text, Again: true}}})
	return err
}

// sayHow tells how many passes are being worked on.
func (s *Service) sayHow(c call, found campaign, doing string) error {
	var passes int64
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		passes, err = r.Counter(found.ID, store.CountPasses)
		return err
	})
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s %d passes of campaign '%s'.", doing, passes, found.definition.Name)
	if passes == 0 {
		text = fmt.Sprintf("Campaign '%s' has no passes.", found.definition.Name)
	}
	return c.answer(http.StatusOK, said{text})
}

// pushPass handles POST /{type}/{campaign}/passes/{pass}/push. Pages of other kinds print
// the path of event tickets.
func (s *Service) pushPass(c call) error {
	text, err := c.message("pass", c.kind.root)
	if err != nil {
		return err
	}
	if c.kind.root == "event_ticket" {
		c.kind = nil
	}
	p, err := s.findPass(c)
	if err != nil {
		return err
	}
	if text == "" {
		_, err = s.Issuer.RefreshPass(c.Context(), c.actor, p.ID)
	} else {
		_, _, err = s.Issuer.SendMessage(c.Context(), c.actor, p.ID, issuer.Message{Text: text, Again: true}, issuer.Idempotency{})
	}
	if err != nil {
		return missing(err, "pass")
	}
	found, err := s.Issuer.Campaign(c.Context(), c.actor, p.Campaign)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, said{fmt.Sprintf("Push sent for pass %s of campaign '%s'.", p.ID.UUID(), found.Name)})
}
