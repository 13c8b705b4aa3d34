package server_test

import (
	"testing"
	"time"

	"pocketpass/push"
	"pocketpass/server"
	"pocketpass/server/demo"
)

// TestPushSettings reach the push service.
func TestPushSettings(t *testing.T) {
	const topic, token = "pass.org.example.card", "00112233"
	cfg := ofFolder(shortFolder(t))
	stage, err := demo.Prepare(cfg.Data, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer stage.Close()
	cfg.Push.Host, cfg.Push.PushType, cfg.Push.Priority = stage.Push.URL(), "absent", 10
	a := opened(t, cfg, server.Options{PushRoots: stage.Push.Roots()})
	defer a.Close()
	id, err := stage.Identity(t.Context(), topic, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := a.Issuer.Sender(id)
	defer s.Close()
	r := s.Send(t.Context(), push.Notification{Token: token, Topic: topic})
	seen := stage.Push.Log(token)
	if len(seen) != 1 || seen[0].PushType != "" || seen[0].Priority != "10" {
		t.Errorf("the service saw %+v, %+v; want no push type and priority 10", seen, r)
	}
}
