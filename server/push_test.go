package server_test

import (
	"testing"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// TestPushSettings reach the push service.
func TestPushSettings(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Push.PushType, c.Push.Priority = "absent", 10 }))
	pass := s.Issue(t, s.Campaign(t), nil)
	phone := s.Phone(t, pass)
	s.Change(t, pass, servertest.Values{"stamps": 7})
	phone.WantUpdates(t, pass, 1)
	seen := s.Push.Log(phone.PushToken)
	if len(seen) != 1 || seen[0].PushType != "" || seen[0].Priority != "10" {
		t.Errorf("the service saw %+v; want no push type and priority 10", seen)
	}
}
