package store

import (
	"time"

	"pocketpass/store/kv"
)

// Pending says that a device wants to hear of a pass that is not here yet.
type Pending struct {
	PassTypeIdentifier string
	SerialNumber       string
	Library            string // deviceLibraryIdentifier
	PushToken          string
	Wallet             string // which app it is, empty for Apple's
	Created            time.Time
}

func (p *Pending) fields(f *fields) {
	text(f, &p.PassTypeIdentifier)
	text(f, &p.SerialNumber)
	text(f, &p.Library)
	text(f, &p.PushToken)
	text(f, &p.Wallet)
	f.time(&p.Created)
}

var pendings = table[Pending]{
	name:   "pending",
	fields: (*Pending).fields,
	key:    func(p *Pending) []byte { return join(p.PassTypeIdentifier, p.SerialNumber, p.Library) },
	indexes: []index[Pending]{
		{name: pendingByDevice, keys: func(p *Pending) [][]byte {
			return [][]byte{join(p.PassTypeIdentifier, p.Library, p.SerialNumber)}
		}},
	},
}

const pendingByDevice kv.Table = "pending_device"

// Pending returns what a device said of a pass that is not here yet.
func (r Reader) Pending(passTypeIdentifier, serialNumber, library string) (Pending, error) {
	return pendings.get(r.kv, join(passTypeIdentifier, serialNumber, library))
}

// PendingFor lists at most max devices that wait for a pass.
func (r Reader) PendingFor(passTypeIdentifier, serialNumber string, max int) ([]Pending, error) {
	return collectSome(pendings, r, pendings.name, join(passTypeIdentifier, serialNumber), max)
}

// PendingOf lists at most max passes that a device waits for.
func (r Reader) PendingOf(passTypeIdentifier, library string, max int) ([]Pending, error) {
	return collectSome(pendings, r, pendingByDevice, join(passTypeIdentifier, library), max)
}

// PutPending writes p.
func (tx Tx) PutPending(p Pending) error { return pendings.put(tx.kv, &p) }

// DeletePending removes what a device said of a pass. What does not exist is no error.
func (tx Tx) DeletePending(passTypeIdentifier, serialNumber, library string) error {
	return pendings.remove(tx.kv, join(passTypeIdentifier, serialNumber, library))
}
