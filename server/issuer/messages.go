package issuer

import (
	"context"
	"errors"
	"fmt"

	"pocketpass/store"
)

// SendMessages starts a job that sends a message to many passes, and says what is to
// be expected of it.
func (i *Issuer) SendMessages(ctx context.Context, a Actor, n NewJob) (j store.Job, o Outlook, err error) {
	if o, err = i.PreviewMessages(ctx, a, n); err != nil {
		return j, o, err
	}
	n.Kind = KindMessage
	j, err = i.StartJob(ctx, a, n)
	return j, o, err
}

// Messages lists the organisation's messages to many.
func (i *Issuer) Messages(ctx context.Context, a Actor, p store.Page) (all []store.Job, next store.ID, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		all, next, err = r.JobsOfKind(a.Org, KindMessage, p)
		return err
	})
	return all, next, err
}

// MessageJob returns a message to many.
func (i *Issuer) MessageJob(ctx context.Context, a Actor, id store.ID) (j store.Job, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		j, err = messageJob(r, a, id)
		return err
	})
	return j, err
}

func messageJob(r store.Reader, a Actor, id store.ID) (store.Job, error) {
	j, err := r.Job(a.Org, id)
	if err == nil && j.Kind != KindMessage {
		err = store.ErrNotFound
	}
	return j, err
}

// BroadcastOf is what the job of a message sends.
func BroadcastOf(j store.Job) (Broadcast, error) { return readSpec[Broadcast](j) }

// UndoMessage cancels what is left of a message and starts a job that takes it from
// the passes that still show it. Doing it again changes nothing.
func (i *Issuer) UndoMessage(ctx context.Context, a Actor, id store.ID) (j store.Job, err error) {
	err = i.update(ctx, func(tx store.Tx) error {
		if j, err = messageJob(tx.Reader, a, id); err != nil || j.Undo != 0 {
			return err
		}
		if j.Done > 0 {
			if j.Undo, err = addRecall(tx, a, j); err != nil {
				return err
			}
		}
		if j.Ended() {
			return tx.PutJob(j)
		}
		return endJob(tx, j, store.JobCancelled, "")
	})
	if err != nil {
		return store.Job{}, fmt.Errorf("undo message: %w", err)
	}
	i.rouse()
	return i.MessageJob(ctx, a, id)
}

// addRecall starts the job that takes back what j sent.
func addRecall(tx store.Tx, a Actor, j store.Job) (store.ID, error) {
	id, err := tx.NewID()
	return id, errors.Join(err, tx.PutJob(store.Job{
		ID: id, Org: j.Org, Kind: KindRecall, Campaign: j.Campaign, Template: j.Template, Key: a.Key, By: a.By,
		Source: store.Source{From: store.Filtered, Sent: j.ID}, Total: j.Done,
		State: store.JobWaiting, Created: tx.Now, Updated: tx.Now,
	}))
}
