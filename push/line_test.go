package push_test

import (
	"errors"
	"testing"
	"time"

	"pocketpass/push"
	"pocketpass/server/simulator/apns"
)

func TestManyAtOnce(t *testing.T) {
	p := newPair(t, push.Options{})
	p.sendMany(t, 500)
	p.wantEach(t, 500)
	if s := p.apple.Stats(); s.Connections != 1 || s.Requests != 500 {
		t.Errorf("%+v, want 500 requests on one connection", s)
	}
}

func TestGoAwayLosesNothing(t *testing.T) {
	p := newPair(t, push.Options{})
	p.apple.Behave(apns.Behaviour{GoAwayAfter: 200})
	p.sendMany(t, 500)
	p.wantEach(t, 500)
	s := p.apple.Stats()
	if s.Connections < 3 || s.Connections > 4 {
		t.Errorf("%d connections, want 3, one more at most", s.Connections)
	}
	if s.Accepted != 500 {
		t.Errorf("%d pushes accepted, want 500: nothing twice, as GOAWAY said what was handled", s.Accepted)
	}
}

func TestGoAwayWithEveryRequestIsNotChased(t *testing.T) {
	p := newPair(t, push.Options{})
	p.apple.Behave(apns.Behaviour{GoAwayAfter: 1})
	accepted, paused := 0, 0
	for range 100 { // the clock stands still
		r := p.send(t)
		switch {
		case r.Outcome == push.Accepted:
			accepted++
		case errors.Is(r.Err, push.ErrPaused) && r.RetryAfter > 0 && r.RetryAfter <= 10*time.Second:
			paused++
		default:
			t.Fatalf("result %+v", r)
		}
	}
	if accepted != 4 || paused != 96 {
		t.Errorf("%d accepted, %d paused; want 4 connections and a rest", accepted, paused)
	}
	p.clock.advance(10 * time.Second)
	p.wantAccepted(t)
}

func TestStreamLimit(t *testing.T) {
	p := newPair(t, push.Options{})
	for _, limit := range []uint32{1, 1000, 10} {
		p.apple.Behave(apns.Behaviour{MaxStreams: limit})
		p.wantAccepted(t) // its answer comes after the new SETTINGS
		p.apple.AnswerAll(apns.Answer{Delay: time.Millisecond})
		p.sendMany(t, 100)
		p.apple.AnswerAll(apns.Answer{})
	}
	p.wantEach(t, 100)
	if s := p.apple.Stats(); s.Exceeded != 0 || s.Connections != 1 || s.Requests != 303 {
		t.Errorf("%+v, want no stream too many and one connection", s)
	}
}

func TestStreamLimitOneFromTheStart(t *testing.T) {
	p := newPair(t, push.Options{})
	p.apple.Behave(apns.Behaviour{MaxStreams: 1})
	p.sendMany(t, 100)
	p.wantEach(t, 100)
	if s := p.apple.Stats(); s.Streams != 1 || s.Exceeded != 0 || s.Connections != 1 {
		t.Errorf("%+v, want one stream at a time", s)
	}
}

func TestBlackHoleFromTheStart(t *testing.T) {
	p := newPair(t, push.Options{Timeout: time.Second})
	p.apple.Behave(apns.Behaviour{BlackHole: true})
	begun := time.Now()
	if r := p.send(t); r.Outcome != push.Retry || r.Err == nil {
		t.Errorf("result %+v, want Retry", r)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v, want no longer than the timeout", took)
	}
	if r := p.send(t); !errors.Is(r.Err, push.ErrPaused) || r.RetryAfter != time.Second {
		t.Errorf("second send %+v, want a rest of a second", r)
	}
	p.apple.Behave(apns.Behaviour{})
	p.clock.advance(time.Second)
	p.wantAccepted(t)
	if n := p.apple.Stats().Connections; n != 2 {
		t.Errorf("%d connections, want the dead one and a new one", n)
	}
}

func TestConnectionGoesDead(t *testing.T) {
	p := newPair(t, push.Options{Timeout: time.Second})
	p.wantAccepted(t)
	p.apple.Behave(apns.Behaviour{BlackHole: true})
	if r := p.send(t); r.Outcome != push.Retry {
		t.Errorf("result %+v, want Retry", r)
	}
	p.apple.Behave(apns.Behaviour{})
	p.wantAccepted(t) // at once: the old connection had worked
	if n := p.apple.Stats().Connections; n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestSlowAnswerIsNoDeadConnection(t *testing.T) {
	p := newPair(t, push.Options{Timeout: time.Second})
	p.wantAccepted(t)
	p.apple.AnswerToken(tokenOf(1), apns.Answer{Delay: time.Hour})
	done := make(chan push.Result)
	go func() {
		done <- p.Send(t.Context(), push.Notification{Token: tokenOf(1), Topic: topic})
	}()
	for slow := true; slow; {
		p.wantAccepted(t)
		select {
		case r := <-done:
			if slow = false; r.Outcome != push.Retry {
				t.Errorf("slow send: %+v, want Retry", r)
			}
		default:
		}
	}
	if n := p.apple.Stats().Connections; n != 1 {
		t.Errorf("%d connections, want the one that answers others", n)
	}
}

func TestRestart(t *testing.T) {
	p := newPair(t, push.Options{})
	p.wantAccepted(t)
	p.apple.Close()
	if r := p.send(t); r.Outcome != push.Retry || r.Err == nil {
		t.Errorf("while it is down: %+v, want Retry", r)
	}
	if err := p.apple.Start(); err != nil {
		t.Fatal(err)
	}
	p.clock.advance(time.Second)
	p.wantAccepted(t)
}

func TestNetworkBreaksUnderLoad(t *testing.T) {
	p := newPair(t, push.Options{})
	p.apple.AnswerAll(apns.Answer{Delay: time.Millisecond})
	arrived, sent := p.arrival(tokenOf(200)), make(chan struct{})
	go func() {
		defer close(sent)
		p.sendMany(t, 500)
	}()
	<-arrived
	p.apple.HangUp()
	<-sent
	p.wantEach(t, 500)
	if n := p.apple.Stats().Connections; n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestRestsGrowWhileNothingAnswers(t *testing.T) {
	p := newPair(t, push.Options{})
	p.apple.Behave(apns.Behaviour{RefuseTLS: true})
	begun := p.clock.Now()
	for p.clock.Now().Sub(begun) < time.Hour {
		r := p.send(t)
		if r.Outcome != push.Stop {
			t.Fatalf("result %+v, want Stop", r)
		}
		p.clock.advance(max(r.RetryAfter, time.Second))
	}
	if n := p.apple.Stats().Connections; n > 3600/10 {
		t.Errorf("%d connections in an hour, want one in 10 s at most", n)
	}
	p.apple.Behave(apns.Behaviour{})
	p.clock.advance(time.Minute)
	p.wantAccepted(t)
}

func TestHandshakeRefused(t *testing.T) {
	p := newPair(t, push.Options{})
	hour := time.Now().Add(time.Hour)
	tests := []struct {
		name  string
		spoil func(t *testing.T) *push.Client
	}{
		{"certificate of a stranger", func(t *testing.T) *push.Client {
			return p.client(t, newAuthority(t).issue(t, topic, hour))
		}},
		{"certificate has expired", func(t *testing.T) *push.Client {
			return p.client(t, p.authority.issue(t, topic, time.Now().Add(-time.Minute)))
		}},
		{"service without our trust", func(t *testing.T) *push.Client {
			o := p.options
			o.Roots = newAuthority(t).pool()
			c := push.New(p.authority.issue(t, topic, hour), o)
			t.Cleanup(func() { c.Close() })
			return c
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.spoil(t)
			before := p.apple.Stats().Connections
			for range 1000 {
				r := c.Send(t.Context(), push.Notification{Token: token, Topic: topic})
				if r.Outcome != push.Stop {
					t.Fatalf("result %+v, want Stop", r)
				}
			}
			if n := p.apple.Stats().Connections - before; n != 1 {
				t.Errorf("%d connections while the clock stood still, want 1", n)
			}
		})
	}
}

func TestCertificateWithoutTopic(t *testing.T) {
	p := newPair(t, push.Options{})
	c := p.client(t, p.authority.issue(t, "", time.Now().Add(time.Hour)))
	r := c.Send(t.Context(), push.Notification{Token: token, Topic: topic})
	if r.Outcome != push.Stop || r.Reason != "BadCertificate" {
		t.Errorf("result %+v, want Stop for BadCertificate", r)
	}
}
