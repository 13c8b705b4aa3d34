package issuer

import (
	"context"
	"sync"

	"pocketpass/push"
	"pocketpass/store"
)

// senders keeps one push client per pass type, for as long as its certificate
// stays the same: opening and closing connections quickly looks like an attack.
type senders struct {
	mu     sync.Mutex
	byType map[string]sender
}

type sender struct {
	Sender
	certificate store.ID
}

// ReasonNoCertificate is the reason of a push that no certificate could send.
const ReasonNoCertificate = "NoCertificate"

// errand is an entry with who sends it, or why nobody can.
type errand struct {
	store.PushEntry
	by          Sender
	certificate store.ID // that by proves itself with
	err         error
	libraries   []string // of the devices that a fan-out means; nil means whoever has the token
	report      chan<- sent
	unwanted    bool // no device has the token any more: nothing is sent
	probe       bool // a try whether the topic's rest may end
}

// push sends one entry.
func (i *Issuer) push(ctx context.Context, e errand) push.Result {
	switch {
	case e.unwanted:
		return push.Result{At: i.cfg.Now()}
	case e.err != nil:
		return push.Result{Outcome: push.Stop, Reason: ReasonNoCertificate, At: i.cfg.Now(), Err: e.err}
	}
	return e.by.Send(ctx, push.Notification{Token: e.Token, Topic: e.Topic})
}

// errands finds a sender for each entry that is not busy; most have the same topic.
func (i *Issuer) errands(r store.Reader, due []store.PushEntry, busy map[flight]bool) []errand {
	out := make([]errand, 0, len(due))
	byTopic := make(map[string]errand)
	for _, e := range due {
		if busy[flightOf(e)] {
			continue
		}
		found, ok := byTopic[e.Topic]
		if !ok {
			found.by, found.certificate, found.err = i.senderFor(r, e.Topic)
			byTopic[e.Topic] = found
		}
		found.PushEntry, found.unwanted = e, e.Attempts > 0 && abandoned(r, e)
		out = append(out, found)
	}
	return out
}

// abandoned says whether no device has an entry's token any more. It is asked
// before another try only: who queues an entry has just seen the device.
func abandoned(r store.Reader, e store.PushEntry) bool {
	devices, err := r.DevicesWithToken(e.Topic, e.Token)
	return err == nil && len(devices) == 0
}

func (i *Issuer) senderFor(r store.Reader, topic string) (Sender, store.ID, error) {
	id, err := i.announcer(r, topic)
	if err != nil {
		return nil, 0, err
	}
	i.senders.mu.Lock()
	defer i.senders.mu.Unlock()
	s, ok := i.senders.byType[topic]
	if ok && s.certificate == id.certificate {
		return s.Sender, s.certificate, nil
	}
	proof, err := id.open()
	if err != nil {
		return nil, 0, err
	}
	if ok {
		s.Close() // what is under way comes back and is tried again
		i.flood.Reset(topic)
	}
	if i.senders.byType == nil {
		i.senders.byType = make(map[string]sender)
	}
	s = sender{i.cfg.Sender(proof), id.certificate}
	i.senders.byType[topic] = s
	return s.Sender, s.certificate, nil
}

func (s *senders) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.byType {
		one.Close()
	}
	s.byType = nil
}
