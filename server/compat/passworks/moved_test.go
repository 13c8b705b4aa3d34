package passworks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/moved"
)

// TestMoved makes everything again that another server made: it is found and called as it
// was there, also by what refers to it.
func TestMoved(t *testing.T) {
	a := newAccount(t)
	const icon, look, coupon, first = "7e5d2568-1d04-4bcf-a553-0e2d5f2493a2", "f711659e-a03f-4437-afce-e7161e017904", "981b4e6d-4439-46a9-8df7-3ca55840f039", "bd2c1e1f-ea67-4d9d-ade4-43928b1adefa"
	again := func(path string, r moved.Record, body []byte, contentType string) {
		t.Helper()
		status, answer := compattest.Again(t, a.Server, base+path, r, body, append(a.headers, "Content-Type: "+contentType)...)
		if status != 201 || !strings.Contains(string(answer), `"id":"`+r.ID+`"`) {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
		if status, answer = compattest.Again(t, a.Server, base+path, r, body, append(a.headers, "Content-Type: "+contentType)...); status/100 != 4 {
			t.Errorf("%s, made twice: %d %s", path, status, answer)
		}
	}
	picture, kind := form(t, "icon", compattest.Picture(87, 87))
	again("/assets", moved.Record{ID: icon}, picture, kind)
	again("/templates", moved.Record{ID: look}, []byte(`{"template": {"name": "Loaves", "pass_type": "coupon", "icon_id": "`+icon+`"}}`), "application/json")
	again("/coupons", moved.Record{ID: coupon}, []byte(`{"coupon": {"name": "Loaf week", "template_id": "`+look+`"}}`), "application/json")
	pass := moved.Record{ID: first, SerialNumber: "5a1d0f86-7f5e-4c1b-9d43-0f2b6a3f9be2", AuthenticationToken: "c0a81f7be2d94c6e8f55", Code: "00000007"}
	again("/coupons/"+coupon+"/passes", pass, []byte(`{"pass": {"user_info": {"see": "`+icon+`"}}}`), "application/json")

	for path, want := range map[string][]string{
		"/assets/" + icon: {icon}, "/templates/" + look: {look, icon}, "/coupons/" + coupon: {coupon, look},
		"/coupons/" + coupon + "/passes": {coupon, first, icon}, "/coupons/" + coupon + "/redeem/00000007": {first},
		"/coupons/" + coupon + "/passes?q[id_eq]=" + first: {first},
	} {
		body := string(a.send(t, "GET", path, nil).Status(t, 200).Body)
		for _, id := range want {
			if !strings.Contains(body, `"`+id+`"`) {
				t.Errorf("%s lacks %s: %s", path, id, body)
			}
		}
		if strings.Contains(body, `-706f636b6574",`) && !strings.Contains(path, "coupons/"+coupon) {
			t.Errorf("%s has an id of ours: %s", path, body)
		}
	}
	var next struct {
		ID   string
		Code string `json:"redeem_code"`
	}
	if err := json.Unmarshal(a.send(t, "POST", "/coupons/"+coupon+"/passes", nil).Status(t, 201).Body, &next); err != nil || next.Code != "00000008" {
		t.Errorf("issued %+v, %v", next, err)
	}
	a.send(t, "DELETE", "/coupons/"+coupon+"/passes/"+first, nil).Status(t, 200)
	a.send(t, "GET", "/coupons/"+coupon+"/passes/"+first, nil).Status(t, 404)
	a.send(t, "GET", "/coupons/"+coupon+"/passes/"+next.ID, nil).Status(t, 200)
}
