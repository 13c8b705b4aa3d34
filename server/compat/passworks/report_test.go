package passworks_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// reported is a campaign with a pass that everything happened to which reports count.
func reported(t *testing.T, a *account) (campaign string) {
	t.Helper()
	campaign = a.campaign(t, "coupons", loaf())
	made := issued(t, a.send(t, "POST", "/coupons/"+campaign+"/passes", nil).Status(t, 201))
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), made.URL); err != nil {
		t.Fatal(err)
	}
	p := compattest.Record(t, a.Server, made)
	a.register(t, p, issuer.WalletPass2U)
	a.flush(t)
	a.Clock.Advance(24 * time.Hour)
	a.send(t, "PATCH", "/coupons/"+campaign+"/passes/"+made.ID, members{"pass": members{"auxiliary_fields": []any{members{"key": "until", "value": "7 November"}}}}).Status(t, 200)
	phone.WantUpdates(t, p, 1)
	a.send(t, "POST", "/coupons/"+campaign+"/passes/"+made.ID+"/redeem", nil).Status(t, 200)
	phone.WantUpdates(t, p, 2)
	a.send(t, "POST", "/coupons/"+campaign+"/passes/"+made.ID+"/reset_redeem", nil).Status(t, 200)
	phone.WantUpdates(t, p, 3)
	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Fatal(err)
	}
	a.flush(t)
	return campaign
}

// register has a device of some wallet register for a pass.
func (a *account) register(t testing.TB, p store.Pass, wallet string) {
	t.Helper()
	token, err := a.Issuer.Token(p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Issuer.Register(t.Context(), issuer.Registering{Library: "another", PassTypeIdentifier: p.PassTypeIdentifier, SerialNumber: p.SerialNumber,
		Token: token, PushToken: "00112233445566778899aabbccddeeff", Wallet: wallet})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReports(t *testing.T) {
	a := newAccount(t)
	campaign := reported(t, a)
	path := base + "/coupons/" + campaign + "/reports"
	record := a.record // pushes are noted a while after they were sent
	record.Masks = append(slices.Clone(record.Masks), compattest.Mask{Pattern: regexp.MustCompile(`("pushes_count": )[0-9]+`), With: "${1}<pushes>"})
	daily := object(t, record.Send(t, "report-daily", "GET", path+"?start_date=2026-05-20&end_date=2026-06-02", nil).Status(t, 200))
	days := daily["report"].(members)
	if got := slices.Sorted(maps.Keys(days)); !slices.Equal(got, []string{"2026-06-01", "2026-06-02"}) {
		t.Fatalf("the report has the days %v", got)
	}
	first, second := days["2026-06-01"].(members), days["2026-06-02"].(members)
	for name, want := range map[string]float64{"installs_count": 2, "uninstalls_count": 0, "creates_count": 1, "downloads_count": 1, "distribution_updates_count": 1,
		"api_calls_count": 1, "active_count": 2, "removed_count": 0, "redeems_count": 0} {
		if first[name] != want {
			t.Errorf("on the first day %s is %v, want %v", name, first[name], want)
		}
	}
	for name, want := range map[string]float64{"installs_count": 0, "uninstalls_count": 1, "redeems_count": 1, "updates_count": 3, "fetches_count": 3,
		"api_calls_count": 3, "active_count": -1, "removed_count": 1} {
		if second[name] != want {
			t.Errorf("on the second day %s is %v, want %v", name, second[name], want)
		}
	}
	if i := first["i"].(members); i["ios"] != 1.0 || i["android"] != 1.0 || i["wp"] != 0.0 {
		t.Errorf("installed on %v", i)
	}
	// The call for the days counts too, and is written within a second of it.
	record.Masks = append(record.Masks, compattest.Mask{Pattern: regexp.MustCompile(`("api_calls_count": )[0-9]+`), With: "${1}<calls>"})
	totals := object(t, record.Send(t, "report-totals", "GET", path+"/totals", nil).Status(t, 200))["report"].(members)
	if x, y := totals["apple"].(members), totals["android"].(members); x["installs_count"] != 1.0 || x["uninstalls_count"] != 1.0 || y["installs_count"] != 1.0 || totals["active_count"] != 1.0 {
		t.Errorf("in all %v", totals)
	}
}

func TestReportPeriods(t *testing.T) {
	a := newAccount(t, servertest.At(time.Date(2026, 3, 31, 23, 59, 0, 0, time.UTC)))
	path := "/coupons/" + a.campaign(t, "coupons", loaf()) + "/reports"
	for query, want := range map[string][2]string{
		"":                       {"2026-02-28", "2026-03-31"},
		"?":                      {"2026-02-28", "2026-03-31"},
		"?start_date=":           {"2026-02-28", "2026-03-31"},
		"?end_date=2026-04-05":   {"2026-02-28", "2026-04-05"},
		"?start_date=2026-03-31": {"2026-03-31", "2026-03-31"},
		"?start_date=2026-01-01&end_date=2026-01-01": {"2026-01-01", "2026-01-01"},
	} {
		got := object(t, a.send(t, "GET", path+query, nil).Status(t, 200))
		if got["start_date"] != want[0] || got["end_date"] != want[1] {
			t.Errorf("%q is from %v to %v, want %v", query, got["start_date"], got["end_date"], want)
		}
		if days := got["report"].(members); want[0] == "2026-01-01" && len(days) != 0 {
			t.Errorf("a period with no events has %v", days)
		}
	}
	for query, member := range map[string]string{
		"?start_date=yesterday": "start_date", "?start_date=2026-02-30": "start_date", "?start_date=2026-2-3": "start_date", "?start_date=2026-03-01T00:00:00Z": "start_date",
		"?end_date=31-03-2026": "end_date", "?end_date=0000-01-01": "end_date",
	} {
		text := map[string]string{"start_date": "Start date", "end_date": "End date"}[member] + " must be a date like 2024-12-31"
		fails(t, a.send(t, "GET", path+query, nil), 400, text, `{"`+member+`":["must be a date like 2024-12-31"]}`)
	}
	fails(t, a.send(t, "GET", path+"?start_date=2026-03-02&end_date=2026-03-01", nil), 400, "End date must not be before start_date", `{"end_date":["must not be before start_date"]}`)
	fails(t, a.send(t, "GET", path+"?start_date=1999-01-01", nil), 400, "Start date must not be more than ten years before end_date",
		`{"start_date":["must not be more than ten years before end_date"]}`)
	for _, wrong := range []string{"/store_cards" + path[len("/coupons"):], "/coupons/nothing/reports"} {
		fails(t, a.send(t, "GET", wrong, nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
		fails(t, a.send(t, "GET", wrong+"/totals", nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	}
}
