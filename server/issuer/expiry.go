package issuer

import (
	"context"
	"errors"
	"strconv"
	"time"

	"pocketpass/store"
)

// WarnOfExpiry writes an event for each certificate for which a new reminder is due
// since the last call, and returns those. A certificate whose successor is
// here needs none.
func (i *Issuer) WarnOfExpiry(ctx context.Context) (warned []CertificateState, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		warned = nil
		all, _, err := tx.AllCertificates(store.Page{})
		if err != nil {
			return err
		}
		newest := lastEnd(all)
		for _, c := range all {
			if c.NotAfter.Before(newest[c.PassTypeIdentifier]) {
				continue
			}
			s, err := i.stateOf(tx.Reader, c)
			if err != nil {
				return err
			}
			if !s.Warn || c.Reminded && s.Warning >= c.Reminder {
				continue
			}
			if err := remind(tx, s); err != nil {
				return err
			}
			warned = append(warned, s)
		}
		return nil
	})
	for _, s := range warned {
		i.cfg.Log.WarnContext(ctx, "certificate expires", "passTypeIdentifier", s.PassTypeIdentifier, "days", s.Days)
	}
	return warned, err
}

// lastEnd is when the certificate of each pass type ends that ends last.
func lastEnd(all []store.Certificate) map[string]time.Time {
	out := make(map[string]time.Time)
	for _, c := range all {
		if c.NotAfter.After(out[c.PassTypeIdentifier]) {
			out[c.PassTypeIdentifier] = c.NotAfter
		}
	}
	return out
}

func remind(tx store.Tx, s CertificateState) error {
	c, kind := s.Certificate, eventCertificateExpiring
	if s.Days < 0 {
		kind = eventCertificateExpired
	}
	c.Reminder, c.Reminded = s.Warning, true
	return errors.Join(tx.PutCertificate(c), happenedTo(tx, Actor{}, about{org: c.Org, id: c.ID}, kind, map[string]string{
		"days": strconv.Itoa(s.Days), "passTypeIdentifier": c.PassTypeIdentifier, "until": c.NotAfter.Format(time.DateOnly)}))
}
