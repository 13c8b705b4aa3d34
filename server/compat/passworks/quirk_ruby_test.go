package passworks_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"pocketpass/server/access"
	"pocketpass/store"
	"strings"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
)

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

// refused is the body of an error as clients take it to pieces: texts and lists of texts.
func refused(t testing.TB, a *servertest.Answer, status int) {
	t.Helper()
	var f struct {
		Status int    `json:"status_code"`
		Code   int    `json:"error_code"`
		Text   string `json:"message"`
		Errors map[string]any
		ID     *string
	}
	a.Status(t, status).JSON(t, &f)
	if f.Status != status || f.Code == 0 || f.Text == "" || len(f.Errors) == 0 || f.ID != nil {
		t.Errorf("%d: %s", status, a.Body)
	}
	for member, what := range f.Errors {
		texts, isList := what.([]any)
		if !isList {
			texts = []any{what}
		}
		for _, text := range texts {
			if _, ok := text.(string); !ok {
				t.Errorf("%d: %s is %v", status, member, what)
			}
		}
	}
}

// statuses that the client knows, as far as this server has them; all others of the table
// of errors are not used.
func statuses(t *testing.T, a *account) {
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	pass := at + "/passes/" + a.pass(t, "coupons", campaign, nil)
	a.send(t, "POST", pass+"/redeem", nil).Status(t, 200)
	nobody := *a
	nobody.headers = nil
	poor := a.stranger(t) // without a certificate
	for _, tt := range []struct {
		status       int
		who          *account
		method, path string
		body         any
	}{
		{400, a, "POST", "/coupons", "{"}, {401, &nobody, "GET", at, nil}, {403, a.as(t, store.Viewer), "DELETE", at, members{}}, {404, a, "GET", "/generics/" + campaign, nil},
		{405, a, "DELETE", "/coupons", members{}}, {412, a, "POST", pass + "/redeem", members{}}, {422, a, "PATCH", at, members{"coupon": members{"name": ""}}},
		{503, poor, "POST", "/coupons", members{"coupon": members{"name": "x", "icon_id": poor.asset(t, "icon", 87, 87)}}},
	} {
		refused(t, tt.who.send(t, tt.method, tt.path, tt.body), tt.status)
	}
}

// stranger is another account of the server.
func (a *account) stranger(t testing.TB) *account {
	t.Helper()
	_, key, secret, err := a.Access.CreateOrganisation(t.Context(), t.Name(), access.Once{})
	if err != nil {
		t.Fatal(err)
	}
	out := *a
	out.headers = []string{basic(key.ID.Short(), secret)}
	return &out
}

// reportDays has the addresses that the client makes of its arguments.
func reportDays(t *testing.T, a *account) {
	at := "/coupons/" + a.campaign(t, "coupons", plain(t)) + "/reports"
	today := a.Clock.Now().UTC().Format(time.DateOnly)
	for query, want := range map[string][2]string{
		"?": {"", today}, "": {"", today}, "?start_date=2024-02-01&end_date=2024-02-29": {"2024-02-01", "2024-02-29"},
		"?end_date=2024-02-29&start_date=2024-02-01": {"2024-02-01", "2024-02-29"}, "?start_date=" + today: {today, today},
	} {
		got := object(t, a.send(t, "GET", at+query, nil).Status(t, 200))
		if from := got["start_date"]; want[0] != "" && from != want[0] || got["end_date"] != want[1] || got["report"] == nil {
			t.Errorf("%s: %v", query, got)
		}
	}
	const why = "must be a date like 2024-12-31"
	fails(t, a.send(t, "GET", at+"?start_date=2024-02-30", nil), 400, "Start date "+why, `{"start_date":["`+why+`"]}`)
}

// packed answers may be, if it is said how.
func packed(t *testing.T, a *account) {
	r := a.request(t, "GET", base+"/certificates", "")
	r.Header.Set("Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3")
	got, err := http.ReadResponse(bufio.NewReader(strings.NewReader(a.wire(t, r, "passes.example.org"))), r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body := io.Reader(got.Body)
	if got.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(body); err != nil {
			t.Fatal(err)
		}
	}
	var all []members
	if err := json.NewDecoder(body).Decode(&all); err != nil || len(all) == 0 {
		t.Errorf("%v: %v", got.Header, err)
	}
}
