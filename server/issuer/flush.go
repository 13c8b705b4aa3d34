package issuer

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"pocketpass/store"
)

// FlushSeen writes what was observed since the last call, also what another call is still
// writing. What the disk does not take waits for the next.
func (i *Issuer) FlushSeen(ctx context.Context) error {
	select {
	case i.flushing <- struct{}{}:
		defer func() { <-i.flushing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	n := i.seen.take()
	if len(n.lists)+len(n.fetches)+len(n.lines)+len(n.visits)+len(n.calls) == 0 {
		return nil
	}
	err := i.db.Update(ctx, n.write)
	if err != nil && !errors.Is(err, store.ErrDamaged) { // a damaged record would stop all others for ever
		i.seen.putBack(n)
	}
	return err
}

func (o *observations) take() notes {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.notes
	o.notes = notes{}
	return n
}

// putBack keeps what could not be written, unless something newer was observed.
func (o *observations) putBack(n notes) {
	o.mu.Lock()
	defer o.mu.Unlock()
	keep(&o.lists, n.lists, maxSeen)
	keep(&o.fetches, n.fetches, maxSeen)
	keep(&o.lines, n.lines, maxLineKeys)
	o.addVisits(n.visits)
	o.addCalls(n.calls)
}

func keep[K comparable, V any](now *map[K]V, before map[K]V, max int) {
	for k, v := range before {
		if _, newer := (*now)[k]; !newer {
			put(now, k, v, max)
		}
	}
}

// put sets m[k] unless m has max others.
func put[K comparable, V any](m *map[K]V, k K, v V, max int) {
	if *m == nil {
		*m = make(map[K]V)
	}
	if _, known := (*m)[k]; known || len(*m) < max {
		(*m)[k] = v
	}
}

func (n notes) write(tx store.Tx) error {
	writeCalls(tx, n.calls)
	if err := writeVisits(tx, n.visits); err != nil {
		return err
	}
	for k, seen := range n.lists {
		if err := noteList(tx, k, seen); err != nil {
			return err
		}
	}
	for k, seen := range n.fetches {
		if err := noteFetch(tx, k, seen); err != nil {
			return err
		}
	}
	left := maxNotedAll
	for k, l := range n.lines {
		if left == 0 {
			return nil
		}
		done, err := noteLine(tx, k, l, min(left, maxNoted))
		if err != nil {
			return err
		}
		left -= done
	}
	return nil
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

// noteFetch writes a fetch to the registration of the device that made it, or to
// those of which one did.
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
	if ok(seen.status) {
		if err := noteCall(tx, k.pass, false); err != nil {
			return err
		}
	}
	all, sure, err := fetchers(tx.Reader, k)
	if err != nil {
		return err
	}
	for _, g := range all {
		seen.mark(&g, sure)
		if seen.status >= http.StatusInternalServerError {
			err = listAgain(tx, &g)
		}
		if err = errors.Join(err, putRegistration(tx, g)); err != nil {
			return err
		}
	}
	return nil
}

// fetchers are the registrations of the devices that may have made a fetch: of
// those that asked from the same address, or of the only device that has the pass
// if it is not known which asked. sure means that it was the one.
func fetchers(r store.Reader, k fetchKey) (all []store.Registration, sure bool, err error) {
	libraries := strings.Split(k.libraries, betweenLibraries)
	if k.libraries == "" {
		if all, err = r.SomeRegistrationsOfPass(k.pass, 2); len(all) > 1 {
			all = nil
		}
		return all, true, err
	}
	for _, library := range libraries {
		g, err := registrationOf(r, k.pass, library)
		if err != nil {
			return nil, false, err
		}
		all = append(all, g...)
	}
	return all, len(all) == 1 && len(libraries) < maxSharing, nil
}

// mark writes a fetch into a registration. Of one that several may have made only
// a good end says something about each.
func (seen fetchSeen) mark(g *store.Registration, sure bool) {
	switch {
	case sure:
		g.Fetched, g.FetchedStatus = moment(seen.at), seen.status
		if seen.revision > 0 {
			g.FetchedRevision = seen.revision
		}
	case ok(seen.status):
		g.SharedFetch, g.SharedRevision = moment(seen.at), seen.revision
	}
}

// keepLine is how long a line that a device posted is kept and believed.
const keepLine = 30 * 24 * time.Hour

// putRegistration writes g without a line that is too old.
func putRegistration(tx store.Tx, g store.Registration) error {
	if tx.Now.Sub(g.Log.At) > keepLine {
		g.Log = store.DeviceLine{}
	}
	return tx.PutRegistration(g)
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
