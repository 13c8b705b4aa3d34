package passkit_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestQuirk has a test for each sentence of what the clients need, by its number in README.md.
func TestQuirk(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Harbour_Loyalty")
	a.templated(t, "Other_Card", with(card("Other_Card", "Harbour_Loyalty"), members{"passbookRedeem": nil}))
	for name, test := range map[string]func(*testing.T, *account){
		"Q1 milliseconds": q1, "Q2 ahead": q2, "Q3 token again": q3, "Q4 claims": q4, "Q5 raw secret": q5, "Q6 invalid token": q6, "Q7 always 200": q7,
		"Q8 fourteen characters": q8, "Q9 error bodies": q9, "Q10 statuses": q10, "Q11 content type": q11, "Q12 any type of body": q12, "Q13 zero length": q13,
		"Q14 no body": q14, "Q15 empty bodies": q15, "Q16 odd headers": q16, "Q17 mounts": q17, "Q18 missing equals": q18, "Q19 escaped query": q19,
		"Q20 plus": q20, "Q21 null pushes": q21, "Q22 no campaign": q22, "Q23 commas": q23, "Q24 batch forms": q24, "Q25 pass round trip": q25,
		"Q26 template round trip": q26, "Q27 bundle methods": q27, "Q28 multipart": q28, "Q29 deleted image": q29, "Q30 slash missing": q30, "Q31 absent": q31,
		"Q32 fraction": q32, "Q33 colour without sign": q33, "Q34 template colours": q34, "Q35 barcodes": q35, "Q36 coordinates": q36, "Q37 groups": q37,
		"Q38 types": q38, "Q39 capitals": q39, "Q40 name in body": q40, "Q41 meta alone": q41, "Q42 other template": q42, "Q43 redeemed images": q43,
		"Q44 expired": q44, "Q45 batch answer": q45, "Q46 one object": q46, "Q47 resend": q47, "Q48 search spellings": q48, "Q49 year": q49,
		"Q50 json view": q50, "Q51 ignored authorization": q51, "Q52 nothing changed": q52,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, a)
		})
	}
}

// with lays changes over o; nil takes a member away.
func with(o, changes members) members {
	out := make(members)
	for name, v := range o {
		out[name] = v
	}
	for name, v := range changes {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

// get asks with a header of one's own.
func (a *account) get(t testing.TB, header string) *servertest.Answer {
	return a.Anonymous().Get(t, root+"/v2/campaigns/Harbour_Loyalty", header)
}

func q1(t *testing.T, a *account) {
	now := a.Clock.Now().UnixMilli()
	for _, ahead := range []int64{60_000, 6_000} {
		a.get(t, a.expiring(now+ahead)).Status(t, 200)
	}
	a.get(t, a.expiring(float64(now+6_000)/1000)).Status(t, 200)
	fails(t, a.get(t, a.expiring(now-61_000)), 401, "Invalid token: expired")
}

func q2(t *testing.T, a *account) {
	a.get(t, a.expiring(a.Clock.Now().Unix()+300)).Status(t, 200)
	fails(t, a.get(t, a.expiring(a.Clock.Now().Unix()+3600)), 401, "Invalid token: expiry is too far ahead")
}

func q3(t *testing.T, a *account) {
	header := a.authorization()
	for range 3 {
		a.get(t, header).Status(t, 200)
	}
}

func q4(t *testing.T, a *account) {
	exp := a.Clock.Now().Unix() + 60
	payload := json.RawMessage(`{"iat": 1, "method": "GET", "key": "` + a.key + `", "exp": ` + jsonOf(exp) + `}`)
	for _, header := range []string{`{"typ":"JWT","alg":"HS256"}`, `{"alg":"HS256"}`} {
		signed := token(json.RawMessage(header), payload, a.secret)
		for _, scheme := range []string{"PKAuth ", "pkauth   ", ""} {
			a.get(t, "Authorization: "+scheme+signed).Status(t, 200)
		}
		fails(t, a.get(t, "Authorization: Bearer "+signed), 401, "Invalid token: malformed")
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"RS256"}`, `{"alg":"hs256"}`} {
		fails(t, a.get(t, "Authorization: PKAuth "+token(json.RawMessage(header), payload, a.secret)), 401, "Invalid token: malformed")
	}
}

func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func q5(t *testing.T, a *account) {
	const key, secret = "harbourKey", "aGFyYm91clNlY3JldA" // which is base64, too
	a.newKey(t, access.NewKey{Name: "moved", Role: store.Viewer, Token: key + "." + secret, Signs: true})
	now := a.Clock.Now().Unix()
	a.get(t, "Authorization: PKAuth "+token(hs256, members{"key": key, "exp": now}, secret)).Status(t, 200)
	fails(t, a.get(t, "Authorization: PKAuth "+token(hs256, members{"key": key, "exp": now}, "harbourSecret")), 401, "Invalid token: bad key or signature")
	if got := a.Anonymous().Send(t, "POST", root+"/v2/campaigns", members{}, "Authorization: PKAuth "+token(hs256, members{"key": key, "exp": now}, secret)); got.Code != 403 {
		t.Errorf("a viewer that writes is answered %d %s", got.Code, got.Body)
	}
}

func q6(t *testing.T, a *account) {
	for _, header := range []string{"X-None: 1", "Authorization: ", "Authorization: PKAuth", "Authorization: PKAuth a.b.c", a.expiring("1"), a.expiring(-1), a.expiring(nil), a.expiring(0)} {
		got := a.get(t, header)
		if text, _ := decoded(t, got.Body)["error"].(string); got.Code != 401 || !strings.HasPrefix(text, "Invalid token") {
			t.Errorf("%s: %d %s", header, got.Code, got.Body)
		}
	}
}

func q7(t *testing.T, a *account) {
	a.send(t, "POST", "/v2/campaigns", a.campaign("Always_Good")).Status(t, 200)
	a.send(t, "POST", "/v2/templates", card("Always_Good", "Always_Good")).Status(t, 200) // without pictures, and without a form
	a.send(t, "POST", "/v2/passes", members{"templateName": "Always_Good"}).Status(t, 200)
}

func q8(t *testing.T, a *account) {
	if id := a.issue(t, members{"templateName": "Harbour_Loyalty"}); len(id) != 14 || len(jsonOf(members{"id": id}))+3 < 24 {
		t.Errorf("the id %q", id)
	}
}

func q9(t *testing.T, a *account) {
	for path, want := range map[string]string{
		"/v2/nothing": "Unknown path or method: PATCH /passkit/v2/nothing", "/v2/passes/x": "Unknown path or method: PATCH /passkit/v2/passes/x",
		"": "Unknown path or method: PATCH /passkit", "/v3/campaigns": "Unknown path or method: PATCH /passkit/v3/campaigns",
	} {
		fails(t, a.send(t, "PATCH", path, nil), 404, want)
	}
	fails(t, a.send(t, "GET", "/v2/campaigns/None", nil), 404, "Campaign not found: None")
	fails(t, a.send(t, "GET", "/v2/templates/None", nil), 404, "Template not found: None")
	fails(t, a.send(t, "GET", "/v2/passes/None", nil), 404, "Pass not found: None")
	fails(t, a.send(t, "GET", "/v2/passbookCerts/None", nil), 404, "Certificate not found: None")
	fails(t, a.send(t, "POST", "/v2/passes", `{"templateName"`), 400, "Invalid JSON body: it cannot be read as JSON")
	fails(t, a.send(t, "POST", "/v2/passes", `[1]`), 400, "Invalid JSON body: an object is expected")
	fails(t, a.send(t, "POST", "/v2/passes", `{}`), 400, "Missing required field: templateName")
	fails(t, a.send(t, "POST", "/v2/campaigns", a.campaign("Harbour_Loyalty")), 400, "Name already in use: Harbour_Loyalty")
	fails(t, a.send(t, "POST", "/v2/campaigns", with(a.campaign("New"), members{"passbookCertId": "none"})), 400, "Invalid value for field passbookCertId: there is no certificate none")
	fails(t, a.send(t, "POST", "/v2/campaigns", with(a.campaign("New"), members{"startDate": nil})), 400, "Missing required field: startDate")
	fails(t, a.send(t, "POST", "/v2/campaigns", with(a.campaign("a b"), nil)), 400, "Invalid value for field name: must be 1 to 100 letters, digits and underscores")
	fails(t, a.send(t, "GET", "/v2/passes", nil), 400, "Missing required field: userDefinedId")
	fails(t, a.send(t, "POST", "/v2/passes", strings.Repeat(" ", 1<<20)+"{}"), 400, "Request body is too large")
}

// q10 is about every answer: tests that compare bodies see the statuses.
func q10(t *testing.T, a *account) {
	known := []int{200, 400, 401, 403, 404, 500, 503}
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"} {
		for _, path := range []string{"/v2/campaigns", "/v2/campaigns/x", "/v2/templates", "/v2/passes", "/v2/passes/x/redeem", "/v2/passesBatch", "/v2/images", "/v2/recoveryEmails/resend", "/v1/passes", "/v2/passes/x/json", "/%2F", "//", "/v2/passes/..%2f"} {
			if got := a.send(t, method, path, "{").Code; !contains(known, got) {
				t.Errorf("%s %s: %d", method, path, got)
			}
		}
	}
	a.send(t, "POST", "/v2/images", []byte("--x"), "Content-Type: multipart/form-data; boundary=x").Status(t, 400)
}

func contains(all []int, n int) bool {
	for _, m := range all {
		if m == n {
			return true
		}
	}
	return false
}

func q11(t *testing.T, a *account) {
	form, kind := upload(t, "image", compattest.Picture(40, 40))
	for _, got := range []*servertest.Answer{a.send(t, "POST", "/v2/images", form, kind), a.send(t, "POST", "/v1/passes", members{"size": 1}), a.send(t, "GET", "/v2/passbookCerts", nil)} {
		if got.Code != 200 || got.Header.Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%d %s", got.Code, got.Header.Get("Content-Type"))
		}
	}
}

func q12(t *testing.T, a *account) {
	for _, kind := range []string{"", "application/x-www-form-urlencoded", "text/plain"} {
		a.send(t, "POST", "/v2/passes", "\ufeff"+`{"templateName": "Harbour_Loyalty"}`, "Content-Type: "+kind).Status(t, 200)
	}
}

func q13(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty"})
	a.send(t, "PUT", "/v2/templates/Harbour_Loyalty/push", nil, "Content-Type: application/json").Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil, "Content-Type: application/json").Status(t, 200)
}

func q14(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty"})
	if got := a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200); string(got.Body) != `{"id":"`+id+`"}` {
		t.Errorf("%s", got.Body)
	}
}

func q15(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", ""))
	before := a.pass(t, id)
	for _, body := range []string{"", "null", "[]", "{}", " [ ] "} {
		a.send(t, "PUT", "/v2/passes/"+id, body).Status(t, 200)
		a.send(t, "PUT", "/v2/campaigns/Harbour_Loyalty", body).Status(t, 200)
		a.send(t, "PUT", "/v2/passes/"+id, `{"dynamicData": `+strings.TrimSpace(body+" ")+orNull(body)+`, "passbook": []}`).Status(t, 200)
	}
	if after := a.pass(t, id); !reflect.DeepEqual(before, after) {
		t.Errorf("%v became %v", before, after)
	}
}

// orNull completes a member whose value would be missing.
func orNull(body string) string {
	if strings.TrimSpace(body) == "" {
		return "null"
	}
	return ""
}

func q16(t *testing.T, a *account) {
	a.get(t, a.authorization()).Status(t, 200)
	_, value, _ := strings.Cut(a.authorization(), ": ")
	r := httptest.NewRequest("GET", servertest.BaseURL+root+"/v2/campaigns/Harbour_Loyalty", nil)
	r.RequestURI = ""
	r.Header = http.Header{"authorization": {value}, "timeout": {"30"}, "Postman-Token": {"x"}, "X-Odd": {""}}
	got, err := a.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if got.StatusCode != 200 {
		t.Errorf("%d", got.StatusCode)
	}
}

// q17 leads a host name to the root of the service.
func q17(t *testing.T, _ *account) {
	const host = "api-pass.passkit.example"
	a := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{host: "passkit"} }))
	_, value, _ := strings.Cut(a.authorization(), ": ")
	for _, path := range []string{"/v2/campaigns", "/v2/campaigns/", root + "/v2/campaigns/"} {
		r := httptest.NewRequest("GET", "https://"+host+path, nil)
		r.RequestURI = ""
		r.Header.Set("Authorization", value)
		got, err := a.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if got.Body.Close(); got.StatusCode != 200 {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
}

func q18(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", "U-18"))
	var got struct{ ID string }
	if a.send(t, "GET", "/v2/passes?userDefinedId=U-18&campaignNameHarbour_Loyalty", nil).Status(t, 200).JSON(t, &got); got.ID != id {
		t.Errorf("found %s", got.ID)
	}
	a.send(t, "PUT", "/v2/passes?userDefinedId=U-18&campaignNameHarbour_Loyalty", members{"dynamicData": members{"beans": 18}}).Status(t, 200)
	if data := a.pass(t, id)["dynamicData"].(members); data["beans"] != 18.0 {
		t.Errorf("%v", data)
	}
}

func q19(t *testing.T, a *account) {
	one, other := a.issue(t, member("Harbour_Loyalty", "USER_1")), a.issue(t, member("Harbour_Loyalty", "Zoé"))
	a.send(t, "PUT", "/v2/passes%3FuserDefinedId%3DUSER_1%26campaignName%3DHarbour_Loyalty", members{"dynamicData": members{"beans": 19}}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes%3fuserDefinedId%3DZo%E9%26campaignName%3DHarbour_Loyalty", members{"dynamicData": members{"beans": 19}}).Status(t, 200)
	var all []struct {
		ID          string
		DynamicData members
	}
	a.send(t, "GET", "/v2/passesBatch%3Fid%3D"+one+"%2C"+other, nil).Status(t, 200).JSON(t, &all)
	if len(all) != 2 || all[0].DynamicData["beans"] != 19.0 || all[1].DynamicData["beans"] != 19.0 {
		t.Errorf("%v", all)
	}
}

func q20(t *testing.T, a *account) {
	plus, blank := a.issue(t, member("Harbour_Loyalty", "a+b;c")), a.issue(t, member("Harbour_Loyalty", "d e"))
	for query, want := range map[string]string{"a+b;c": plus, "a%2Bb%3Bc": plus, "d+e": blank, "d%20e": blank} {
		var got struct{ ID string }
		if a.send(t, "GET", "/v2/passes?userDefinedId="+query+"&campaignName=Harbour_Loyalty", nil).Status(t, 200).JSON(t, &got); got.ID != want {
			t.Errorf("%s found %s", query, got.ID)
		}
	}
}

func q21(t *testing.T, a *account) {
	for _, body := range []string{"null", "", "{}", "[]"} {
		if got := a.send(t, "PUT", "/v2/templates/Harbour_Loyalty", body).Status(t, 200); string(got.Body) != `{"name":"Harbour_Loyalty"}` {
			t.Errorf("%s", got.Body)
		}
	}
}

func q22(t *testing.T, a *account) {
	a.prepared(t, "Twenty_Two")
	id := a.issue(t, member("Harbour_Loyalty", "X-22"))
	var got struct{ ID string }
	if a.send(t, "GET", "/v2/passes?userDefinedId=X-22", nil).Status(t, 200).JSON(t, &got); got.ID != id {
		t.Errorf("found %s", got.ID)
	}
	a.issue(t, member("Twenty_Two", "X-22"))
	a.send(t, "GET", "/v2/passes?userDefinedId=X-22", nil).Status(t, 400)
	a.send(t, "GET", "/v2/passes?userDefinedId=nobody-22", nil).Status(t, 400)
	fails(t, a.send(t, "POST", "/v2/passes", member("Twenty_Two", "X-22")), 400, "userDefinedId already in use in campaign Twenty_Two: X-22")
}

func q23(t *testing.T, a *account) {
	one, other := a.issue(t, members{"templateName": "Harbour_Loyalty"}), a.issue(t, members{"templateName": "Harbour_Loyalty"})
	for _, ids := range []string{one + "," + other, one + "%2C" + other, one + ", " + other + ",none,"} {
		var all []struct{ ID string }
		a.send(t, "GET", "/v2/passesBatch?id="+strings.ReplaceAll(ids, " ", "%20"), nil).Status(t, 200).JSON(t, &all)
		if len(all) != 2 || all[0].ID != one || all[1].ID != other {
			t.Errorf("%s: %v", ids, all)
		}
	}
	fails(t, a.send(t, "GET", "/v2/passesBatch?id=none", nil), 404, "Pass not found: none")
	fails(t, a.send(t, "GET", "/v2/passesBatch?id="+strings.Repeat("x,", 26), nil), 400, "Batch is limited to 25 passes, got 26")
}

func q24(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", "B-24"))
	for n, body := range []any{[]any{members{"id": id, "dynamicData": members{"beans": 240}}}, members{"passes": []any{members{"passId": id, "dynamicData": members{"beans": 241}}}},
		[]any{members{"userDefinedId": "B-24", "campaignName": "Harbour_Loyalty", "dynamicData": members{"beans": 242}}}} {
		a.send(t, "PUT", "/v2/passesBatch", body).Status(t, 200)
		if data := a.pass(t, id)["dynamicData"].(members); data["beans"] != float64(240+n) {
			t.Errorf("%d: %v", n, data)
		}
	}
	a.send(t, "PUT", "/v2/passesBatch", []any{members{"id": id, "dynamicData": members{"beans": 1}}, members{"id": id, "dynamicData": members{"beans": 2, "x": "y"}}}).Status(t, 200)
	if data := a.pass(t, id)["dynamicData"].(members); data["beans"] != 2.0 || data["x"] != "y" {
		t.Errorf("%v", data)
	}
}

func q25(t *testing.T, a *account) {
	id := a.issue(t, with(member("Harbour_Loyalty", "R-25"), members{"passbook": members{"fgColor": "FFF8E7", "userInfo": members{"a": []any{1, "{{b}}"}},
		"locations": []any{members{"alt": 4.5, "lat": 53.5, "lon": "9.96", "relevantText": "Hello"}}}}))
	before, revision := a.pass(t, id), a.revision(t, id)
	a.send(t, "PUT", "/v2/passes/"+id, before).Status(t, 200)
	if after := a.pass(t, id); !reflect.DeepEqual(before, after) || a.revision(t, id) != revision {
		t.Errorf("%v became %v", before, after)
	}
}

// revision is the number of the last change of a pass that phones see.
func (a *account) revision(t testing.TB, id string) uint64 {
	t.Helper()
	return compattest.Record(t, a.Server, a.issued(id)).Version.Revision
}

func q26(t *testing.T, a *account) {
	a.templated(t, "Twenty_Six", card("Twenty_Six", "Harbour_Loyalty"))
	get := func(name string) members {
		return decoded(t, a.send(t, "GET", "/v2/templates/"+name, nil).Status(t, 200).Body)
	}
	for _, name := range []string{"Twenty_Six", "Other_Card"} {
		before := get(name)
		sent := with(before, members{"languageList": []any{"fr"}, "backArrayCounter": 2, "defaultValueArrayCounter": 1, "passbookLangRedeem": members{},
			"dynamicImageKeys": members{"passbookImages": members{"strip": members{"isDynamic": true}, "thumbnail": members{}}},
			"passbook":         with(before["passbook"].(members), members{"nfc": members{}, "beacons": members{}})})
		if before["passbookRedeem"] == nil {
			sent["passbookRedeem"] = members{"bgColor": members{}, "fgColor": members{}, "labelColor": members{}, "nfc": members{}}
		}
		a.send(t, "PUT", "/v2/templates/"+name, sent).Status(t, 200)
		if after := get(name); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: %v became %v", name, jsonOf(before), jsonOf(after))
		}
	}
}

func q27(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", ""))
	before := a.pass(t, id)
	want := a.Anonymous().Get(t, root+"/v2/passes/"+id+"/bundle").Status(t, 200)
	for _, method := range []string{"POST", "PUT"} {
		if got := a.send(t, method, "/v2/passes/"+id+"/bundle", members{"isVoided": true}).Status(t, 200); string(got.Body) != string(want.Body) {
			t.Errorf("%s: %s, want %s", method, got.Body, want.Body)
		}
	}
	if after := a.pass(t, id); !reflect.DeepEqual(before, after) {
		t.Errorf("%v became %v", before, after)
	}
	if got := decoded(t, want.Body); got["id"] != id || got["url"] != servertest.BaseURL+root+"/p-"+id {
		t.Errorf("%v, %v", got["id"], got["url"])
	}
	if got := a.Anonymous().Get(t, root+"/v2/passes/"+id+"/bundle", "Accept: application/vnd.apple.pkpass").Status(t, 200); got.Header.Get("Content-Type") != "application/vnd.apple.pkpass" {
		t.Errorf("%s", got.Header.Get("Content-Type"))
	}
}

func q28(t *testing.T, a *account) {
	for n, part := range []string{"", "Content-Type: text/plain; charset=ISO-8859-1\r\n", "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n", "Content-Type: text/plain\r\n"} {
		name := "Multi_" + string(rune('A'+n))
		body := jsonOf(with(card(name, "Harbour_Loyalty"), members{"meta": members{"who": "Zoé"}}))
		if n%2 == 1 {
			body = strings.ReplaceAll(body, "é", "\xe9")
		}
		form := "--B\r\nContent-Disposition: form-data; name=\"PASSBOOK-iconfile\"; filename=\"C:\\\\a\"\r\nContent-Type: image/png\r\n\r\n" + string(compattest.Picture(60, 60)) +
			"\r\n--B\r\nContent-Disposition: form-data; name=\"jsonBody\"\r\n" + part + "\r\n" + body + "\r\n--B--\r\n"
		a.send(t, "POST", "/v2/templates", []byte(form), "Content-Type: multipart/form-data; boundary=B").Status(t, 200)
		if meta := decoded(t, a.send(t, "GET", "/v2/templates/"+name, nil).Body)["meta"].(members); meta["who"] != "Zoé" {
			t.Errorf("%q: %v", part, meta)
		}
	}
}

func q29(t *testing.T, a *account) {
	a.templated(t, "Twenty_Nine", card("Twenty_Nine", "Harbour_Loyalty"))
	images := func() members {
		return decoded(t, a.send(t, "GET", "/v2/templates/Twenty_Nine", nil).Body)["passbook"].(members)
	}
	change := func(status int, parts ...any) {
		form, kind := upload(t, parts...)
		a.send(t, "PUT", "/v2/templates/Twenty_Nine", form, kind).Status(t, status)
	}
	change(200, "passbook-LogoFile", compattest.Picture(320, 100), "passbook-StripFile", compattest.Picture(375, 144))
	first := images()
	change(200, "jsonBody", "null", "updatedMultipart", `["passbook-LogoFile","passbook-StripFile","passbook-NoFile"]`, "passbook-LogoFile", compattest.Picture(300, 100))
	if now := images(); now["stripFile"] != nil || now["logoFile"] == nil || now["logoFile"] == first["logoFile"] || now["iconFile"] != first["iconFile"] {
		t.Errorf("%v became %v", first, now)
	}
	change(400, "updatedMultipart", `["passbook-IconFile"]`)
	change(400, "passbook-LogoFile", []byte("no picture"))
}

func q30(t *testing.T, a *account) {
	want := a.send(t, "GET", "/v2/passbookCerts/"+a.certificate, nil).Status(t, 200)
	if got := a.send(t, "GET", "/v2/passbookCerts"+a.certificate, nil).Status(t, 200); string(got.Body) != string(want.Body) {
		t.Errorf("%s, want %s", got.Body, want.Body)
	}
}

func q31(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty", "recoveryEmail": nil, "dynamicImages": members{}, "dynamicBackfields": members{}, "passbook": []any{}})
	got := a.pass(t, id)
	for _, name := range []string{"recoveryEmail", "dynamicImages", "dynamicBackfields", "passbook"} {
		if got[name] != nil {
			t.Errorf("%s is %v", name, got[name])
		}
	}
}

func q32(t *testing.T, a *account) {
	id := a.issue(t, members{"templateName": "Harbour_Loyalty", "expiryDate": "2031-05-06T07:08:09.123+02:00"})
	if got := a.pass(t, id)["expiryDate"]; got != "2031-05-06T05:08:09Z" {
		t.Errorf("%v", got)
	}
}

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

func q40(t *testing.T, a *account) {
	got := a.send(t, "PUT", "/v2/campaigns/Harbour_Loyalty", members{"name": "Harbour_Loyalty", "passbookCertId": a.certificate, "description": "Forty"}).Status(t, 200)
	if string(got.Body) != `{"name":"Harbour_Loyalty"}` {
		t.Errorf("%s", got.Body)
	}
	fails(t, a.send(t, "PUT", "/v2/campaigns/Harbour_Loyalty", members{"name": "Other"}), 400, "Invalid value for field name: cannot be changed from Harbour_Loyalty")
}

func q41(t *testing.T, a *account) {
	a.templated(t, "Forty_One", card("Forty_One", "Harbour_Loyalty"))
	get := func() members { return decoded(t, a.send(t, "GET", "/v2/templates/Forty_One", nil).Body) }
	before := get()
	a.send(t, "PUT", "/v2/templates/Forty_One", members{"meta": members{"only": 1}}).Status(t, 200)
	want := with(before, members{"meta": members{"only": 1.0}})
	if after := get(); !reflect.DeepEqual(after, want) {
		t.Errorf("%v, want %v", after, want)
	}
}

func q42(t *testing.T, a *account) {
	a.prepared(t, "Forty_Two")
	id := a.issue(t, member("Harbour_Loyalty", ""))
	revision := a.revision(t, id)
	a.send(t, "PUT", "/v2/passes/"+id, members{"templateName": "Other_Card", "isVoided": false, "isRedeemed": false, "isInvalid": false}).Status(t, 200)
	if got := a.pass(t, id); got["templateName"] != "Other_Card" || a.document(t, id)["serialNumber"] != id || a.revision(t, id) <= revision {
		t.Errorf("%v", got)
	}
	fails(t, a.send(t, "PUT", "/v2/passes/"+id, members{"templateName": "Forty_Two"}), 400, "Invalid value for field templateName: Forty_Two is not a template of campaign Harbour_Loyalty")
	fails(t, a.send(t, "PUT", "/v2/passes/"+id, members{"campaignName": "Forty_Two"}), 400, "Invalid value for field campaignName: cannot be changed from Harbour_Loyalty")
}

func q43(t *testing.T, a *account) {
	form, kind := upload(t, "jsonBody", with(card("Forty_Three", "Harbour_Loyalty"), members{"passbookRedeem": nil}), "passbook-IconFile", compattest.Picture(87, 87),
		"passbookRedeem-IconFile", compattest.Picture(90, 90), "passbookRedeem-LogoFile", compattest.Picture(320, 100), "passbookRedeem-StripFile", compattest.Picture(375, 144),
		"passbookRedeem-FooterFile", compattest.Picture(286, 15), "passbookRedeem-ThumbFile", compattest.Picture(90, 90), "passbookRedeem-BgFile", compattest.Picture(180, 220))
	a.send(t, "POST", "/v2/templates", form, kind).Status(t, 200)
	id := a.issue(t, member("Forty_Three", ""))
	if files := a.file(t, id).Contents.Files; len(files["strip.png"].Data) > 0 {
		t.Error("a pass that was not redeemed has the strip of those that were")
	}
	a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200)
	if r := a.file(t, id); len(r.Contents.Files["strip.png"].Data) == 0 || decoded(t, r.Contents.Files["pass.json"].Data)["logoText"] != "Harbour Coffee" {
		t.Error("a redeemed pass has no strip, or another text")
	}
}

func q44(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", ""))
	a.send(t, "PUT", "/v2/passes/"+id, members{"expiryDate": a.Clock.Now().Add(-time.Hour).Format("2006-01-02T15:04:05.000Z")}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 44}}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id, members{"isInvalid": true}).Status(t, 200)
	if got := a.pass(t, id); got["isInvalid"] != true || got["isRedeemed"] != true || got["isVoided"] != false {
		t.Errorf("%v", got)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"isInvalid": true}).Status(t, 200)
	fails(t, a.send(t, "PUT", "/v2/passes/"+id, members{"isInvalid": false}), 400, "Pass is invalid and cannot be changed: "+id)
}

func q45(t *testing.T, a *account) {
	var got struct{ ID []string }
	a.send(t, "POST", "/v2/passesBatch", members{"passes": []any{member("Harbour_Loyalty", "M-45a"), members{"templateName": "Other_Card"}}}).Status(t, 200).JSON(t, &got)
	if len(got.ID) != 2 || a.pass(t, got.ID[0])["userDefinedId"] != "M-45a" || a.pass(t, got.ID[1])["templateName"] != "Other_Card" {
		t.Errorf("%v", got)
	}
}

func q46(t *testing.T, a *account) {
	a.issue(t, member("Harbour_Loyalty", "O-46"))
	if got := a.send(t, "GET", "/v2/passes?userDefinedId=O-46&campaignName=Harbour_Loyalty", nil).Status(t, 200); got.Body[0] != '{' {
		t.Errorf("%s", got.Body)
	}
}

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
	if got := a.Anonymous().Send(t, "OPTIONS", root+"/v2/passes/"+id+"/json", nil).Status(t, 200); got.Header.Get("Access-Control-Allow-Methods") == "" {
		t.Errorf("%v", got.Header)
	}
	fails(t, a.Anonymous().Get(t, root+"/v2/passes/none/json"), 404, "Pass not found: none")
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
