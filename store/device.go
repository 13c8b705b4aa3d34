package store

import (
	"math"
	"time"

	"pocketpass/store/kv"
)

// Device is a wallet's library identifier for one pass type, with its push
// token and what was seen of it. Different devices may carry the same token.
type Device struct {
	PassTypeIdentifier string
	Library            string // deviceLibraryIdentifier, opaque
	PushToken          string
	Registered         time.Time // last registration of any pass; a 410 older than this does not count

	Listed      time.Time // last call of the list of changed passes
	ListedSince string    // tag that the device sent
	ListedTag   string    // tag that it was given; empty after a 204
	Pushed      PushResult
}

// PushResult is what the push service said last.
type PushResult struct {
	At       time.Time
	Revision uint64 // the change that was announced
	Outcome  string // as package push names it
	Reason   string // Apple's word
	Status   int    // HTTP status
	Attempt  int    // which attempt this was, from 1
}

// Registration says that a device wants to hear of a pass.
type Registration struct {
	Pass               ID
	Library            string
	PassTypeIdentifier string
	Template           ID // of the pass, for the fan-out of a publication
	Campaign           ID
	Revision           uint64 // number from the same counter as changes: the pass is listed as changed to this device since then
	Created            time.Time
	Fetched            time.Time // last time the latest pass was asked for
	FetchedRevision    uint64    // revision that the answer showed
	FetchedStatus      int
	Log                DeviceLine

	SharedFetch    time.Time // last fetch by one of several devices, of which this is one
	SharedRevision uint64    // revision that its answer showed
	Wallet         string    // which app it is, empty for Apple's
}

// DeviceLine is a line that a device posted to the log.
type DeviceLine struct {
	At   time.Time
	Text string
}

func (d *Device) fields(f *fields) {
	text(f, &d.PassTypeIdentifier)
	text(f, &d.Library)
	text(f, &d.PushToken)
	f.time(&d.Registered)
	f.time(&d.Listed)
	text(f, &d.ListedSince)
	text(f, &d.ListedTag)
	f.time(&d.Pushed.At)
	number(f, &d.Pushed.Revision)
	text(f, &d.Pushed.Outcome)
	text(f, &d.Pushed.Reason)
	number(f, &d.Pushed.Status)
	number(f, &d.Pushed.Attempt)
}

var devices = table[Device]{
	name:   "device",
	fields: (*Device).fields,
	key:    func(d *Device) []byte { return join(d.PassTypeIdentifier, d.Library) },
	indexes: []index[Device]{
		{name: deviceByToken, keys: func(d *Device) [][]byte {
			return [][]byte{join(d.PassTypeIdentifier, d.PushToken, d.Library)}
		}},
	},
}

func (r *Registration) fields(f *fields) {
	number(f, &r.Pass)
	text(f, &r.Library)
	text(f, &r.PassTypeIdentifier)
	number(f, &r.Template)
	number(f, &r.Campaign)
	number(f, &r.Revision)
	f.time(&r.Created)
	f.time(&r.Fetched)
	number(f, &r.FetchedRevision)
	number(f, &r.FetchedStatus)
	f.time(&r.Log.At)
	text(f, &r.Log.Text)
	f.time(&r.SharedFetch)
	number(f, &r.SharedRevision)
	text(f, &r.Wallet)
}

var registrations = table[Registration]{
	name:   "registration",
	fields: (*Registration).fields,
	key:    func(r *Registration) []byte { return join(r.Pass, r.Library) },
	indexes: []index[Registration]{
		{name: registrationByDevice, keys: func(r *Registration) [][]byte {
			return [][]byte{join(r.PassTypeIdentifier, r.Library, r.Pass)}
		}},
		{name: registrationByTemplate, keys: func(r *Registration) [][]byte {
			return [][]byte{join(r.Template, r.Pass, r.Library)}
		}},
		{name: registrationByCampaign, keys: func(r *Registration) [][]byte {
			return [][]byte{join(r.Campaign, r.Pass, r.Library)}
		}},
		{name: registrationByAge, keys: func(r *Registration) [][]byte {
			return [][]byte{join(r.Campaign, uint64(max(0, r.Created.UnixMilli())), r.Pass, r.Library)}
		}},
	},
}

const (
	deviceByToken          kv.Table = "device_token"
	registrationByDevice   kv.Table = "registration_device"
	registrationByTemplate kv.Table = "registration_template"
	registrationByCampaign kv.Table = "registration_campaign"
	registrationByAge      kv.Table = "registration_age"
)

// Device returns what is known of a device for a pass type.
func (r Reader) Device(passTypeIdentifier, library string) (Device, error) {
	return devices.get(r.kv, join(passTypeIdentifier, library))
}

// DevicesWithToken lists the devices of a pass type that share a push token.
func (r Reader) DevicesWithToken(passTypeIdentifier, token string) ([]Device, error) {
	return collect(devices, r, deviceByToken, join(passTypeIdentifier, token))
}

// Registration returns the registration of a device for a pass.
func (r Reader) Registration(pass ID, library string) (Registration, error) {
	return registrations.get(r.kv, join(pass, library))
}

// RegistrationsOfDevice lists the passes of a type that a device registered for.
func (r Reader) RegistrationsOfDevice(passTypeIdentifier, library string) ([]Registration, error) {
	return collect(registrations, r, registrationByDevice, join(passTypeIdentifier, library))
}

// SomeRegistrationsOfPass lists at most max of them.
func (r Reader) SomeRegistrationsOfPass(pass ID, max int) ([]Registration, error) {
	return collectSome(registrations, r, registrations.name, join(pass), max)
}

// SomeRegistrationsOfDevice lists at most max of them.
func (r Reader) SomeRegistrationsOfDevice(passTypeIdentifier, library string, max int) ([]Registration, error) {
	return collectSome(registrations, r, registrationByDevice, join(passTypeIdentifier, library), max)
}

// collect reads every record that an index, or the table itself, has under prefix.
func collect[T any](t table[T], r Reader, ix kv.Table, prefix []byte) ([]T, error) {
	return collectSome(t, r, ix, prefix, math.MaxInt)
}

func collectSome[T any](t table[T], r Reader, ix kv.Table, prefix []byte, max int) ([]T, error) {
	var out []T
	err := r.kv.Scan(ix, kv.Range{From: prefix, To: successor(prefix)}, func(key, value []byte) error {
		if len(out) == max {
			return kv.ErrStop
		}
		v, err := t.follow(r.kv, ix, key, value)
		out = append(out, v)
		return err
	})
	return out, err
}

// PutDevice writes d.
func (tx Tx) PutDevice(d Device) error { return devices.put(tx.kv, &d) }

// ReplaceDevice writes d in place of the record that was read in this transaction.
func (tx Tx) ReplaceDevice(old, d Device) error { return devices.replace(tx.kv, &old, &d) }

// PutRegistration writes r.
func (tx Tx) PutRegistration(r Registration) error {
	tx.recent.forget()
	return registrations.put(tx.kv, &r)
}

// DeleteRegistration removes a registration, and the device with its last one.
// One that does not exist is no error.
func (tx Tx) DeleteRegistration(passTypeIdentifier string, pass ID, library string) error {
	if err := registrations.remove(tx.kv, join(pass, library)); err != nil {
		return err
	}
	left := false
	prefix := join(passTypeIdentifier, library)
	err := tx.kv.Scan(registrationByDevice, kv.Range{From: prefix, To: successor(prefix)}, func(_, _ []byte) error {
		left = true
		return kv.ErrStop
	})
	if err != nil || left {
		return err
	}
	return devices.remove(tx.kv, prefix)
}

// DeleteDevice removes a device with all its registrations for the pass type.
func (tx Tx) DeleteDevice(passTypeIdentifier, library string) error {
	all, err := tx.RegistrationsOfDevice(passTypeIdentifier, library)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := registrations.remove(tx.kv, registrations.key(&r)); err != nil {
			return err
		}
	}
	return devices.remove(tx.kv, join(passTypeIdentifier, library))
}

// RegistrationsAt lists at most limit registrations for passes of a campaign, after as many
// as skip says, oldest first unless reverse, and how many there are. Of others it reads keys
// alone.
func (r Reader) RegistrationsAt(campaign ID, skip, limit int, reverse bool) ([]Registration, int64, error) {
	return registrations.at(r.kv, registrationByAge, join(campaign), skip, limit, reverse)
}

// RegistrationsOfCampaign hands each registration for a pass of a campaign to do.
func (r Reader) RegistrationsOfCampaign(campaign ID, do func(Registration)) error {
	prefix := join(campaign)
	return r.kv.Scan(registrationByCampaign, kv.Range{From: prefix, To: successor(prefix)}, func(key, value []byte) error {
		g, err := registrations.follow(r.kv, registrationByCampaign, key, value)
		if err == nil {
			do(g)
		}
		return err
	})
}
