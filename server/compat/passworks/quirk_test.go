package passworks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
)

// TestQuirk has what clients need, by the numbers of README.md.
func TestQuirk(t *testing.T) {
	a := newAccount(t)
	for name, test := range map[string]func(*testing.T, *account){
		"1, 29 a base address and version 1":         bases,
		"2, 41 credentials and lengths as sent":      asSent,
		"3 trailing slashes":                         trailingSlashes,
		"4, 5, 22, 30 bare lists and their headers":  lists,
		"6, 7 errors are JSON objects":               errorsAreJSON,
		"8 only known statuses":                      onlyKnownStatuses,
		"9, 11, 12, 20 creations by the Ruby client": rubyCreations,
		"10, 28 every collection and one of it":      everyCollection,
		"13, 32 empty bodies":                        emptyBodies,
		"14 a message at the top level":              pushMessage,
		"15 flags beside the root":                   flagsBesideRoot,
		"16, 17, 49 deletions with bodies":           deletions,
		"18, 19, 40 uploads":                         uploads,
		"21 a second page without its size":          secondPage,
		"23, 24, 36 shapes of errors":                shapesOfErrors,
		"31 letters of headers":                      headerCase,
		"33 empty arrays":                            emptyArrays,
		"34 updates under the root pass":             passRoots,
		"35 a push to a pass":                        pushToPass,
		"42, 44 addresses and their endings":         addresses,
		"43 barcodes without a barcode":              barcodesAlone,
		"45 foreground_color":                        foregroundColour,
		"46 numbers of any shape":                    looseNumbers,
		"47 a pass without body and type":            noBody,
		"48 queries":                                 queries,
		"50 reads from other origins":                anyOrigin,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, a)
		})
	}
}

// plain is a campaign with a name of its own.
func plain(t *testing.T) members {
	return members{"name": t.Name(), "barcode": members{"format": "qrcode"}, "primary_fields": []any{members{"key": "deal", "label": "DEAL", "value": "2 for 1"}},
		"auxiliary_fields": []any{members{"key": "holder", "label": "FOR", "value": "", "behaviour": "dynamic"}, members{"key": "until", "label": "UNTIL", "value": "31 October"}}}
}

// bases are the prefix, and the root of a host of the service's own, for both versions.
func bases(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	for _, version := range []string{"/passworks/v1", "/passworks/v2"} {
		at := version + "/coupons/" + campaign
		a.sendTo(t, "GET", at, nil).Status(t, 200)
		pass := id(t, a.sendTo(t, "POST", at+"/passes", members{"pass": members{}}).Status(t, 201))
		a.sendTo(t, "PATCH", at+"/passes/"+pass, members{"pass": members{}}).Status(t, 200)
		a.sendTo(t, "POST", at+"/passes/"+pass+"/push", members{"push_message": "Hello"}).Status(t, 200)
		a.sendTo(t, "DELETE", at+"/passes/"+pass, nil).Status(t, 200)
		for _, list := range []string{"/assets", "/certificates", "/coupons", "/templates"} {
			a.sendTo(t, "GET", version+list, nil).Status(t, 200)
		}
	}
	own := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{"api.passworks.example": "passworks"} }))
	for _, path := range []string{"/v1/coupons/", "/v2/coupons", "/passworks/v2/coupons"} {
		if text := own.wire(t, own.request(t, "GET", path, ""), "api.passworks.example"); !strings.HasPrefix(text, "HTTP/1.1 200 ") || !strings.HasSuffix(text, "[]\n") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// asSent is a request as both clients put it on the wire, in one piece.
func asSent(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	r := a.request(t, "PATCH", base+"/coupons/"+campaign, `{"coupon": {"og": "0"}}`)
	if text := a.wire(t, r, "passes.example.org"); strings.Count(text, "HTTP/1.1 ") != 1 || !strings.HasPrefix(text, "HTTP/1.1 200 ") || !strings.Contains(text, `"og":false`) {
		t.Errorf("the answer is %s", text)
	}
}

// request has credentials and a body with its length.
func (a *account) request(t testing.TB, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", strings.TrimPrefix(a.headers[0], "Authorization: "))
	return r
}

func trailingSlashes(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", plain(t))
	at := "/generics/" + campaign
	if x, y := a.send(t, "GET", at, nil).Status(t, 200), a.send(t, "GET", at+"/", nil).Status(t, 200); string(x.Body) != string(y.Body) {
		t.Errorf("%s and %s differ", x.Body, y.Body)
	}
	a.send(t, "PATCH", at+"/", members{"generic": members{}}).Status(t, 200)
	pass := id(t, a.send(t, "POST", at+"/passes/", members{}).Status(t, 201))
	a.send(t, "GET", "/generic/"+campaign+"/passes/"+pass+"/", nil).Status(t, 200) // in the singular, too
	a.send(t, "POST", at+"/passes/"+pass, members{"pass": members{"voided": true}}).Status(t, 200)
	a.send(t, "PUT", at+"/passes/"+pass, members{"pass": members{"voided": "false"}}).Status(t, 200)
	a.send(t, "GET", at+"/reports?", nil)
	a.send(t, "GET", "/coupons/"+campaign, nil).Status(t, 404) // another collection
}

func lists(t *testing.T, a *account) {
	campaign := a.campaign(t, "event_tickets", plain(t))
	at := "/event_tickets/" + campaign + "/passes"
	empty := a.send(t, "GET", at, nil).Status(t, 200)
	if string(empty.Body) != "[]\n" || empty.Header.Get("X-Total-Pages") != "0" {
		t.Errorf("an empty list is %s with %v", empty.Body, empty.Header)
	}
	for range 3 {
		a.pass(t, "event_tickets", campaign, nil)
	}
	for _, tt := range []struct {
		query, next, prev, pages string
		records                  int
	}{
		{"?page=1", "", "", "1", 3}, {"?per_page=2", "2", "", "2", 2}, {"?page=2&per_page=2", "", "1", "2", 1}, {"?page=9&per_page=2", "", "8", "2", 0},
		{"?page=0&per_page=999", "", "", "1", 3}, {"?page=x&per_page=0", "2", "", "3", 1}, {"?offset=2", "", "", "1", 1}, {"?offset=1&per_page=1&page=2", "", "1", "2", 1},
	} {
		got := a.send(t, "GET", at+tt.query, nil).Status(t, 200)
		h := got.Header
		if len(list(t, got)) != tt.records || h.Get("X-Next-Page") != tt.next || h.Get("X-Prev-Page") != tt.prev || h.Get("X-Total-Pages") != tt.pages || h.Get("X-Total") != "3" {
			t.Errorf("%s: %d records, %v", tt.query, len(list(t, got)), h)
		}
		if _, there := h["X-Next-Page"]; there && tt.next == "" {
			t.Errorf("%s: there is an empty X-Next-Page", tt.query)
		}
	}
}

func errorsAreJSON(t *testing.T, a *account) {
	const nowhere, never = "There is nothing at this address.", "This address does not know the method."
	for _, path := range []string{"/nothing", "/coupons/x/y/z", "/coupons%3Fq%5Bs%5D%3Dname", "", "/../v2"} {
		fails(t, a.send(t, "GET", path, nil), 404, nowhere, `{"base":"`+nowhere+`"}`)
	}
	fails(t, a.sendTo(t, "GET", "/passworks/v3/coupons", nil), 404, nowhere, `{"base":"`+nowhere+`"}`)
	fails(t, a.send(t, "DELETE", "/coupons", nil), 405, never, `{"base":"`+never+`"}`)
	fails(t, a.send(t, "GET", "/coupons/unknown", nil), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	fails(t, a.send(t, "DELETE", "/coupons/unknown", nil), 412, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	fails(t, a.send(t, "GET", "/assets/unknown", nil), 404, "Asset not found.", `{"asset":"Asset not found."}`)
	fails(t, a.send(t, "POST", "/coupons", "{broken"), 400, "The body is not valid JSON", `{"base":["the body is not valid JSON"]}`)
	fails(t, a.send(t, "POST", "/coupons", `"text"`), 400, "The body must be a JSON object", `{"base":["the body must be a JSON object"]}`)
	fails(t, a.send(t, "POST", "/coupons", members{"name": "x"}), 400, "Coupon is missing", `{"coupon":["is missing"]}`)
	a.send(t, "HEAD", "/nothing", nil).Status(t, 404)
}

// onlyKnownStatuses also for what is too large, too often or of another type.
func onlyKnownStatuses(t *testing.T, a *account) {
	large := `{"pass":{"user_info":{"x":"` + strings.Repeat("x", 3<<20) + `"}}}`
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign + "/passes"
	fails(t, a.send(t, "POST", at, large), 422, "The body is too large", `{"base":["the body is too large"]}`)
	a.send(t, "POST", at, `{}`, "Content-Type: text/plain").Status(t, 201)
	a.send(t, "POST", at, `{}`, "Content-Type: nonsense/;;").Status(t, 201)
	limited := newAccount(t, servertest.Config(limits))
	for range 60 {
		limited.Anonymous().Get(t, base+"/ping").Status(t, 200)
	}
	const often = "The rate limit is exceeded; wait for the hour to end."
	fails(t, limited.Anonymous().Get(t, base+"/ping"), 420, often, `{"base":"`+often+`"}`)
	limited.send(t, "GET", "/ping", nil).Status(t, 200) // its key is counted by itself
	limited.Advance(t, time.Hour)
	limited.Anonymous().Get(t, base+"/ping").Status(t, 200)
}

func rubyCreations(t *testing.T, a *account) {
	icon := a.asset(t, "icon", 60, 60)
	made := object(t, a.send(t, "POST", "/coupons", members{"coupon": members{"name": t.Name(), "icon_id": icon}}).Status(t, 201))
	at := "/coupons/" + made["id"].(string)
	pass := object(t, a.send(t, "POST", at+"/passes", `{"pass":{}}`).Status(t, 201))
	if pass["campaign_id"] != made["id"] || pass["coupon_id"] != nil || pass["authentication_token"] != nil {
		t.Errorf("a pass of version 2: %v", pass)
	}
	changed := object(t, a.send(t, "PATCH", at+"/passes/"+pass["id"].(string), members{"pass": members{}}).Status(t, 200))
	if changed["id"] != pass["id"] || len(changed) != len(pass) {
		t.Errorf("a change answers %v", changed)
	}
	old := object(t, a.sendTo(t, "GET", "/passworks/v1"+at+"/passes/"+pass["id"].(string), nil).Status(t, 200))
	if old["coupon_id"] != made["id"] || old["campaign_id"] != made["id"] || old["authentication_token"] == "" || old["download_page_link"] != pass["page_url"] ||
		old["direct_link"] != pass["pkpass_url"] || old["template_id"] != made["template_id"] || old["icon_id"] != icon {
		t.Errorf("a pass of version 1: %v", old)
	}
	campaign := object(t, a.sendTo(t, "GET", "/passworks/v1"+at, nil).Status(t, 200))
	if campaign["icon_id"] != icon || campaign["description"] != t.Name() || campaign["label_color"] != "" {
		t.Errorf("a campaign of version 1: %v", campaign)
	}
}

// everyCollection also says what differs between the types.
func everyCollection(t *testing.T, a *account) {
	for _, tt := range []struct {
		collection string
		extra      members
		far, too   int
	}{
		{"coupons", nil, 100, 101}, {"store_cards", nil, 100, 101}, {"generics", nil, 100, 101}, {"event_tickets", nil, 1000, 1001},
		{"boarding_passes", members{"transit_type": "boat"}, 1000, 1001},
	} {
		body := with(with(plain(t), tt.extra), members{"name": t.Name() + tt.collection, "max_distance": tt.far})
		campaign := a.campaign(t, tt.collection, body)
		if got := object(t, a.send(t, "GET", "/"+tt.collection+"/"+campaign, nil).Status(t, 200)); got["id"] != campaign || got["state"] != "published" {
			t.Errorf("%s: %v", tt.collection, got)
		}
		got := a.send(t, "PATCH", "/"+tt.collection+"/"+campaign, members{root(tt.collection): members{"max_distance": tt.too}})
		what := fmt.Sprintf("must be a whole number from 1 to %d", tt.far)
		fails(t, got, 422, "Max distance "+what, `{"max_distance":["`+what+`"]}`)
		if n := len(list(t, a.send(t, "GET", "/"+tt.collection+"?q[name_eq]="+url.QueryEscape(body["name"].(string)), nil).Status(t, 200))); n != 1 {
			t.Errorf("%s lists %d", tt.collection, n)
		}
	}
	icon := a.asset(t, "icon", 60, 60)
	fails(t, a.send(t, "POST", "/boarding_passes", members{"boarding_pass": members{"name": "x", "icon_id": icon}}), 422,
		"Transit type can't be blank", `{"transit_type":["can't be blank"]}`)
	all := list(t, a.send(t, "GET", "/certificates", nil).Status(t, 200))
	one := object(t, a.send(t, "GET", "/certificates/"+all[0]["id"].(string), nil).Status(t, 200))
	if one["pass_type_identifier"] != servertest.PassTypeIdentifier || one["issued_to"] == "" {
		t.Errorf("the certificate is %v", one)
	}
}

func emptyBodies(t *testing.T, a *account) {
	campaign := a.campaign(t, "store_cards", plain(t))
	at := "/store_cards/" + campaign
	pass := a.pass(t, "store_cards", campaign, nil)
	for _, body := range []string{"", "{}", "null", "[]", " \n"} {
		for _, path := range []string{"/push", "/merge", "/passes/" + pass + "/push"} {
			got := object(t, a.send(t, "POST", at+path, body, "Content-Type: application/json").Status(t, 200))
			if text, _ := got["message"].(string); !strings.Contains(text, t.Name()) {
				t.Errorf("POST %s with %q: %v", path, body, got)
			}
		}
	}
}

func pushMessage(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign + "/passes"
	made := a.send(t, "POST", at, members{}).Status(t, 201)
	p := issued(t, made)
	for n, body := range []members{{"push_message": "Your {{table}} is ready"}, {"pass": members{"push_message": "Come in"}}} {
		a.send(t, "POST", at+"/"+p.ID+"/push", body).Status(t, 200)
		want := []string{"Your {{table}} is ready", "Come in"}[n]
		if text := document(t, a, p); !strings.Contains(text, want) {
			t.Errorf("the pass does not show %q: %s", want, text)
		}
	}
	if got := a.send(t, "GET", at+"/"+p.ID, nil).Status(t, 200); strings.Contains(string(got.Body), "Come in") {
		t.Errorf("the message is among the fields: %s", got.Body)
	}
}

// document is pass.json of a pass as phones get it, judged by nobody.
func document(t testing.TB, a *account, p compattest.Issued) string {
	t.Helper()
	r, err := signer.Lint(a.visit(t, p.URL).Status(t, 200).Body, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return string(r.Contents.Files["pass.json"].Data)
}

func flagsBesideRoot(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign + "/passes"
	p := issued(t, a.send(t, "POST", at, members{}).Status(t, 201))
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), p.URL); err != nil {
		t.Fatal(err)
	}
	change := func(n int, flags members) {
		t.Helper()
		body := with(members{"pass": members{"auxiliary_fields": []any{members{"key": "until", "value": fmt.Sprint(n)}}}}, flags)
		a.send(t, "PATCH", at+"/"+p.ID, body).Status(t, 200)
	}
	change(1, members{"push": false})
	change(2, members{"push": "0"})
	if n := len(a.Push.Log(phone.PushToken)); n != 0 {
		t.Errorf("the phone was pushed to %d times", n)
	}
	change(3, nil)
	phone.WantUpdates(t, compattest.Record(t, a.Server, p), 1)
}

func deletions(t *testing.T, a *account) {
	icon := a.asset(t, "icon", 40, 40)
	template := members{"template": members{"name": t.Name(), "pass_type": "COUPON", "icon_id": icon}}
	made := id(t, a.send(t, "POST", "/templates", template).Status(t, 201))
	fails(t, a.send(t, "DELETE", "/assets/"+icon, members{}), 412, "Asset in use by 1 templates", `{"asset":["in use by 1 templates"]}`)
	fails(t, a.send(t, "POST", "/templates", template), 422, "Name has already been taken", `{"name":["has already been taken"]}`)
	campaign := a.campaign(t, "coupons", members{"name": t.Name(), "template_id": made})
	fails(t, a.send(t, "DELETE", "/templates/"+made, members{}), 412, "Template in use by 1 campaigns", `{"template":["in use by 1 campaigns"]}`)
	const none = `{"errors":[]}` + "\n"
	for _, call := range []struct {
		path string
		body any
	}{{"/coupons/" + campaign, members{}}, {"/templates/" + made, members{"template": members{"delete_assets": "true"}}}} {
		if got := a.send(t, "DELETE", call.path, call.body).Status(t, 200); string(got.Body) != none {
			t.Errorf("DELETE %s: %s", call.path, got.Body)
		}
	}
	a.send(t, "GET", "/assets/"+icon, nil).Status(t, 404)
	kept := a.asset(t, "icon", 40, 40)
	template["template"].(members)["icon_id"] = kept
	made = id(t, a.send(t, "POST", "/templates", template).Status(t, 201))
	a.send(t, "DELETE", "/templates/"+made, members{}).Status(t, 200)
	a.send(t, "DELETE", "/assets/"+kept, nil).Status(t, 200)
}

func uploads(t *testing.T, a *account) {
	picture := compattest.Picture(212, 52)
	body := "-------------RubyMultipartPost-x\r\nContent-Disposition: form-data; name=\"asset[file]\"; filename=\"icon.png\"\r\n" +
		fmt.Sprintf("Content-Length: %d\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n", len(picture)) + string(picture) +
		"\r\n-------------RubyMultipartPost-x\r\nContent-Disposition: form-data; name=\"asset[asset_type]\"\r\n\r\n icon \r\n-------------RubyMultipartPost-x--\r\n"
	made := object(t, a.send(t, "POST", "/assets", []byte(body), "Content-Type: multipart/form-data; boundary=-----------RubyMultipartPost-x").Status(t, 201))
	path := strings.TrimPrefix(made["asset_url"].(string), servertest.BaseURL)
	if got := a.Anonymous().Get(t, path).Status(t, 200); got.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the picture is of type %q", got.Header.Get("Content-Type"))
	}
	a.campaign(t, "coupons", members{"name": t.Name(), "icon_id": made["id"], "logo_id": made["id"]}) // an icon as a logo
	for _, tt := range []struct {
		kind, key, text string
		file            []byte
	}{
		{"icon", "file", "can't be blank", nil}, {"icon", "file", "is not a JPEG, PNG or GIF", []byte("text")}, {"footers", "asset_type", "is not included in the list", picture},
		{"icon", "file", "is larger than 1 MiB", make([]byte, 1<<20+1)}, {"icon", "file", "is larger than 1 MiB", make([]byte, 3<<20)},
	} {
		body, contentType := form(t, tt.kind, tt.file)
		got := a.send(t, "POST", "/assets", body, "Content-Type: "+contentType).Status(t, 422)
		if !strings.Contains(string(got.Body), `"`+tt.key+`":["`+tt.text+`"]`) {
			t.Errorf("%s: %s", tt.text, got.Body)
		}
	}
	fails(t, a.send(t, "POST", "/assets", members{}), 422, "File can't be blank", `{"file":["can't be blank"]}`)
}

func secondPage(t *testing.T, a *account) {
	campaign := a.campaign(t, "generics", plain(t))
	for range 3 {
		a.pass(t, "generics", campaign, nil)
	}
	at := "/generics/" + campaign + "/passes"
	if got := a.send(t, "GET", at+"?per_page=1", nil); got.Header.Get("X-Next-Page") != "2" {
		t.Errorf("the first page says %v", got.Header)
	}
	if got := a.send(t, "GET", at+"?page=2", nil); got.Header.Get("X-Per-Page") != "25" || len(list(t, got)) != 0 {
		t.Errorf("the second page says %v", got.Header)
	}
}

// shapesOfErrors are texts and lists of texts only; but changes of a state have a list.
func shapesOfErrors(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	fails(t, a.send(t, "POST", at+"/resume", nil), 412, "Can't resume from published to publish", `["Can't resume from published to publish"]`)
	for _, step := range []string{"pause", "resume", "archive"} {
		a.send(t, "POST", at+"/"+step, nil).Status(t, 200)
	}
	fails(t, a.send(t, "POST", at+"/resume", nil), 412, "Can't resume from archived to publish", `["Can't resume from archived to publish"]`)
	fails(t, a.send(t, "POST", at+"/passes", nil), 412, "Campaign is archived", `{"campaign":["is archived"]}`)
	if got := list(t, a.send(t, "GET", "/coupons?q[name_eq]="+url.QueryEscape(t.Name()), nil)); len(got) != 1 || got[0]["state"] != "archived" {
		t.Errorf("archived campaigns are listed: %v", got)
	}
	icon := a.asset(t, "icon", 40, 40)
	for _, tt := range []struct {
		change          members
		message, errors string
	}{
		{members{"name": " "}, "Name can't be blank", `{"name":["can't be blank"]}`},
		{members{"icon_id": nil}, "Icon can't be blank", `{"icon_id":["can't be blank"]}`},
		{members{"icon_id": campaign}, "Icon does not exist", `{"icon_id":["does not exist"]}`},
		{members{"label_color": "red"}, "Label color is not a valid color", `{"label_color":["is not a valid color"]}`},
		{members{"code_type": "list"}, "Code type is not included in the list", `{"code_type":["is not included in the list"]}`},
		{members{"code_type": "fixed"}, "Code fixed value can't be blank", `{"code_fixed_value":["can't be blank"]}`},
		{members{"barcode": "ean13"}, "Barcode is not included in the list", `{"barcode":["is not included in the list"]}`},
		{members{"remote_form_url": "ftp://x"}, "Remote form url is not a valid URL", `{"remote_form_url":["is not a valid URL"]}`},
		{members{"expiration_date": "soon"}, "Expiration date is not a valid date", `{"expiration_date":["is not a valid date"]}`},
		{members{"user_info": "x"}, "User info must be an object", `{"user_info":["must be an object"]}`},
		{members{"back_fields": []any{members{"key": "deal"}}}, "Back fields key has already been taken", `{"back_fields":["key has already been taken"]}`},
		{members{"back_fields": []any{members{"value": "x"}}}, "Back fields key can't be blank", `{"back_fields":["key can't be blank"]}`},
		{members{"locations": make([]any, 11)}, "Locations has more than 10 entries", `{"locations":["has more than 10 entries"]}`},
		{members{"template_id": campaign}, "Template does not exist", `{"template_id":["does not exist"]}`},
		{members{"certificate_id": campaign}, "Certificate does not exist", `{"certificate_id":["does not exist"]}`},
	} {
		body := with(with(plain(t), members{"icon_id": icon}), tt.change)
		fails(t, a.send(t, "POST", "/event_tickets", members{"event_ticket": body}), 422, tt.message, tt.errors)
	}
}

// headerCase reads the answer as it comes over the wire: clients of PHP compare letters.
func headerCase(t *testing.T, a *account) {
	text := a.wire(t, a.request(t, "GET", base+"/certificates", ""), "passes.example.org")
	for _, name := range []string{"X-Total: ", "X-Total-Pages: ", "X-Page: ", "X-Per-Page: ", "X-Offset: ", "X-RateLimit-Limit: 5000", "X-RateLimit-Remaining: ", "X-RateLimit-Reset: "} {
		if !strings.Contains(text, "\r\n"+name) {
			t.Errorf("the answer lacks %q: %s", name, text)
		}
	}
}

func emptyArrays(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", with(plain(t), members{"user_info": []any{}}))
	at := "/coupons/" + campaign
	if got := object(t, a.send(t, "GET", at, nil)); fmt.Sprint(got["user_info"]) != "map[]" {
		t.Errorf("user_info is %v", got["user_info"])
	}
	a.send(t, "POST", at+"/passes", `{"pass":[]}`).Status(t, 201)
	a.send(t, "PATCH", at, `{"coupon":[]}`).Status(t, 200)
}

func passRoots(t *testing.T, a *account) {
	for _, collection := range []string{"store_cards", "event_tickets", "generics"} {
		campaign := a.campaign(t, collection, with(plain(t), members{"name": t.Name() + collection}))
		at := "/" + collection + "/" + campaign
		got := object(t, a.send(t, "PATCH", at, members{"pass": members{"auxiliary_fields": []any{members{"key": "until", "value": "later"}}}}).Status(t, 200))
		fields := got["auxiliary_fields"].([]any)
		if len(fields) != 2 || fields[1].(members)["value"] != "later" || fields[1].(members)["label"] != "UNTIL" {
			t.Errorf("%s: %v", collection, fields)
		}
		a.send(t, "PATCH", at, members{"name": "x"}).Status(t, 400)
	}
}

func pushToPass(t *testing.T, a *account) {
	campaign := a.campaign(t, "boarding_passes", with(plain(t), members{"transit_type": "air"}))
	pass := a.pass(t, "boarding_passes", campaign, nil)
	at := "/" + campaign + "/passes/" + pass
	for _, collection := range []string{"boarding_passes", "event_tickets"} { // all pages print the latter
		a.send(t, "POST", "/"+collection+at+"/push", "null").Status(t, 200)
	}
	a.send(t, "POST", "/generics"+at+"/push", "null").Status(t, 404)
	for _, collection := range []string{"boarding_passes", "coupons"} {
		a.send(t, "POST", "/"+collection+at+"/reset_redeem", nil).Status(t, 200)
	}
}

func addresses(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	d := object(t, a.send(t, "GET", "/coupons/"+campaign, nil))["distributions"].([]any)[0].(members)
	p := object(t, a.send(t, "POST", "/coupons/"+campaign+"/passes", nil).Status(t, 201))
	for _, address := range []any{d["page_url"], p["page_url"], p["pkpass_url"]} {
		a.visit(t, address).Status(t, 200)
	}
	for short, long := range map[any]any{d["page_short_url"]: d["page_url"], d["pkpass_short_url"]: d["pkpass_url"], d["preview_short_url"]: d["preview_url"],
		p["page_short_url"]: p["page_url"], p["pkpass_short_url"]: p["pkpass_url"]} {
		if got := a.visit(t, short).Status(t, 302); got.Header.Get("Location") != long {
			t.Errorf("%s leads to %s, want %s", short, got.Header.Get("Location"), long)
		}
	}
	a.visit(t, servertest.BaseURL+"/passworks/s/aaaaaaaaaaaaaa").Status(t, 404)
	a.visit(t, servertest.BaseURL+"/passworks/d/aaaaaaaaaaaaaa").Status(t, 404)
	a.send(t, "PATCH", "/coupons/"+campaign, members{"coupon": members{"render_on_short_url": true}}).Status(t, 200)
	d = object(t, a.send(t, "GET", "/coupons/"+campaign, nil))["distributions"].([]any)[0].(members)
	a.visit(t, d["page_short_url"]).Status(t, 200)
}

// visit opens an address without credentials.
func (a *account) visit(t testing.TB, address any) *servertest.Answer {
	t.Helper()
	return a.Anonymous().Get(t, strings.TrimPrefix(address.(string), servertest.BaseURL))
}

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
		"associated_store_identifiers": []any{"41", 42}}))
	got := a.send(t, "GET", "/coupons/"+campaign, nil)
	for _, part := range []string{`"latitude":38.7`, `"proximity_uuid":"E2C56DB5-DFFB-48D2-B060-D0F5A71096E0","major":0,"minor":7`, `"associated_store_identifiers":[41,42]`} {
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
}
