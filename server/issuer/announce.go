package issuer

import (
	"errors"

	"pocketpass/store"
)

// announce gives p a new version and queues a push to each of its devices. Of a pass
// that is a file phones see nothing else.
func announce(tx store.Tx, p *store.Pass) error {
	if p.IsFile() {
		return nil
	}
	if err := renew(tx, p); err != nil {
		return err
	}
	return pushTo(tx, *p)
}

// renew gives p a new version. It follows that of the template even if p is pinned, for
// it may have shown the template's until now.
func renew(tx store.Tx, p *store.Pass) error {
	prev, err := tx.FollowedVersion(p)
	if err == nil {
		p.Version, err = tx.NextVersion(prev)
	}
	return err
}

// pushTo queues a push to each device of p.
func pushTo(tx store.Tx, p store.Pass) error {
	devices, err := tx.RegistrationsOfPass(p.ID)
	if err != nil || len(devices) == 0 {
		return err
	}
	tx.Tally(store.Pushes, int64(len(devices)), scopes(Actor{}, &p)...)
	for _, g := range devices {
		if err := queueFor(tx, g, p.Version.Revision); err != nil {
			return err
		}
	}
	return nil
}

// queueFor queues a push to a registration's device. One without a device stops
// nobody else; Check reports it.
func queueFor(tx store.Tx, g store.Registration, revision uint64) error {
	d, err := tx.Device(g.PassTypeIdentifier, g.Library)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.QueuePush(d.PassTypeIdentifier, d.PushToken, revision)
}
