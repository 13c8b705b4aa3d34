package issuer

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"pocketpass/store"
)

var (
	goodLibrary   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,255}$`)
	goodPushToken = regexp.MustCompile(`^[0-9A-Fa-f]{8,512}$`)
)

// Registering is what a phone says when it wants to hear of a pass.
type Registering struct {
	Library            string // deviceLibraryIdentifier
	PassTypeIdentifier string
	SerialNumber       string
	Token              string // authentication token of the pass
	PushToken          string
}

// Register notes that a device has a pass. created is false if it was known; its
// push token is kept all the same, for this is how a device tells a new one.
// An unknown pass and a wrong token are both Denied.
func (i *Issuer) Register(ctx context.Context, g Registering) (created bool, err error) {
	if err := checkDevice(g); err != nil {
		return false, err
	}
	var p store.Pass
	err = i.update(ctx, func(tx store.Tx) error {
		if p, err = i.authorised(tx.Reader, g.PassTypeIdentifier, g.SerialNumber, g.Token); err != nil {
			return err
		}
		created, err = register(tx, p, g)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("register: %w", err)
	}
	if created {
		i.tell(p)
	}
	return created, nil
}

func checkDevice(g Registering) error {
	if !goodLibrary.MatchString(g.Library) {
		return invalid("/deviceLibraryIdentifier", "device_identifier", "a device library identifier has up to 255 characters of A-Z a-z 0-9 . _ -")
	}
	if !goodPushToken.MatchString(g.PushToken) {
		return invalid("/pushToken", "push_token", "pushToken is missing or not hexadecimal")
	}
	return nil
}

func register(tx store.Tx, p store.Pass, g Registering) (created bool, err error) {
	d, err := tx.Device(g.PassTypeIdentifier, g.Library)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	d.PassTypeIdentifier, d.Library = g.PassTypeIdentifier, g.Library
	d.PushToken, d.Registered = g.PushToken, tx.Now
	if err := tx.PutDevice(d); err != nil {
		return false, err
	}
	_, err = tx.Registration(p.ID, g.Library)
	if !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	return true, addRegistration(tx, p, g.Library)
}

// addRegistration gives the registration a number of its own from the counter of
// changes: a file that was added after a tag was given out may be older than the
// tag, and its device would never hear of what changed before.
func addRegistration(tx store.Tx, p store.Pass, library string) error {
	v, err := tx.NextVersion(p.Version)
	if err != nil {
		return err
	}
	return errors.Join(
		tx.PutRegistration(store.Registration{Pass: p.ID, Library: library, PassTypeIdentifier: p.PassTypeIdentifier,
			Template: p.Template, Campaign: p.Campaign, Revision: v.Revision, Created: tx.Now}),
		tx.Count(p.Campaign, store.CountRegistered, 1),
		tx.AddEvent(p.ID, "pass.installed", "", map[string]string{"device": abbreviate(library)}),
	)
}

// Unregister notes that a device no longer has a pass. One that never had it is
// no error. An unknown pass and a wrong token are both Denied.
func (i *Issuer) Unregister(ctx context.Context, g Registering) error {
	var p store.Pass
	err := i.update(ctx, func(tx store.Tx) (err error) {
		if p, err = i.authorised(tx.Reader, g.PassTypeIdentifier, g.SerialNumber, g.Token); err != nil {
			return err
		}
		if _, err := tx.Registration(p.ID, g.Library); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			return err
		}
		return dropRegistration(tx, p, g.Library, "removed on the device")
	})
	if err != nil {
		return fmt.Errorf("unregister: %w", err)
	}
	i.tell(p)
	return nil
}

func dropRegistration(tx store.Tx, p store.Pass, library, why string) error {
	return errors.Join(
		tx.DeleteRegistration(p.PassTypeIdentifier, p.ID, library),
		tx.Count(p.Campaign, store.CountRegistered, -1),
		tx.AddEvent(p.ID, "pass.uninstalled", "", map[string]string{"device": abbreviate(library), "why": why}),
	)
}

// abbreviate shortens an identifier that is a secret in full.
func abbreviate(library string) string {
	const shown = 6
	if len(library) <= shown {
		return library
	}
	return library[:shown] + "…"
}
