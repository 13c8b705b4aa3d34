package issuer

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"pocketpass/store"
)

// kinds lists what jobs can do.
var kinds = map[string]kind{
	KindUpdate:   {updateSpec, openUpdate},
	KindVoid:     {noSpec, openVoid(true)},
	KindUnvoid:   {noSpec, openVoid(false)},
	KindDelete:   {noSpec, openDelete},
	KindTag:      {tagSpec, openTag},
	KindMerge:    {mergeSpec, openMerge},
	KindIssue:    {ordersSpec, openIssue},
	KindUntag:    {nil, openUntag},
	KindRevise:   {nil, openRevise},
	KindEnd:      {nil, openEnd},
	KindImport:   {nil, openImport},
	KindTakeover: {nil, openTakeover},

	KindMessage: {broadcastSpec, openMessage},
	KindRecall:  {nil, openRecall},
}

func noSpec(NewJob) ([]byte, error) { return nil, nil }

// changeSpec is a Change as it is kept with a job.
type changeSpec struct {
	Change
	NoDocument bool        `json:",omitempty"` // the Change takes the pass's own document away, which a null cannot say here
	Shows      []FieldText `json:",omitempty"` // which passes are meant
}

func updateSpec(n NewJob) ([]byte, error) {
	if n.Change == nil {
		return nil, invalid("/change", "change_missing", "say what to change, as for one pass")
	}
	s := changeSpec{Change: *n.Change, Shows: n.Shows}
	if err := s.Change.check(); err != nil {
		return nil, within("/change", err)
	}
	if s.Document != nil && string(*s.Document) == "null" {
		s.Document, s.NoDocument = nil, true
	}
	if s.Tags != nil && *s.Tags == nil {
		s.Tags = &[]string{}
	}
	return json.Marshal(s)
}

func openUpdate(i *Issuer, j store.Job) (work, error) {
	s, err := readSpec[changeSpec](j)
	if s.NoDocument {
		null := json.RawMessage("null")
		s.Document = &null
	}
	v := &verdicts{issuer: i, change: s.Change, keys: slices.Sorted(maps.Keys(s.Values)), known: make(map[verdictKey]verdict)}
	if len(s.Shows) == 0 {
		return editing(j, v.judge), err
	}
	m := newMatcher(i, s.Shows)
	return editing(j, func(r store.Reader, p *store.Pass) (edit, error) {
		if meant, err := m.matches(r, p); !meant || err != nil {
			return edit{before: p, after: p}, err
		}
		return v.judge(r, p)
	}), err
}

// edits is work whose changes of passes can be foretold.
type edits struct {
	overPasses
	edit func(store.Reader, *store.Pass) (edit, error)
}

// editing makes the edit that is found of each pass.
func editing(j store.Job, find func(store.Reader, *store.Pass) (edit, error)) edits {
	return edits{overPasses{job: j}, find}
}

func (w edits) judge(r store.Reader, it item) (apply, error) {
	p, image, err := w.find(r, it)
	if err != nil {
		return nil, err
	}
	e, err := w.edit(r, p)
	e.image = image
	return applying(actorOf(w.job), e, err)
}

// applying makes an edit.
func applying(a Actor, e edit, err error) (apply, error) {
	if err != nil || !e.changed && !e.stand.given() {
		return nil, err
	}
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, err := e.save(tx, a)
		return p, true, err
	}, nil
}

func openVoid(voided bool) func(*Issuer, store.Job) (work, error) {
	return func(_ *Issuer, j store.Job) (work, error) {
		return overPasses{j, func(r store.Reader, p *store.Pass) (apply, error) {
			if isSo(*p, voided) {
				return nil, nil
			}
			return voiding(j, p.ID, voided), alterable(r, p)
		}}, nil
	}
}

func voiding(j store.Job, id store.ID, voided bool) apply {
	return func(tx store.Tx) (store.Pass, bool, error) { return setVoid(tx, actorOf(j), id, voided) }
}

// openEnd voids what is left. A pass that is used up is left alone: it stays void, even
// if that is taken back.
func openEnd(_ *Issuer, j store.Job) (work, error) {
	return overPasses{j, func(_ store.Reader, p *store.Pass) (apply, error) {
		if !p.Voided.IsZero() || !p.Invalid.IsZero() {
			return nil, nil
		}
		return voiding(j, p.ID, true), nil
	}}, nil
}

func openDelete(_ *Issuer, j store.Job) (work, error) {
	return overPasses{j, func(_ store.Reader, p *store.Pass) (apply, error) {
		return func(tx store.Tx) (store.Pass, bool, error) {
			p, err := withdraw(tx, actorOf(j), p.ID, nil)
			return p, true, err
		}, nil
	}}, nil
}

func tagSpec(n NewJob) ([]byte, error) {
	if n.Tagging == nil || len(n.Tagging.Add)+len(n.Tagging.Remove) == 0 {
		return nil, invalid("/tags", "tags_missing", "say which tags to add or to remove")
	}
	if err := checkContent(Content{Tags: n.Tagging.Add}); err != nil {
		return nil, err
	}
	return json.Marshal(n.Tagging)
}

func openTag(_ *Issuer, j store.Job) (work, error) {
	t, err := readSpec[Tagging](j)
	return overPasses{j, func(r store.Reader, p *store.Pass) (apply, error) {
		tags := t.of(*p)
		if slices.Equal(tags, p.Tags) {
			return nil, nil
		}
		if err := errors.Join(alterable(r, p), checkTags("/add", tags)); err != nil {
			return nil, err
		}
		return func(tx store.Tx) (store.Pass, bool, error) {
			p, err := tx.Pass(j.Org, p.ID)
			if err != nil {
				return p, false, err
			}
			changed, err := t.save(tx, actorOf(j), &p)
			return p, changed, err
		}, nil
	}}, err
}
