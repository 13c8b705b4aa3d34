package apns

import "time"

// Answer is a scripted answer. The zero Answer is good behaviour.
type Answer struct {
	Status     int           // 0 means what a well-behaved service says
	Reason     string        // Apple's word
	Timestamp  time.Time     // of a 410: since when the token is invalid; zero is left out
	RetryAfter time.Duration // Retry-After header in whole seconds; 0 is left out
	Body       string        // instead of the JSON, as a proxy would answer
	Delay      time.Duration // before answering
	Times      int           // how often, then good behaviour again; 0 means until changed
}

// Behaviour is how connections are treated. The zero Behaviour is good.
type Behaviour struct {
	MaxStreams  uint32 // SETTINGS_MAX_CONCURRENT_STREAMS; 0 means 1000; open connections are told too
	GoAwayAfter int    // GOAWAY with a connection's n-th request; later streams are not handled; 0 means never
	BlackHole   bool   // accept, read, and never write anything, not even to a PING
	RefuseTLS   bool   // refuse every client certificate, on new connections
}

func (b Behaviour) streams() uint32 {
	if b.MaxStreams == 0 {
		return defaultStreams
	}
	return b.MaxStreams
}

// AnswerAll scripts the answer to every token that has none of its own.
func (s *Service) AnswerAll(a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.everyone = a
}

// AnswerToken scripts the answer to one token.
func (s *Service) AnswerToken(token string, a Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.box(token).script = &a
}

// Behave changes how connections are treated, open ones included.
func (s *Service) Behave(b Behaviour) {
	s.mu.Lock()
	s.behaviour = b
	open := make([]*session, 0, len(s.sessions))
	for c := range s.sessions {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		c.announce(b.streams())
	}
}

func (s *Service) behaving() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behaviour
}

// scripted returns the answer to give to token now, and uses it up.
func (s *Service) scripted(token string) Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &s.everyone
	if b := s.boxes[token]; b != nil && b.script != nil {
		a = b.script
	}
	now := *a
	if a.Times > 0 {
		if a.Times--; a.Times == 0 {
			*a = Answer{}
		}
	}
	return now
}
