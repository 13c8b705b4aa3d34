package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/mail"
	"strings"
	"unicode/utf8"

	"pocketpass/server/post"
	"pocketpass/store"

	"golang.org/x/text/language"
)

// Limits of what is kept of a person.
const (
	maxAttributes = 32
	maxAttribute  = 512 // bytes, name and value each
	maxHeld       = 500 // passes of one person
)

// Details are what is to be known of a person; nil leaves a detail as it is, an
// empty text takes it away. Attributes merge by name.
type Details struct {
	ExternalID *string // of the client, up to 128 characters, unique in the organisation
	Name       *string
	Email      *string
	Phone      *string // as post.Phone reads it
	Language   *string // BCP 47
	Attributes map[string]string
}

// check refuses details that cannot be right; path is where they stand in the request.
func (d Details) check(path string) (Details, error) {
	if d.Phone != nil {
		phone, err := post.Phone(*d.Phone)
		if err != nil && strings.TrimSpace(*d.Phone) != "" {
			return d, invalid(path+"/phone", "phone", "this is no phone number; give it with the country's code, like +49 30 123456")
		}
		d.Phone = &phone
	}
	switch {
	case d.ExternalID != nil && (utf8.RuneCountInString(*d.ExternalID) > maxExternalID || !printable(*d.ExternalID)):
		return d, invalid(path+"/externalId", "external_id", "an external id has up to %d characters and no control characters", maxExternalID)
	case d.Name != nil && (utf8.RuneCountInString(*d.Name) > maxName || !printable(*d.Name)):
		return d, invalid(path+"/name", "person_name", "a name has up to %d characters and no control characters", maxName)
	case d.Email != nil && *d.Email != "" && !goodEmail(*d.Email):
		return d, invalid(path+"/email", "email", "this is no e-mail address; give one like ada@example.org")
	case d.Language != nil && *d.Language != "" && !goodLanguage(*d.Language):
		return d, invalid(path+"/language", "language_unknown", "%q is no language tag; give one like en or pt-BR", *d.Language)
	}
	return d, checkAttributes(path, d.Attributes)
}

func goodEmail(address string) bool {
	a, err := mail.ParseAddress(address)
	return err == nil && a.Address == address && len(address) <= maxEmail && printable(address)
}

func goodLanguage(tag string) bool {
	_, err := language.Parse(tag)
	return err == nil
}

func checkAttributes(path string, all map[string]string) error {
	if len(all) > maxAttributes {
		return invalid(path+"/attributes", "too_many_attributes", "a person has up to %d attributes", maxAttributes)
	}
	for name, value := range all {
		if name == "" || len(name) > maxAttribute || len(value) > maxAttribute || !printable(name) || !printable(value) {
			return invalid(path+pointer("attributes", name), "attribute", "the name and the value of an attribute have up to %d bytes and no control characters", maxAttribute)
		}
	}
	return nil
}

// apply is p with the details over it.
func (d Details) apply(p store.Person) (store.Person, error) {
	for _, one := range []struct{ to, from *string }{
		{&p.ExternalID, d.ExternalID}, {&p.Name, d.Name}, {&p.Email, d.Email}, {&p.Phone, d.Phone}, {&p.Language, d.Language},
	} {
		if one.from != nil {
			*one.to = *one.from
		}
	}
	merged := maps.Clone(p.Attributes)
	for name, value := range d.Attributes {
		if merged == nil {
			merged = make(map[string]string)
		}
		if merged[name] = value; value == "" {
			delete(merged, name)
		}
	}
	p.Attributes = merged
	return p, checkAttributes("", merged)
}

// CreatePerson adds somebody. An external id that somebody else has is a Conflict.
func (i *Issuer) CreatePerson(ctx context.Context, a Actor, d Details, m Idempotency) (p store.Person, err error) {
	if d, err = d.check(""); err != nil {
		return store.Person{}, err
	}
	err = i.update(ctx, func(tx store.Tx) error {
		id, _, err := i.once(tx, a, m, func() (store.ID, error) {
			p, err := addPerson(tx, a.Org, d)
			return p.ID, err
		})
		if err != nil {
			return err
		}
		p, err = tx.Person(a.Org, id)
		return err
	})
	if err != nil {
		return store.Person{}, fmt.Errorf("create person: %w", err)
	}
	return p, nil
}

func addPerson(tx store.Tx, org store.ID, d Details) (p store.Person, err error) {
	if p.ID, err = tx.NewID(); err != nil {
		return p, err
	}
	p.Org, p.Created, p.Updated = org, tx.Now, tx.Now
	if p, err = d.apply(p); err != nil {
		return p, err
	}
	return p, whosePersonID(tx.PutPerson(p))
}

// whosePersonID makes a Conflict of the external id of somebody that somebody else has.
func whosePersonID(err error) error {
	if errors.Is(err, store.ErrExists) {
		return refuseAt("/externalId", conflict(codeTaken, "somebody else has this external id; choose another or change that person"))
	}
	return err
}

// Person returns somebody of the actor's organisation.
func (i *Issuer) Person(ctx context.Context, a Actor, id store.ID) (p store.Person, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err = r.Person(a.Org, id)
		return err
	})
	return p, err
}

// ChangePerson changes what is known of somebody. Their passes that show the
// difference get a new version, and their devices are told. An address or number that
// has the one pass of a campaign of which they have one too is a Conflict.
func (i *Issuer) ChangePerson(ctx context.Context, a Actor, id store.ID, d Details, ifMatch *int) (p store.Person, err error) {
	if d, err = d.check(""); err != nil {
		return store.Person{}, err
	}
	err = unlessOutdated(ctx, func() error {
		var before store.Person
		var showing []store.ID
		err := i.db.View(ctx, func(r store.Reader) (err error) {
			if before, err = r.Person(a.Org, id); err != nil {
				return err
			}
			if err = unchanged(ifMatch, before.Edited); err != nil {
				return err
			}
			if p, err = d.apply(before); err != nil {
				return err
			}
			showing, err = i.showing(r, before, p)
			return err
		})
		if err != nil || same(before, p) {
			return err
		}
		return i.update(ctx, func(tx store.Tx) (err error) {
			p, err = alter(tx, a, before, p, showing)
			return err
		})
	})
	if err != nil {
		return store.Person{}, fmt.Errorf("change person: %w", err)
	}
	return p, nil
}

// alter writes what is to be known of somebody who was judged as before, and gives the
// passes that show it a new version. errOutdated if they have changed meanwhile.
func alter(tx store.Tx, a Actor, before, after store.Person, showing []store.ID) (store.Person, error) {
	now, err := tx.Person(a.Org, before.ID)
	if err != nil {
		return after, err
	}
	if now.Edited != before.Edited {
		return after, errOutdated
	}
	if err := stillDistinct(tx.Reader, before, after); err != nil {
		return after, err
	}
	after.Edited, after.Updated = before.Edited+1, tx.Now
	return after, errors.Join(whosePersonID(tx.PutPerson(after)), tellAll(tx, a, showing))
}

// showing lists the passes of somebody that look different once they are after.
func (i *Issuer) showing(r store.Reader, before, after store.Person) (out []store.ID, err error) {
	held, _, err := r.PassesOf(before.ID, store.Page{Limit: maxHeld})
	if err != nil {
		return nil, err
	}
	for _, p := range held {
		d, err := i.designOf(r, p)
		if err != nil {
			return nil, err
		}
		s, err := subjectOf(r, p)
		if err != nil {
			return nil, err
		}
		renamed := s
		renamed.holder = after
		if !i.alike(d, s, renamed) {
			out = append(out, p.ID)
		}
	}
	return out, nil
}

// tellAll gives passes a new version because of something that they show.
func tellAll(tx store.Tx, a Actor, passes []store.ID) error {
	for _, id := range passes {
		p, err := tx.Pass(a.Org, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err == nil {
			err = saveSeen(tx, a, &p, eventUpdated, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// PeopleList is one page of people.
type PeopleList struct {
	People []store.Person
	Next   store.ID
}

// People lists the organisation's people, or those with an address or a number.
func (i *Issuer) People(ctx context.Context, a Actor, f store.PersonFilter, p store.Page) (l PeopleList, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		l.People, l.Next, err = r.People(a.Org, f, p)
		return err
	})
	return l, err
}

// PersonNamed finds somebody by their external id.
func (i *Issuer) PersonNamed(ctx context.Context, a Actor, external string) (p store.Person, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err = r.PersonByExternalID(a.Org, external)
		return err
	})
	return p, err
}
