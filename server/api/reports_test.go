package api_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/store"
)

// TestReport counts what happened on the days on which it happened, for a campaign,
// its template, a tag and a key.
func TestReport(t *testing.T) {
	now := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	s := furnish(openApp(t, t.TempDir()+"/data.db", func() time.Time { return now }))
	pass := s.issue(`{"tags": ["gold"]}`)
	s.issue(`{}`)
	now = now.AddDate(0, 0, 3)
	s.do("PATCH", "/passes/"+pass, `{"values": {"stamps": 5}}`).is(200)
	s.do("POST", "/passes/"+pass+"/void", nil).is(200)

	report := func(query string) string { return string(s.do("GET", "/reports?"+query, nil).is(200).body) }
	whole := report("campaign=" + s.campaign)
	contains(t, whole, `"from":"2026-05-06","to":"2026-06-04"`, `{"day":"2026-06-01","counts":{"calls":0,"creates":2,`, `{"day":"2026-06-04","counts":{"calls":0,"creates":0,`, `"updates":1`, `"voids":1`)
	if n := strings.Count(whole, `"day":`); n != 2 {
		t.Errorf("%d days, want two: %s", n, whole)
	}
	contains(t, report("template="+s.template+"&from=2026-06-01&to=2026-06-01"), `"creates":2`, `"to":"2026-06-01"`)
	contains(t, report("tag=gold"), `"creates":1`)
	contains(t, report("tag=gold&from=2026-06-02&to=2026-06-03"), `"days":[]`, `"creates":0`)

	table := strings.Split(string(s.do("GET", "/reports.csv?campaign="+s.campaign, nil).is(200).body), "\n")
	if len(table) != 4 || !strings.HasPrefix(table[0], "day,creates,views,") || !strings.HasPrefix(table[1], "2026-06-01,2,0,") {
		t.Errorf("table %q", table)
	}
	// Two orders on the campaign's address, a change and a voiding of its pass.
	must(t, s.issuer.FlushSeen(t.Context()))
	before := decode[struct{ Totals struct{ Calls int } }](s.do("GET", "/reports?campaign="+s.campaign, nil).is(200)).Totals.Calls
	if before < 4 {
		t.Errorf("%d calls, want the orders, the change and the voiding at least", before)
	}

	for query, code := range map[string]string{
		"":                                       "report_scope",
		"tag=gold&campaign=" + s.campaign:        "report_scope",
		"tag=gold&from=2026-06-31":               "day",
		"tag=gold&from=2026-06-02&to=2026-06-01": "report_range",
		"tag=gold&from=1990-01-01":               "report_range",
	} {
		s.do("GET", "/reports?"+query, nil).fails(422, code)
	}
	s.do("GET", "/reports?tag=none", nil).fails(404, "not_found")
}

// TestCallsOfATill: most calls of a till name no campaign in their address.
func TestCallsOfATill(t *testing.T) {
	s := newShop(t)
	pass := s.issue(`{"externalId": "guest"}`)
	till := s.key(s.org, store.Scanner)
	id, _, _ := strings.Cut(till, ".")
	calls := func(query string) int {
		must(t, s.issuer.FlushSeen(t.Context()))
		return decode[struct{ Totals struct{ Calls int } }](s.do("GET", "/reports?"+query, nil).is(200)).Totals.Calls
	}
	ask := func(method, path string, body any) answer {
		return s.with("Authorization", "Bearer "+till, method, path, body)
	}
	before := calls("campaign=" + s.campaign)
	made := decode[struct{ ID string }](ask("POST", "/redemptions", `{"externalId": "guest"}`).is(201))
	ask("POST", "/redemptions/lookup", `{"externalId": "guest"}`).is(200)
	ask("POST", "/redemptions/"+made.ID+"/undo", `{}`).is(201)
	ask("POST", "/passes/"+pass+"/redemptions", `{}`).is(201)
	ask("GET", "/me", nil).is(200) // about no campaign
	if got := calls("campaign=" + s.campaign); got != before+4 {
		t.Errorf("%d calls about the campaign, want %d", got, before+4)
	}
	if got := calls("key=" + id); got != 5 {
		t.Errorf("%d calls of the till, want 5", got)
	}
}
