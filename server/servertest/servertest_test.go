package servertest_test

import (
	"testing"

	"go.uber.org/goleak"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestStory drives every part once: the harness itself has to work.
func TestStory(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 3})
	phone := s.Phone(t, p)
	s.Change(t, p, servertest.Values{"stamps": 4})
	c := phone.WantUpdates(t, p, 1)
	if f := c.Document.StoreCard.FieldByKey("stamps"); f.Value.String() != "4" {
		t.Errorf("the phone shows %s stamps, want 4", f.Value)
	}
	s.Get(t, "/healthz").Status(t, 200)
	s.Anonymous().Get(t, "/nothing").Fails(t, 404, "no_route")
	if a, b := s.As(t, store.Viewer), s.As(t, store.Viewer); a.Key != b.Key || a.Key == s.Key {
		t.Error("a role has to have one key of its own")
	}
}
