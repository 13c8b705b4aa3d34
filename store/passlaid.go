package store

import (
	"bytes"

	"pocketpass/store/kv"
)

// LaidPass is a pass in the form of its record, made before the transaction that writes
// it: all but what is decided there, which is its version, how often it was edited, and
// when last. The zero LaidPass is none.
type LaidPass struct {
	bytes   []byte
	stamp   int  // where in bytes belongs what is decided later
	unmoved bool // no index entry and no count changes with it
}

// LayPass lays out p, which is to replace old.
func LayPass(old, p *Pass) LaidPass {
	f := scratches.Get().(*fields)
	defer scratches.Put(f)
	f.out = f.out[:0]
	p.names(f)
	stamp := len(f.out)
	p.rest(f)
	return LaidPass{bytes.Clone(f.out), stamp, passes.unmoved(old, p)}
}

// record is the record of p with its envelope, for w.
func (l LaidPass) record(w kv.Writer, p *Pass) []byte {
	f := scratches.Get().(*fields)
	defer scratches.Put(f)
	f.out = append(f.out[:envelopeHead], l.bytes[:l.stamp]...)
	p.stamp(f)
	f.out = append(f.out, l.bytes[l.stamp:]...)
	return kept(w, seal(f.out))
}

// ReplaceLaid is ReplacePass of a pass that differs in nothing but what is decided in the
// transaction from what was laid out.
func (tx Tx) ReplaceLaid(old, p *Pass, l LaidPass) error {
	if !l.unmoved {
		return tx.ReplacePass(old, p)
	}
	return tx.kv.Put(passes.name, p.ID.key(), l.record(tx.kv, p))
}
