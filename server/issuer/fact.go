package issuer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// scope is what placeholders stand for in the document of s; own says that it has
// texts that the design has not.
func (i *Issuer) scope(d *design, s subject, own bool) placeholder.Scope {
	out := placeholder.Scope{
		Values:   ownValues(d, s.pass),
		Currency: s.campaign.Redemption.Currency,
		Language: s.campaign.Language,
		Zone:     zoneOf(s.campaign),
		Own:      own,
		Sample:   s.sample,
	}
	if out.Own || !d.plan.Idle() {
		out.Fact = i.facts(s)
	}
	return out
}

func (i *Issuer) facts(s subject) func(string) (placeholder.Value, bool) {
	return func(name string) (placeholder.Value, bool) { return i.fact(s, name) }
}

// placesTalk says whether texts of a campaign's places may have placeholders.
func placesTalk(doc *pkpass.Document) bool {
	return slices.ContainsFunc(doc.Locations, func(l pkpass.Location) bool { return placeholder.Contains(l.RelevantText) }) ||
		slices.ContainsFunc(doc.Beacons, func(b pkpass.Beacon) bool { return placeholder.Contains(b.RelevantText) })
}

// mayHavePlaceholders also sees braces that JSON has escaped.
func mayHavePlaceholders(raw json.RawMessage) bool {
	return bytes.Contains(raw, []byte("{{")) || bytes.Contains(raw, []byte(`\u007`))
}

// fact is what a name of placeholder.Facts stands for.
func (i *Issuer) fact(s subject, name string) (placeholder.Value, bool) {
	if s.sample {
		s = sampleFacts(s)
	} else if s.pass.ID == 0 {
		s = expectedFacts(s)
	}
	p := s.pass
	if account, ok := strings.CutPrefix(name, "account."); ok {
		return s.accountFact(account)
	}
	if person, ok := strings.CutPrefix(name, "person."); ok {
		return word(s.personFact(person))
	}
	switch name {
	case "campaign.name":
		return word(s.campaign.Name)
	case "code":
		return word(p.Code)
	case "serialNumber":
		return word(p.SerialNumber)
	case "externalId":
		return word(p.ExternalID)
	case "localId":
		return word(p.LocalID)
	case "publicId":
		return word(p.PublicID)
	case "pageUrl":
		return word(i.cfg.BaseURL + "/p/" + p.PublicID)
	case "issued":
		return dated(p.Created)
	case "updated": // what phones show changes with a version only, so that is its date
		return dated(time.UnixMilli(p.Version.At))
	case "expires":
		return dated(p.Expires)
	}
	return placeholder.Value{}, false
}

func word(s string) (placeholder.Value, bool) { return placeholder.Word(s), s != "" }

func dated(t time.Time) (placeholder.Value, bool) {
	if t.IsZero() {
		return placeholder.Value{}, false
	}
	return placeholder.Moment(t), true
}

// personFact prefers what is known of the holder to what a sign-up form said.
func (s subject) personFact(name string) string {
	signed := s.pass.Person
	switch name {
	case "name":
		return cmp.Or(s.holder.Name, signed["fullName"])
	case "email":
		return cmp.Or(s.holder.Email, signed["emailAddress"])
	case "phone":
		return cmp.Or(s.holder.Phone, signed["phoneNumber"])
	default:
		return cmp.Or(s.holder.Attributes[name], signed[name])
	}
}

func (s subject) accountFact(name string) (placeholder.Value, bool) {
	a, rules := s.pass.Account, s.campaign.Redemption
	switch name {
	case "balance":
		if rules.Kind == store.Value {
			return placeholder.Money(a.Balance, rules.Currency), true
		}
		return placeholder.Int(a.Balance), true
	case "total":
		if rules.Kind == store.Value {
			return placeholder.Money(a.Total, rules.Currency), true
		}
		return placeholder.Int(a.Total), true
	case "uses":
		return placeholder.Int(a.Uses), true
	case "rewards":
		return placeholder.Int(a.Rewards), true
	case "goal":
		goal := Goal(s.campaign, a)
		return placeholder.Int(goal), goal > 0
	case "left":
		left, counted := Left(s.campaign, a)
		if rules.Kind == store.Value {
			return placeholder.Money(left, rules.Currency), counted
		}
		return placeholder.Int(left), counted
	case "tier":
		return word(Tier(s.campaign, a))
	}
	return placeholder.Value{}, false
}

// What a pass has that was not issued yet.
const (
	samplePublicID = "2345679abcdefg"
	sampleNumber   = "000001"
)

// expectedFacts gives a pass that is about to be issued what it will have then.
func expectedFacts(s subject) subject {
	p, rules := &s.pass, s.campaign.Rules
	p.PublicID = samplePublicID
	p.Created = cmp.Or(p.Created, sampleTime)
	p.Version.At = p.Created.UnixMilli()
	if rules.Numbering.Kind != "" {
		p.Code = cmp.Or(p.Code, sampleNumber)
	}
	if !rules.Expiry.At.IsZero() || rules.Expiry.AfterIssue > 0 {
		p.Expires = cmp.Or(p.Expires, sampleTime.AddDate(1, 0, 0))
	}
	return s
}

// sampleFacts gives a sample pass everything that a pass can have.
func sampleFacts(s subject) subject {
	s.campaign.Name = cmp.Or(s.campaign.Name, "Sample")
	s.pass.ExternalID, s.pass.LocalID, s.pass.Code = "sample", "sample", sampleNumber
	s.pass.Expires = sampleTime.AddDate(1, 0, 0)
	s.holder = store.Person{Name: "Ada Sample", Email: "ada@example.org", Phone: "+4930123456"}
	r := &s.campaign.Redemption
	if Goal(s.campaign, s.pass.Account) == 0 {
		r.Kind, r.Goal = cmp.Or(r.Kind, store.Stamps), max(r.Goal, 10)
	}
	if len(r.Tiers) == 0 {
		r.Tiers = []store.Tier{{Name: "Sample"}}
	}
	return expectedFacts(s)
}

var sampleTime = time.Date(2026, 5, 1, 18, 30, 0, 0, time.UTC)

// sampleValues are values of the fields that every pass has to bring.
func sampleValues(fields []store.Field) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage)
	for _, f := range fields {
		if f.Required && f.Default == "" {
			out[f.Key] = json.RawMessage(sampleOf[typeOf(f)])
		}
	}
	return out
}

var sampleOf = map[placeholder.Type]string{
	placeholder.TypeText: `"Sample"`, placeholder.TypeNumber: `1`, placeholder.TypeInteger: `1`, placeholder.TypeMoney: `100`,
	placeholder.TypeDate: `"2026-05-01"`, placeholder.TypeDatetime: `"2026-05-01T18:30:00Z"`, placeholder.TypeBoolean: `true`,
	placeholder.TypeEmail: `"ada@example.org"`, placeholder.TypePhone: `"+4930123456"`, placeholder.TypeURL: `"https://example.org/"`,
}

// zones are time zones that were loaded, by name.
var zones sync.Map

// zoneOf is the time zone of a campaign, UTC if it has none or one that is unknown.
func zoneOf(c store.Campaign) *time.Location {
	if c.TimeZone == "" {
		return time.UTC
	}
	if z, ok := zones.Load(c.TimeZone); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(c.TimeZone, z)
	return z
}
