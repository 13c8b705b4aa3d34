package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/servertest"
)

// TestMessageIsTakenBack from the passes that still show it, in silence.
func TestMessageIsTakenBack(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	stays, changed := s.Issue(t, c, nil), s.Issue(t, c, nil)
	phone := s.Phone(t, stays, changed)
	m := send(t, s, map[string]any{"text": "Free cake", "ids": []string{stays.ID.Short(), changed.ID.Short(), stays.ID.Short()}})
	if n := message(t, s, m.ID, "done").Job.Counts; n.Done != 2 || n.Skipped != 1 {
		t.Errorf("counts %+v", n)
	}
	phone.WantUpdates(t, stays, 1)
	s.Post(t, path(changed)+"/messages", `{"text": "Only for you"}`).Status(t, 200)
	phone.WantUpdates(t, changed, 2)
	var undone broadcast
	s.Post(t, "/api/v1/messages/"+m.ID+"/undo", nil).Status(t, 202).JSON(t, &undone)
	if undone.Undo == "" {
		t.Fatalf("no job takes it back: %+v", undone)
	}
	phone.WantUpdates(t, stays, 2)
	var again broadcast
	s.Post(t, "/api/v1/messages/"+m.ID+"/undo", nil).Status(t, 202).JSON(t, &again)
	if again.Undo != undone.Undo {
		t.Error("it is taken back twice")
	}
	if got := notices(t, phone, stays); !slices.Equal(got, []string{"Free cake"}) {
		t.Errorf("the phone shows %q", got)
	}
	var job struct {
		State  string
		Counts struct{ Done, Skipped, Failed int }
	}
	s.Until(t, "it is taken back", func() bool {
		s.Get(t, "/api/v1/jobs/"+undone.Undo).Status(t, 200).JSON(t, &job)
		return job.State == "done"
	})
	if job.Counts.Done != 1 || job.Counts.Failed != 0 {
		t.Errorf("counts of the undo %+v", job.Counts)
	}
	if now, _ := s.Issuer.Pass(t.Context(), s.Actor, changed.ID); now.Message != "Only for you" {
		t.Errorf("the other message is %q", now.Message)
	}
}

// TestMessageWaits: for its time, and for its undo window.
func TestMessageWaits(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	p := s.Issue(t, c, nil)
	phone := s.Phone(t, p)
	to := func(more map[string]any) map[string]any {
		more["campaign"] = c.ID.Short()
		return more
	}
	late := send(t, s, to(map[string]any{"text": "Later", "notBefore": servertest.Start.Add(time.Hour)}))
	regretted := send(t, s, to(map[string]any{"text": "Oops", "undoWindow": 60}))
	if want := servertest.Start.Add(time.Minute); !regretted.Job.NotBefore.Equal(want) || regretted.Job.State != "waiting" {
		t.Errorf("it waits until %s as %s, want %s", regretted.Job.NotBefore, regretted.Job.State, want)
	}
	var undone broadcast
	s.Post(t, "/api/v1/messages/"+regretted.ID+"/undo", nil).Status(t, 202).JSON(t, &undone)
	if undone.Job.State != "cancelled" || undone.Undo != "" {
		t.Errorf("undone within the window: %+v", undone)
	}
	s.Advance(t, time.Hour)
	message(t, s, late.ID, "done")
	phone.WantUpdates(t, p, 1)
	if got := notices(t, phone, p); !slices.Equal(got, []string{"Later"}) {
		t.Errorf("the phone shows %q", got)
	}
}

// TestSomeComeFirst: the canary's part is sent to, then the job rests until it is
// resumed, or for a while.
func TestSomeComeFirst(t *testing.T) {
	for _, wait := range []int{0, 600} {
		t.Run(fmt.Sprintf("wait %d", wait), func(t *testing.T) {
			s := servertest.New(t)
			c := s.Campaign(t)
			const n = 200
			for range n {
				s.Issue(t, c, nil)
			}
			m := send(t, s, map[string]any{"text": "Hi", "campaign": c.ID.Short(), "registeredOnly": false, "canary": 20, "canaryWait": wait})
			state := map[int]string{0: "paused", 600: "waiting"}[wait]
			var first broadcast
			s.Until(t, "the first part was sent", func() bool {
				s.Get(t, "/api/v1/messages/"+m.ID).Status(t, 200).JSON(t, &first)
				return first.Job.State == state && first.Job.Reason != ""
			})
			if done := first.Job.Counts.Done; done < n/10 || done > n*3/10 || !strings.Contains(first.Job.Reason, fmt.Sprint(done)) {
				t.Errorf("%d of %d came first: %s", done, n, first.Job.Reason)
			}
			if wait == 0 {
				s.Post(t, "/api/v1/jobs/"+m.ID+"/resume", nil).Status(t, 200)
			} else {
				s.Advance(t, 10*time.Minute)
			}
			if last := message(t, s, m.ID, "done"); last.Job.Counts.Done != n || last.Job.Counts.Skipped != 0 || last.Job.Reason != "" {
				t.Errorf("in the end: %+v", last.Job)
			}
		})
	}
}
