package issuer

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"pocketpass/server/post"
	"pocketpass/store"

	"golang.org/x/sync/errgroup"
)

const (
	postBatch   = 16
	postWorkers = 4

	// claimParcel keeps a parcel that is under way from being taken again. It is
	// longer than a round takes; after a crash the parcel is sent again then,
	// with the same Message-ID.
	claimParcel = 10 * time.Minute

	postFirstWait = time.Minute
	postLastWait  = 2 * time.Hour

	// postGiveUp is when a parcel fails that never got through, from when it was queued.
	postGiveUp = 24 * time.Hour
)

// SendParcels sends what is queued until ctx is done.
func (i *Issuer) SendParcels(ctx context.Context) error {
	for ctx.Err() == nil {
		n, next, err := i.postRound(ctx)
		if err != nil && ctx.Err() == nil {
			i.cfg.Log.ErrorContext(ctx, "send parcels", "err", err)
		}
		if n > 0 && err == nil {
			continue
		}
		d := idleWait
		if !next.IsZero() {
			d = max(time.Millisecond, min(d, next.Sub(i.cfg.Now())))
		}
		if err != nil {
			d = settleAgain
		}
		wait(ctx, i.postable, d)
	}
	return nil
}

// postRound sends what is due, at most postBatch parcels, and says how many they
// were and when the next one is due.
func (i *Issuer) postRound(ctx context.Context) (n int, next time.Time, err error) {
	var due []store.Parcel
	err = i.db.View(ctx, func(r store.Reader) error {
		due, next, err = r.DueParcels(1)
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, next, err
	}
	if due, err = i.claim(ctx); err != nil {
		return 0, next, err
	}
	errs := make([]error, len(due))
	var g errgroup.Group
	g.SetLimit(postWorkers)
	for n, p := range due {
		g.Go(func() error {
			errs[n] = i.postOne(ctx, p)
			return nil
		})
	}
	_ = g.Wait() // results are in errs
	i.complainOfPost(ctx, due, errs)
	return len(due), next, i.settleParcels(context.WithoutCancel(ctx), due, errs)
}

// claim takes due parcels out of the others' reach for a while.
func (i *Issuer) claim(ctx context.Context) (due []store.Parcel, err error) {
	err = i.db.Update(ctx, func(tx store.Tx) error {
		if due, _, err = tx.DueParcels(postBatch); err != nil {
			return err
		}
		for n := range due {
			due[n].Attempts++
			due[n].Due = tx.Now.Add(claimParcel)
			if err := tx.PutParcel(due[n]); err != nil {
				return err
			}
		}
		return nil
	})
	return due, err
}

// postOne sends a parcel.
func (i *Issuer) postOne(ctx context.Context, p store.Parcel) error {
	l, err := i.letter(ctx, p)
	if errors.Is(err, store.ErrNotFound) {
		return &post.Error{Kind: post.Permanent, Msg: "the pass is gone", Remedy: "send another one"}
	}
	if failed, ok := errors.AsType[*post.Error](err); ok {
		return failed
	}
	if err != nil {
		return &post.Error{Kind: post.Temporary, Msg: Public(err).Msg, Remedy: "it is tried again later"}
	}
	switch {
	case p.Kind == store.EmailParcel && i.cfg.Mail != nil:
		m, err := l.mail()
		if err != nil {
			return err
		}
		return i.cfg.Mail.Send(ctx, m)
	case p.Kind == store.SMSParcel && i.cfg.SMS != nil:
		return i.cfg.SMS.Send(ctx, post.SMS{ID: p.ID.Short(), To: p.To, Text: l.sms()})
	}
	return &post.Error{Kind: post.Configuration, Msg: "the server is no longer set up to send this", Remedy: "fill in [mail] or [sms] of the settings"}
}

// complainOfPost logs each reason of a round once.
func (i *Issuer) complainOfPost(ctx context.Context, due []store.Parcel, errs []error) {
	told := make(map[string]bool)
	for n, err := range errs {
		if err != nil && ctx.Err() == nil && !told[err.Error()] {
			told[err.Error()] = true
			i.cfg.Log.WarnContext(ctx, "parcel not sent", "parcel", due[n].ID.Short(), "err", err)
		}
	}
}

// settleParcels notes the results of a round in one commit.
func (i *Issuer) settleParcels(ctx context.Context, due []store.Parcel, errs []error) error {
	return i.db.Update(ctx, func(tx store.Tx) error {
		for n, p := range due {
			if err := settleParcel(tx, p, errs[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

// settleParcel notes a result. A parcel that was deleted meanwhile stays so.
func settleParcel(tx store.Tx, p store.Parcel, result error) error {
	if _, err := tx.Parcel(p.Org, p.ID); errors.Is(err, store.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	event := ""
	switch failed, _ := errors.AsType[*post.Error](result); {
	case result == nil:
		p.State, p.Sent, p.Error, event = store.ParcelSent, tx.Now, "", eventDelivered
	case failed != nil && failed.Kind == post.Permanent || tx.Now.Sub(p.Created) >= postGiveUp:
		p.State, p.Error, event = store.ParcelFailed, result.Error(), eventUndelivered
	default:
		p.Error, p.Due = result.Error(), tx.Now.Add(postWait(p.Attempts))
	}
	if err := tx.PutParcel(p); err != nil || event == "" {
		return err
	}
	return noteParcel(tx, p, event)
}

func noteParcel(tx store.Tx, p store.Parcel, event string) error {
	pass, err := tx.AnyPass(p.Pass)
	if err != nil {
		return err
	}
	detail := map[string]string{"delivery": p.ID.Short(), "kind": string(p.Kind)}
	if p.Error != "" {
		detail["why"] = p.Error
	}
	return happened(tx, Actor{Org: p.Org, By: p.By}, pass, event, detail)
}

// postWait is the pause before the next try after so many: doubling, and by chance
// up to a quarter more or less, so that what failed together does not come back together.
func postWait(attempts int) time.Duration {
	d := min(postFirstWait<<min(max(attempts, 1)-1, 10), postLastWait)
	return d*3/4 + rand.N(d/2)
}

// messageID names a parcel to mail servers, at every try.
func (i *Issuer) messageID(p store.Parcel) string {
	host := ""
	if u, err := url.Parse(i.cfg.BaseURL); err == nil && goodHost.MatchString(u.Hostname()) {
		host = u.Hostname()
	}
	return p.ID.Short() + "@" + cmp.Or(host, "pocketpass.invalid")
}
