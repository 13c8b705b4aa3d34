package issuer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pocketpass/store"
)

// maxName bounds the names that owners give to things, in characters.
const maxName = 120

// NewCampaign describes a campaign to be made.
type NewCampaign struct {
	Name               string
	PassTypeIdentifier string // of a certificate of the organisation
	Idempotency        Idempotency
}

// CreateCampaign makes an active campaign without templates.
func (i *Issuer) CreateCampaign(ctx context.Context, a Actor, n NewCampaign) (store.Campaign, error) {
	if err := checkName("/name", n.Name); err != nil {
		return store.Campaign{}, err
	}
	var out store.Campaign
	err := i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) { return addCampaign(tx, a, n) })
		if err != nil {
			return err
		}
		out, err = tx.Campaign(a.Org, id)
		return err
	})
	if err != nil {
		return store.Campaign{}, fmt.Errorf("create campaign: %w", err)
	}
	return out, nil
}

func addCampaign(tx store.Tx, a Actor, n NewCampaign) (store.ID, error) {
	if err := ownsPassType(tx.Reader, a.Org, n.PassTypeIdentifier); err != nil {
		return 0, err
	}
	id, err := tx.NewID()
	if err != nil {
		return 0, err
	}
	v, err := tx.NextSharedVersion()
	if err != nil {
		return 0, err
	}
	return id, tx.PutCampaign(store.Campaign{ID: id, Org: a.Org, Name: n.Name, PassTypeIdentifier: n.PassTypeIdentifier,
		State: store.Active, Version: v, Created: tx.Now, Updated: tx.Now})
}

func ownsPassType(r store.Reader, org store.ID, passTypeIdentifier string) error {
	owner, err := r.PassTypeOwner(passTypeIdentifier)
	if err == nil && owner != org {
		err = store.ErrNotFound
	}
	return missing(err, "/passTypeIdentifier", "certificate")
}

func checkName(path, name string) error {
	if strings.TrimSpace(name) == "" {
		return invalid(path, "name_missing", "give a name")
	}
	if utf8.RuneCountInString(name) > maxName {
		return invalid(path, "name_too_long", "the name has more than %d characters; shorten it", maxName)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return invalid(path, "name_control", "the name has control characters; leave them out")
	}
	return nil
}

// Campaign returns a campaign of the actor's organisation.
func (i *Issuer) Campaign(ctx context.Context, a Actor, id store.ID) (c store.Campaign, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		c, err = r.Campaign(a.Org, id)
		return err
	})
	return c, err
}

// CampaignChange says what to change; nil means leave as it is.
type CampaignChange struct {
	Name     *string
	State    *store.CampaignState
	Template *store.ID // issued from by default
	IfMatch  *int      // number of edits that the caller has seen
}

// moves lists the states that a campaign may go to.
var moves = map[store.CampaignState][]store.CampaignState{
	store.Active:   {store.Paused, store.Archived},
	store.Paused:   {store.Active, store.Archived},
	store.Archived: {},
}

// ChangeCampaign changes a campaign. Nothing of it shows on phones.
func (i *Issuer) ChangeCampaign(ctx context.Context, a Actor, id store.ID, ch CampaignChange) (store.Campaign, error) {
	var c store.Campaign
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if c, err = tx.Campaign(a.Org, id); err != nil {
			return err
		}
		if err := unchanged(ch.IfMatch, c.Edited); err != nil {
			return err
		}
		if err := applyCampaign(tx, &c, ch); err != nil {
			return err
		}
		c.Edited++
		c.Updated = tx.Now
		return tx.PutCampaign(c)
	})
	if err != nil {
		return store.Campaign{}, fmt.Errorf("change campaign: %w", err)
	}
	return c, nil
}

func applyCampaign(tx store.Tx, c *store.Campaign, ch CampaignChange) error {
	if ch.Name != nil {
		if err := checkName("/name", *ch.Name); err != nil {
			return err
		}
		c.Name = *ch.Name
	}
	if ch.Template != nil {
		t, err := tx.Template(c.Org, *ch.Template)
		if err == nil && t.Campaign != c.ID {
			err = store.ErrNotFound
		}
		if err != nil {
			return missing(err, "/template", "template")
		}
		c.Template = t.ID
	}
	if ch.State == nil || *ch.State == c.State {
		return nil
	}
	return moveCampaign(c, *ch.State)
}

func moveCampaign(c *store.Campaign, to store.CampaignState) error {
	if _, known := moves[to]; !known {
		return invalid("/state", "state_unknown", "the state must be active, paused or archived")
	}
	if slices.Contains(moves[c.State], to) {
		c.State = to
		return nil
	}
	return conflict("state_move", "a campaign that is %s cannot become %s; allowed from here: %v", c.State, to, moves[c.State])
}

// unchanged refuses a change by somebody who has seen an older version.
func unchanged(seen *int, now int) error {
	if seen == nil || *seen == now {
		return nil
	}
	return &Error{Kind: Precondition, Code: "changed_meanwhile",
		Msg: "it was changed since you read it; read it again and repeat your change on the newest version"}
}
