package passkit_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/moved"
	"pocketpass/server/compat/passkit"
	"pocketpass/server/servertest"
)

// TestSearchCreated asks for passes by the time of their creation, in campaigns that have
// more than a search reads, and of which some moved here.
func TestSearchCreated(t *testing.T) {
	a := newAccount(t, servertest.Unsynced())
	a.prepared(t, "One")
	a.templated(t, "Side", card("Side", "One"))
	a.prepared(t, "Two")
	ids := make([]string, 7)                                  // oldest first
	for n, template := range []string{"One", "Side", "Two"} { // on 1, 2 and 3 June
		ids[3+n] = a.issue(t, members{"templateName": template})
		a.Advance(t, 24*time.Hour)
	}
	again := func(id, template, created string) string {
		when, err := time.Parse(time.RFC3339, created)
		body, _ := json.Marshal(members{"templateName": template})
		r := moved.Record{ID: id, PublicID: id, SerialNumber: id, Created: when}
		if status, answer := compattest.Again(t, a.Server, root+"/v2/passes", r, body, a.authorization(), "Content-Type: application/json"); err != nil || status != 200 {
			t.Fatalf("%v: %d %s", err, status, answer)
		}
		return id
	}
	ids[1] = again("4dQwT8rLzX0cVb", "Side", "2025-12-31T23:59:59Z") // came on 4 June
	ids[0] = again("7hKmP2sNyJ5fGd", "One", "2025-03-09T07:00:00Z")
	ids[2] = again("1aZxC6vBnM3qWe", "Two", "2026-02-10T00:00:00Z")
	a.Advance(t, time.Hour)
	ids[6] = a.issue(t, members{"templateName": "Two"})

	t.Cleanup(passkit.SetMaxLooked(3))
	const wide = "Search would read more than 3 passes: name a campaign, a template, a pass or a shorter time by createdAt"
	for _, tt := range []struct {
		filter members
		want   string
	}{
		{members{"createdAt": members{"lt": "2026"}}, "01"},
		{members{"createdAt": members{"lte": "2025-12-31T23:59:59Z"}}, "01"},
		{members{"createdAt": members{"lt": "2025-12-31T23:59:59Z"}}, "0"},
		{members{"createdAt": members{"gt": "2025-12-31T23:59:59Z", "lt": "2026-06"}}, "2"},
		{members{"createdAt": members{"gte": "2025-12-31T23:59:59Z", "lt": "2026-06-01T12:00"}}, "123"},
		{members{"createdAt": members{"eq": "2026-02-10"}}, "2"},
		{members{"createdat": "2026-02-10"}, "2"},
		{members{"createdAt": "2026-02-10T02:00:00+0200"}, "2"},
		{members{"createdAt": members{"gte": "2026-06-02"}}, "456"},
		{members{"createdAt": members{"gte": "2026-06-04"}}, "6"},
		{members{"createdAt": members{"gte": "2026-06-01"}}, wide},
		{members{"createdAt": members{"exists": true}}, "3451026"}, // as they came
		{members{"createdAt": members{"exists": true, "lt": "2026"}}, "01"},
		{members{"createdAt": members{"gt": "2020"}, "templateName": "Side"}, "14"},
		{members{"createdAt": members{"gt": "2020"}, "templateName": "Two"}, "256"},
		{members{"createdAt": members{"lt": "2026-06-02"}, "campaignName": "One"}, "013"},
		{members{"createdAt": members{"gt": "2020"}, "campaignName": "One"}, wide},
		{members{"createdAt": members{"gt": "2020"}, "campaignName": "None"}, ""},
		{members{"createdAt": members{"gt": "2026-06-02"}, "isVoided": true}, ""},
	} {
		body := a.send(t, "POST", "/v1/passes", members{"passFilter": tt.filter})
		if tt.want == wide {
			fails(t, body, 400, wide)
			continue
		}
		var got struct{ Data []struct{ ID string } }
		body.Status(t, 200).JSON(t, &got)
		found := ""
		for _, p := range got.Data {
			found += strconv.Itoa(slices.Index(ids, p.ID))
		}
		if found != tt.want {
			t.Errorf("%v finds %s, want %s", tt.filter, found, tt.want)
		}
	}
}
