package issuer

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"pocketpass/store"
)

// Broadcast is a message to many passes.
type Broadcast struct {
	Message
	Unregistered bool          `json:",omitempty"` // also to passes that no device has
	UndoWindow   time.Duration `json:",omitempty"` // waits so long, and can be cancelled without a trace
	Canary       int           `json:",omitempty"` // per cent of the passes that come first; 0 means none
	CanaryWait   time.Duration `json:",omitempty"` // when the others follow; 0 means once somebody resumes the job
}

// How long a message may wait at its undo window and after its first part.
const (
	maxUndoWindow = 24 * time.Hour
	maxCanaryWait = 30 * 24 * time.Hour
)

func (s Broadcast) check() error {
	switch {
	case s.UndoWindow < 0 || s.UndoWindow > maxUndoWindow:
		return invalid("/undoWindow", "undo_window", "the undo window is 0 to %d seconds", int(maxUndoWindow.Seconds()))
	case s.Canary < 0 || s.Canary > 99:
		return invalid("/canary", "canary", "the part that comes first is 1 to 99 per cent; leave it out to send to all at once")
	case s.CanaryWait < 0 || s.CanaryWait > maxCanaryWait:
		return invalid("/canaryWait", "canary_wait", "the wait after the first part is 0 to %d seconds; 0 waits until the job is resumed", int(maxCanaryWait.Seconds()))
	case s.CanaryWait > 0 && s.Canary == 0:
		return invalid("/canaryWait", "canary_wait", "there is no first part to wait after; give canary, or leave canaryWait out")
	}
	return s.Message.check()
}

func broadcastSpec(n NewJob) ([]byte, error) {
	if n.Send == nil {
		return nil, invalid("/kind", "message_missing", "messages have a place of their own: POST /messages")
	}
	if err := n.Send.check(); err != nil {
		return nil, err
	}
	return json.Marshal(n.Send)
}

// messaging is work that puts a text on passes, on some of them first if it should.
type messaging struct {
	edits
	Broadcast
}

func openMessage(i *Issuer, j store.Job) (work, error) {
	s, err := readSpec[Broadcast](j)
	if j.Source.From == store.Failures {
		s.Canary = 0
	}
	return messaging{editing(j, func(r store.Reader, p *store.Pass) (edit, error) {
		if meant, err := s.meant(r, j, p); err != nil || !meant {
			return edit{before: p, after: p}, err
		}
		return i.judgeMessage(r, p, s.Message, j.ID)
	}), s}, err
}

// meant leaves out passes that nobody has, and one that was listed twice.
func (s Broadcast) meant(r store.Reader, j store.Job, p *store.Pass) (bool, error) {
	if p.Sent == j.ID {
		return false, nil
	}
	if s.Unregistered {
		return true, nil
	}
	one, err := r.SomeRegistrationsOfPass(p.ID, 1)
	return len(one) > 0, err
}

// next goes through the passes twice if some of them come first. The cursor then
// begins with a byte that says which time it is.
func (w messaging) next(r reading, cursor []byte, limit int) (batch, error) {
	if w.Canary == 0 {
		return w.edits.next(r, cursor, limit)
	}
	part := []byte{firstPart}
	if len(cursor) > 0 {
		part, cursor = cursor[:1:1], cursor[1:]
	}
	all, err := w.edits.next(r, cursor, limit)
	b := batch{last: all.last}
	for _, it := range all.items {
		if isFirst(w.job.ID, it.Pass, w.Canary) == (part[0] == firstPart) {
			it.cursor = append(part, it.cursor...)
			b.items = append(b.items, it)
		}
	}
	if all.cursor != nil {
		b.cursor = append(part, all.cursor...)
	}
	if b.last && part[0] == firstPart {
		b.cursor, b.last = []byte{others}, false
		b.items = append(b.items, item{cursor: b.cursor, rest: w.pause})
	}
	return b, err
}

// The parts of a message.
const (
	firstPart = 0
	others    = 1
)

// isFirst says whether a pass is among the per cent that come first. Each message picks
// others, from all of the passes alike.
func isFirst(job, pass store.ID, percent int) bool {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(job)), uint64(pass)))
	sum := h.Sum64()
	sum ^= sum >> 32 // the low digits alone of FNV follow the last bytes
	return sum%100 < uint64(percent)
}

// pause rests after the first part.
func (w messaging) pause(j *store.Job, now time.Time) {
	j.State = store.JobPaused
	next := "resume the job to send to the others, or cancel it"
	if w.CanaryWait > 0 {
		j.State, j.NotBefore = store.JobWaiting, moment(now.Add(w.CanaryWait))
		next = "the others follow at " + written(j.NotBefore) + " unless the job is paused or cancelled"
	}
	j.Reason = fmt.Sprintf("%d passes, %d per cent of all, were sent to first; %s", j.Done, w.Canary, next)
}

func (w messaging) judge(r store.Reader, it item) (apply, error) {
	if it.rest != nil {
		return nil, nil
	}
	return w.edits.judge(r, it)
}

// openRecall takes a message from the passes that still show it.
func openRecall(_ *Issuer, j store.Job) (work, error) { return editing(j, judgeTaking), nil }
