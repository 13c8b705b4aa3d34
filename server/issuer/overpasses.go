package issuer

import (
	"encoding/binary"
	"errors"
	"io"

	"pocketpass/store"
)

// overPasses is work on passes that exist, one after the other by their ids, or in
// the order of the list that the client gave.
type overPasses struct {
	job       store.Job // as it was accepted
	judgePass func(r store.Reader, p *store.Pass) (apply, error)
}

func (w overPasses) filter() store.PassFilter {
	j := w.job
	return store.PassFilter{Org: j.Org, Campaign: j.Campaign, Template: j.Template, Tag: j.Source.Tag, Voided: j.Source.Voided, Sent: j.Source.Sent}
}

func (w overPasses) next(r reading, cursor []byte, limit int) (batch, error) {
	switch w.job.Source.From {
	case store.Listed:
		return w.listed(r, cursor, limit)
	case store.Failures:
		return failures(r, w.job, cursor, limit)
	}
	return w.filtered(r, cursor, limit)
}

// filtered walks an index of passes. Its cursor is the id of the last pass.
func (w overPasses) filtered(r reading, cursor []byte, limit int) (b batch, err error) {
	ids, err := r.PassIDs(w.filter(), store.ID(position(cursor)), w.job.ID, limit)
	b.last, b.items = len(ids) < limit, make([]item, 0, len(ids))
	for _, id := range ids {
		b.add(item{JobError: store.JobError{Pass: id}}, uint64(id))
	}
	return b, err
}

// listed reads the ids of a list. Its cursor is the number of those that were read.
func (w overPasses) listed(r reading, cursor []byte, limit int) (b batch, err error) {
	at := position(cursor)
	raw := make([]byte, idSize*limit)
	n, err := r.file.ReadAt(raw, int64(at)*idSize)
	if b.last = errors.Is(err, io.EOF); b.last {
		err = nil
	}
	for k := range n / idSize {
		id := store.ID(binary.BigEndian.Uint64(raw[k*idSize:]))
		b.add(item{JobError: store.JobError{Row: at + uint64(k) + 1, Pass: id}}, at+uint64(k)+1)
	}
	return b, err
}

// failures lists what failed of a job's parent. Its cursor is the parent's row.
func failures(r reading, j store.Job, cursor []byte, limit int) (b batch, err error) {
	failed, next, err := r.JobErrors(j.Parent, store.Page{After: store.ID(position(cursor)), Limit: limit})
	b.last = next == 0
	for _, e := range failed {
		row := e.Row
		e.Code, e.Message, e.Column = "", "", ""
		b.add(item{JobError: e}, row)
	}
	return b, err
}

func (w overPasses) judge(r store.Reader, it item) (apply, error) {
	p, _, err := w.find(r, it)
	if err != nil {
		return nil, err
	}
	return w.judgePass(r, p)
}

// find returns the pass of an item. One that a filter led to and that is gone or
// different by now is not meant any more; one that the client named has to be there.
func (w overPasses) find(r store.Reader, it item) (*store.Pass, store.Image, error) {
	p, image, err := r.PassImage(w.job.Org, it.Pass)
	if w.job.Source.From == store.Filtered {
		if errors.Is(err, store.ErrNotFound) {
			return p, image, errNotMeant
		}
		if f := w.filter(); err == nil && !f.Matches(p) {
			return p, image, errNotMeant
		}
	}
	if err == nil && w.job.Campaign != 0 && p.Campaign != w.job.Campaign {
		err = store.ErrNotFound
	}
	return p, image, err
}

const idSize = 8

func encodeIDs(ids []store.ID) []byte {
	out := make([]byte, 0, idSize*len(ids))
	for _, id := range ids {
		out = binary.BigEndian.AppendUint64(out, uint64(id))
	}
	return out
}

// add puts an item at the end; position is that of the job after it.
func (b *batch) add(it item, position uint64) {
	it.cursor = binary.AppendUvarint(nil, position)
	b.items, b.cursor = append(b.items, it), it.cursor
}

// position reads a cursor that is one number; none is 0.
func position(cursor []byte) uint64 {
	n, _ := binary.Uvarint(cursor)
	return n
}
