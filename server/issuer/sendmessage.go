package issuer

import (
	"context"
	"fmt"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/signer/pkpass/placeholder"
	"pocketpass/store"
)

// SendMessage shows a message on one pass and says what its phones make of it.
func (i *Issuer) SendMessage(ctx context.Context, a Actor, id store.ID, m Message, once Idempotency) (p store.Pass, f Forecast, err error) {
	if err := m.check(); err != nil {
		return p, f, err
	}
	err = unlessOutdated(ctx, func() error {
		var e edit
		err := i.db.View(ctx, func(r store.Reader) (err error) {
			if e, err = i.judgeSending(r, a, id, m, once); err == nil {
				f, err = i.forecast(r, e)
			}
			return err
		})
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) error {
			_, replayed, err := i.once(tx, a, once, func() (_ store.ID, err error) {
				p, err = e.save(tx, a)
				return id, err
			})
			if replayed && err == nil {
				p, err = tx.Pass(a.Org, id)
			}
			return err
		})
	})
	if err != nil {
		return store.Pass{}, f, fmt.Errorf("send message: %w", err)
	}
	i.tell(p)
	return p, f, nil
}

// judgeSending is the edit of a request; of one that was answered before, the edit
// that came of it then.
func (i *Issuer) judgeSending(r store.Reader, a Actor, id store.ID, m Message, once Idempotency) (edit, error) {
	p, err := r.Pass(a.Org, id)
	if err != nil {
		return edit{}, err
	}
	if _, replayed, err := remembered(r, a, once); replayed || err != nil {
		before := p
		before.Message = ""
		return edit{before: &before, after: &p, visible: true}, err
	}
	return i.judgeMessage(r, &p, m, 0)
}

// judgeMessage is the edit that shows a message on p. job is the one that it comes
// with, if any. A text in a field that takes texts is nothing that a phone refuses.
func (i *Issuer) judgeMessage(r store.Reader, p *store.Pass, m Message, job store.ID) (edit, error) {
	e, err := rewording(r, p, p)
	if err != nil {
		return edit{}, err
	}
	return i.messaged(r, e, m, job)
}

// messaged is e with a message besides, which the pass shows that e makes.
func (i *Issuer) messaged(r store.Reader, e edit, m Message, job store.ID) (edit, error) {
	text, err := i.wordsFor(r, *e.after, m.Text)
	if err != nil {
		return edit{}, err
	}
	shown := m.over(e.before.Message, text)
	if shown == e.before.Message {
		return e, nil
	}
	after := *e.after
	after.Message, after.Sent = shown, job
	if e.told = e.changed; !e.told {
		e.event = eventMessaged
	}
	e.after, e.changed, e.visible, e.laid = &after, true, true, store.LaidPass{}
	if job != 0 {
		e.detail = map[string]string{"job": job.Short()}
	}
	return e, nil
}

// rewording is an edit of nothing but a message.
func rewording(r store.Reader, before, after *store.Pass) (edit, error) {
	if before.IsFile() {
		return edit{}, errIsFile
	}
	t, err := r.Template(before.Org, before.Template)
	if err != nil {
		return edit{}, err
	}
	changed := after.Message != before.Message
	return edit{before: before, after: after, published: t.Published, changed: changed, visible: changed}, alterable(r, before)
}

// wordsFor fills the placeholders of a message for a pass.
func (i *Issuer) wordsFor(r store.Reader, p store.Pass, text string) (string, error) {
	if !placeholder.Contains(text) {
		return text, nil
	}
	d, err := i.designOf(r, p)
	if err != nil {
		return "", err
	}
	s, err := subjectOf(r, p)
	if err != nil {
		return "", err
	}
	doc, _, err := d.withPatch(p)
	if err != nil {
		return "", err
	}
	filled, found := d.plan.FillText(doc, text, i.scope(d, s, true))
	if blocking := pkpass.Blocking(found); len(blocking) > 0 {
		e := invalid("/text", blocking[0].Code, "the text cannot be filled for this pass: %s; %s", blocking[0].Effect, blocking[0].Remedy)
		e.Findings = slices.Clone(blocking)
		return "", e
	}
	return filled, nil
}

// TakeMessage takes the message from a pass. Phones drop it without a notice.
func (i *Issuer) TakeMessage(ctx context.Context, a Actor, id store.ID) (p store.Pass, err error) {
	err = unlessOutdated(ctx, func() error {
		var e edit
		err := i.db.View(ctx, func(r store.Reader) error {
			before, err := r.Pass(a.Org, id)
			if err == nil {
				e, err = judgeTaking(r, &before)
			}
			return err
		})
		if err != nil {
			return err
		}
		return i.update(ctx, func(tx store.Tx) (err error) {
			p, err = e.save(tx, a)
			return err
		})
	})
	if err != nil {
		return store.Pass{}, fmt.Errorf("take message: %w", err)
	}
	i.tell(p)
	return p, nil
}

// judgeTaking is the edit that takes the message from p.
func judgeTaking(r store.Reader, p *store.Pass) (edit, error) {
	after := *p
	after.Message, after.Sent = "", 0
	e, err := rewording(r, p, &after)
	e.detail = map[string]string{"why": "message taken back"}
	return e, err
}
