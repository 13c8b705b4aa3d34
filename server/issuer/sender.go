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

// push sends one entry.
func (i *Issuer) push(ctx context.Context, e store.PushEntry) push.Result {
	s, err := i.senderFor(ctx, e.Topic)
	if err != nil {
		return push.Result{Outcome: push.Stop, Reason: ReasonNoCertificate, At: i.Now(), Err: err}
	}
	return s.Send(ctx, push.Notification{Token: e.Token, Topic: e.Topic})
}

func (i *Issuer) senderFor(ctx context.Context, topic string) (Sender, error) {
	var id *signing
	err := i.db.View(ctx, func(r store.Reader) (err error) {
		id, err = i.identity(r, topic)
		return err
	})
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
