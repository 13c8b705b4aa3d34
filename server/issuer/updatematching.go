package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// Selection means the passes of a template that are in use, neither void nor expired, and
// that show all of these values now, their own or else the template's. Nothing means all.
type Selection struct {
	Template store.ID
	Shows    []FieldText
}

// FieldText is a field and what it shows, to the letter. A number is its digits.
type FieldText struct {
	Key  string
	Text string
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
// ten thousand would change, which is the work of a job.
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
	m := matcher{i: i, r: r, shows: s.Shows, defaults: make(map[int]map[string]string)}
	f := store.PassFilter{Org: a.Org, Template: s.Template}
	for page := (store.Page{Limit: 500}); ; {
		all, next, err := r.Passes(f, page)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			e, matches, err := m.judge(&p, values)
			if err != nil {
				return nil, err
			}
			if !matches {
				continue
			}
			if out.Found++; out.First == nil {
				out.First = &p
			}
			if e.visible {
				edits = append(edits, e)
			}
		}
		if len(edits) > maxMatched {
			return nil, &Error{Kind: TooLarge, Code: "too_many_passes",
				Msg: fmt.Sprintf("more than %d passes would change at once; choose fewer, or let a job change them", maxMatched)}
		}
		if page.After = next; next == 0 {
			return edits, nil
		}
	}
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

// matcher compares passes of one template with a selection.
type matcher struct {
	i        *Issuer
	r        store.Reader
	shows    []FieldText
	defaults map[int]map[string]string // by revision: what fields show that a pass has no value for
}

// judge says whether p matches, and if so what the values would make of it.
func (m matcher) judge(p *store.Pass, values map[string]json.RawMessage) (e edit, matches bool, err error) {
	if p.Revoked() || !p.Expires.IsZero() && !p.Expires.After(m.r.Now) {
		return edit{}, false, nil
	}
	for _, want := range m.shows {
		if same, err := m.showing(*p, want); !same || err != nil {
			return edit{}, false, err
		}
	}
	if len(values) == 0 {
		return edit{}, true, nil
	}
	e, err = m.i.judgeChange(m.r, p, Change{Values: values})
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Kind == Conflict {
		return edit{}, false, nil // its campaign is no longer in use
	}
	return e, true, err
}

func (m matcher) showing(p store.Pass, want FieldText) (bool, error) {
	if raw, ok := p.Values[want.Key]; ok {
		var v pkpass.Value
		return v.UnmarshalJSON(raw) == nil && v.String() == want.Text, nil
	}
	known, ok := m.defaults[p.Pinned]
	if !ok {
		var err error
		if known, err = m.fieldsOf(p); err != nil {
			return false, err
		}
		m.defaults[p.Pinned] = known
	}
	text, ok := known[want.Key]
	return ok && text == want.Text, nil
}

// fieldsOf is what the fields of p's design show of themselves.
func (m matcher) fieldsOf(p store.Pass) (map[string]string, error) {
	d, err := m.i.designOf(m.r, p)
	if err != nil {
		return nil, err
	}
	p.Values, p.Patch = nil, nil
	s, err := subjectOf(m.r, p)
	if err != nil {
		return nil, err
	}
	doc, err := m.i.document(d, s, sampleTeam)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string)
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for _, f := range *group {
				out[f.Key] = f.Value.String()
			}
		}
	}
	return out, nil
}
