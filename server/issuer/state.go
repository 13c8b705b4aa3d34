package issuer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pocketpass/store"
)

// moves lists the states that a campaign may go to from each.
var moves = map[store.CampaignState][]store.CampaignState{
	store.Unreleased: {store.Active, store.Archived},
	store.Active:     {store.Paused, store.Archived, store.Invalid},
	store.Paused:     {store.Active, store.Archived, store.Invalid},
	store.Archived:   {store.Invalid},
	store.Invalid:    {},
}

// moveCampaign changes the state. To go where it is already is no change.
func moveCampaign(c *store.Campaign, to store.CampaignState) error {
	if _, known := moves[to]; !known {
		return invalid("/state", "state_unknown", "the state must be draft, active, paused, archived or invalid")
	}
	if to == c.State || slices.Contains(moves[c.State], to) {
		c.State = to
		return nil
	}
	return conflict("state_move", "a campaign that is %s cannot become %s; from here it can become %s", c.State, to, inWords(moves[c.State]))
}

// inWords lists states for people.
func inWords(states []store.CampaignState) string {
	words := make([]string, 0, len(states))
	for _, s := range states {
		words = append(words, string(s))
	}
	return cmp.Or(strings.Join(words, " or "), "nothing else")
}

// firstState is that of a new campaign.
func firstState(wanted store.CampaignState) (store.CampaignState, error) {
	switch wanted {
	case "":
		return store.Active, nil
	case store.Active, store.Unreleased, store.Paused, store.Invalid:
		return wanted, nil
	}
	return "", invalid("/state", "state_unknown", "a new campaign is active or draft, paused or invalid")
}

// issues refuses a campaign that issues nothing in its state.
func issues(c store.Campaign) error {
	if c.State == store.Active {
		return nil
	}
	remedy := "activate it first"
	if !slices.Contains(moves[c.State], store.Active) {
		remedy = "issue from another one"
	}
	return conflict("campaign_"+string(c.State), "the campaign is %s and issues nothing; %s", c.State, remedy)
}

// moveTemplate changes whether a template issues, and whether its passes are good: active,
// paused or invalid. To go where it is already is no change.
func moveTemplate(t *store.Template, to store.CampaignState, now time.Time) error {
	switch {
	case to != store.Active && to != store.Paused && to != store.Invalid:
		return invalid("/state", "state_unknown", "the state must be active, paused or invalid")
	case !t.Invalid.IsZero() && to != store.Invalid:
		return conflict("state_move", "a template that is invalid stays so")
	case to != store.Invalid:
		t.Disabled = to == store.Paused
	case t.Invalid.IsZero():
		t.Invalid = now
	}
	return nil
}

// alterable refuses to change a pass that is good for nothing, for ever.
func alterable(r store.Reader, p *store.Pass) error {
	if !p.Invalid.IsZero() {
		return conflict("pass_invalid", "the pass was made invalid on %s, for ever; issue another", written(p.Invalid))
	}
	c, err := r.Campaign(p.Org, p.Campaign)
	if err != nil {
		return fmt.Errorf("campaign of pass %s: %w", p.ID, err)
	}
	if c.State == store.Invalid {
		return conflict("campaign_invalid", "the campaign was made invalid with all its passes, for ever; issue another from another campaign")
	}
	if p.Template == 0 {
		return nil
	}
	t, err := r.Template(p.Org, p.Template)
	if err == nil && !t.Invalid.IsZero() {
		err = conflict("template_invalid", "the template was made invalid with all its passes, for ever; issue another from another template")
	}
	return err
}
