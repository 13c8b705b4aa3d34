package store

import (
	"strings"
	"time"

	"pocketpass/store/kv"
)

// Person is whom passes were issued to. Everything that is known of them stands
// here and in their passes' values, so that it can be shown and erased.
type Person struct {
	ID         ID
	Org        ID
	ExternalID string // given by the client, unique in the organisation
	Name       string
	Email      string // as given; looked up in lower case
	Phone      string // E.164
	Language   string // BCP 47
	Attributes map[string]string
	Edited     int // counts the changes, for If-Match
	Created    time.Time
	Updated    time.Time
}

func (p *Person) fields(f *fields) {
	number(f, &p.ID)
	number(f, &p.Org)
	text(f, &p.ExternalID)
	text(f, &p.Name)
	text(f, &p.Email)
	text(f, &p.Phone)
	text(f, &p.Language)
	pairs(f, &p.Attributes, text[string])
	number(f, &p.Edited)
	f.time(&p.Created)
	f.time(&p.Updated)
}

var people = table[Person]{
	name:   "person",
	fields: (*Person).fields,
	key:    func(p *Person) []byte { return p.ID.key() },
	indexes: []index[Person]{
		{name: personByOrganisation, bare: true, keys: func(p *Person) [][]byte { return [][]byte{join(p.Org, p.ID)} }},
		{name: personByEmail, keys: func(p *Person) [][]byte { return optional(p.Email, p.Org, foldEmail(p.Email), p.ID) }},
		{name: personByPhone, keys: func(p *Person) [][]byte { return optional(p.Phone, p.Org, p.Phone, p.ID) }},
		{name: personByExternalID, unique: true, keys: func(p *Person) [][]byte { return optional(p.ExternalID, p.Org, p.ExternalID) }},
	},
}

const (
	personByOrganisation kv.Table = "person_organisation"
	personByEmail        kv.Table = "person_email"
	personByPhone        kv.Table = "person_phone"
	personByExternalID   kv.Table = "person_external"
)

// foldEmail makes one of the spellings of an address that name the same mailbox.
func foldEmail(address string) string { return strings.ToLower(address) }

// SameMailbox says whether two addresses are spellings of one, as a PersonFilter takes them.
func SameMailbox(a, b string) bool { return foldEmail(a) == foldEmail(b) }

// Person returns a person of the organisation.
func (r Reader) Person(org, id ID) (Person, error) {
	p, err := people.get(r.kv, id.key())
	return owned(p, err, org, p.Org)
}

// PutPerson writes p. An external id that somebody else has is ErrExists.
func (tx Tx) PutPerson(p Person) error { return people.put(tx.kv, &p) }

// DeletePerson forgets a person; passes still say that there was one until they
// are changed too.
func (tx Tx) DeletePerson(id ID) error { return people.remove(tx.kv, id.key()) }

// PersonByExternalID finds a person by the id that a client gave.
func (r Reader) PersonByExternalID(org ID, external string) (Person, error) {
	return people.find(r.kv, personByExternalID, join(org, external))
}

// PersonFilter narrows a list of people. At most one of the two counts.
type PersonFilter struct {
	Email string // whatever the case
	Phone string // E.164
}

// People lists the people of the organisation. Several may share an address or a number.
func (r Reader) People(org ID, f PersonFilter, p Page) ([]Person, ID, error) {
	switch {
	case f.Email != "":
		return people.list(r.kv, personByEmail, join(org, foldEmail(f.Email)), p, nil)
	case f.Phone != "":
		return people.list(r.kv, personByPhone, join(org, f.Phone), p, nil)
	}
	return people.list(r.kv, personByOrganisation, join(org), p, nil)
}
