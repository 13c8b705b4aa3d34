package passworks_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/moved"
	"pocketpass/server/compat/passworks"
	"pocketpass/server/servertest"
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

// TestSearchBackdated asks for passes by their dates, some of which moved here and were made
// before others that were here already.
func TestSearchBackdated(t *testing.T) {
	a := newAccount(t, servertest.Unsynced())
	at := "/coupons/" + a.campaign(t, "coupons", plain(t)) + "/passes"
	issue := func() string { return object(t, a.send(t, "POST", at, nil).Status(t, 201))["id"].(string) }
	again := func(id, created string) string {
		when, err := time.Parse(time.RFC3339, created)
		r := moved.Record{ID: id, SerialNumber: "S-" + id, Created: when}
		if status, answer := compattest.Again(t, a.Server, base+at, r, []byte(`{}`), append(a.headers, "Content-Type: application/json")...); err != nil || status != 201 {
			t.Fatalf("%v: %d %s", err, status, answer)
		}
		return id
	}
	ids := make([]string, 5) // oldest first
	ids[2] = issue()         // on 1 June
	a.Advance(t, 48*time.Hour)
	ids[1] = again("981b4e6d-4439-46a9-8df7-3ca55840f039", "2025-02-10T12:00:00Z")
	ids[0] = again("bd2c1e1f-ea67-4d9d-ade4-43928b1adefa", "2024-11-05T08:30:00Z")
	ids[3] = again("f711659e-a03f-4437-afce-e7161e017904", "2026-06-02T10:00:00Z")
	a.Advance(t, time.Hour)
	ids[4] = issue() // on 3 June, as they moved here

	const wide = "would search more than 2 passes; ask for an id, serial_number or redeem_code, or for a shorter time by created_at"
	search := func(query, want string) {
		t.Helper()
		got := a.send(t, "GET", at+"?"+query, nil)
		if want == wide {
			fails(t, got, 422, "Q "+wide, `{"q":["`+wide+`"]}`)
			return
		}
		found := ""
		for _, p := range list(t, got.Status(t, 200)) {
			found += strconv.Itoa(slices.Index(ids, p["id"].(string)))
		}
		if found != want {
			t.Errorf("%s finds %v, want %s", query, found, want)
		}
	}
	search("q[created_at_gt]=2020-01-01", "01234")
	search("q[voided_eq]=false", "01234")
	search("q[created_at_lt]=2026-06-03&q[s]=created_at+desc&per_page=3", "321")
	search("q[s]=created_at", "01234")
	search("q[s]=created_at+desc,id+desc&per_page=2&page=2", "21")
	search("q[s]=id", "21034")
	t.Cleanup(passworks.SetMaxSearched(2))
	for query, want := range map[string]string{
		"q[created_at_lt]=2025-01-01": "0", "q[created_at_lt]=2026-01-01": "01", "q[created_at_lteq]=2025-02-10T12:00:00Z": "01", "q[created_at_lt]=2025-02-10T12:00:00Z": "0",
		"q[created_at_gteq]=2025-01-01&q[created_at_lt]=2026-01-01": "1", "q[created_at_eq]=2025-02-10T12:00:00Z": "1", "q[created_at_eq]=2025-02-10T12:00:01Z": "",
		"q[created_at_gteq]=2026-06-01&q[created_at_lt]=2026-06-03": "23", "q[created_at_gteq]=2026-06-03": "4", "q[created_at_gt]=2026-06-01T12:00:00Z": "34",
		"q[created_at_lt]=2026-06-02": wide, "q[created_at_gt]=2020-01-01": wide, "q[voided_eq]=false": wide, "q[s]=created_at": "21034",
	} {
		search(query, want)
	}
	a.send(t, "DELETE", at+"/"+ids[0], nil).Status(t, 200)
	search("q[created_at_lt]=2026-01-01", "1")
}

// TestTimesAsShown: a time that clients were told finds what it was told of, though records
// know it better.
func TestTimesAsShown(t *testing.T) {
	a := newAccount(t)
	a.Advance(t, 1700*time.Millisecond)
	campaign := a.campaign(t, "coupons", plain(t))
	a.Advance(t, time.Minute)
	a.pass(t, "coupons", campaign, nil)
	for _, path := range []string{"/coupons", "/coupons/" + campaign + "/passes"} {
		one := list(t, a.send(t, "GET", path, nil).Status(t, 200))[0]
		for query, want := range map[string]int{"eq": 1, "lteq": 1, "gteq": 1, "not_eq": 0, "lt": 0, "gt": 0} {
			for _, member := range []string{"created_at", "updated_at"} {
				if got := list(t, a.send(t, "GET", path+"?q["+member+"_"+query+"]="+one[member].(string), nil).Status(t, 200)); len(got) != want {
					t.Errorf("%s: %s_%s finds %d, want %d", path, member, query, len(got), want)
				}
			}
		}
	}
}
