package store

import (
	"bytes"
	"encoding/json"
	"maps"
	"time"
)

// Pass is one issued card.
type Pass struct {
	ID                 ID
	Org                ID
	Campaign           ID
	Template           ID
	Pinned             int // template revision it stays at; 0 follows the published one
	PassTypeIdentifier string
	SerialNumber       string
	PublicID           string // in links; cannot be guessed
	SealedToken        string // authentication token, when it is not the derived one, encrypted under the master key
	ExternalID         string // given by the client, unique in the organisation

	// Values are field values by field key, each a JSON string, number or boolean.
	Values map[string]json.RawMessage
	// Patch holds the keys of pass.json that this pass has for itself.
	Patch json.RawMessage
	// Images are the pass's own images: kind to asset.
	Images map[string]ID
	Tags   []string
	// Person is what the holder gave through a personalisation form.
	Person       map[string]string
	Personalized time.Time

	Voided  time.Time
	Deleted time.Time // withdrawn: hidden from everyone but phones, which see it voided

	Version Version
	Edited  int // counts the changes, for If-Match
	Created time.Time
	Updated time.Time

	Code    string            // what tills type and scanners read, if its campaign numbers its passes; unique in the campaign
	Scans   []string          // other texts of its own that its barcodes hold
	Holder  ID                // person that it was issued to, 0 if nobody is known
	Link    ID                // enrolment link that it came through
	Origin  string            // "", or how it came to be other than by an order: "form", "import", "takeover" …
	Meta    map[string]string // of the client, never shown
	Expires time.Time         // given with the order or by the campaign's rule
	Invalid time.Time         // since when it is good for nothing, for ever
	Message string            // last text that was sent to its holder
	Near    Point             // where its holder is at home, to choose the nearest places
	Account Account
	Devices Installations
	Spent   time.Time // used up by redemptions, void or not
	Sent    ID        // job that Message came with, 0 if it came alone
	Placed  bool      // the locations of Patch are all that it has: none of its template, none of its campaign
	File    string    // hex SHA-256 of the file that it was handed over as and is served as; empty means that it is sealed here
	Retired []string  // hex SHA-256 of earlier authentication tokens that devices may still come with, oldest first
	Former  Former
	Hidden  []string // keys of fields of its template that it does not show
	LocalID string   // given by the client, unique in the campaign
	Lasting bool     // is never to expire, whatever its campaign's rule says
}

// Account is what the ledger of a pass comes to. The ledger is the truth.
type Account struct {
	Entries uint64    // in the ledger; the number of the last one
	Hash    string    // of the last one
	Balance int64     // stamps, points or minor units of money now
	Total   int64     // of everything ever put on it
	Uses    int64     // redemptions that stand
	Rewards int64     // rewards that were handed out
	Inside  bool      // checked in and not out
	Last    time.Time // last redemption that stands
}

// Installations says when devices added and removed a pass.
type Installations struct {
	FirstAdded   time.Time
	LastAdded    time.Time
	FirstRemoved time.Time
	LastRemoved  time.Time
}

// Point is a place on Earth in millionths of a degree. The zero Point is none.
type Point struct {
	Latitude, Longitude int64
}

// place is what a record begins with: five numbers.
func (p *Pass) place(f *fields) {
	number(f, &p.ID)
	number(f, &p.Org)
	number(f, &p.Campaign)
	number(f, &p.Template)
	p.pin(f)
}

func (p *Pass) pin(f *fields) {
	n := uint64(p.Pinned)
	if p.Pinned == OwnDesign {
		n = ownDesignStored
	}
	if number(f, &n); n == ownDesignStored {
		n = OwnDesign
	}
	p.Pinned = int(n)
}

func (p *Pass) fields(f *fields) {
	p.names(f)
	p.stamp(f)
	p.rest(f)
}

// names are what a pass is found by, and what it belongs to.
func (p *Pass) names(f *fields) {
	p.place(f)
	text(f, &p.PassTypeIdentifier)
	text(f, &p.SerialNumber)
	text(f, &p.PublicID)
	text(f, &p.SealedToken)
	text(f, &p.ExternalID)
}

// stamp is what every change of a pass changes, and what lies between.
func (p *Pass) stamp(f *fields) {
	p.Version.fields(f)
	number(f, &p.Edited)
	f.time(&p.Created)
	f.time(&p.Updated)
}

func (p *Pass) rest(f *fields) {
	f.time(&p.Voided)
	f.time(&p.Deleted)
	pairs(f, &p.Values, (*fields).raw)
	f.raw(&p.Patch)
	pairs(f, &p.Images, number[ID])
	f.texts(&p.Tags)
	pairs(f, &p.Person, text[string])
	f.time(&p.Personalized)
	text(f, &p.Code)
	f.texts(&p.Scans)
	number(f, &p.Holder)
	number(f, &p.Link)
	text(f, &p.Origin)
	pairs(f, &p.Meta, text[string])
	f.time(&p.Expires)
	f.time(&p.Invalid)
	text(f, &p.Message)
	number(f, &p.Near.Latitude)
	number(f, &p.Near.Longitude)
	p.Account.fields(f)
	f.time(&p.Devices.FirstAdded)
	f.time(&p.Devices.LastAdded)
	f.time(&p.Devices.FirstRemoved)
	f.time(&p.Devices.LastRemoved)
	f.time(&p.Spent)
	number(f, &p.Sent)
	f.flag(&p.Placed)
	text(f, &p.File)
	f.texts(&p.Retired)
	p.Former.fields(f)
	f.texts(&p.Hidden)
	text(f, &p.LocalID)
	f.flag(&p.Lasting)
}

// Same says whether nothing at all differs.
func (p *Pass) Same(q *Pass) bool {
	if !maps.EqualFunc(p.Values, q.Values, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) { // what differs most often
		return false
	}
	a, b := passes.lay(p), passes.lay(q)
	defer scratches.Put(a)
	defer scratches.Put(b)
	return bytes.Equal(a.out, b.out)
}

func (a *Account) fields(f *fields) {
	number(f, &a.Entries)
	text(f, &a.Hash)
	number(f, &a.Balance)
	number(f, &a.Total)
	number(f, &a.Uses)
	number(f, &a.Rewards)
	f.flag(&a.Inside)
	f.time(&a.Last)
}
