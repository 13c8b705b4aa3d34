package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	PassTypeIdentifier string              // of a certificate of the organisation
	State              store.CampaignState // active or draft, paused or invalid; empty means active
	Former             store.Former        // of one that moved here

	Origin     string // service whose client makes it for itself; empty for ours
	ExternalID string // given by that client, unique in the organisation, up to 128 characters
	Source     []byte // what that client sent, kept for it
	CampaignSettings
	Extra       map[string]string
	Receivers   []Receiver
	Idempotency Idempotency
}

// CreateCampaign makes a campaign without templates.
func (i *Issuer) CreateCampaign(ctx context.Context, a Actor, n NewCampaign) (store.Campaign, error) {
	c, err := n.campaign(a)
	if err == nil && c.MessageField != "" {
		err = noTemplateForMessages
	}
	if err = errors.Join(err, i.checkReceivers(n.Receivers)); err != nil {
		return store.Campaign{}, err
	}
	var out store.Campaign
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, n.Idempotency, func() (store.ID, error) { return i.addCampaignWith(tx, a, c, n) })
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

// addCampaignWith adds a campaign with its receivers.
func (i *Issuer) addCampaignWith(tx store.Tx, a Actor, c store.Campaign, n NewCampaign) (store.ID, error) {
	id, err := addCampaign(tx, c, n)
	if err != nil || len(n.Receivers) == 0 {
		return id, err
	}
	if c, err = tx.Campaign(a.Org, id); err != nil {
		return 0, err
	}
	return id, errors.Join(i.receiveBy(tx, a, &c, n.Receivers), tx.PutCampaign(c))
}

// campaign is what n asks for, without what only the commit gives it.
func (n NewCampaign) campaign(a Actor) (c store.Campaign, err error) {
	if err := checkName("/name", n.Name); err != nil {
		return c, err
	}
	if err := errors.Join(checkFormer(n.Former), checkExternalID(n.ExternalID)); err != nil {
		return c, err
	}
	c = store.Campaign{Org: a.Org, Name: n.Name, PassTypeIdentifier: n.PassTypeIdentifier, Former: n.Former, Origin: n.Origin, ExternalID: n.ExternalID, Extra: n.Extra}
	if c.State, err = firstState(n.State); err != nil {
		return c, err
	}
	return c, n.apply(&c)
}

func addCampaign(tx store.Tx, c store.Campaign, n NewCampaign) (id store.ID, err error) {
	if err := errors.Join(ownsPassType(tx.Reader, c.Org, c.PassTypeIdentifier), n.endsAhead(tx.Now, c.Rules.Ends)); err != nil {
		return 0, err
	}
	have, err := tx.CampaignByFormer(c.Org, c.Former)
	if err := formerTaken("campaign", c.Former, have.ID, err); err != nil {
		return 0, err
	}
	if c.ID, err = tx.NewID(); err != nil {
		return 0, err
	}
	if c.Version, err = tx.NextSharedVersion(); err != nil {
		return 0, err
	}
	if len(n.Source) > 0 {
		if c.Source, err = tx.PutBlob(n.Source); err != nil {
			return 0, err
		}
	}
	c.Created, c.Updated = tx.Now, tx.Now
	return c.ID, errors.Join(tx.PutCampaign(c), putMeta(tx, c.ID, n.Meta))
}

func putMeta(tx store.Tx, campaign store.ID, meta *json.RawMessage) error {
	if meta == nil {
		return nil
	}
	return tx.PutCampaignMeta(campaign, *meta)
}

func ownsPassType(r store.Reader, org store.ID, passTypeIdentifier string) error {
	owner, err := r.PassTypeOwner(passTypeIdentifier)
	if errors.Is(err, store.ErrNotFound) || err == nil && owner != org {
		return invalid("/passTypeIdentifier", "unknown_certificate", "no certificate is for this pass type identifier; import one first, or list those that there are")
	}
	return err
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
