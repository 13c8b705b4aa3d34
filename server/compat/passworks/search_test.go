package passworks_test

import (
	"strings"
	"testing"
	"time"

	"pocketpass/server/compat/passworks"
)

// TestSearch looks up what a question names, follows the index where it asks for an order by
// age, reads a time where it asks for one, and everything else only in small campaigns.
func TestSearch(t *testing.T) {
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", plain(t))
	other := a.pass(t, "coupons", a.campaign(t, "coupons", with(plain(t), members{"name": "Other"})), nil)
	at := "/coupons/" + campaign + "/passes"
	var ids []string
	var serial string
	for range 4 {
		p := object(t, a.send(t, "POST", at, nil).Status(t, 201))
		ids, serial = append(ids, p["id"].(string)), p["serial_number"].(string)
		a.Advance(t, 24*time.Hour)
	}
	a.send(t, "DELETE", at+"/"+ids[1], nil).Status(t, 200)
	t.Cleanup(passworks.SetMaxSearched(2)) // of three that are left

	const wide = "would search more than 2 passes; ask for an id, serial_number or redeem_code, or for a shorter time by created_at"
	for query, want := range map[string]string{
		"q[id_eq]=" + ids[2]: "2", "q[id_eq]=" + ids[1]: "", "q[id_eq]=" + other: "", "q[id_eq]=x": "", "q[id_eq]=" + strings.ToUpper(ids[2]): "",
		"q[serial_number_eq]=" + serial: "3", "q[serial_number_eq]=none": "", "q[redeem_code_eq]=00000003": "2", "q[redeem_code_eq]=00000002": "",
		"q[redeem_code_eq]=00000003&q[voided_eq]=true": "", "q[id_eq]=" + ids[0] + "&q[s]=updated_at+desc": "0",
		"q[s]=created_at+desc": "3,2,0", "q[s]=created_at": "0,2,3", "q[s]=id+desc&per_page=1&page=2": "2", "q[s]=created_at+desc,id+desc&offset=2": "0", "q[s]=id+desc&page=4&per_page=1": "",
		"q[created_at_gteq]=2026-06-03": "2,3", "q[created_at_lt]=2026-06-03": "0", "q[created_at_gt]=2026-06-02&q[created_at_lt]=2026-06-04&q[s]=voided": "2",
		"q[created_at_gt]=1971-01-01&q[created_at_lt]=1972-01-01": "",
		"q[voided_eq]=false": wide, "q[s]=redeem_code": wide, "q[created_at_gteq]=2026-01-01": wide, "q[s]=created_at,id+desc": wide, "q[id_not_eq]=x": wide,
	} {
		got := a.send(t, "GET", at+"?"+query, nil)
		if want == wide {
			fails(t, got, 422, "Q "+wide, `{"q":["`+wide+`"]}`)
			continue
		}
		var found []string
		for _, p := range list(t, got.Status(t, 200)) {
			for n, id := range ids {
				if p["id"] == id {
					found = append(found, string(rune('0'+n)))
				}
			}
		}
		if strings.Join(found, ",") != want {
			t.Errorf("%s finds %v, want %s", query, found, want)
		}
	}
	if got := a.send(t, "GET", at+"?q[s]=created_at+desc&per_page=2", nil).Status(t, 200).Header; got.Get("X-Total") != "3" || got.Get("X-Next-Page") != "2" {
		t.Errorf("the headers are %v", got)
	}
}
