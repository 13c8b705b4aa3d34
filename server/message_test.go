package server_test

import (
	"encoding/json"
	"fmt"
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

// TestLockScreenIsForetold: what a change is said to show is what a phone shows.
func TestLockScreenIsForetold(t *testing.T) {
	tests := []struct {
		name   string
		change string
		want   []string
		seen   bool // the phone fetches a new version
	}{
		{"a field with a changeMessage", `{"values": {"stamps": 4}}`, []string{"You now have 4 stamps"}, true},
		{"two of them", `{"values": {"stamps": 4, "reward": "A cake"}}`, []string{"Corner Café: your pass was updated"}, true},
		{"a field without", `{"values": {"seat": "At the bar"}}`, []string{}, true},
		{"one of each", `{"values": {"seat": "At the bar", "reward": "A cake"}}`, []string{"Your next reward: A cake"}, true},
		{"the pass's own changeMessage", `{"document": {"storeCard": {"auxiliaryFields": [{"key": "seat", "value": "Bar", "changeMessage": "Now at: %@"}]}}}`, []string{"Now at: Bar"}, true},
		{"an amount", `{"document": {"storeCard": {"auxiliaryFields": [{"key": "seat", "value": 1234.5, "currencyCode": "EUR", "changeMessage": "Pay %@"}]}}}`, []string{"Pay €1,234.50"}, true},
		{"a date", `{"document": {"storeCard": {"auxiliaryFields": [{"key": "seat", "value": "2026-06-02T18:30:00+02:00", "dateStyle": "PKDateStyleMedium", "timeStyle": "PKDateStyleShort", "changeMessage": "Doors: %@"}]}}}`, []string{"Doors: Jun 2, 2026, 4:30\u00a0PM"}, true},
		{"what it shows already", `{"values": {"stamps": 3}}`, []string{}, false},
		{"what phones do not show", `{"tags": ["gold"]}`, []string{}, false},
	}
	s := servertest.New(t)
	c := s.Campaign(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := s.Issue(t, c, servertest.Values{"stamps": 3})
			phone := s.Phone(t, p)
			var f forecast
			s.Post(t, path(p)+"/preview", tt.change).Status(t, 200).JSON(t, &f)
			if !slices.Equal(f.LockScreen, tt.want) || f.Silent != (len(tt.want) == 0) || f.Visible != tt.seen || f.Devices != 1 || f.Silent != (f.Why != "" && f.Remedy != "") {
				t.Errorf("foretold %+v, want %q", f, tt.want)
			}
			s.Patch(t, path(p), tt.change).Status(t, 200)
			if tt.seen {
				phone.WantUpdates(t, p, 1)
			}
			if got := notices(t, phone, p); !slices.Equal(got, f.LockScreen) {
				t.Errorf("the phone shows %q, foretold was %q", got, f.LockScreen)
			}
		})
	}
}

// TestPreviewChangesNothing and says what would be refused, and what other languages show.
func TestPreviewChangesNothing(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, s.Campaign(t, func(d *store.Design) {
		d.Strings = map[string]map[string]string{"fr": {"You now have %@ stamps": "Vous avez %@ tampons"}}
	}), nil)
	var f forecast
	s.Post(t, path(p)+"/preview", `{"values": {"stamps": 7}}`).Status(t, 200).JSON(t, &f)
	if got := f.Languages["fr"]; !slices.Equal(got, []string{"Vous avez 7 tampons"}) || len(f.Languages) != 1 {
		t.Errorf("languages %v", f.Languages)
	}
	s.Post(t, path(p)+"/preview", `{"document": {"expirationDate": "tomorrow"}}`).Status(t, 200).JSON(t, &f)
	if len(f.Findings) == 0 {
		t.Error("nothing is said of a date that Wallet cannot read")
	}
	s.Post(t, path(p)+"/preview", `{"values": {"nothing": 1}}`).Fails(t, 422, "field_unknown")
	if now, err := s.Issuer.Pass(t.Context(), s.Actor, p.ID); err != nil || now.Edited != 0 {
		t.Errorf("the pass was edited %d times by previews, %v", now.Edited, err)
	}
}

// TestMessageToOne follows a text through the lock screen to the back and away again.
func TestMessageToOne(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	if _, err := s.Issuer.ChangeCampaign(t.Context(), s.Actor, c.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Language: new("de")}}); err != nil {
		t.Fatal(err)
	}
	p := s.Issue(t, c, servertest.Values{"stamps": 3})
	phone := s.Phone(t, p)
	say := func(body string, update int, want ...string) forecast {
		t.Helper()
		before := notices(t, phone, p)
		var f forecast
		s.Post(t, path(p)+"/messages", body).Status(t, 200).JSON(t, &f)
		phone.WantUpdates(t, p, update)
		if got := notices(t, phone, p)[len(before):]; !slices.Equal(got, want) || !slices.Equal(f.LockScreen, want) {
			t.Errorf("%s: the phone shows %q, foretold was %q, want %q", body, got, f.LockScreen, want)
		}
		return f
	}
	say(`{"text": "You have {{stamps}} stamps,\nand {{'{{stamps}}'}} is no placeholder"}`, 1, "You have 3 stamps,\nand {{stamps}} is no placeholder")
	back := phone.Shows(t, p).Document.StoreCard.BackFields
	if f := back[len(back)-1]; f.Label != "Nachricht" || f.ChangeMessage != "%@" {
		t.Errorf("on the back stands %+v", f)
	}
	s.Change(t, p, servertest.Values{"stamps": 4}) // what was sent stays as it was
	phone.WantUpdates(t, p, 2)
	if got := notices(t, phone, p); got[len(got)-1] != "You now have 4 stamps" {
		t.Errorf("the phone shows %q after a stamp", got)
	}
	say(`{"text": "Hello"}`, 3, "Hello")
	if f := say(`{"text": "Hello"}`, 3); !f.Silent || f.Why == "" || !strings.Contains(f.Remedy, "again") {
		t.Errorf("the same text again: %+v", f)
	}
	say(`{"text": "Hello", "again": true}`, 4, "Hello\u2060")
	say(`{"text": "Hello", "again": true}`, 5, "Hello")
	var view struct{ Message string }
	s.Get(t, path(p)).Status(t, 200).JSON(t, &view)
	if view.Message != "Hello" {
		t.Errorf("the pass shows %q", view.Message)
	}
	before := notices(t, phone, p)
	s.Delete(t, path(p)+"/messages").Status(t, 204)
	card := phone.WantUpdates(t, p, 6)
	if fields := card.Document.StoreCard.BackFields; len(fields) != len(back)-1 || len(notices(t, phone, p)) != len(before) {
		t.Errorf("after it was taken away: %+v, %q", fields, notices(t, phone, p))
	}
	s.Delete(t, path(p)+"/messages").Status(t, 204)
	if history := string(s.Get(t, path(p)+"/history").Status(t, 200).Body); strings.Count(history, `"pass.messaged"`) != 4 {
		t.Errorf("history: %s", history)
	}
	var report struct{ Totals map[string]int64 }
	s.Get(t, "/api/v1/reports?campaign="+c.ID.Short()).Status(t, 200).JSON(t, &report)
	if report.Totals["messages"] != 4 {
		t.Errorf("totals %v, want 4 messages", report.Totals)
	}
}

// TestMessageField: a field of the template shows messages over its own value, and is
// silent when they go.
func TestMessageField(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t, news)
	p := s.Issue(t, c, nil)
	campaign := "/api/v1/campaigns/" + c.ID.Short()
	for key, code := range map[string]string{"nothing": "message_field", "terms": "message_field"} {
		s.Patch(t, campaign, map[string]any{"messageField": key}).Fails(t, 422, code)
	}
	s.Post(t, "/api/v1/campaigns", map[string]any{"name": "x", "passTypeIdentifier": servertest.PassTypeIdentifier, "messageField": "news"}).Fails(t, 422, "message_field")
	s.Patch(t, campaign, `{"messageField": "news"}`).Status(t, 200)
	phone := s.Phone(t, p)
	s.Post(t, path(p)+"/messages", `{"text": "Cake!"}`).Status(t, 200)
	card := phone.WantUpdates(t, p, 1)
	if got := notices(t, phone, p); !slices.Equal(got, []string{"News: Cake!"}) || card.Document.StoreCard.FieldByKey("pocketpass.message") != nil {
		t.Errorf("the phone shows %q", got)
	}
	s.Delete(t, path(p)+"/messages").Status(t, 204)
	card = phone.WantUpdates(t, p, 2)
	if f := card.Document.StoreCard.FieldByKey("news"); f.Value.String() != "None" || len(notices(t, phone, p)) != 1 {
		t.Errorf("the field says %q, the phone shows %q", f.Value, notices(t, phone, p))
	}

	s.Republish(t, c, func(d *store.Design) { // no changeMessage any more
		d.Document = json.RawMessage(strings.Replace(string(d.Document), `"News: %@"`, `""`, 1))
	})
	m := send(t, s, map[string]any{"text": "Pie!", "campaign": c.ID.Short()})
	if !m.Silent || !strings.Contains(m.Why, "changeMessage") || !strings.Contains(m.Remedy, "%@") || len(m.Samples) != 1 || len(m.Samples[0].LockScreen) != 0 {
		t.Errorf("a message that phones do not announce: %+v", m)
	}
	message(t, s, m.ID, "done")
	phone.Until(t, "the new text is there", func() bool {
		return phone.Shows(t, p).Document.StoreCard.FieldByKey("news").Value.String() == "Pie!"
	})
	if len(notices(t, phone, p)) != 1 {
		t.Errorf("the phone shows %q", notices(t, phone, p))
	}
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

// TestMessagesAreRefused lists what no message can be.
func TestMessagesAreRefused(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	p := s.Issue(t, c, nil)
	tests := []struct {
		name, code string
		body       map[string]any
	}{
		{"empty", "message_empty", map[string]any{"text": " \n"}},
		{"a control character", "message_characters", map[string]any{"text": "a\tb"}},
		{"too long", "message_long", map[string]any{"text": strings.Repeat("é", 1001)}},
		{"a broken placeholder", "message_placeholder", map[string]any{"text": "{{name"}},
		{"an undo window of days", "undo_window", map[string]any{"text": "x", "undoWindow": 86401}},
		{"an undo window beyond all", "undo_window", map[string]any{"text": "x", "undoWindow": int64(1) << 62}},
		{"all as the first part", "canary", map[string]any{"text": "x", "canary": 100}},
		{"a wait without a first part", "canary_wait", map[string]any{"text": "x", "canaryWait": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.body["campaign"] = c.ID.Short()
			s.Post(t, "/api/v1/messages", tt.body).Fails(t, 422, tt.code)
		})
	}
	s.Post(t, "/api/v1/messages", `{"text": "x"}`).Fails(t, 422, "source_missing")
	s.Post(t, "/api/v1/jobs", map[string]any{"kind": "message", "campaign": c.ID.Short()}).Fails(t, 422, "message_missing")
	s.Post(t, path(p)+"/messages", `{"text": "{{nobody}}"}`).Fails(t, 422, "placeholder_undefined")
	reserved := `{"storeCard": {"backFields": [{"key": "pocketpass.message", "value": "x"}]}}`
	s.Patch(t, path(p), `{"document": `+reserved+`}`).Fails(t, 422, "key_reserved")
	s.Patch(t, path(p), `{"document": `+strings.Replace(reserved, "pocketpass", `p\u006fcketpass`, 1)+`}`).Fails(t, 422, "key_reserved")
	s.Patch(t, path(p), `{"values": {"pocketpass.message": "x"}}`).Fails(t, 422, "key_reserved")
}

// TestMessagesOfOthers do not exist.
func TestMessagesOfOthers(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	p := s.Issue(t, c, nil)
	s.Phone(t, p)
	m := send(t, s, map[string]any{"text": "Hello", "campaign": c.ID.Short()})
	var made struct{ Key struct{ Token string } }
	s.Post(t, "/api/v1/organisations", `{"name": "Other"}`).Status(t, 201).JSON(t, &made)
	stranger := s.Caller
	stranger.Key = made.Key.Token
	stranger.Get(t, "/api/v1/messages/"+m.ID).Fails(t, 404, "not_found")
	stranger.Post(t, "/api/v1/messages/"+m.ID+"/undo", nil).Fails(t, 404, "not_found")
	stranger.Post(t, path(p)+"/messages", `{"text": "x"}`).Fails(t, 404, "not_found")
	stranger.Post(t, path(p)+"/preview", `{}`).Fails(t, 404, "not_found")
	stranger.Post(t, "/api/v1/messages", map[string]any{"text": "x", "campaign": c.ID.Short()}).Fails(t, 422, "unknown_campaign")
	var mine broadcast
	stranger.Post(t, "/api/v1/messages", map[string]any{"text": "x", "ids": []string{p.ID.Short()}, "dryRun": true}).Status(t, 200).JSON(t, &mine)
	if mine.Reach.Passes != 0 || mine.Reach.Devices != 0 {
		t.Errorf("a stranger reaches %+v", mine.Reach)
	}
	if list := string(stranger.Get(t, "/api/v1/messages").Status(t, 200).Body); strings.Contains(list, "Hello") {
		t.Error(list)
	}
}
