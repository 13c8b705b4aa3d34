package passworks_test

import (
	"fmt"
	"strings"
	"testing"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/store"
)

// TestBehaviour has what the service did beyond the shape of its answers.
func TestBehaviour(t *testing.T) {
	a := newAccount(t)
	for name, test := range map[string]func(*testing.T, *account){
		"campaign pages":        campaignPages,
		"merge":                 merge,
		"changes of campaigns":  campaignChanges,
		"templates":             templates,
		"codes":                 codes,
		"codes at the till":     codesAtTheTill,
		"redeeming often":       redeemingOften,
		"expiry":                expiry,
		"own content":           ownContent,
		"replacing":             replacing,
		"pictures of passes":    passPictures,
		"braces":                braces,
		"queries of passes":     passQueries,
		"registrations":         registrations,
		"deletion of campaigns": campaignDeletion,
		"accounts and roles":    accounts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, a)
		})
	}
}

// field is the value and the label of a field in an answer.
func field(t testing.TB, o members, group, key string) string {
	t.Helper()
	for _, f := range o[group].([]any) {
		if f := f.(members); f["key"] == key {
			return fmt.Sprint(f["label"], "=", f["value"])
		}
	}
	return "none"
}

// until waits for an answer that background work changes.
func (a *account) until(t testing.TB, path string, done func(members) bool) members {
	t.Helper()
	var got members
	a.Until(t, path, func() bool {
		got = object(t, a.send(t, "GET", path, nil).Status(t, 200))
		return done(got)
	})
	return got
}

func merge(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"locations": []any{members{"latitude": 1, "longitude": 2}}, "max_distance": 50, "expiration_date": "2031-01-01"}))
	at := "/coupons/" + campaign
	pass := at + "/passes/" + a.pass(t, "coupons", campaign, members{
		"auxiliary_fields": []any{members{"key": "holder", "value": "Mira", "label": "MINE"}, members{"key": "until", "value": "own"}, members{"key": "seat", "label": "SEAT", "value": "4"}},
		"locations":        []any{members{"latitude": 5, "longitude": 6}}})
	a.send(t, "PATCH", at, members{"coupon": members{"label_color": "#112233", "expiration_date": "2032-01-01T00:00:00+01:00", "max_distance": 60,
		"auxiliary_fields": []any{members{"key": "until", "value": "later"}, members{"key": "holder", "label": "GUEST"}, members{"key": "door", "value": "B", "label": "DOOR"}}}}).Status(t, 200)
	got := object(t, a.send(t, "GET", pass, nil))
	if field(t, got, "auxiliary_fields", "until") != "UNTIL=own" || field(t, got, "auxiliary_fields", "door") != "none" || got["expiration_date"] != "2031-01-01T00:00:00.000+00:00" {
		t.Errorf("before the merge the pass is %v", got)
	}
	a.send(t, "POST", at+"/merge", members{"push_message": "New rules"}).Status(t, 200)
	got = a.until(t, pass, func(p members) bool { return field(t, p, "auxiliary_fields", "until") == "UNTIL=later" })
	for key, want := range map[string]string{"holder": "GUEST=Mira", "door": "DOOR=B", "seat": "SEAT=4"} {
		if is := field(t, got, "auxiliary_fields", key); is != want {
			t.Errorf("after the merge %s is %s, want %s", key, is, want)
		}
	}
	if l := got["locations"].([]any)[0].(members); l["latitude"] != 1.0 || got["max_distance"] != 60.0 || got["expiration_date"] != "2031-12-31T23:00:00.000+00:00" {
		t.Errorf("after the merge the pass is %v", got)
	}
}

func campaignChanges(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	before := object(t, a.send(t, "GET", at, nil))
	same := object(t, a.send(t, "PATCH", at, members{"coupon": members{"name": t.Name() + " new", "og": false}}).Status(t, 200))
	other := object(t, a.send(t, "PATCH", at, members{"coupon": members{"barcode": members{"message": "SHARED"}}}).Status(t, 200))
	if same["template_id"] != before["template_id"] || other["template_id"] == before["template_id"] || same["name"] != t.Name()+" new" {
		t.Errorf("the templates are %v, %v, %v", before["template_id"], same["template_id"], other["template_id"])
	}
	if b := other["barcode"].(members); b["message"] != "SHARED" || b["alt_text"] != "SHARED" || b["format"] != "qrcode" {
		t.Errorf("the barcode is %v", b)
	}
	replaced := object(t, a.send(t, "PATCH", at, members{"coupon": members{"auxiliary_fields": []any{members{"key": "only"}}}, "merge": false}).Status(t, 200))
	if len(replaced["auxiliary_fields"].([]any)) != 1 || len(replaced["primary_fields"].([]any)) != 1 {
		t.Errorf("replaced are %v", replaced["auxiliary_fields"])
	}
	a.pass(t, "coupons", campaign, nil)
	fails(t, a.send(t, "PATCH", at, members{"coupon": members{"code_type": "per_pass"}}), 422,
		"Code type can't be changed once there are passes", `{"code_type":["can't be changed once there are passes"]}`)
	fails(t, a.send(t, "POST", "/coupons", members{"coupon": members{"name": t.Name() + " new", "template_id": other["template_id"]}}), 422,
		"Name has already been taken", `{"name":["has already been taken"]}`)
	id(t, a.send(t, "POST", "/generics", members{"generic": members{"name": t.Name() + " new", "icon_id": a.asset(t, "icon", 40, 40)}}).Status(t, 201))
}

func templates(t *testing.T, a *account) {
	icon := a.asset(t, "icon", 40, 40)
	template := id(t, a.send(t, "POST", "/templates", members{"template": members{"name": t.Name(), "pass_type": "coupon", "icon_id": icon, "logo_text": "L", "barcode": members{"format": "aztec"}}}).Status(t, 201))
	campaign := object(t, a.send(t, "POST", "/coupons", members{"coupon": members{"name": t.Name(), "template_id": template}}).Status(t, 201))
	if campaign["template_id"] != template || campaign["barcode"].(members)["format"] != "aztec" {
		t.Errorf("the campaign has %v", campaign)
	}
	derived := object(t, a.send(t, "POST", "/coupons", members{"coupon": members{"name": t.Name() + " 2", "template_id": template, "logo_text": "M"}}).Status(t, 201))
	if derived["template_id"] == template {
		t.Error("the template was overridden and is the same")
	}
	made := object(t, a.send(t, "GET", "/templates/"+derived["template_id"].(string), nil).Status(t, 200))
	if made["name"] != "Template for "+t.Name()+" 2" || made["logo_text"] != "M" || made["icon_id"] != icon || made["pass_type"] != "coupon" {
		t.Errorf("the derived template is %v", made)
	}
	a.send(t, "POST", "/generics", members{"generic": members{"name": t.Name(), "template_id": template}}).Status(t, 422)
	a.send(t, "GET", "/templates/"+campaign["id"].(string), nil).Status(t, 404)
}

func codes(t *testing.T, a *account) {
	for _, tt := range []struct {
		name           string
		campaign, pass members
		code, message  string
	}{
		{"running", nil, nil, "00000001", "00000001"},
		{"with a message of its own", nil, members{"barcode": members{"message": "M"}}, "00000001", "M"},
		{"with a list of its own", nil, members{"barcodes": []any{members{"format": "aztec", "message": "L"}}}, "00000001", "L"},
		{"of a campaign with a message", members{"barcode": members{"format": "pdf417", "message": "C"}}, nil, "00000001", "C"},
		{"fixed", members{"code_type": "fixed", "code_fixed_value": "F"}, nil, "00000001", "F"},
		{"fixed with a format of its own", members{"code_type": "fixed", "code_fixed_value": "F"}, members{"barcode": "aztec"}, "00000001", "F"},
		{"without barcode", members{"barcode": nil}, nil, "00000001", ""},
		{"sequential", members{"code_type": "sequential"}, nil, "00000001", "00000001"},
		{"given", members{"code_type": "per_pass"}, members{"barcode": members{"message": "A/1"}}, "A/1", "A/1"},
	} {
		campaign := a.campaign(t, "generics", with(with(plain(t), tt.campaign), members{"name": t.Name() + tt.name}))
		made := a.send(t, "POST", "/generics/"+campaign+"/passes", members{"pass": tt.pass}).Status(t, 201)
		got := object(t, made)
		if b := got["barcode"].(members); got["redeem_code"] != tt.code || b["message"] != tt.message || b["alt_text"] != tt.message {
			t.Errorf("%s: code %v, barcode %v", tt.name, got["redeem_code"], b)
		}
		if text := document(t, a, issued(t, made)); tt.message != "" && (!strings.Contains(text, `"message":"`+tt.message+`"`) || !strings.Contains(text, `"altText":"`+tt.message+`"`)) {
			t.Errorf("%s: the file has %s", tt.name, text)
		}
		if tt.name == "fixed" {
			fails(t, a.send(t, "PATCH", "/generics/"+campaign, members{"generic": members{"code_fixed_value": "G"}}), 422,
				"Code fixed value can't be changed once there are passes", `{"code_fixed_value":["can't be changed once there are passes"]}`)
		}
	}
}

func codesAtTheTill(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", with(plain(t), members{"allow_multiple_redeems": true}))
	at := "/generics/" + campaign
	first := a.pass(t, "generics", campaign, nil)
	a.pass(t, "generics", campaign, members{"barcode": members{"message": "a/b c"}})
	a.pass(t, "generics", campaign, members{"barcode": members{"message": "twice"}})
	a.pass(t, "generics", campaign, members{"barcode": members{"message": "twice"}})
	if got := object(t, a.send(t, "GET", at+"/redeem/1", nil).Status(t, 200)); got["pass_id"] != first || got["id"] != first {
		t.Errorf("looked up: %v", got)
	}
	a.send(t, "GET", at+"/redeem/a/b%20c", nil).Status(t, 200)
	a.send(t, "GET", at+"/redeem/a%2Fb%20c", nil).Status(t, 200)
	fails(t, a.send(t, "GET", at+"/redeem/none", nil), 404, "Pass not found.", `{"pass":"Pass not found."}`)
	fails(t, a.send(t, "GET", at+"/redeem/twice", nil), 412, "Redeem code is not unique", `{"redeem_code":["is not unique"]}`)
	fails(t, a.send(t, "POST", at+"/redeem", members{"comment": "x"}), 422, "Redeem code can't be blank", `{"redeem_code":["can't be blank"]}`)
	a.send(t, "POST", at+"/redeem", `{"redeem_code": 1}`).Status(t, 200)
	a.send(t, "POST", at+"/redeem", members{"redeem_code": "00000001", "comment": "till 2"}).Status(t, 200)
	log := list(t, a.send(t, "GET", at+"/redeems", nil).Status(t, 200))
	if len(log) != 2 || log[1]["comment"] != "till 2" || log[0]["comment"] != nil || log[1]["redeem_code"] != "00000001" || log[1]["source"] != "api" || log[1]["pass_id"] != first {
		t.Errorf("the log is %v", log)
	}
	if got := list(t, a.send(t, "GET", at+"/passes/"+first+"/redeems?q[comment_eq]=till+2", nil).Status(t, 200)); len(got) != 1 {
		t.Errorf("the log of the pass has %v", got)
	}
}

func redeemingOften(t *testing.T, a *account) {
	campaign := a.campaign(t, "store_cards", with(plain(t), members{"allow_multiple_redeems": true}))
	at := "/store_cards/" + campaign
	pass := at + "/passes/" + a.pass(t, "store_cards", campaign, nil)
	for n := range 3 {
		if got := object(t, a.send(t, "POST", pass+"/redeem", nil).Status(t, 200)); got["redeemed_count"] != float64(n+1) || got["voided"] != false {
			t.Errorf("redemption %d: %v", n+1, got)
		}
	}
	a.send(t, "PATCH", at, members{"store_card": members{"allow_multiple_redeems": false}}).Status(t, 200)
	once := at + "/passes/" + a.pass(t, "store_cards", campaign, nil)
	a.send(t, "POST", once+"/redeem", nil).Status(t, 200)
	for range 2 {
		got := object(t, a.send(t, "POST", once+"/reset_redeem", nil).Status(t, 200))
		if got["voided"] != false || got["redeemed_count"] != 1.0 || got["redeemed_at"] == nil {
			t.Errorf("reset: %v", got)
		}
	}
	a.send(t, "POST", once+"/redeem", nil).Status(t, 200)
	a.send(t, "PATCH", once, members{"pass": members{"voided": false}}).Status(t, 200)
	a.send(t, "PATCH", once, members{"pass": members{"voided": 1}}).Status(t, 200)
	fails(t, a.send(t, "POST", once+"/redeem", nil), 412, "Pass is voided", `{"pass":["is voided"]}`)
	for _, step := range []string{"/pause", "/archive"} { // which stop issuing only
		a.send(t, "POST", at+step, nil).Status(t, 200)
		a.send(t, "POST", once+"/reset_redeem", nil).Status(t, 200)
		a.send(t, "POST", once+"/redeem", nil).Status(t, 200)
	}
}

func expiry(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"expiration_date": "2031-01-01T10:00:00+02:00"}))
	at := "/coupons/" + campaign + "/passes"
	got := object(t, a.send(t, "POST", at, nil).Status(t, 201))
	if got["expiration_date"] != "2031-01-01T08:00:00.000+00:00" {
		t.Errorf("the pass expires at %v", got["expiration_date"])
	}
	over := object(t, a.send(t, "POST", at, members{"pass": members{"expiration_date": "2020-01-01"}}).Status(t, 201))
	fails(t, a.send(t, "POST", at+"/"+over["id"].(string)+"/redeem", nil), 412, "Pass has expired", `{"pass":["has expired"]}`)
	a.send(t, "PATCH", at+"/"+over["id"].(string), members{"pass": members{"expiration_date": nil}}).Status(t, 200)
	a.send(t, "POST", at+"/"+over["id"].(string)+"/redeem", nil).Status(t, 200)
}

func ownContent(t *testing.T, a *account) {
	campaign := a.campaign(t, "event_tickets", with(plain(t), members{"user_info": members{"a": 1}, "back_fields": []any{members{"key": "empty"}}}))
	at := "/event_tickets/" + campaign + "/passes"
	made := a.send(t, "POST", at, members{"pass": members{"user_info": members{"b": "{{x}}"}, "relevant_date": "2031-04-09T19:30:00+02:00", "max_distance": 900,
		"locations": []any{members{"latitude": 1, "longitude": 2, "name": "{{Pier}}"}, members{"latitude": 3, "longitude": 4}},
		"beacons":   []any{members{"proximity_uuid": "e2c56db5-dffb-48d2-b060-d0f5a71096e0"}}, "back_fields": []any{members{"key": "own", "value": 7}}}}).Status(t, 201)
	got := object(t, made)
	if got["relevant_date"] != "2031-04-09T17:30:00.000+00:00" || got["max_distance"] != 900.0 || got["user_info"].(members)["b"] != "{{x}}" || len(got["beacons"].([]any)) != 1 {
		t.Errorf("the pass has %v", got)
	}
	if places := got["locations"].([]any); places[0].(members)["name"] != "{{Pier}}" || places[1].(members)["name"] != nil {
		t.Errorf("its locations are %v", places)
	}
	if field(t, got, "back_fields", "own") != "<nil>=7" || field(t, got, "back_fields", "empty") != "<nil>=<nil>" {
		t.Errorf("its fields are %v", got["back_fields"])
	}
	if text := document(t, a, issued(t, made)); !strings.Contains(text, `"userInfo":"{\"b\":\"{{x}}\"}"`) {
		t.Errorf("the file has %s", text)
	}
	got = object(t, a.send(t, "PATCH", at+"/"+got["id"].(string), members{"pass": members{"beacons": []any{}, "back_fields": []any{members{"key": "own", "label": "OWN"}},
		"header_fields": []any{members{"key": "until", "value": "moved"}}}}).Status(t, 200))
	if len(got["beacons"].([]any)) != 0 || field(t, got, "back_fields", "own") != "OWN=7" || field(t, got, "auxiliary_fields", "until") != "UNTIL=moved" || len(got["header_fields"].([]any)) != 0 {
		t.Errorf("the changed pass has %v", got)
	}
}

// replacing leaves out what a request does not have.
func replacing(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", plain(t))
	at := "/generics/" + campaign + "/passes"
	made := a.send(t, "POST", at, members{"pass": members{"auxiliary_fields": []any{members{"key": "until", "value": "x"}}}, "merge": false}).Status(t, 201)
	got := object(t, made)
	if len(got["primary_fields"].([]any)) != 0 || len(got["auxiliary_fields"].([]any)) != 1 {
		t.Errorf("the pass has %v", got)
	}
	if text := document(t, a, issued(t, made)); strings.Contains(text, "holder") || !strings.Contains(text, "UNTIL") {
		t.Errorf("the file has %s", text)
	}
	got = object(t, a.send(t, "PATCH", at+"/"+got["id"].(string), members{"pass": members{"merge": "false", "auxiliary_fields": []any{members{"key": "holder", "value": "M"}}}}).Status(t, 200))
	if all := got["auxiliary_fields"].([]any); len(all) != 1 || field(t, got, "auxiliary_fields", "holder") != "FOR=M" {
		t.Errorf("the changed pass has %v", all)
	}
}

func passPictures(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", plain(t))
	at := "/generics/" + campaign + "/passes"
	portrait, other := a.asset(t, "thumbnail", 90, 90), a.asset(t, "logo", 160, 50)
	made := a.send(t, "POST", at, members{"pass": members{"thumbnail_id": portrait, "strip_id": portrait}}).Status(t, 201)
	p := issued(t, made)
	if _, ok := compattest.Download(t, a.Server, p).Contents.Files["thumbnail@2x.png"]; !ok {
		t.Error("the file has no thumbnail")
	}
	a.send(t, "PATCH", at+"/"+p.ID, members{"pass": members{"logo_id": other, "icon_id": other}}).Status(t, 200)
	files := compattest.Download(t, a.Server, p).Contents.Files
	if _, ok := files["logo@2x.png"]; !ok || files["thumbnail@2x.png"].Data == nil {
		t.Error("the file lacks a picture")
	}
	fails(t, a.send(t, "PATCH", at+"/"+p.ID, members{"pass": members{"icon_id": campaign}}), 422, "Icon does not exist", `{"icon_id":["does not exist"]}`)
}

// braces are texts, not placeholders of the engine.
func braces(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"logo_text": "{{code}}", "back_fields": []any{members{"key": "a", "label": "{{b}}", "value": "{{c}}"}},
		"barcode": members{"message": "{{code}}"}, "user_info": members{"k": "{{v}}"}}))
	made := a.send(t, "POST", "/coupons/"+campaign+"/passes", members{"pass": members{"back_fields": []any{members{"key": "own", "label": "{{d}}", "value": "{{e}}"}}}}).Status(t, 201)
	got := object(t, made)
	if field(t, got, "back_fields", "a") != "{{b}}={{c}}" || field(t, got, "back_fields", "own") != "{{d}}={{e}}" || got["barcode"].(members)["message"] != "{{code}}" {
		t.Errorf("the pass has %v", got)
	}
	text := document(t, a, issued(t, made))
	for _, part := range []string{`"logoText":"{{code}}"`, `"label":"{{b}}"`, `"value":"{{c}}"`, `"label":"{{d}}"`, `"message":"{{code}}"`, `{{v}}`} {
		if !strings.Contains(text, part) {
			t.Errorf("the file lacks %s: %s", part, text)
		}
	}
}

func passQueries(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign + "/passes"
	var ids []string
	for n := range 5 {
		ids = append(ids, a.pass(t, "coupons", campaign, members{"max_distance": 10 + n, "voided": n == 1}))
	}
	a.send(t, "POST", at+"/"+ids[3]+"/redeem", nil).Status(t, 200)
	a.send(t, "DELETE", at+"/"+ids[4], nil).Status(t, 200)
	for query, want := range map[string]string{
		"q[redeem_code_eq]=00000002": "1", "q[redeemed_count_gt]=0": "3", "q[voided_eq]=true": "13", "q[max_distance_lt]=12&q[s]=max_distance+desc": "10",
		"q[redeemed_at_not_eq]=2026-01-01&per_page=2": "01", "q[id_eq]=" + ids[2]: "2", "q[relevant_date_gt]=2026-01-01": "", "q[serial_number_cont]=-&page=2&per_page=3": "3",
	} {
		got := ""
		for _, p := range list(t, a.send(t, "GET", at+"?"+query, nil).Status(t, 200)) {
			for n, id := range ids {
				if p["id"] == id {
					got += fmt.Sprint(n)
				}
			}
		}
		if got != want {
			t.Errorf("%s finds %s, want %s", query, got, want)
		}
	}
}

func registrations(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	p := issued(t, a.send(t, "POST", at+"/passes", nil).Status(t, 201))
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), p.URL); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{at, at + "/passes/" + p.ID} {
		got := list(t, a.send(t, "GET", path+"/registrations?q[wallet_eq]=passbook", nil).Status(t, 200))
		if len(got) != 1 || got[0]["pass_id"] != p.ID || got[0]["device_os"] != "ios" || got[0]["id"] == "" {
			t.Errorf("%s: %v", path, got)
		}
	}
	a.send(t, "POST", at+"/push", members{"coupon": members{"push_message": "Fresh"}}).Status(t, 200)
	phone.Until(t, "the message", func() bool { return strings.Contains(document(t, a, p), "Fresh") })
}

func campaignDeletion(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	p := issued(t, a.send(t, "POST", at+"/passes", nil).Status(t, 201))
	page := object(t, a.send(t, "GET", at, nil))["page_url"]
	a.send(t, "DELETE", at, members{}).Status(t, 200)
	fails(t, a.send(t, "DELETE", at, members{}), 412, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	for _, path := range []string{at, at + "/passes", at + "/passes/" + p.ID, at + "/redeems"} {
		fails(t, a.send(t, "GET", path, nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	}
	a.visit(t, page).Status(t, 404)
	a.Until(t, "the pass is withdrawn", func() bool { return !compattest.Record(t, a.Server, p).Deleted.IsZero() })
	a.visit(t, p.URL).Status(t, 404)
	a.campaign(t, "coupons", plain(t)) // the name is free again
}

// campaignPages issue passes that stay as they are, and none where codes are the client's.
func campaignPages(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", with(plain(t), members{"auxiliary_fields": []any{members{"key": "until", "label": "UNTIL", "value": "31 October"}}}))
	at := "/generics/" + campaign
	file := object(t, a.send(t, "GET", at, nil))["pkpass_url"]
	a.visit(t, file).Status(t, 303)
	a.send(t, "PATCH", at, members{"generic": members{"auxiliary_fields": []any{members{"key": "until", "value": "later"}}}}).Status(t, 200)
	got := list(t, a.send(t, "GET", at+"/passes", nil).Status(t, 200))
	if len(got) != 1 || field(t, got[0], "auxiliary_fields", "until") != "UNTIL=31 October" {
		t.Errorf("the page issued %v", got)
	}
	given := a.campaign(t, "generics", with(plain(t), members{"name": t.Name() + " given", "code_type": "per_pass"}))
	page := object(t, a.send(t, "GET", "/generics/"+given, nil))["page_url"]
	if text := a.visit(t, page).Status(t, 403); strings.Contains(string(text.Body), "<form") {
		t.Errorf("a page without passes has a form: %s", text.Body)
	}
	forms := a.campaign(t, "generics", with(plain(t), members{"name": t.Name() + " elsewhere", "remote_form_url": "https://shop.example/join?x=1"}))
	page = object(t, a.send(t, "GET", "/generics/"+forms, nil))["page_url"]
	if to := a.visit(t, page).Status(t, 302).Header.Get("Location"); !strings.HasPrefix(to, "https://shop.example/join?x=1&campaign_id=") {
		t.Errorf("the page leads to %s", to)
	}
}

func accounts(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	pass := a.pass(t, "coupons", campaign, nil)
	_, key, secret, err := a.Access.CreateOrganisation(t.Context(), "Other", access.Once{})
	if err != nil {
		t.Fatal(err)
	}
	other := *a
	other.headers = []string{basic(key.ID.Short(), secret)}
	for _, path := range []string{at, at + "/passes", at + "/passes/" + pass} {
		other.send(t, "GET", path, nil).Status(t, 404)
	}
	if got := list(t, other.send(t, "GET", "/coupons", nil).Status(t, 200)); len(got) != 0 {
		t.Errorf("another account sees %v", got)
	}
	const no = "This API key may not do that."
	fails(t, a.as(t, store.Viewer).send(t, "DELETE", at, nil), 403, no, `{"base":"`+no+`"}`)
	a.as(t, store.Scanner).send(t, "POST", at+"/passes/"+pass+"/redeem", nil).Status(t, 200)
	a.as(t, store.Scanner).send(t, "PATCH", at, nil).Status(t, 403)
}
