package api_test

import (
	"strings"
	"testing"
	"time"
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
