package issuer

import (
	"context"
	"errors"
	"net/http"

	"pocketpass/store"
)

// FlushSeen writes what was observed since the last call.
func (i *Issuer) FlushSeen(ctx context.Context) error {
	i.seen.mu.Lock()
	lists, fetches, lines := i.seen.lists, i.seen.fetches, i.seen.lines
	i.seen.lists, i.seen.fetches, i.seen.lines = nil, nil, nil
	i.seen.mu.Unlock()
	if len(lists)+len(fetches)+len(lines) == 0 {
		return nil
	}
	return i.db.Update(ctx, func(tx store.Tx) error {
		for k, seen := range lists {
			if err := noteList(tx, k, seen); err != nil {
				return err
			}
		}
		for k, seen := range fetches {
			if err := noteFetch(tx, k, seen); err != nil {
				return err
			}
		}
		for _, l := range lines {
			if err := noteLine(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func noteList(tx store.Tx, k deviceKey, seen listSeen) error {
	d, err := tx.Device(k.passType, k.library)
	if errors.Is(err, store.ErrNotFound) {
		return nil // it never registered, or is gone again
	}
	if err != nil {
		return err
	}
	d.Listed, d.ListedSince, d.ListedTag = moment(seen.at), seen.since, seen.tag
	return tx.PutDevice(d)
}

// noteFetch writes a fetch to the registration of the device that made it; to
// the only registration if it is not known which device it was.
func noteFetch(tx store.Tx, k fetchKey, seen fetchSeen) error {
	if k.pass == 0 { // refused: find the pass to tell its owner
		p, err := tx.PassBySerial(k.passType, k.serial)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		k.pass = p.ID
	}
	all, err := tx.RegistrationsOfPass(k.pass)
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.Library != k.library && (k.library != "" || len(all) > 1) {
			continue
		}
		g.Fetched, g.FetchedStatus = moment(seen.at), seen.status
		if seen.revision > 0 {
			g.FetchedRevision = seen.revision
		}
		if seen.status >= http.StatusInternalServerError {
			err = listAgain(tx, &g)
		}
		if err = errors.Join(err, tx.PutRegistration(g)); err != nil {
			return err
		}
	}
	return nil
}

// listAgain makes a pass count as changed for a device that could not get it: some
// keep the tag that came with the list, and would not be told a second time.
func listAgain(tx store.Tx, g *store.Registration) (err error) {
	g.Revision, err = tx.NextRevision()
	return err
}

func truncate(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
