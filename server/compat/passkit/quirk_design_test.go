package passkit_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

func q33(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty", "passbook": members{"labelColor": "000000"}})
	if got := a.pass(t, id)["passbook"].(members)["labelColor"]; got != "#000000" {
		t.Errorf("%v", got)
	}
	if got := a.document(t, id)["labelColor"]; got != "rgb(0, 0, 0)" {
		t.Errorf("%v", got)
	}
}

func q34(t *testing.T, a *account) {
	body := card("Thirty_Four", "Harbour_Loyalty")
	body["passbook"] = with(body["passbook"].(members), members{"bgColor": "0af", "labelColor": "rgb(1, 2,3)", "fgColor": members{"red": 4, "green": 5, "blue": "6"}})
	fails(t, a.send(t, "POST", "/v2/templates", body), 400, "Invalid value for field bgColor: must be a colour like #1B3A4B")
	body["passbook"].(members)["bgColor"] = "#0af"
	a.templated(t, "Thirty_Four", body)
	got := decoded(t, a.send(t, "GET", "/v2/templates/Thirty_Four", nil).Body)["passbook"].(members)
	for name, want := range map[string]members{"bgColor": {"red": 0.0, "green": 170.0, "blue": 255.0}, "labelColor": {"red": 1.0, "green": 2.0, "blue": 3.0}, "fgColor": {"red": 4.0, "green": 5.0, "blue": 6.0}} {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s is %v", name, got[name])
		}
	}
}

func q35(t *testing.T, a *account) {
	aztec := members{"format": "aztec", "message": "A", "messageEncoding": "UTF-8"}
	bars := members{"format": "PKBarcodeFormatCode128", "message": "B", "altTextOption": "userDefinedId"}
	a.templated(t, "Thirty_Five", card("Thirty_Five", "Harbour_Loyalty"))
	for _, change := range []members{{"barcodes": []any{bars, aztec}}, {"barcodes": []any{bars, aztec}, "barcode": bars}} {
		a.send(t, "PUT", "/v2/templates/Thirty_Five", members{"passbook": change}).Status(t, 200)
		got := decoded(t, a.send(t, "GET", "/v2/templates/Thirty_Five", nil).Body)["passbook"].(members)
		if all := got["barcodes"].([]any); len(all) != 2 || !reflect.DeepEqual(got["barcode"], all[0]) || all[1].(members)["message"] != "A" {
			t.Errorf("%v", got)
		}
	}
	a.send(t, "PUT", "/v2/templates/Thirty_Five", members{"passbook": members{"barcodes": []any{bars, aztec}, "barcode": aztec}}).Status(t, 200) // only the single one is new
	doc := a.document(t, a.issue(t, member("Thirty_Five", "own-35")))
	if got := doc["barcode"].(members); got["message"] != "A" || got["format"] != "PKBarcodeFormatAztec" {
		t.Errorf("%v", doc["barcodes"])
	}
}

func q36(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty", "passbook": members{"locations": []any{members{"lat": 1.50, "lon": "-2.25", "alt": 3}}}})
	place := func(of any) members { return of.(members)["locations"].([]any)[0].(members) }
	got := place(a.pass(t, id)["passbook"])
	if got["lat"] != "1.5" || got["lon"] != "-2.25" || got["alt"] != 3.0 {
		t.Errorf("%v", got)
	}
	if got := place(decoded(t, a.send(t, "GET", "/v2/templates/Harbour_Loyalty", nil).Body)["passbook"]); got["lat"] != "53.5459" || got["lon"] != "9.9669" {
		t.Errorf("%v", got)
	}
	if got := place(any(a.document(t, id))); got["latitude"] != 1.5 || got["longitude"] != -2.25 {
		t.Errorf("%v", got)
	}
}

func q37(t *testing.T, a *account) {
	body := card("Thirty_Seven", "Harbour_Loyalty")
	body["passbook"] = with(body["passbook"].(members), members{"back": []any{members{"dynamicBackfieldKey": "empty"}, members{"defaultValue": []any{members{"defaultValue": "x"}}}}})
	a.templated(t, "Thirty_Seven", body)
	back := decoded(t, a.send(t, "GET", "/v2/templates/Thirty_Seven", nil).Body)["passbook"].(members)["back"].([]any)
	for n, size := range []int{0, 1} {
		if all, ok := back[n].(members)["defaultValue"].([]any); !ok || len(all) != size {
			t.Errorf("%v", back)
		}
	}
	id := a.issue(t, members{"templateName": "Thirty_Seven", "dynamicBackfields": members{"empty": []any{members{"label": "L", "value": "{{x}} #{y}", "appleWallet": "for Apple {{x}}"}}}})
	fields := a.document(t, id)["storeCard"].(members)["backFields"].([]any)
	if first := fields[0].(members); len(fields) != 2 || first["key"] != "back0_0" || first["value"] != "for Apple {{x}}" || first["label"] != "L" {
		t.Errorf("%v", fields)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicBackfields": members{"empty": []any{}}}).Status(t, 200)
	if fields := a.document(t, id)["storeCard"].(members)["backFields"].([]any); len(fields) != 1 {
		t.Errorf("%v", fields)
	}
}

func q38(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty", "dynamicData": json.RawMessage(`{"beans": "12", "n": 952.240, "b": true, "s": "true", "unknown": null, "e": 1.2e3}`)})
	if got := jsonOf(a.pass(t, id)["dynamicData"]); got != `{"b":true,"beans":"12","e":1200,"n":952.24,"s":"true"}` {
		t.Errorf("%s", got)
	}
	if got := a.document(t, id)["storeCard"].(members)["headerFields"].([]any)[0].(members); got["value"] != 12.0 || got["numberStyle"] != "PKNumberStyleDecimal" {
		t.Errorf("%v", got)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": "a dozen"}}).Status(t, 200)
	if got := a.document(t, id)["storeCard"].(members)["headerFields"].([]any)[0].(members); got["value"] != "a dozen" || got["numberStyle"] != nil {
		t.Errorf("%v", got)
	}
}

func q39(t *testing.T, a *account) {
	body := card("Thirty_Nine", "Harbour_Loyalty")
	body["passbook"] = members{"Type": "STORECARD", "DESC": "d", "OrgName": "Org", "BgColor": "#010203", "LabelColor": "#040506", "FgColor": "#070809"}
	a.templated(t, "Thirty_Nine", body)
	doc := a.document(t, a.issue(t, members{"templateName": "Thirty_Nine"}))
	for name, want := range map[string]string{"organizationName": "Org", "backgroundColor": "rgb(1, 2, 3)", "labelColor": "rgb(4, 5, 6)", "foregroundColor": "rgb(7, 8, 9)"} {
		if doc[name] != want {
			t.Errorf("%s is %v", name, doc[name])
		}
	}
}
