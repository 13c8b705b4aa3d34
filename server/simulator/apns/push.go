package apns

import (
	"maps"
	"slices"
	"time"
)

// maxBoxes bounds how many tokens are logged or kept waiting.
const maxBoxes = 100_000

// Push is one request as it came, and its answer. Headers are as sent, empty
// when absent.
type Push struct {
	Token      string
	Topic      string // apns-topic, or the certificate's when that was absent
	ID         string // apns-id
	PushType   string
	Priority   string
	Expiration string // Unix seconds
	CollapseID string
	Payload    string
	At         time.Time
	Connection int // number of the connection, from 1
	Status     int
	Reason     string
}

// Stats counts since New.
type Stats struct {
	Connections int // accepted by the network
	Refused     int // of these, by the TLS handshake
	Requests    int
	Accepted    int
	Streams     int // most at a time on one connection
	Exceeded    int // streams opened above the announced limit, and refused
	Unhandled   int // streams left behind by GOAWAY
}

// box is what belongs to a token.
type box struct {
	script  *Answer
	log     []Push
	waiting map[string]Push // the last per topic, for a device that is off
	phones  map[*func(string)]struct{}
}

// box returns the token's box. s.mu is held.
func (s *Service) box(token string) *box {
	b := s.boxes[token]
	if b == nil {
		b = &box{waiting: map[string]Push{}, phones: map[*func(string)]struct{}{}}
		s.boxes[token] = b
	}
	return b
}

// Stats returns the counts so far.
func (s *Service) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Log returns the last requests for token, oldest first.
func (s *Service) Log(token string) []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.boxes[token]; b != nil {
		return slices.Clone(b.log)
	}
	return nil
}

// Subscribe delivers accepted pushes for token to receive, which must not
// block, until cancel. One push per topic waits for a device that is off,
// unless it has expired or was sent to expire at once.
func (s *Service) Subscribe(token string, receive func(topic string)) (cancel func()) {
	key := &receive
	s.mu.Lock()
	b := s.box(token)
	b.phones[key] = struct{}{}
	waiting := slices.Collect(maps.Values(b.waiting))
	clear(b.waiting)
	s.mu.Unlock()
	for _, p := range waiting {
		if p.expires().After(s.options.Now()) {
			receive(p.Topic)
		}
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(b.phones, key)
	}
}

// record logs p and delivers it when it was accepted.
func (s *Service) record(p Push) {
	s.mu.Lock()
	s.stats.Requests++
	var phones []*func(string)
	if len(s.boxes) < maxBoxes || s.boxes[p.Token] != nil {
		b := s.box(p.Token)
		b.keep(p, s.options.LogPerToken)
		phones = slices.Collect(maps.Keys(b.phones))
	}
	if p.Status == statusOK {
		s.stats.Accepted++
	}
	s.mu.Unlock()
	if p.Status != statusOK {
		return
	}
	if s.options.OnPush != nil {
		s.options.OnPush(p)
	}
	for _, receive := range phones {
		(*receive)(p.Topic)
	}
}

func (b *box) keep(p Push, limit int) {
	if len(b.log) >= limit {
		b.log = slices.Delete(b.log, 0, len(b.log)-limit+1)
	}
	b.log = append(b.log, p)
	if p.Status == statusOK && len(b.phones) == 0 && p.expires().After(p.At) {
		b.waiting[p.Topic] = p
	}
}

func (p Push) expires() time.Time {
	seconds, ok := unixSeconds(p.Expiration)
	if !ok {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
