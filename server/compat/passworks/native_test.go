package passworks_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestNativeContent: what the native API writes on a pass of a client is shown to the client
// as phones see it, and stays when the client changes something else.
func TestNativeContent(t *testing.T) {
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", plain(t))
	p := issued(t, a.send(t, "POST", "/coupons/"+campaign+"/passes", nil).Status(t, 201))
	at := "/coupons/" + campaign + "/passes/" + p.ID
	a.Patch(t, "/api/v1/passes/"+short(t, p.ID), `{"document": {"maxDistance": 12.5, "userInfo": {"a": 1}, "sharingProhibited": true, "coupon": {
		"auxiliaryFields": [{"key": "until", "label": "UNTIL", "value": 5, "changeMessage": "until %@"}, {"key": "extra", "label": "EXTRA", "value": 7, "currencyCode": "EUR"}]}}}`).Status(t, 200)
	check := func(got members) {
		t.Helper()
		if got["max_distance"] != 12.0 || got["user_info"].(members)["a"] != 1.0 || field(t, got, "auxiliary_fields", "extra") != "EXTRA=7" {
			t.Errorf("shown is %v", got)
		}
		shown := strings.TrimPrefix(field(t, got, "auxiliary_fields", "until"), "UNTIL=")
		if file := document(t, a, p); !strings.Contains(file, `"value":`+shown) && !strings.Contains(file, `"value":"`+shown+`"`) {
			t.Errorf("the client sees %q on %s", shown, file)
		}
	}
	check(object(t, a.send(t, "GET", at, nil).Status(t, 200)))
	for _, path := range []string{"?q[max_distance_gt]=3", "?q[s]=max_distance+desc"} {
		if all := list(t, a.send(t, "GET", "/coupons/"+campaign+"/passes"+path, nil).Status(t, 200)); len(all) != 1 {
			t.Errorf("%s finds %v", path, all)
		}
	}
	a.sendTo(t, "GET", "/passworks/v1"+at, nil).Status(t, 200)
	check(object(t, a.send(t, "PATCH", at, members{"pass": members{"auxiliary_fields": []any{members{"key": "holder", "value": "Mira"}}}}).Status(t, 200)))
	for _, kept := range []string{`"changeMessage":"until %@"`, `"currencyCode":"EUR"`, `"sharingProhibited":true`, `"value":7`} {
		if file := document(t, a, p); !strings.Contains(file, kept) {
			t.Errorf("the change lost %s: %s", kept, file)
		}
	}
	var raw json.RawMessage = []byte(`{"pass": {"user_info": {"b": [null]}, "auxiliary_fields": [{"key": "extra", "value": "8"}, {"key": "until", "value": "9"}]}}`)
	got := object(t, a.send(t, "PATCH", at, raw).Status(t, 200))
	if got["user_info"].(members)["b"] == nil || field(t, got, "auxiliary_fields", "extra") != "EXTRA=8" || field(t, got, "auxiliary_fields", "until") != "UNTIL=9" {
		t.Errorf("changed to %v", got)
	}
	if file := document(t, a, p); !strings.Contains(file, `"value":8`) || !strings.Contains(file, `"value":"9"`) {
		t.Errorf("the file has %s", file)
	}
}
