package issuer

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"pocketpass/store"
)

// CampaignChange says what to change; nil means leave as it is.
type CampaignChange struct {
	Name     *string
	State    *store.CampaignState
	Template *store.ID // issued from by default
	Source   []byte    // of the service whose client made it; nil means as it is
	CampaignSettings
	Extra     map[string]string // instead of what there was; nil leaves it
	Receivers []Receiver        // set those

	Design  *TemplateChange // of the template that it issues from by default
	Link    *LinkSettings   // of its first link, if it has one
	Listing *Listing        // of the service whose client changes it; wants IfMatch

	IfMatch *int // number of edits that the caller has seen
}

// ChangeCampaign changes a campaign, and what else is given with it, in one commit. What
// shows on its passes is a new version of all of them; their devices are told by a
// fan-out in the background.
func (i *Issuer) ChangeCampaign(ctx context.Context, a Actor, id store.ID, ch CampaignChange) (c store.Campaign, err error) {
	if err := i.checkReceivers(ch.Receivers); err != nil {
		return c, err
	}
	var pictures map[string]prepared
	if ch.Design != nil {
		if pictures, err = i.prepareImages(ctx, "", ch.Design.Pictures); err != nil {
			return c, err
		}
	}
	err = unlessOutdated(ctx, func() error {
		var x campaignEdit
		err := i.db.View(ctx, func(r store.Reader) (err error) {
			x, err = i.judgeCampaignChange(r, a, id, ch, pictures)
			return err
		})
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) (err error) {
			c, err = x.save(tx, i, a, id)
			return err
		})
	})
	if err != nil {
		return store.Campaign{}, fmt.Errorf("change campaign: %w", err)
	}
	return c, nil
}

// campaignEdit is a change of a campaign with what was found out before the transaction.
type campaignEdit struct {
	CampaignChange
	name   renaming
	design *templateEdit // nil if the Design stays
}

func (i *Issuer) judgeCampaignChange(r store.Reader, a Actor, id store.ID, ch CampaignChange, pictures map[string]prepared) (x campaignEdit, err error) {
	x.CampaignChange = ch
	c, err := r.Campaign(a.Org, id)
	if err != nil {
		return x, err
	}
	if err := unchanged(ch.IfMatch, c.Edited); err != nil {
		return x, err
	}
	set(&c.Template, ch.Template)
	if ch.Name != nil {
		if x.name, err = i.judgeRename(r, a, id); err != nil {
			return x, err
		}
	}
	if f := ch.MessageField; f != nil && *f != "" {
		if err := i.checkMessageField(r, a.Org, c.Template, *f); err != nil {
			return x, err
		}
	}
	if ch.Link != nil {
		if err := i.judgeSettings(r, c, store.Link{ID: id}, *ch.Link); err != nil {
			return x, within("/link", err)
		}
	}
	if ch.Design == nil {
		return x, nil
	}
	design, err := i.judgeTemplateChange(r, a, c.Template, *ch.Design, pictures)
	x.design = &design
	return x, err
}

// save writes what a campaign becomes, unless somebody else changed it or its design in
// between.
func (x campaignEdit) save(tx store.Tx, i *Issuer, a Actor, id store.ID) (c store.Campaign, err error) {
	before, err := tx.Campaign(a.Org, id)
	if err != nil {
		return c, err
	}
	if err := unchanged(x.IfMatch, before.Edited); err != nil {
		return c, err
	}
	c = before
	if err := applyCampaign(tx, &c, x.CampaignChange); err != nil {
		return c, err
	}
	if err := i.receiveBy(tx, a, &c, x.Receivers); err != nil || same(before, c) && !x.beside() {
		return c, err
	}
	if err := errors.Join(putMeta(tx, id, x.Meta), saveCampaign(tx, a, before, &c)); err != nil {
		return c, err
	}
	if c.Name != before.Name {
		if err := x.name.apply(tx, &c); err != nil {
			return c, err
		}
	}
	return c, x.saveBeside(tx, a, id)
}

// beside says whether records beside the campaign's change, which counts as a change of it.
func (ch CampaignChange) beside() bool {
	return ch.Meta != nil || ch.Design != nil || ch.Link != nil || ch.Listing != nil
}

// saveBeside writes the campaign's design, link and listing.
func (x campaignEdit) saveBeside(tx store.Tx, a Actor, id store.ID) error {
	var item *store.ID
	if x.Listing != nil {
		made, err := relist(tx, a, *x.Listing, id)
		if item = &made; err != nil {
			return err
		}
	}
	if x.design != nil {
		design := *x.design
		design.item = item
		if _, err := design.save(tx, a); err != nil {
			return err
		}
	}
	if x.Link == nil {
		return nil
	}
	return relink(tx, id, *x.Link)
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
		if err := ch.endsAhead(tx.Now, c.Rules.Ends); err != nil {
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
