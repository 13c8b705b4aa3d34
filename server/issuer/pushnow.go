package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pocketpass/push"
	"pocketpass/store"
)

// Pushed says how many devices of a pass were told to look for it.
type Pushed struct {
	Sent   int
	Failed int // or not answered yet: those are tried again
}

// pushLook is how often it is looked what has become of pushes.
const pushLook = 20 * time.Millisecond

// PushNow tells the devices of a pass to look for a new version, whether there is one
// or not, and waits for what comes of it until ctx is done.
func (i *Issuer) PushNow(ctx context.Context, a Actor, id store.ID) (n Pushed, err error) {
	var told []store.Device
	err = i.update(ctx, func(tx store.Tx) error {
		told, err = pushAgain(tx, a, id)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("push pass: %w", err)
	}
	for waiting := len(told); ; {
		err := i.db.View(context.WithoutCancel(ctx), func(r store.Reader) error {
			n, waiting, err = outcomes(r, told)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("push pass: %w", err)
		}
		if waiting == 0 || !pause(ctx, pushLook) {
			n.Failed += waiting
			return n, nil
		}
	}
}

// pushAgain queues a push to each device of a pass and returns them.
func pushAgain(tx store.Tx, a Actor, id store.ID) ([]store.Device, error) {
	p, err := tx.Pass(a.Org, id)
	if err != nil {
		return nil, err
	}
	v, err := tx.EffectiveVersion(p)
	if err != nil {
		return nil, err
	}
	all, err := installed(tx.Reader, p)
	if err != nil {
		return nil, err
	}
	devices := make([]store.Device, 0, len(all))
	for _, d := range all {
		devices = append(devices, d.Device)
		err = errors.Join(err, tx.QueuePush(d.Device.PassTypeIdentifier, d.Device.PushToken, v.Revision))
	}
	tx.Tally(store.Pushes, int64(len(devices)), scopes(Actor{}, &p)...)
	return devices, err
}

// outcomes says what has become of pushes, and how many of them nothing yet.
func outcomes(r store.Reader, told []store.Device) (n Pushed, waiting int, err error) {
	for _, d := range told {
		e, err := r.PushEntry(d.PassTypeIdentifier, d.PushToken)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return n, 0, err
		}
		now, gone := r.Device(d.PassTypeIdentifier, d.Library)
		switch {
		case err == nil && e.Attempts == 0:
			waiting++
		case err == nil || gone != nil || now.Pushed.Outcome != string(push.Accepted):
			n.Failed++
		default:
			n.Sent++
		}
	}
	return n, waiting, nil
}
