package issuer

import (
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// CampaignSettings are what a campaign holds its passes to and says of itself; nil
// means as it is, a zero value none.
type CampaignSettings struct {
	Description       *string
	Language          *string // BCP 47
	TimeZone          *string // IANA name
	Starts            *time.Time
	Ends              *time.Time
	Past              bool // the end may be past: the campaign ends at once
	MaxIssued         *int64
	PerPerson         *int
	Unique            *store.Contact
	Numbering         *store.Numbering // fixed once there was a pass
	Expiry            *store.ExpiryRule
	SharingProhibited *bool
	Redemption        *store.Redemption // its kind and currency are fixed once a pass was redeemed
	SignedCodes       *bool
	Letter            *store.Letter    // words of its own for mails
	MessageField      *string          // key of the field that shows messages; empty means the server's own on the back
	Meta              *json.RawMessage // JSON object of the client
}

const (
	maxDescription = 1000 // characters
	maxMeta        = 16 << 10
	maxDays        = 36500
)

// apply lays s over c and refuses what cannot be right.
func (s CampaignSettings) apply(c *store.Campaign) error {
	if s.TimeZone != nil && *s.TimeZone != c.TimeZone { // reading a zone takes a while
		if err := checkZone(*s.TimeZone); err != nil {
			return err
		}
	}
	set(&c.Description, s.Description)
	set(&c.Language, s.Language)
	set(&c.TimeZone, s.TimeZone)
	r := &c.Rules
	if s.Ends != nil && !moment(*s.Ends).Equal(r.Ends) {
		r.Ended = time.Time{} // the new end is still to come
	}
	setTime(&r.Starts, s.Starts)
	setTime(&r.Ends, s.Ends)
	set(&r.MaxIssued, s.MaxIssued)
	set(&r.PerPerson, s.PerPerson)
	set(&r.Unique, s.Unique)
	set(&r.Numbering, s.Numbering)
	set(&r.Expiry, s.Expiry)
	r.Expiry.At = moment(r.Expiry.At)
	set(&r.SharingProhibited, s.SharingProhibited)
	set(&c.Redemption, s.Redemption)
	set(&c.SignedCodes, s.SignedCodes)
	set(&c.Letter, s.Letter)
	set(&c.MessageField, s.MessageField)
	return errors.Join(checkSaid(*c), checkRules(*r), checkRedemption(c.Redemption), s.checkMeta(), checkLetter("/letter", c.Letter))
}

// set changes what is given.
func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

func setTime(to *time.Time, given *time.Time) {
	if given != nil {
		*to = moment(*given)
	}
}

// checkSaid judges what a campaign says of itself.
func checkSaid(c store.Campaign) error {
	if utf8.RuneCountInString(c.Description) > maxDescription || !utf8.ValidString(c.Description) {
		return invalid("/description", "description", "a description has up to %d characters", maxDescription)
	}
	if c.Language != "" && pkpass.CheckLanguage(c.Language) != nil {
		return invalid("/language", "language_unknown", "%q is no language tag; write one like de or pt-BR", c.Language)
	}
	return nil
}

// checkZone wants a name of the time zone database.
func checkZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return invalid("/timeZone", "time_zone_unknown", "%q is no time zone; write a name of the IANA database, as Europe/Berlin", name)
	}
	return nil
}

func checkRules(r store.Rules) error {
	switch {
	case r.MaxIssued < 0:
		return invalid("/maxIssued", "max_issued", "maxIssued is how many passes are issued at most; 0 means no limit")
	case r.PerPerson < 0:
		return invalid("/perPerson", "per_person", "perPerson is how many passes a person may have; 0 means no limit")
	case r.Unique != "" && r.Unique != store.ByEmail && r.Unique != store.ByPhone:
		return invalid("/unique", "unique", "unique is email or phone")
	}
	if err := checkSpan(r.Starts, r.Ends); err != nil {
		return err
	}
	if err := checkNumbering(r.Numbering); err != nil {
		return within("/numbering", err)
	}
	return within("/expiry", checkExpiry(r.Expiry))
}

// checkSpan wants an end after the start.
func checkSpan(starts, ends time.Time) error {
	if err := errors.Join(checkDate("/starts", starts), checkDate("/ends", ends)); err != nil {
		return err
	}
	if !ends.IsZero() && !ends.After(starts) {
		return invalid("/ends", "ends_early", "the end must be after the start, %s", written(starts))
	}
	return nil
}

// endsAhead wants a new end to be still to come: once it is past, what is left of the
// campaign is voided, which nobody should do by a slip of the pen.
func (s CampaignSettings) endsAhead(now, ends time.Time) error {
	if s.Past || ends.IsZero() || ends.After(now) {
		return nil
	}
	return invalid("/ends", "ends_past", "%s is past, and the end of a campaign voids its passes; give a later moment, or pause the campaign to issue no more", written(ends))
}

// checkDate wants a date that records and phones can hold.
func checkDate(path string, t time.Time) error {
	if !t.IsZero() && (t.Unix() <= 0 || t.Year() > 9999) {
		return invalid(path, "date_range", "the date must be after 1970 and before the year 10000")
	}
	return nil
}

// checkNumbering wants what each kind of numbering needs, and nothing else, for
// that would be a misunderstanding.
func checkNumbering(n store.Numbering) error {
	running := n.Kind == store.Sequential || n.Kind == store.Fixed
	switch n.Kind {
	case "", store.Sequential, store.Fixed, store.FromList, store.Given, store.Random:
	default:
		return invalid("/kind", "numbering_kind", "the kind is sequential, fixed, list, given or random")
	}
	switch {
	case n.Prefix != "" && !running:
		return invalid("/prefix", "numbering_prefix", "only running numbers have a prefix; leave it out")
	case n.Next != 0 && !running:
		return invalid("/next", "numbering_next", "only running numbers have a first one; leave it out")
	case utf8.RuneCountInString(n.Prefix) > maxPrefix || !printable(n.Prefix):
		return invalid("/prefix", "numbering_prefix", "a prefix has up to %d characters and no control characters", maxPrefix)
	case n.Next < 0 || n.Next > maxFirst:
		return invalid("/next", "numbering_next", "the first number is from 1 to %d", int64(maxFirst))
	}
	return errors.Join(checkDigits(n, running), checkFixed(n))
}

func checkDigits(n store.Numbering, running bool) error {
	switch {
	case running && (n.Digits < 0 || n.Digits > maxDigits):
		return invalid("/digits", "numbering_digits", "a running number is padded to up to %d digits", maxDigits)
	case n.Kind == store.Random && n.Digits != 0 && (n.Digits < minRandom || n.Digits > maxRandom):
		return invalid("/digits", "numbering_digits", "a random code has %d to %d characters", minRandom, maxRandom)
	case !running && n.Kind != store.Random && n.Digits != 0:
		return invalid("/digits", "numbering_digits", "codes of this kind come as they are; leave the digits out")
	}
	return nil
}

func checkFixed(n store.Numbering) error {
	switch {
	case n.Kind == store.Fixed && n.Fixed == "":
		return invalid("/fixed", "numbering_fixed", "say with fixed what every barcode says")
	case n.Kind != store.Fixed && n.Fixed != "":
		return invalid("/fixed", "numbering_fixed", "only barcodes of the kind fixed all say the same; leave it out")
	}
	if utf8.RuneCountInString(n.Fixed) > maxCode || !printable(n.Fixed) {
		return invalid("/fixed", "numbering_fixed", "what every barcode says has up to %d characters and no control characters", maxCode)
	}
	return nil
}

func checkExpiry(e store.ExpiryRule) error {
	given := 0
	for _, has := range []bool{!e.At.IsZero(), e.AfterIssue != 0, e.AfterInstall != 0} {
		if has {
			given++
		}
	}
	switch {
	case given > 1:
		return invalid("", "expiry_ambiguous", "give one of at, afterIssueDays and afterInstallDays")
	case e.AfterIssue < 0 || e.AfterIssue > maxDays:
		return invalid("/afterIssueDays", "expiry_days", "give 1 to %d days", maxDays)
	case e.AfterInstall < 0 || e.AfterInstall > maxDays:
		return invalid("/afterInstallDays", "expiry_days", "give 1 to %d days", maxDays)
	}
	return checkDate("/at", e.At)
}

func (s CampaignSettings) checkMeta() error {
	if s.Meta == nil || *s.Meta == nil {
		return nil
	}
	if len(*s.Meta) > maxMeta {
		return &Error{Kind: TooLarge, Code: "meta_large", Msg: "meta has more than 16384 bytes; keep a reference in it to what is elsewhere"}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(*s.Meta, &object) != nil || object == nil {
		return invalid("/meta", "meta_malformed", "meta must be a JSON object")
	}
	return nil
}
