package servertest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"pocketpass/server/simulator"
	"pocketpass/store"
)

// Phone is a simulated phone that a test can wait for.
type Phone struct {
	*simulator.Phone
	server *Server

	mu      sync.Mutex
	changed chan struct{} // closed at every step
	lines   []simulator.Line
}

// Phone switches a phone on that has the given passes, until the test ends.
func (s *Server) Phone(t testing.TB, passes ...store.Pass) *Phone {
	t.Helper()
	return s.PhoneWith(t, simulator.Config{}, passes...)
}

// PhoneWith is Phone for one that is told apart by c.
func (s *Server) PhoneWith(t testing.TB, c simulator.Config, passes ...store.Pass) *Phone {
	t.Helper()
	p := &Phone{server: s, changed: make(chan struct{})}
	if c.HTTP == nil {
		c.HTTP = s.HTTP
	}
	c.Service, c.Now, c.OnLine, c.OnShow = s.Push, s.Clock.Now, p.line, func(simulator.Card) { p.step(nil) }
	p.Phone = simulator.New(c)
	t.Cleanup(p.Close)
	for _, pass := range passes {
		p.Add(t, pass)
	}
	return p
}

func (p *Phone) line(l simulator.Line) { p.step(&l) }

func (p *Phone) step(l *simulator.Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l != nil {
		p.lines = append(p.lines, *l)
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// PassLink is the address of a pass's file.
func (s *Server) PassLink(p store.Pass) string { return s.BaseURL() + "/p/" + p.PublicID + ".pkpass" }

// Add installs a pass from its link.
func (p *Phone) Add(t testing.TB, pass store.Pass) simulator.Card {
	t.Helper()
	c, err := p.Install(t.Context(), p.server.PassLink(pass))
	if err != nil {
		t.Fatalf("install: %v", err)
	}
	return c
}

// Shows returns a pass that must be on the phone.
func (p *Phone) Shows(t testing.TB, pass store.Pass) simulator.Card {
	t.Helper()
	c, ok := p.Card(pass.PassTypeIdentifier, pass.SerialNumber)
	if !ok {
		t.Fatalf("the pass %s is not on the phone", pass.SerialNumber)
	}
	return c
}

// WantUpdates waits until n versions have replaced the first one of a pass.
func (p *Phone) WantUpdates(t testing.TB, pass store.Pass, n int) simulator.Card {
	t.Helper()
	p.Until(t, "the pass was updated on the phone", func() bool { return p.Shows(t, pass).Updates >= n })
	c := p.Shows(t, pass)
	if c.Updates != n {
		t.Errorf("the pass was updated %d times, want %d", c.Updates, n)
	}
	return c
}

// Until waits for a condition, which is looked at after every step of the phone.
func (p *Phone) Until(t testing.TB, what string, ready func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if ready() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited %s in vain: %s; the phone did: %v", patience, what, p.Said())
		}
	}
}

// Lines are the steps so far.
func (p *Phone) Lines() []simulator.Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lines)
}

// Said are the steps so far as texts.
func (p *Phone) Said() []string {
	var out []string
	for _, l := range p.Lines() {
		out = append(out, l.Text)
	}
	return out
}
