package issuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"pocketpass/store"
)

// Order asks for a pass.
type Order struct {
	Campaign     store.ID
	Template     store.ID     // zero means the campaign's default
	ExternalID   string       // unique in the organisation, up to 128 characters
	SerialNumber string       // empty means a random UUID
	Token        string       // authentication token; empty means a derived one
	Code         string       // where the campaign's codes come with the orders
	Pinned       bool         // stay at the template revision in force now
	Holder       Holder       // whom it is for
	Expires      *time.Time   // nil leaves it to the campaign, zero means never
	Near         store.Point  // where the holder is at home
	Link         store.ID     // that it comes through, 0 if it is an order of its own
	Origin       string       // how it comes about, other than by an order
	Former       store.Former // of one that moved here, which keeps serial number and token however they are spelt
	PublicID     string       // of the links to such a pass; empty means a random one
	Created      time.Time    // when it was made there; zero means now
	Meta         map[string]string
	LocalID      string            // unique in the campaign
	PublicSerial bool              // its serial number is its public id
	Stand        Standing          // where it is to be from the beginning
	Sealable     bool              // refuse it while no certificate could sign the pass
	Hidden       []string          // keys of fields of the template that the pass does not show
	Places       *Places           // instead of locations of the Document
	Pictures     map[string]Upload // that become images of its own
	Content
	Idempotency Idempotency

	pictures map[string]prepared // the same, prepared
	agreed   *agreement          // what the holder agreed to, if anything
}

// Content is what a pass has of its own.
type Content struct {
	Values   map[string]json.RawMessage // field key to text or number
	Document json.RawMessage            // keys of pass.json over the template's
	Images   map[string]store.ID        // image kind to asset
	Tags     []string
}

// Limits of what clients may give.
const (
	maxExternalID = 128
	maxTags       = 15
	maxTag        = 255
	maxOwnImages  = 32
	maxHidden     = 100
	maxOwn        = 32 << 10 // bytes of a pass's own values and document
)

var (
	goodSerial = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	goodToken  = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)
	goodPublic = regexp.MustCompile(`^[A-Za-z0-9]{14}$`)
)

// checked refuses an order that cannot be right, and spells what it says of its holder
// as it is kept.
func (o Order) checked() (_ Order, err error) {
	if err := checkOrder(o); err != nil {
		return o, err
	}
	o.Holder.Details, err = o.Holder.check("/person")
	return o, err
}

func checkOrder(o Order) error {
	return errors.Join(checkIdentity(o), checkFormer(o.Former), o.Stand.check(), checkExternalID(o.ExternalID), checkLocalID(&o.LocalID), checkHidden(&o.Hidden), checkCode("/code", o.Code), checkExpires(o.Expires), checkContent(o.Content), checkOwnMeta(o.Meta))
}

// checkIdentity refuses what an order says that phones and links could not know a pass
// by. One that moved here keeps what it has, however another issuer spells such things.
func checkIdentity(o Order) error {
	serial, token := goodSerial, goodToken
	if o.Former.ID != "" {
		serial, token = foreignSerial, foreignToken
	}
	switch {
	case o.SerialNumber == "." || o.SerialNumber == "..":
		return invalid("/serialNumber", "serial_number", "a serial number stands in addresses that phones ask for, where points alone mean another folder; add a letter or digit")
	case o.SerialNumber != "" && !serial.MatchString(o.SerialNumber):
		return invalid("/serialNumber", "serial_number", "a serial number has up to 64 characters of A-Z a-z 0-9 . _ -")
	case o.Token != "" && !token.MatchString(o.Token):
		return invalid("/authenticationToken", "authentication_token", "an authentication token has 16 to 128 characters of A-Z a-z 0-9 _ -")
	case o.PublicID != "" && !goodPublic.MatchString(o.PublicID):
		return invalid("/publicId", "public_id", "a public id has 14 characters of A-Z a-z 0-9")
	}
	return nil
}

func checkExternalID(id string) error {
	if utf8.RuneCountInString(id) > maxExternalID || !printable(id) {
		return invalid("/externalId", "external_id", "an external id has up to %d characters and no control characters", maxExternalID)
	}
	return nil
}

func checkExpires(t *time.Time) error {
	if t == nil {
		return nil
	}
	return checkDate("/expires", *t)
}

func checkContent(c Content) error {
	size := len(c.Document)
	for k, v := range c.Values {
		size += len(k) + len(v)
	}
	if size > maxOwn {
		return &Error{Kind: TooLarge, Code: "content_large", Msg: fmt.Sprintf("the pass's own content has %d bytes, the limit is %d; put what many passes share into the template", size, maxOwn)}
	}
	if len(c.Images) > maxOwnImages {
		return invalid("/images", "too_many_images", "a pass has up to %d pictures of its own", maxOwnImages)
	}
	if _, taken := c.Values[messageKey]; taken {
		return invalid(pointer("values", messageKey), "key_reserved", "the field key %s is the server's own; send a message instead", messageKey)
	}
	if err := checkTags("/tags", c.Tags); err != nil {
		return err
	}
	if len(c.Document) > 0 {
		return refuseOwn("/document", c.Document)
	}
	return nil
}

// checkHidden bounds the keys of fields that a pass does not show. A template that lacks
// one of them may come to have it.
func checkHidden(keys *[]string) error {
	if keys == nil {
		return nil
	}
	if len(*keys) > maxHidden {
		return invalid("/hidden", "too_many_hidden", "a pass hides up to %d fields of its template; leave them out of the template instead", maxHidden)
	}
	for n, key := range *keys {
		if key == "" || utf8.RuneCountInString(key) > maxTag || !printable(key) {
			return invalid(fmt.Sprintf("/hidden/%d", n), "hidden", "this is no key of a field; write one as it stands in the template")
		}
	}
	return nil
}

func printable(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}

func checkTags(path string, tags []string) error {
	if len(tags) > maxTags {
		return invalid(path, "too_many_tags", "a pass has up to %d tags", maxTags)
	}
	for n, t := range tags {
		if err := checkTag(fmt.Sprintf("%s/%d", path, n), t); err != nil {
			return err
		}
	}
	return nil
}

func checkTag(path, tag string) error {
	if tag == "" || utf8.RuneCountInString(tag) > maxTag || !printable(tag) {
		return invalid(path, "tag", "a tag has 1 to %d characters and no control characters", maxTag)
	}
	return nil
}

// pass is what an order asks for, issued now: all that its document needs but a
// serial number and a code.
func (o Order) pass(c store.Campaign, t store.Template, now time.Time) store.Pass {
	p := store.Pass{
		Org: c.Org, Campaign: c.ID, Template: t.ID, PassTypeIdentifier: c.PassTypeIdentifier,
		SerialNumber: o.SerialNumber, PublicID: o.PublicID, ExternalID: o.ExternalID, Former: o.Former,
		Values: maps.Clone(o.Values), Patch: o.Document, Images: o.Images, Tags: unique(o.Tags),
		Placed: o.Places != nil, Near: o.Near, Link: o.Link, Origin: o.Origin, Meta: o.Meta, Hidden: o.Hidden, LocalID: o.LocalID, Expires: expires(c.Rules.Expiry, o.created(now)),
	}
	setExpires(&p, o.Expires)
	if o.Pinned {
		p.Pinned = t.Published
	}
	return p
}

// created is when a pass was made that is issued now.
func (o Order) created(now time.Time) time.Time {
	if o.Created.IsZero() || o.Created.After(now) {
		return now
	}
	return moment(o.Created)
}

func unique(tags []string) []string {
	var out []string
	for _, t := range tags {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
