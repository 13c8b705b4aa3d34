package passworks_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func barcodesAlone(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", with(plain(t), members{"code_type": "per_pass", "barcode": members{"format": "ean128"}}))
	at := "/generics/" + campaign + "/passes"
	body := members{"secondary_fields": []any{members{"key": "reader", "label": "READER", "value": "M. Okafor"}},
		"barcodes": []any{members{"format": "ean128", "message": "FF-2209", "alt_text": "2209"}}}
	made := a.send(t, "POST", at, members{"pass": body}).Status(t, 201)
	got := object(t, made)
	if b := got["barcode"].(members); b["message"] != "FF-2209" || b["alt_text"] != "2209" || b["format"] != "ean128" || got["redeem_code"] != "FF-2209" {
		t.Errorf("the pass has %v", got)
	}
	if text := document(t, a, issued(t, made)); !strings.Contains(text, `"message":"FF-2209"`) || !strings.Contains(text, "PKBarcodeFormatCode128") {
		t.Errorf("the file has %s", text)
	}
	fails(t, a.send(t, "POST", at, members{"pass": body}), 422, "Barcode has already been taken", `{"barcode":["has already been taken"]}`)
	fails(t, a.send(t, "POST", at, nil), 422, "Barcode can't be blank", `{"barcode":["can't be blank"]}`)
}

func foregroundColour(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"foreground_color": "#ABC"}))
	p := issued(t, a.send(t, "POST", "/coupons/"+campaign+"/passes", nil).Status(t, 201))
	if text := document(t, a, p); !strings.Contains(text, `"foregroundColor":"rgb(170,187,204)"`) {
		t.Errorf("the file has %s", text)
	}
	old := object(t, a.sendTo(t, "GET", "/passworks/v1/coupons/"+campaign, nil))
	if old["text_color"] != "#aabbcc" {
		t.Errorf("text_color is %v", old["text_color"])
	}
}

func looseNumbers(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"locations": []any{members{"latitude": "38.7", "longitude": -9, "altitude": nil}},
		"beacons":                      []any{members{"proximity_uuid": "E2C56DB5-DFFB-48D2-B060-D0F5A71096E0", "major": json.RawMessage("0.0"), "minor": "7"}},
		"associated_store_identifiers": []any{"41", 42}, "expiration_date": "20300101T120000+0200"}))
	got := a.send(t, "GET", "/coupons/"+campaign, nil)
	for _, part := range []string{`"latitude":38.7`, `"proximity_uuid":"E2C56DB5-DFFB-48D2-B060-D0F5A71096E0","major":0,"minor":7`, `"associated_store_identifiers":[41,42]`, `"expiration_date":"2030-01-01T10:00:00.000+00:00"`} {
		if !strings.Contains(string(got.Body), part) {
			t.Errorf("%s lacks %s", got.Body, part)
		}
	}
}

func noBody(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	if text := a.wire(t, a.request(t, "POST", base+"/coupons/"+campaign+"/passes", ""), "passes.example.org"); !strings.HasPrefix(text, "HTTP/1.1 201 ") {
		t.Errorf("the answer is %s", text)
	}
}

func queries(t *testing.T, a *account) {
	for n := range 7 {
		a.campaign(t, "coupons", with(plain(t), members{"name": fmt.Sprintf("%s LOAF %d", t.Name(), n), "allow_multiple_redeems": n == 3}))
	}
	all := "/coupons?q%5Bname_cont%5D=" + url.QueryEscape(t.Name()+" loaf") + "&"
	for query, want := range map[string]string{
		"q%5Bs%5D=created_at+desc%2Cid+desc&page=2&per_page=4": "2,1,0", "q[s]=name&per_page=3": "0,1,2", "q[s][]=state&q[s][]=name+desc&per_page=2": "6,5", "q[s]=state,name%20desc&per_page=1&offset=1": "5",
		"q[allow_multiple_redeems_eq]=true": "3", "q[allow_multiple_redeems_not_eq]=1&per_page=2": "0,1", "q[name_matches]=%25loaf+_&per_page=2": "0,1", "q[name_match]=%25LOAF+5": "5",
		"q[created_at_gteq]=2026-01-01&per_page=1": "0", "q[created_at_lt]=2026-01-01": "", "q[redeem_count_gt]=0": "", "q[redeem_count_lteq]=0&per_page=1": "0",
		"q[expiration_date_eq]=2030-01-01": "", "q[expiration_date_not_eq]=2030-01-01&per_page=1": "0", "q[unknown_eq]=1&q[name_like]=x&q[state_eq]=&per_page=1": "0", "q[state_eq]=Published": "",
	} {
		var got []string
		for _, c := range list(t, a.send(t, "GET", all+query, nil).Status(t, 200)) {
			name := c["name"].(string)
			got = append(got, name[len(name)-1:])
		}
		if strings.Join(got, ",") != want {
			t.Errorf("%s finds %v, want %s", query, got, want)
		}
	}
}

func anyOrigin(t *testing.T, a *account) {
	for _, path := range []string{"/ping", "/coupons", "/nothing"} {
		if got := a.send(t, "GET", path, nil, "Origin: https://shop.example").Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: %q", path, got)
		}
	}
	for _, path := range []string{"/coupons", "/coupons/x/passes/y", "/nothing"} {
		asked := a.Anonymous().Send(t, "OPTIONS", base+path, nil, "Origin: https://shop.example", "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: authorization").Status(t, 200)
		if h := asked.Header; h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "PATCH") || !strings.Contains(h.Get("Access-Control-Allow-Headers"), "Authorization") {
			t.Errorf("%s: %v", path, h)
		}
	}
	if got := a.send(t, "GET", "/coupons", nil, "Origin: https://shop.example").Header.Get("Access-Control-Expose-Headers"); got != "*" {
		t.Errorf("of the headers of lists pages see %q", got)
	}
}
