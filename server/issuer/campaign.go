package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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
	if n.MessageField != nil && *n.MessageField != "" {
		return c, noTemplateForMessages
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
	if err := errors.Join(ownsPassType(tx.Reader, c.Org, c.PassTypeIdentifier), endsAhead(tx.Now, c.Rules.Ends)); err != nil {
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

// CampaignChange says what to change; nil means leave as it is.
type CampaignChange struct {
	Name     *string
	State    *store.CampaignState
	Template *store.ID // issued from by default
	Source   []byte    // of the service whose client made it; nil means as it is
	CampaignSettings
	Extra     map[string]string // instead of what there was; nil leaves it
	Receivers []Receiver        // set those
	IfMatch   *int              // number of edits that the caller has seen
}

// ChangeCampaign changes a campaign. What shows on its passes is a new version of all
// of them, in one commit; their devices are told by a fan-out in the background.
func (i *Issuer) ChangeCampaign(ctx context.Context, a Actor, id store.ID, ch CampaignChange) (store.Campaign, error) {
	var c store.Campaign
	if err := i.checkReceivers(ch.Receivers); err != nil {
		return c, err
	}
	err := unlessOutdated(ctx, func() (err error) {
		c, err = i.changeCampaign(ctx, a, id, ch)
		return err
	})
	if err != nil {
		return store.Campaign{}, fmt.Errorf("change campaign: %w", err)
	}
	return c, nil
}

func (i *Issuer) changeCampaign(ctx context.Context, a Actor, id store.ID, ch CampaignChange) (c store.Campaign, err error) {
	var name renaming
	if ch.Name != nil {
		if name, err = i.judgeRename(ctx, a, id); err != nil {
			return c, err
		}
	}
	if ch.MessageField != nil && *ch.MessageField != "" {
		if err := i.judgeMessageField(ctx, a, id, ch); err != nil {
			return c, err
		}
	}
	err = i.update(ctx, func(tx store.Tx) error {
		before, err := tx.Campaign(a.Org, id)
		if err != nil {
			return err
		}
		if err := unchanged(ch.IfMatch, before.Edited); err != nil {
			return err
		}
		c = before
		if err := applyCampaign(tx, &c, ch); err != nil {
			return err
		}
		if err := i.receiveBy(tx, a, &c, ch.Receivers); err != nil || same(before, c) && ch.Meta == nil {
			return err
		}
		if err := errors.Join(putMeta(tx, id, ch.Meta), saveCampaign(tx, a, before, &c)); err != nil || c.Name == before.Name {
			return err
		}
		return name.apply(tx, &c)
	})
	return c, err
}

func applyCampaign(tx store.Tx, c *store.Campaign, ch CampaignChange) error {
	if ch.Name != nil {
		if err := checkName("/name", *ch.Name); err != nil {
			return err
		}
		c.Name = *ch.Name
	}
	if ch.Source != nil {
		var err error
		if c.Source, err = tx.PutBlob(ch.Source); err != nil {
			return err
		}
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
	if ch.Extra != nil {
		c.Extra = ch.Extra
	}
	if ch.State != nil {
		if err := moveCampaign(c, *ch.State); err != nil {
			return err
		}
	}
	rules, redemption := c.Rules, c.Redemption
	if err := ch.apply(c); err != nil {
		return err
	}
	if !c.Rules.Ends.Equal(rules.Ends) {
		if err := endsAhead(tx.Now, c.Rules.Ends); err != nil {
			return err
		}
	}
	if err := sameUnit(tx.Reader, c.ID, redemption, c.Redemption); err != nil || rules.Numbering == c.Rules.Numbering {
		return err
	}
	return unnumbered(tx.Reader, c.ID)
}

// unnumbered refuses to number the passes of a campaign anew: those that are out
// have their codes.
func unnumbered(r store.Reader, campaign store.ID) error {
	issued, err := r.Counter(campaign, store.CountIssued)
	if err != nil || issued == 0 {
		return err
	}
	return conflict("numbering_in_use", "the campaign has issued %d passes and keeps its numbering; make another campaign for another", issued)
}

// saveCampaign writes what a campaign becomes, and announces it if phones can tell.
func saveCampaign(tx store.Tx, a Actor, before store.Campaign, c *store.Campaign) error {
	c.Edited++
	c.Updated = tx.Now
	if !reflect.DeepEqual(shown(before), shown(*c)) {
		if err := announceCampaign(tx, c); err != nil {
			return err
		}
	}
	err := tx.PutCampaign(*c)
	if before.State != c.State {
		err = errors.Join(err, happenedTo(tx, a, about{org: c.Org, campaign: c.ID, id: c.ID}, eventCampaign+string(c.State), nil))
	}
	return err
}

// appearance is what all passes of a campaign show of it.
type appearance struct {
	invalid, sharingProhibited, signedCodes bool
	language, timeZone, messageField        string
	redemption                              store.Redemption
}

func shown(c store.Campaign) appearance {
	return appearance{c.State == store.Invalid, c.Rules.SharingProhibited, c.SignedCodes, c.Language, c.TimeZone, c.MessageField, c.Redemption}
}

// announceCampaign gives all passes of a campaign a new version at once.
func announceCampaign(tx store.Tx, c *store.Campaign) (err error) {
	if c.Version, err = tx.NextSharedVersion(); err != nil {
		return err
	}
	return tx.AddFanout(store.Fanout{Campaign: c.ID, Revision: c.Version.Revision})
}

// unchanged refuses a change by somebody who has seen an older version.
func unchanged(seen *int, now int) error {
	if seen == nil || *seen == now {
		return nil
	}
	return &Error{Kind: Precondition, Code: "changed_meanwhile",
		Msg: "it was changed since you read it; read it again and repeat your change on the newest version"}
}
