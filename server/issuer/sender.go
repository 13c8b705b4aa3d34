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
	by  Sender
	err error
}

// push sends one entry.
func (i *Issuer) push(ctx context.Context, e errand) push.Result {
	if e.err != nil {
		return push.Result{Outcome: push.Stop, Reason: ReasonNoCertificate, At: i.Now(), Err: e.err}
	}
	return e.by.Send(ctx, push.Notification{Token: e.Token, Topic: e.Topic})
}

// errands finds a sender for each entry; most have the same topic.
func (i *Issuer) errands(r store.Reader, due []store.PushEntry) []errand {
	out := make([]errand, 0, len(due))
	byTopic := make(map[string]errand)
	for _, e := range due {
		found, ok := byTopic[e.Topic]
		if !ok {
			found.by, found.err = i.senderFor(r, e.Topic)
			byTopic[e.Topic] = found
		}
		found.PushEntry = e
		out = append(out, found)
	}
	return out
}

func (i *Issuer) senderFor(r store.Reader, topic string) (Sender, error) {
	id, err := i.identity(r, topic)
	if err != nil {
		return nil, err
	}
	i.senders.mu.Lock()
	defer i.senders.mu.Unlock()
	s, ok := i.senders.byType[topic]
	if ok && s.certificate == id.certificate {
		return s, nil
	}
	if ok {
		s.Close() // what is under way comes back and is tried again
		i.flood.Reset(topic)
	}
	if i.senders.byType == nil {
		i.senders.byType = make(map[string]sender)
	}
	s = sender{i.Sender(id.Identity), id.certificate}
	i.senders.byType[topic] = s
	return s, nil
}

func (s *senders) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.byType {
		one.Close()
	}
	s.byType = nil
}
