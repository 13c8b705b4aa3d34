package passkit_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pocketpass/store"
)

func q47(t *testing.T, a *account) {
	one, none := a.issue(t, member("Harbour_Loyalty", "")), a.issue(t, members{"templateName": "Harbour_Loyalty"})
	got := a.send(t, "PUT", "/v2/recoveryEmails/resend", []any{members{"passId": one, "newRecoveryEmail": "ana@new.example"}, members{"passId": none}, members{"passId": "unknown"},
		members{"passId": one, "newRecoveryEmail": "no address"}}).Status(t, 200)
	want := jsonOf([]any{
		json.RawMessage(`{"passId":"` + one + `","recoveryEmail":"ana@new.example","success":false,"error":"E-mail is not configured on this server"}`),
		json.RawMessage(`{"passId":"` + none + `","success":false,"error":"Pass has no recovery e-mail address"}`),
		json.RawMessage(`{"passId":"unknown","success":false,"error":"Pass not found: unknown"}`),
		json.RawMessage(`{"passId":"` + one + `","success":false,"error":"Invalid value for field newRecoveryEmail: must be one e-mail address"}`)})
	if string(got.Body) != want {
		t.Errorf("%s, want %s", got.Body, want)
	}
	if got := a.pass(t, one)["recoveryEmail"]; got != "ana@new.example" {
		t.Errorf("%v", got)
	}
	for _, body := range []string{"", "{}", "[]", "7", "null"} {
		fails(t, a.send(t, "PUT", "/v2/recoveryEmails/resend", body), 400, "Invalid JSON body: an array of passes is expected")
	}
}

// finds counts what a search finds.
func (a *account) finds(t testing.TB, filter members) int {
	t.Helper()
	var got struct{ TotalCount int }
	a.send(t, "POST", "/v1/passes", members{"passFilter": filter}).Status(t, 200).JSON(t, &got)
	return got.TotalCount
}

func q48(t *testing.T, a *account) {
	a.prepared(t, "Forty_Eight")
	one := a.issue(t, member("Forty_Eight", "S-1"))
	a.issue(t, members{"templateName": "Forty_Eight", "dynamicData": members{"beans": "20"}, "isRedeemed": true})
	for text, want := range map[string]int{
		`{"isRedeemed": false}`: 1, `{"isRedeemed": {"eq": false}}`: 1, `{"isredeemed": "true"}`: 1, `{"isVoided": false, "isInvalid": false}`: 2,
		`{"firstRegisterAt": {"exists": true}}`: 0, `{"lastUnregisteredAt": {"exists": false}}`: 2, `{"lastRegisteredAt": {"gt": "2016"}}`: 0,
		`{"id": "` + one + `"}`: 1, `{"id": {"eq": "` + one + `"}}`: 1, `{"id": "none"}`: 0, `{"templateName": "Forty_Eight"}`: 2, `{"templateName": "Other_Card"}`: 0,
		`{"templateName": "None"}`: 0, `{"templateName": {"gt": "F"}}`: 2, `{"userDefinedId": "S-1"}`: 1, `{"userDefinedId": {"exists": false}}`: 1,
		`{"recoveryEmail": {"eq": "ANA@customer.example"}}`: 1, `{"passbookDevices": {"lt": 1}}`: 2, `{"androidPayDevices": {"gte": 0}}`: 2,
		`{"expiryDate": {"gte": "2037-06", "lt": "2037-07-01"}}`: 1, `{"lastRedeemAt": {"exists": true}}`: 1,
		`{"dynamicData": {"beans": {"gte": 12, "lte": 20}}}`: 2, `{"dynamicData": {"beans": 12}}`: 1, `{"dynamicData": {"holder": "Ana Sol"}}`: 1, `{"dynamicData": {"holder": {"exists": false}}}`: 1,
	} {
		filter := decoded(t, []byte(text))
		filter["campaignName"] = "Forty_Eight"
		if got := a.finds(t, filter); got != want {
			t.Errorf("%s finds %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`{"isUsed": true}`: "isused is not known", `{"createdAt": {"after": "2016"}}`: "createdat.after is not known", `{"createdAt": {"gt": "soon"}}`: `createdat.gt cannot be compared with "soon"`,
		`{"dynamicData": {"x": {"like": "y"}}}`: "dynamicData.x.like is not known", `{"isVoided": {}}`: "isvoided is not known", `{"isVoided": [true]}`: "isvoided is not known",
	} {
		fails(t, a.send(t, "POST", "/v1/passes", `{"passFilter": `+text+`}`), 400, "Invalid value for field passFilter: "+want)
	}
}

func q49(t *testing.T, a *account) {
	a.issue(t, member("Harbour_Loyalty", ""))
	for text, want := range map[string]bool{`{"gt": "2016"}`: true, `{"gt": "2016-04"}`: true, `{"gt": "2016-04-11"}`: true, `{"lt": "2016"}`: false} {
		if got := a.finds(t, members{"campaignName": "Harbour_Loyalty", "createdAt": json.RawMessage(text)}) > 0; got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func q50(t *testing.T, a *account) {
	body := card("Fifty", "Harbour_Loyalty")
	body["passbook"] = with(body["passbook"].(members), members{"barcode": nil, "auxiliary": []any{members{"defaultLabel": "Empty"}, members{"defaultValue": ""}}})
	body["passbookLang"] = nil
	a.templated(t, "Fifty", body)
	id := a.issue(t, members{"templateName": "Fifty", "dynamicData": members{"holder": "<b>Ana</b>"}})
	got := a.Anonymous().Get(t, root+"/v2/passes/"+id+"/json").Status(t, 200)
	if got.Header.Get("Access-Control-Allow-Origin") != "*" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", got.Header)
	}
	view := decoded(t, got.Body)["appleWallet"].(members)
	data, images := view["data"].(members), view["images"].(members)
	if view["passType"] != "storeCard" || view["defaultLang"] != "en" || view["locales"] == nil || data["barcodes"] != nil || images["icon"] == nil || images["logo"] != nil {
		t.Errorf("%s", got.Body)
	}
	style := data["storeCard"].(members)
	if holder := style["secondaryFields"].([]any)[0].(members); holder["value"] != "&lt;b>Ana&lt;/b>" {
		t.Errorf("%v", holder)
	}
	if aux := style["auxiliaryFields"].([]any); len(aux) != 1 || aux[0].(members)["value"] != "" {
		t.Errorf("%v", aux)
	}
	for _, hidden := range []string{"authenticationToken", "webServiceURL", "passTypeIdentifier", "teamIdentifier", "userInfo", "nfc"} {
		if data[hidden] != nil {
			t.Errorf("%s is shown", hidden)
		}
	}
	u, err := url.Parse(images["icon"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if icon := a.Anonymous().Get(t, u.Path).Status(t, 200); icon.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%v", icon.Header)
	}
	other := a.Issue(t, a.Campaign(t, func(d *store.Design) { // whose makers may write an empty list
		d.Document = regexp.MustCompile(`("barcodes": \[)\{[^}]*\}`).ReplaceAll(d.Document, []byte("$1"))
	}), nil)
	if got := a.Anonymous().Get(t, root+"/v2/passes/"+other.PublicID+"/json").Status(t, 200); strings.Contains(string(got.Body), "barcodes") {
		t.Errorf("%s", got.Body)
	}
	if got := a.Anonymous().Send(t, "OPTIONS", root+"/v2/passes/"+id+"/json", nil).Status(t, 200); got.Header.Get("Access-Control-Allow-Methods") == "" {
		t.Errorf("%v", got.Header)
	}
	fails(t, a.Anonymous().Get(t, root+"/v2/passes/none/json"), 404, "Pass not found: none")
	without := a.issue(t, members{"templateName": "Harbour_Loyalty"}) // whose only barcode has no text
	for name, doc := range map[string]members{"view": decoded(t, a.Anonymous().Get(t, root+"/v2/passes/"+without+"/json").Body)["appleWallet"].(members)["data"].(members), "file": a.document(t, without)} {
		if barcodes, there := doc["barcodes"]; there {
			t.Errorf("the %s has the barcodes %v", name, barcodes)
		}
	}
}

func q51(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", ""))
	for _, view := range []string{"/json", "/bundle"} {
		want := a.Anonymous().Get(t, root+"/v2/passes/"+id+view).Status(t, 200)
		for _, header := range []string{a.authorization(), a.expiring(1), "Authorization: nonsense"} {
			if got := a.Anonymous().Get(t, root+"/v2/passes/"+id+view, header).Status(t, 200); string(got.Body) != string(want.Body) {
				t.Errorf("%s: %s", header, got.Body)
			}
		}
	}
}

func q52(t *testing.T, a *account) {
	a.prepared(t, "Fifty_Two")
	id := a.issue(t, member("Fifty_Two", "T-1"))
	before := a.pass(t, id)
	for range 5 {
		fails(t, a.send(t, "POST", "/v2/passesBatch", members{"passes": []any{member("Fifty_Two", "T-2"), member("Fifty_Two", "T-2")}}), 400,
			"Batch item 1: userDefinedId already in use in campaign Fifty_Two: T-2")
		fails(t, a.send(t, "PUT", "/v2/passesBatch", []any{members{"id": id, "dynamicData": members{"beans": 1}}, members{"id": "none"}}), 400, "Batch item 1: Pass not found: none")
		a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 99}, "isVoided": true, "expiryDate": "soon"}).Status(t, 400)
		a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 99}, "passbook": members{"bgColor": "no colour"}}).Status(t, 400)
		a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 99}, "dynamicImages": members{"passbook": members{"strip": "images/dynamic/" + strings.Repeat("0", 40) + ".png"}}}).Status(t, 400)
	}
	if after := a.pass(t, id); !reflect.DeepEqual(before, after) || a.finds(t, members{"campaignName": "Fifty_Two"}) != 1 {
		t.Errorf("%v became %v", before, after)
	}
}
