package passkit_test

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
)

// TestRefusedMembers: what would make a pass that Wallet refuses, or that no client can
// read, is refused and changes nothing.
func TestRefusedMembers(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Refused")
	id := a.issue(t, member("Refused", "R-1"))
	const notTime, uuid = "must be a time like 2026-03-01T09:30:00Z", "F8F589E9-C07E-58B0-AEAB-A36BE4D48FAC"
	check := func(path, get string, bodies map[string]string) {
		t.Helper()
		before := a.send(t, "GET", get, nil).Status(t, 200)
		for body, want := range bodies {
			fails(t, a.send(t, "PUT", path, body), 400, "Invalid value for field "+want)
		}
		if after := a.send(t, "GET", get, nil); string(after.Body) != string(before.Body) {
			t.Errorf("%s became %s", before.Body, after.Body)
		}
	}
	check("/v2/passes/"+id, "/v2/passes/"+id, map[string]string{
		`{"dynamicData": {"a": 1e999}}`:                                         "dynamicData.a: must be a number that is not so large",
		`{"dynamicData": {"a": {}}}`:                                            "dynamicData.a: must be a string, a number or a boolean",
		`{"dynamicData": [1]}`:                                                  "dynamicData: must be an object",
		`{"isVoided": {}}`:                                                      "isVoided: must be true or false",
		`{"isVoided": 2}`:                                                       "isVoided: must be true or false",
		`{"userDefinedId": {}}`:                                                 "userDefinedId: must be a string",
		`{"userDefinedId": "` + strings.Repeat("x", 256) + `"}`:                 "userDefinedId: a local id has up to 255 characters and no control characters",
		`{"expiryDate": []}`:                                                    "expiryDate: " + notTime,
		`{"expiryDate": "2026-13-45"}`:                                          "expiryDate: " + notTime,
		`{"recoveryEmail": "a@b.example\r\nBcc: c@d.example"}`:                  "recoveryEmail: must be one e-mail address",
		`{"dynamicImages": {"passbook": "x"}}`:                                  "passbook: must be an object",
		`{"dynamicBackfields": {"offers": 5}}`:                                  "dynamicBackfields: must map keys to arrays of up to 200 fields",
		`{"passbook": {"relevantDate": "soon"}}`:                                "relevantDate: " + notTime,
		`{"passbook": {"userInfo": "text"}}`:                                    "userInfo: must be an object",
		`{"passbook": {"userInfo": [1]}}`:                                       "userInfo: must be an object",
		`{"passbook": {"locations": [{"lat": 91, "lon": 0}]}}`:                  "locations.lat: must be a number from -90 to 90",
		`{"passbook": {"locations": [{"lat": {}, "lon": 0}]}}`:                  "locations.lat: must be a number from -90 to 90",
		`{"passbook": {"beacons": [{"uuid": "x"}]}}`:                            "beacons.uuid: must be a UUID",
		`{"passbook": {"beacons": [{"uuid": "` + uuid + `", "major": 65536}]}}`: "beacons.major: must be a number from 0 to 65535",
		`{"passbook": {"beacons": [{"uuid": "` + uuid + `", "minor": -1}]}}`:    "beacons.minor: must be a number from 0 to 65535",
		`{"passbook": {"bgColor": {"red": 1}}}`:                                 "bgColor: must have red, green and blue from 0 to 255",
	})
	check("/v2/templates/Refused", "/v2/templates/Refused", map[string]string{
		`{"passbook": {"relevantDate": "soon"}}`:       "relevantDate: " + notTime + " or a placeholder",
		`{"passbook": {"maxDist": -5}}`:                "maxDist: must not be below 0",
		`{"passbook": {"barcode": 5}}`:                 "barcode: must be an object",
		`{"passbook": {"barcode": {"format": "ean"}}}`: "barcode.format: must be qr, pdf417, aztec or code128",
		`{"passbook": {"beacons": [{"major": 1}]}}`:    "beacons.uuid: must be a UUID",
		`{"passbook": {"type": "coupon"}}`:             "type: it cannot be changed once passes were issued",
		`{"passbookLang": {"../x": {"text": {}}}}`:     `passbookLang: "../x" is no language tag`,
		`{"timezone": 99}`:                             "timezone: must be a number of hours",
	})
	check("/v2/campaigns/Refused", "/v2/campaigns/Refused", map[string]string{
		`{"meta": "x"}`:        "meta: must be an object",
		`{"maxIssue": 1.5}`:    "maxIssue: must be a whole number",
		`{"maxIssue": -1}`:     "maxIssue: must not be below 0",
		`{"status": "active"}`: "status: must be ACTIVE, FROZEN or INVALID",
		`{"callbackUrl": "x"}`: "callbackUrl: must be an object",
		`{"name": "refused"}`:  "name: cannot be changed from Refused",
		`{"displayName": "` + strings.Repeat("x", 121) + `"}`:  "displayName: the name has more than 120 characters; shorten it",
		`{"description": "` + strings.Repeat("x", 1001) + `"}`: "description: a description has up to 1000 characters",
		`{"endDate": "9999-12-31T23:59:59-12:00"}`:             "endDate: the date must be after 1970 and before the year 10000",
	})
	fails(t, a.send(t, "PUT", "/v2/campaigns/Refused", `{"startDate": ""}`), 400, "Missing required field: startDate")
	a.send(t, "PUT", "/v2/passes/"+id, `{"expiryDate": "2031-01-01T00:00:00+0100", "passbook": {"relevantDate": "2030-01-01", "beacons": [{"uuid": "`+uuid+`", "major": 65535}]}}`).Status(t, 200)
	if got := a.pass(t, id); got["expiryDate"] != "2030-12-31T23:00:00Z" || got["passbook"].(map[string]any)["relevantDate"] != "2030-01-01T00:00:00Z" {
		t.Errorf("%v", got)
	}
}

// TestRedeemDesign has another type in the design of redeemed passes, which stay of the one
// that they are: a file with two would be refused. Lists and objects without members make
// no such design.
func TestRedeemDesign(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Kind")
	a.send(t, "PUT", "/v2/templates/Kind", members{"passbookRedeem": members{"type": "coupon"}}).Status(t, 200)
	id := a.issue(t, member("Kind", ""))
	a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200)
	if doc := a.document(t, id); doc["coupon"] != nil || doc["storeCard"] == nil || doc["logoText"] != "Used" {
		t.Errorf("%v", doc)
	}
	a.templated(t, "Plain", with(card("Plain", "Kind"), members{"passbookRedeem": members{"header": []any{}, "nfc": []any{}, "bgColor": members{}}}))
	if got := decoded(t, a.send(t, "GET", "/v2/templates/Plain", nil).Body); got["passbookRedeem"] != nil {
		t.Errorf("%v", got["passbookRedeem"])
	}
}

// TestPaths asks for what others have, and for what there is not, in ways that routers are
// known to get wrong.
func TestPaths(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Paths")
	id := a.issue(t, member("Paths", "P-1"))
	for _, path := range []string{"/v2/passes/../campaigns", "/v2/passes/%2e%2e/campaigns", "/v2/passes%2F" + id, "/V2/campaigns", "/v2/passesx", "/v2/passbookCertsx/y",
		"/p-../x", "/~/x", "/v2/passes/" + id + "/images/pass.json/x/y", "/v1/passes/" + servertest.PassTypeIdentifier + "/" + id} {
		fails(t, a.send(t, "GET", path, nil), 404, "Unknown path or method: GET "+root+path)
	}
	for path, want := range map[string]string{
		"/v2/passes/" + strings.ToLower(id): "Pass not found: " + strings.ToLower(id), "/v2/passes/" + id + "%00": "Pass not found: " + id + "\x00", "/v2/campaigns/Paths%2Ftemplates": "Campaign not found: Paths/templates",
		"/v2/passes/" + id + "/images/..%2ficon.png": "Image not found: ../icon.png", "/v2/passes/" + id + "/images/..%2f..%2fx/icon.png": "Image not found: icon.png",
		"/v2/passes/" + id + "/images/pass.json": "Image not found: pass.json", "/p-": "Pass not found: ",
	} {
		fails(t, a.send(t, "GET", path, nil), 404, want)
	}
	for _, path := range []string{"/v2/passes/" + id + "/", "/v2//passes/" + id, "/v2/passes%3FuserDefinedId%3DP-1%26campaignName%3DPaths?x=1"} {
		var got struct{ ID string }
		if a.send(t, "GET", path, nil).Status(t, 200).JSON(t, &got); got.ID != id {
			t.Errorf("%s: %s", path, got.ID)
		}
	}
}

// TestBatchesRefused says which item is in the way, and does nothing.
func TestBatchesRefused(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Batched")
	id := a.issue(t, member("Batched", "B-1"))
	before := a.pass(t, id)
	many := make([]any, 26)
	for n := range many {
		many[n] = members{"id": id, "isVoided": true}
	}
	for method, bodies := range map[string]map[string]string{
		"PUT": {`{"passes": 5}`: "Invalid value for field passes: must be an array", `[]`: "Missing required field: passes", `null`: "Missing required field: passes", jsonOf(many): "Batch is limited to 25 passes, got 26",
			`[5]`: "Batch item 0: Invalid value for field passes: must be an object", `[{"id": "` + id + `", "isVoided": true}, null]`: "Batch item 1: Missing required field: id",
			`[{"id": "` + id + `", "isVoided": true}, {"id": "` + id + `", "templateName": "None"}]`: "Batch item 1: Template not found: None",
			`[{"id": "` + id + `", "isVoided": true}, {"id": "` + id + `", "expiryDate": "soon"}]`:   "Batch item 1: Invalid value for field expiryDate: must be a time like 2026-03-01T09:30:00Z",
			`[{"userDefinedId": "B-1", "isVoided": true}]`:                                           "Batch item 0: Missing required field: id"},
		"POST": {`{"passes": [{"templateName": "Batched"}, {}]}`: "Batch item 1: Missing required field: templateName",
			`[{"templateName": "Batched"}, {"templateName": "Batched", "userDefinedId": "B-1"}]`: "Batch item 1: userDefinedId already in use in campaign Batched: B-1"},
	} {
		for body, want := range bodies {
			fails(t, a.send(t, method, "/v2/passesBatch", body), 400, want)
		}
	}
	if after := a.pass(t, id); !reflect.DeepEqual(before, after) || a.finds(t, members{"campaignName": "Batched"}) != 1 {
		t.Errorf("%v became %v", before, after)
	}
}

// TestNothingHalfDone refuses what cannot be done as a whole, at its last part.
func TestNothingHalfDone(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Whole")
	refused := func(method, path string, parts ...any) {
		t.Helper()
		form, kind := upload(t, parts...)
		a.send(t, method, path, form, kind).Status(t, 400)
	}
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)
	refused("POST", "/v2/templates", "passbook-IconFile", compattest.Picture(60, 60), "jsonBody", card("Half", "Whole"), "passbook-LogoFile", svg)
	fails(t, a.send(t, "GET", "/v2/templates/Half", nil), 404, "Template not found: Half")
	before := a.send(t, "GET", "/v2/templates/Whole", nil).Status(t, 200)
	refused("PUT", "/v2/templates/Whole", "jsonBody", members{"language": "fr", "status": "FROZEN"}, "passbook-StripFile", compattest.Picture(375, 144), "passbook-LogoFile", svg)
	refused("PUT", "/v2/templates/Whole", "passbook-LogoFile", compattest.Picture(320, 100), "jsonBody", members{"language": "fr"}, "updatedMultipart", `["passbook-LogoFile", "passbook-IconFile"]`)
	refused("PUT", "/v2/templates/Whole", "passbook-LogoFile", compattest.Picture(320, 100), "jsonBody", members{"status": "INVALID", "passbook": members{"desc": ""}})
	if after := a.send(t, "GET", "/v2/templates/Whole", nil); string(after.Body) != string(before.Body) {
		t.Errorf("%s became %s", before.Body, after.Body)
	}
	inner := members{"callbackUrl": members{"onIssueCallbackUrl": "https://crm.example/", "onUpdateCallbackUrl": "http://10.0.0.1/"}}
	a.send(t, "POST", "/v2/campaigns", with(a.campaign("Half"), inner)).Status(t, 400)
	fails(t, a.send(t, "GET", "/v2/campaigns/Half", nil), 404, "Campaign not found: Half")
	before = a.send(t, "GET", "/v2/campaigns/Whole", nil).Status(t, 200)
	a.send(t, "PUT", "/v2/campaigns/Whole", with(inner, members{"status": "INVALID", "description": "half"})).Status(t, 400)
	if after := a.send(t, "GET", "/v2/campaigns/Whole", nil); string(after.Body) != string(before.Body) {
		t.Errorf("%s became %s", before.Body, after.Body)
	}
	certificates := a.send(t, "GET", "/v2/passbookCerts", nil).Status(t, 200)
	refused("POST", "/v2/passbookCerts", "jsonBody", members{"name": "half"}, "passbookCER", []byte("no certificate"))
	if after := a.send(t, "GET", "/v2/passbookCerts", nil); string(after.Body) != string(certificates.Body) {
		t.Errorf("%s became %s", certificates.Body, after.Body)
	}
}

// TestFiles are passes that were handed over sealed. They are none of this service's: a
// search counts and shows the others, page by page.
func TestFiles(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Beside")
	first := a.issue(t, member("Beside", ""))
	file := a.Anonymous().Get(t, root+"/p-"+first+".pkpass").Status(t, 200)
	b := newAccount(t)
	kept, err := b.Issuer.KeepPassFile(t.Context(), b.Actor, issuer.PassFile{Data: file.Body})
	if err != nil {
		t.Fatal(err)
	}
	if n := b.finds(t, members{"campaignName": kept.Pass.Campaign.Short()}); n != 0 {
		t.Errorf("%d files are found", n)
	}
	b.prepared(t, "Own")
	want := []string{b.issue(t, members{"templateName": "Own"}), b.issue(t, members{"templateName": "Own"})}
	var seen []string
	for from := 0; len(seen) < 2; from++ {
		var got struct {
			NextFrom   *int
			TotalCount int
			Data       []struct{ ID string }
		}
		b.send(t, "POST", "/v1/passes", members{"size": 1, "from": from}).Status(t, 200).JSON(t, &got)
		if got.TotalCount != 2 || len(got.Data) != 1 || (got.NextFrom == nil) != (from == 1) {
			t.Fatalf("%d: %+v", from, got)
		}
		seen = append(seen, got.Data[0].ID)
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
	fails(t, b.send(t, "GET", "/v2/passes/"+url.PathEscape(first), nil), 404, "Pass not found: "+first)
}
