package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pocketpass/store"
)

// Selection means the passes of a template that are in use, neither void nor expired, and
// that show all of these values now. Nothing means all.
type Selection struct {
	Template store.ID
	Shows    []FieldText
}

// Matched says what UpdateMatching found and did.
type Matched struct {
	First   *store.Pass  // of those found, the oldest, as it is now; nil if there is none
	Found   int          //
	Changed []store.Pass // those that look different now, oldest first
}

// maxMatched is how many passes are changed in one commit.
const maxMatched = 10_000

// UpdateMatching gives all passes of a selection the same values in one commit and tells
// the devices of those that look different now. Which passes those are is decided by
// what they showed before. It reads every pass of the template; TooLarge if more than
// ten thousand would change, which is the work of a job: NewJob.Shows is for everybody else,
// this for an old service whose answer names what was changed.
func (i *Issuer) UpdateMatching(ctx context.Context, a Actor, s Selection, values map[string]json.RawMessage) (out Matched, err error) {
	if err := checkContent(Content{Values: values}); err != nil {
		return Matched{}, err
	}
	err = unlessOutdated(ctx, func() error {
		out = Matched{}
		var edits []edit
		err := i.db.View(ctx, func(r store.Reader) error {
			edits, err = i.judgeMatching(r, a, s, values, &out)
			return err
		})
		if err != nil || len(edits) == 0 {
			return err
		}
		return i.update(ctx, func(tx store.Tx) error { return saveAll(tx, a, edits, &out) })
	})
	if err != nil {
		return Matched{}, fmt.Errorf("update matching passes: %w", err)
	}
	for _, p := range out.Changed {
		i.tell(p)
	}
	return out, nil
}

// judgeMatching finds the passes of a selection and what becomes of those that change.
func (i *Issuer) judgeMatching(r store.Reader, a Actor, s Selection, values map[string]json.RawMessage, out *Matched) (edits []edit, err error) {
	if _, err := r.Template(a.Org, s.Template); err != nil {
		return nil, err
	}
	m := newMatcher(i, s.Shows)
	f := store.PassFilter{Org: a.Org, Template: s.Template}
	err = store.EachPage(func(p store.Page) (store.ID, error) {
		all, next, err := r.Passes(f, p)
		for n := range all {
			if err != nil {
				break
			}
			var e edit
			var matches bool
			if e, matches, err = m.judge(r, &all[n], values); err == nil && matches {
				edits = out.note(&all[n], e, edits)
			}
		}
		if err == nil && len(edits) > maxMatched {
			err = &Error{Kind: TooLarge, Code: "too_many_passes",
				Msg: fmt.Sprintf("more than %d passes would change at once; choose fewer, or let a job change them", maxMatched)}
		}
		return next, err
	})
	return edits, err
}

// note counts a pass that was found, and adds what phones would see of its change.
func (m *Matched) note(p *store.Pass, e edit, edits []edit) []edit {
	if m.Found++; m.First == nil {
		m.First = p
	}
	if e.visible {
		edits = append(edits, e)
	}
	return edits
}

func saveAll(tx store.Tx, a Actor, edits []edit, out *Matched) error {
	out.Changed = make([]store.Pass, 0, len(edits))
	for _, e := range edits {
		p, err := e.save(tx, a)
		if err != nil {
			return err
		}
		if out.Changed = append(out.Changed, p); out.First.ID == p.ID {
			out.First = &p
		}
	}
	return nil
}

// judge says whether p is in use and matches, and if so what the values would make of it.
func (m *matcher) judge(r store.Reader, p *store.Pass, values map[string]json.RawMessage) (e edit, matches bool, err error) {
	if p.Revoked() || !p.Expires.IsZero() && !p.Expires.After(r.Now) {
		return edit{}, false, nil
	}
	if matches, err = m.matches(r, p); !matches || err != nil || len(values) == 0 {
		return edit{}, matches, err
	}
	e, err = m.issuer.judgeChange(r, p, Change{Values: values})
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Kind == Conflict {
		return edit{}, false, nil // its campaign is no longer in use
	}
	return e, true, err
}
