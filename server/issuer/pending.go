package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// maxPending is how many devices may wait for one pass, and how many passes one device
// may wait for: nobody knows whether they ever come.
const maxPending = 100

// expect notes that a device wants to hear of a pass that is not here yet, for whose
// pass type a key vouched. created is false if that was known.
func (i *Issuer) expect(ctx context.Context, g Registering) (created bool, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		p, err := tx.PassBySerial(g.PassTypeIdentifier, g.SerialNumber)
		if err == nil { // it came meanwhile
			created, err = register(tx, p, g)
			return err
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		created, err = addPending(tx, g)
		return err
	})
	return created, err
}

func addPending(tx store.Tx, g Registering) (created bool, err error) {
	if err := checkPending(g); err != nil {
		return false, err
	}
	p, err := tx.Pending(g.PassTypeIdentifier, g.SerialNumber, g.Library)
	if created = errors.Is(err, store.ErrNotFound); created {
		err = roomForPending(tx.Reader, g)
		p = store.Pending{PassTypeIdentifier: g.PassTypeIdentifier, SerialNumber: g.SerialNumber, Library: g.Library, Created: tx.Now}
	}
	if err != nil {
		return false, err
	}
	p.PushToken, p.Wallet = g.PushToken, g.Wallet
	return created, tx.PutPending(p)
}

func checkPending(g Registering) error {
	if !goodPassType.MatchString(g.PassTypeIdentifier) || !goodFileSerial(g.SerialNumber) {
		return invalid("/serialNumber", "serial_number", "a serial number has 1 to %d characters and no control characters", maxFileSerial)
	}
	return nil
}

func roomForPending(r store.Reader, g Registering) error {
	devices, errDevices := r.PendingFor(g.PassTypeIdentifier, g.SerialNumber, maxPending)
	passes, errPasses := r.PendingOf(g.PassTypeIdentifier, g.Library, maxPending)
	if err := errors.Join(errDevices, errPasses); err != nil {
		return err
	}
	if len(devices) < maxPending && len(passes) < maxPending {
		return nil
	}
	return &Error{Kind: TooMany, Code: "too_many_pending",
		Msg: fmt.Sprintf("%d devices wait for this pass, or this device for as many passes; hand the passes over first", maxPending)}
}

// admitPending registers the devices that waited for p, and has them told.
func admitPending(tx store.Tx, p store.Pass) error {
	all, err := tx.PendingFor(p.PassTypeIdentifier, p.SerialNumber, maxPending)
	if err != nil {
		return err
	}
	for _, w := range all {
		if err := admit(tx, p.ID, w); err != nil {
			return err
		}
	}
	return nil
}

func admit(tx store.Tx, pass store.ID, w store.Pending) error {
	d, err := tx.Device(w.PassTypeIdentifier, w.Library)
	if err == nil {
		w.PushToken = d.PushToken // it registered for another pass meanwhile
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	p, err := tx.AnyPass(pass) // as the one before left it
	if err != nil {
		return err
	}
	_, err = register(tx, p, Registering{Library: w.Library, PassTypeIdentifier: w.PassTypeIdentifier, SerialNumber: w.SerialNumber, PushToken: w.PushToken, Wallet: w.Wallet})
	if err != nil {
		return err
	}
	return errors.Join(
		tx.DeletePending(w.PassTypeIdentifier, w.SerialNumber, w.Library),
		tx.QueuePush(w.PassTypeIdentifier, w.PushToken, p.Version.Revision),
	)
}

// forgetPending takes back what a device said of a pass that is not here yet.
func (i *Issuer) forgetPending(ctx context.Context, g Registering) error {
	return i.update(ctx, func(tx store.Tx) error {
		return tx.DeletePending(g.PassTypeIdentifier, g.SerialNumber, g.Library)
	})
}
