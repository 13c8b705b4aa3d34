package issuer

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"pocketpass/store"
)

// storedOrder is a line of the file of a job that issues passes.
type storedOrder struct {
	Order
	SealedToken []byte `json:",omitempty"` // instead of Order.Token
}

// orderToken binds a sealed token to what it is for.
const orderToken = "token of an order"

// encodeOrders writes orders as lines of JSON.
func (i *Issuer) encodeOrders(all []Order) ([]byte, error) {
	switch {
	case len(all) == 0:
		return nil, invalid("/passes", "orders_missing", "give the passes to issue")
	case len(all) > maxJobOrders:
		return nil, invalid("/passes", "too_many_orders", "a job takes up to %d passes in a request; split the list", maxJobOrders)
	}
	var out []byte
	for _, o := range all {
		s := storedOrder{Order: o}
		if o.Token != "" {
			s.SealedToken = i.cfg.Master.Seal(orderToken, []byte(o.Token))
		}
		s.Token = ""
		line, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encode order: %w", err)
		}
		if out = append(append(out, line...), '\n'); len(out) > maxOrdersSize {
			return nil, &Error{Kind: TooLarge, Code: "orders_large", Msg: "the orders of a job have up to 4 MiB together; split the list"}
		}
	}
	return out, nil
}

func (i *Issuer) decodeOrder(line []byte) (Order, error) {
	var s storedOrder
	if err := json.Unmarshal(line, &s); err != nil {
		return Order{}, fmt.Errorf("decode order: %w", err)
	}
	if string(s.Document) == "null" {
		s.Document = nil
	}
	if s.SealedToken == nil {
		return s.Order, nil
	}
	token, err := i.cfg.Master.Open(orderToken, s.SealedToken)
	s.Token = string(token)
	return s.Order, err
}

// ordersSpec lets a job issue into a campaign.
func ordersSpec(n NewJob) ([]byte, error) {
	if n.Campaign == 0 {
		return nil, invalid("/campaign", "campaign_missing", "say which campaign issues the passes")
	}
	return nil, nil
}

// issuing is work that issues a pass for each order of a list.
type issuing struct {
	issuer *Issuer
	job    store.Job
}

func openIssue(i *Issuer, j store.Job) (work, error) { return issuing{i, j}, nil }

// next reads lines. The cursor is the byte at which the next one begins and the
// number of lines before it.
func (w issuing) next(r reading, cursor []byte, limit int) (batch, error) {
	if w.job.Source.From == store.Failures {
		return w.failed(r, cursor, limit)
	}
	at, row := linePosition(cursor)
	lines := linesAt(r.file, at)
	var b batch
	for len(b.items) < limit {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			b.last = true
			break
		}
		if err != nil {
			return b, err
		}
		row++
		var named struct{ ExternalID string }
		_ = json.Unmarshal(line, &named) // a line that is none is refused when it is judged
		it := item{JobError: store.JobError{Row: row, At: at, ExternalID: named.ExternalID}, data: line}
		at += int64(len(line))
		it.cursor = binary.AppendUvarint(binary.AppendUvarint(nil, uint64(at)), row)
		b.items, b.cursor = append(b.items, it), it.cursor
	}
	return b, nil
}

// failed reads the lines that the parent's errors name.
func (w issuing) failed(r reading, cursor []byte, limit int) (batch, error) {
	b, err := failures(r, w.job, cursor, limit)
	for n := range b.items {
		if err != nil {
			return b, err
		}
		b.items[n].data, err = linesAt(r.file, b.items[n].At).ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			err = conflict("file_gone", "the file of the job is gone; send the orders again")
		}
	}
	return b, err
}

func linePosition(cursor []byte) (at int64, row uint64) {
	n, size := binary.Uvarint(cursor)
	if size <= 0 {
		return 0, 0
	}
	return int64(n), position(cursor[size:])
}

func linesAt(file io.ReaderAt, at int64) *bufio.Reader {
	return bufio.NewReader(io.NewSectionReader(file, at, math.MaxInt64-at))
}

func (w issuing) judge(r store.Reader, it item) (apply, error) {
	o, err := w.issuer.decodeOrder(it.data.([]byte))
	if err != nil {
		return nil, err
	}
	o.Campaign = w.job.Campaign
	if o.Template == 0 {
		o.Template = w.job.Template
	}
	return w.issuer.ordering(r, actorOf(w.job), o)
}

// ordering judges an order on behalf of a job.
func (i *Issuer) ordering(r store.Reader, a Actor, o Order) (apply, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	found, err := i.judgeOrder(r, a, o)
	return i.ordered(a, o, found), err
}

// ordered issues the pass of an order that was found good.
func (i *Issuer) ordered(a Actor, o Order, found judgement) apply {
	return func(tx store.Tx) (store.Pass, bool, error) {
		p, err := i.addPass(tx, a, o, found)
		return p, true, err
	}
}
