package server_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

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
