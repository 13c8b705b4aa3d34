package passworks_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
)

// TestLists pages through the redeems and the wallets of a campaign, by age and otherwise.
func TestLists(t *testing.T) {
	a := newAccount(t)
	campaign := "/coupons/" + a.campaign(t, "coupons", with(plain(t), members{"allow_multiple_redeems": true}))
	var passes []compattest.Issued
	for range 3 {
		passes = append(passes, issued(t, a.send(t, "POST", campaign+"/passes", nil).Status(t, 201)))
	}
	phone := a.Phone(t)
	for _, n := range []int{2, 0, 1} { // neither in the order of the passes
		a.Advance(t, time.Minute)
		a.send(t, "POST", campaign+"/passes/"+passes[n].ID+"/redeem", nil).Status(t, 200)
		if _, err := phone.Install(t.Context(), passes[n].URL); err != nil {
			t.Fatal(err)
		}
	}
	once := "/coupons/" + a.campaign(t, "coupons", with(plain(t), members{"name": "Once"}))
	reset := once + "/passes/" + a.pass(t, "coupons", strings.TrimPrefix(once, "/coupons/"), nil)
	for _, verb := range []string{"redeem", "reset_redeem", "redeem"} { // a reset is no redeem
		a.send(t, "POST", reset+"/"+verb, nil).Status(t, 200)
	}
	for query, want := range map[string]string{
		"": "201", "q[s]=created_at+desc": "102", "per_page=2": "20", "per_page=2&page=2": "1", "per_page=2&page=3": "", "offset=1": "01",
		"per_page=1&page=2&q[s]=created_at+desc": "0", "q[s]=pass_id": "012", "q[created_at_gt]=2026-06-01": "201", "q[pass_id_eq]=" + passes[0].ID: "0",
	} {
		for _, kind := range []string{"/redeems", "/registrations"} {
			got, found, total := a.send(t, "GET", campaign+kind+"?"+query, nil).Status(t, 200), "", "3"
			for _, one := range list(t, got) {
				for n, p := range passes {
					if one["pass_id"] == p.ID {
						found += string(rune('0' + n))
					}
				}
			}
			if strings.HasPrefix(query, "q[pass_id") {
				total = "1"
			}
			if found != want || got.Header.Get("X-Total") != total {
				t.Errorf("%s?%s finds %s of %s, want %s of %s", kind, query, found, got.Header.Get("X-Total"), want, total)
			}
		}
	}
	for path, want := range map[string]int{once + "/redeems": 2, once + "/redeems?q[s]=redeem_code": 2, reset + "/redeems": 2, once + "/registrations": 0} {
		if got := list(t, a.send(t, "GET", path, nil).Status(t, 200)); len(got) != want {
			t.Errorf("%s: %v, want %d", path, got, want)
		}
	}
}
