package store

import (
	"encoding/binary"
	"time"

	"pocketpass/store/kv"
)

// Parcel is the link to a pass on its way to somebody, as a mail or a text message.
type Parcel struct {
	ID       ID
	Org      ID
	Pass     ID
	Campaign ID
	Kind     ParcelKind
	To       string // e-mail address, or telephone number as E.164
	Name     string
	Language string // BCP 47
	Subject  string // instead of the usual one
	Text     string // instead of the usual one
	Attach   bool   // send the file of the pass too
	State    ParcelState
	Due      time.Time // of the next try, while it is queued
	Attempts int
	Error    string // of the last try; names neither the recipient nor a secret
	By       string // who sent it, for the history
	Created  time.Time
	Sent     time.Time
}

// ParcelKind is the way that a parcel goes.
type ParcelKind string

// The ways.
const (
	EmailParcel ParcelKind = "email"
	SMSParcel   ParcelKind = "sms"
)

// ParcelState says how far a parcel has come.
type ParcelState string

// The states. A queued parcel may be under way; Sent means that the next server took it.
const (
	ParcelQueued ParcelState = "queued"
	ParcelSent   ParcelState = "sent"
	ParcelFailed ParcelState = "failed"
)

func (p *Parcel) fields(f *fields) {
	number(f, &p.ID)
	number(f, &p.Org)
	number(f, &p.Pass)
	number(f, &p.Campaign)
	text(f, &p.Kind)
	text(f, &p.To)
	text(f, &p.Name)
	text(f, &p.Language)
	text(f, &p.Subject)
	text(f, &p.Text)
	f.flag(&p.Attach)
	text(f, &p.State)
	f.time(&p.Due)
	number(f, &p.Attempts)
	text(f, &p.Error)
	text(f, &p.By)
	f.time(&p.Created)
	f.time(&p.Sent)
}

var parcels = table[Parcel]{
	name:   "parcel",
	fields: (*Parcel).fields,
	key:    func(p *Parcel) []byte { return p.ID.key() },
	indexes: []index[Parcel]{
		{name: parcelByPass, bare: true, keys: func(p *Parcel) [][]byte { return [][]byte{join(p.Pass, p.ID)} }},
		{name: parcelByRecipient, bare: true, keys: func(p *Parcel) [][]byte { return [][]byte{join(p.Org, p.To, p.ID)} }},
		{name: parcelByDue, bare: true, keys: func(p *Parcel) [][]byte {
			if p.State != ParcelQueued {
				return nil
			}
			return [][]byte{join(uint64(p.Due.UnixMilli()), p.ID)}
		}},
	},
}

const (
	parcelByPass      kv.Table = "parcel_pass"
	parcelByRecipient kv.Table = "parcel_recipient"
	parcelByDue       kv.Table = "parcel_due"
)

// Parcel returns a parcel of the organisation.
func (r Reader) Parcel(org, id ID) (Parcel, error) {
	p, err := parcels.get(r.kv, id.key())
	return owned(p, err, org, p.Org)
}

// Parcels lists what was sent of a pass.
func (r Reader) Parcels(pass ID, p Page) ([]Parcel, ID, error) {
	return parcels.list(r.kv, parcelByPass, join(pass), p, nil)
}

// ParcelsTo counts the organisation's parcels to a recipient since a time, at most
// limit of them.
func (r Reader) ParcelsTo(org ID, to string, since time.Time, limit int) (n int, err error) {
	prefix := join(org, to)
	within := kv.Range{From: append(prefix[:len(prefix):len(prefix)], IDAt(since).key()...), To: successor(prefix)}
	err = r.kv.Scan(parcelByRecipient, within, func(_, _ []byte) error {
		if n++; n == limit {
			return kv.ErrStop
		}
		return nil
	})
	return n, err
}

// DueParcels lists queued parcels that are due, longest waiting first, and when the
// next one after them is (zero if none waits). One that cannot be read is passed
// over; Check reports it.
func (r Reader) DueParcels(limit int) (due []Parcel, next time.Time, err error) {
	err = r.kv.Scan(parcelByDue, kv.Range{}, func(key, _ []byte) error {
		at := time.UnixMilli(int64(binary.BigEndian.Uint64(key)))
		if at.After(r.Now) || len(due) == limit {
			next = at
			return kv.ErrStop
		}
		p, err := parcels.get(r.kv, named(key, nil))
		if Lost(err) {
			return nil
		}
		due = append(due, p)
		return err
	})
	return due, next, err
}

// PutParcel writes p.
func (tx Tx) PutParcel(p Parcel) error { return parcels.put(tx.kv, &p) }

// DeleteParcels removes what was sent of a pass, or waits to be.
func (tx Tx) DeleteParcels(pass ID) error {
	all, _, err := tx.Parcels(pass, Page{})
	if err != nil {
		return err
	}
	return tx.removeParcels(all)
}

// ForgetParcels removes at most limit of the parcels that were made before a time,
// and says how many that were.
func (tx Tx) ForgetParcels(before time.Time, limit int) (int, error) {
	var old []Parcel
	err := tx.kv.Scan(parcels.name, kv.Range{To: IDAt(before).key()}, func(_, raw []byte) error {
		if len(old) == limit {
			return kv.ErrStop
		}
		var p Parcel
		if parcels.decode(raw, &p) == nil { // what is damaged stays for Check to report
			old = append(old, p)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(old), tx.removeParcels(old)
}

func (tx Tx) removeParcels(all []Parcel) error {
	for _, p := range all {
		if err := parcels.remove(tx.kv, p.ID.key()); err != nil {
			return err
		}
	}
	return nil
}
