package issuer

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"
)

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
