package issuer

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"pocketpass/store"
)

// Changed is the answer to a device that asks what is new.
type Changed struct {
	SerialNumbers []string // empty: nothing
	Tag           string   // to be sent with the next question
}

// ChangedPasses lists the passes of a type that changed since the tag which the
// device was given last. A tag that is absent, unreadable or from the future (as
// after a restored backup) means all. An unknown device has nothing.
//
// from is the address that asked; it serves only to tell which device a later
// fetch comes from.
func (i *Issuer) ChangedPasses(ctx context.Context, passType, library, tag string, from netip.Addr) (c Changed, err error) {
	known := false
	err = i.db.View(ctx, func(r store.Reader) error {
		since, err := parseTag(r, tag)
		if err != nil {
			return err
		}
		all, err := r.RegistrationsOfDevice(passType, library)
		if err != nil {
			return err
		}
		known = len(all) > 0
		var newest uint64
		for _, g := range all {
			serial, revision, err := revisionFor(r, g)
			if err != nil {
				return err
			}
			if revision > since {
				c.SerialNumbers = append(c.SerialNumbers, serial)
				newest = max(newest, revision)
			}
		}
		c.Tag = strconv.FormatUint(newest, 10)
		return nil
	})
	if err != nil {
		return Changed{}, fmt.Errorf("list changed passes: %w", err)
	}
	if known {
		i.seen.listed(passType, library, tag, c, from, i.cfg.Now())
	}
	return c, nil
}

// revisionFor is the number by which a registration's pass counts as changed:
// what the pass shows, or when the device registered, whichever came later.
func revisionFor(r store.Reader, g store.Registration) (serial string, revision uint64, err error) {
	p, err := r.AnyPass(g.Pass)
	if err != nil {
		return "", 0, err
	}
	v, err := r.EffectiveVersion(p)
	return p.SerialNumber, max(v.Revision, g.Revision), err
}

func parseTag(r store.Reader, tag string) (uint64, error) {
	since, err := strconv.ParseUint(tag, 10, 64)
	if err != nil {
		return 0, nil // all
	}
	now, err := r.Revision()
	if since > now {
		return 0, err
	}
	return since, err
}
