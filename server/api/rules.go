package api

import (
	"encoding/json"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// CampaignSettings are the members that a campaign is created and changed with. It is
// exported because huma skips embedded structs that are not.
type CampaignSettings struct {
	Description       maybe[string]     `json:"description,omitzero" doc:"For holders, up to 1000 characters"`
	Language          maybe[string]     `json:"language,omitzero" doc:"BCP 47 tag of texts that have no other language"`
	TimeZone          maybe[string]     `json:"timeZone,omitzero" doc:"Name of the IANA time zone database that days and written times go by; UTC if there is none"`
	Starts            maybe[moment]     `json:"starts,omitzero" doc:"Nothing is issued before"`
	Ends              maybe[moment]     `json:"ends,omitzero" doc:"Nothing is issued after; what is left then is voided"`
	MaxIssued         maybe[int64]      `json:"maxIssued,omitzero" doc:"Passes that are issued at most, ever; deleted ones count"`
	PerPerson         maybe[int]        `json:"perPerson,omitzero" doc:"Passes that one person may have"`
	Unique            maybe[contact]    `json:"unique,omitzero" doc:"One pass for each e-mail address or phone number"`
	Numbering         maybe[numbering]  `json:"numbering,omitzero" doc:"Where codes of passes come from; fixed once a pass was issued"`
	Expiry            maybe[expiry]     `json:"expiry,omitzero" doc:"When passes expire that bring no date of their own; for passes issued from now on"`
	MessageField      maybe[string]     `json:"messageField,omitzero" doc:"Key of the field of the template that shows messages over its own value and announces nothing else; without it they stand on the back. Passes with a message announce it once more where it stands then"`
	Letter            maybe[letterBody] `json:"letter,omitzero" doc:"What mails with its passes say; null brings the usual texts back"`
	SharingProhibited maybe[bool]       `json:"sharingProhibited,omitzero" doc:"No share button on passes whose document does not say otherwise"`
	Meta              maybe[object]     `json:"meta,omitzero" doc:"An object of your own, up to 16 kB, replaced as a whole and never shown to holders"`

	Redemption  maybe[redemptionRules] `json:"redemption,omitzero" doc:"What passes are good for, replaced as a whole; kind and currency are fixed once a pass was redeemed"`
	SignedCodes maybe[bool]            `json:"signedCodes,omitzero" doc:"Barcodes without a message of their own say a code that scanners verify offline"`
}

func (b CampaignSettings) settings() (s issuer.CampaignSettings, err error) {
	s = issuer.CampaignSettings{
		Description: b.Description.pointer(), Language: b.Language.pointer(), TimeZone: b.TimeZone.pointer(),
		MaxIssued: b.MaxIssued.pointer(), PerPerson: b.PerPerson.pointer(), Unique: (*store.Contact)(b.Unique.pointer()),
		MessageField: b.MessageField.pointer(),
		Letter:       b.Letter.pointer().record(), SharingProhibited: b.SharingProhibited.pointer(), SignedCodes: b.SignedCodes.pointer(),
	}
	if b.Redemption.given {
		rules := b.Redemption.value.record()
		s.Redemption = &rules
	}
	if s.Starts, err = timeOf("/starts", b.Starts); err != nil {
		return s, err
	}
	if s.Ends, err = timeOf("/ends", b.Ends); err != nil {
		return s, err
	}
	if b.Numbering.given {
		n := b.Numbering.value.record()
		s.Numbering = &n
	}
	if b.Expiry.given {
		e, err := b.Expiry.value.record()
		if err != nil {
			return s, err
		}
		s.Expiry = &e
	}
	if b.Meta.given {
		meta := b.Meta.value.raw()
		s.Meta = (*json.RawMessage)(&meta)
	}
	return s, nil
}

// numbering is a rule for codes.
type numbering struct {
	Kind   string `json:"kind" enum:"sequential,fixed,list,given,random" doc:"sequential: running numbers. fixed: every barcode says the same, the code is a running number. list: from an uploaded list, in its order. given: each order brings one. random: letters and digits that are not mistaken for each other"`
	Prefix string `json:"prefix,omitempty" doc:"Before a running number"`
	Digits int    `json:"digits,omitempty" doc:"A running number is padded with zeros to so many digits, and never cut; a random code has so many characters, 6 to 32, 10 if you do not say"`
	Next   int64  `json:"next,omitempty" doc:"First running number; 1 if you do not say"`
	Fixed  string `json:"fixed,omitempty" doc:"What every barcode says"`
}

func newNumbering(n store.Numbering) *numbering {
	if n.Kind == "" {
		return nil
	}
	return &numbering{Kind: string(n.Kind), Prefix: n.Prefix, Digits: n.Digits, Next: n.Next, Fixed: n.Fixed}
}

func (n numbering) record() store.Numbering {
	return store.Numbering{Kind: store.NumberingKind(n.Kind), Prefix: n.Prefix, Digits: n.Digits, Next: n.Next, Fixed: n.Fixed}
}

// expiry is a rule for dates, one of the three.
type expiry struct {
	At           moment `json:"at,omitempty" doc:"On a date"`
	AfterIssue   int    `json:"afterIssueDays,omitempty" doc:"So many days of 24 hours after it was issued"`
	AfterInstall int    `json:"afterInstallDays,omitempty" doc:"So many days of 24 hours after a device first added it"`
}

func newExpiry(e store.ExpiryRule) *expiry {
	if e == (store.ExpiryRule{}) {
		return nil
	}
	v := &expiry{AfterIssue: e.AfterIssue, AfterInstall: e.AfterInstall}
	if !e.At.IsZero() {
		v.At = moment(e.At.Format(time.RFC3339Nano))
	}
	return v
}

func (e expiry) record() (store.ExpiryRule, error) {
	at, err := e.At.time("/expiry/at")
	return store.ExpiryRule{At: at, AfterIssue: e.AfterIssue, AfterInstall: e.AfterInstall}, err
}
