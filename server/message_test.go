package server_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// forecast is what the server says of one pass.
type forecast struct {
	Pass, Why, Remedy string
	Visible, Silent   bool
	LockScreen        []string
	Languages         map[string][]string
	Announced         []struct{ Field, Text string }
	Devices           int
	Findings          []any
	Error             struct{ Code string }
}

// broadcast is a message to many as a client reads it.
type broadcast struct {
	ID, Text, Undo, Why, Remedy string
	Silent                      bool
	Reach                       struct {
		Passes, Devices int
		AtLeast         bool
	}
	Samples []forecast
	Job     struct {
		ID, State, Reason string
		NotBefore         time.Time
		Counts            struct{ Done, Skipped, Failed int }
	}
}

// notices are the texts that stood on a phone's lock screen.
func notices(t *testing.T, phone *servertest.Phone, p store.Pass) []string {
	t.Helper()
	out := []string{}
	for _, n := range phone.Shows(t, p).Notices {
		out = append(out, n.Text)
	}
	return out
}

func path(p store.Pass) string { return "/api/v1/passes/" + p.ID.Short() }

func news(d *store.Design) {
	d.Document = json.RawMessage(strings.Replace(string(d.Document), `{"key": "terms"`, `{"key": "news", "label": "News", "value": "None", "changeMessage": "News: %@"}, {"key": "terms"`, 1))
}

// message reads a message to many until its job is in a state.
func message(t *testing.T, s *servertest.Server, id, state string) (m broadcast) {
	t.Helper()
	s.Until(t, "the message is "+state, func() bool {
		m = broadcast{}
		s.Get(t, "/api/v1/messages/"+id).Status(t, 200).JSON(t, &m)
		return m.Job.State == state
	})
	return m
}

func send(t *testing.T, s *servertest.Server, body map[string]any) (m broadcast) {
	t.Helper()
	s.Post(t, "/api/v1/messages", body).Status(t, 202).JSON(t, &m)
	return m
}

// TestMessageToMany reaches the passes that somebody has, each with its own text.
func TestMessageToMany(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	tagged := func(o *issuer.Order) { o.Tags = []string{"gate"} }
	ada := s.Issue(t, c, nil, tagged, func(o *issuer.Order) { o.Holder.Details = issuer.Details{Name: new("Ada")} })
	bob := s.Issue(t, c, nil, tagged, func(o *issuer.Order) { o.Holder.Details = issuer.Details{Name: new("Bob")} })
	nobody := s.Issue(t, c, nil, tagged)
	nowhere := s.Issue(t, c, nil, tagged)
	other := s.Issue(t, c, nil)
	phones := map[string]*servertest.Phone{"Ada": s.Phone(t, ada), "Bob": s.Phone(t, bob)}
	s.Phone(t, nobody, other)
	body := map[string]any{"text": "{{person.name}}, the gate is B12", "tag": "gate"}

	body["dryRun"] = true
	var dry broadcast
	s.Post(t, "/api/v1/messages", body).Status(t, 200).JSON(t, &dry)
	delete(body, "dryRun")
	m := send(t, s, body)
	for _, m := range []broadcast{dry, m} {
		if m.Reach.Passes != 4 || m.Reach.Devices != 3 || m.Reach.AtLeast || m.Silent || len(m.Samples) != 3 {
			t.Errorf("foretold %+v", m)
		}
	}
	done := message(t, s, m.ID, "done")
	if n := done.Job.Counts; n.Done != 2 || n.Failed != 1 || n.Skipped != 1 {
		t.Errorf("counts %+v", n)
	}
	for n, p := range map[string]store.Pass{"Ada": ada, "Bob": bob} {
		phones[n].WantUpdates(t, p, 1)
		sample := m.Samples[slices.IndexFunc(m.Samples, func(f forecast) bool { return f.Pass == p.ID.Short() })]
		if got := notices(t, phones[n], p); !slices.Equal(got, []string{n + ", the gate is B12"}) || !slices.Equal(got, sample.LockScreen) {
			t.Errorf("%s reads %q, foretold was %q", n, got, sample.LockScreen)
		}
	}
	if code := m.Samples[2].Error.Code; code != "placeholder_without_value" {
		t.Errorf("of a pass without a name is said %q", code)
	}
	for _, p := range []store.Pass{nobody, nowhere, other} {
		if now, err := s.Issuer.Pass(t.Context(), s.Actor, p.ID); err != nil || now.Message != "" {
			t.Errorf("a pass that is not meant says %q, %v", now.Message, err)
		}
	}
	var list struct{ Items []broadcast }
	s.Get(t, "/api/v1/messages").Status(t, 200).JSON(t, &list)
	if len(list.Items) != 1 || list.Items[0].Text != body["text"] || list.Items[0].Job.Counts.Done != 2 {
		t.Errorf("list %+v", list)
	}
	s.Get(t, "/api/v1/messages/"+ada.ID.Short()).Fails(t, 404, "not_found")
	all := send(t, s, map[string]any{"text": "Hi", "filter": map[string]any{}, "registeredOnly": false})
	if all.Reach.Passes != 5 || all.Reach.Devices != 4 {
		t.Errorf("reach of all: %+v", all.Reach)
	}
	if n := message(t, s, all.ID, "done").Job.Counts; n.Done != 5 {
		t.Errorf("counts %+v", n)
	}
}
