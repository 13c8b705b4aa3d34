package passkit_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

func q7(t *testing.T, a *account) {
	a.send(t, "POST", "/v2/campaigns", a.campaign("Always_Good")).Status(t, 200)
	a.send(t, "POST", "/v2/templates", card("Always_Good", "Always_Good")).Status(t, 200) // without pictures, and without a form
	a.send(t, "POST", "/v2/passes", members{"templateName": "Always_Good"}).Status(t, 200)
	a.send(t, "POST", "/v2/passesBatch", []any{members{"templateName": "Always_Good"}}).Status(t, 200)
	a.send(t, "POST", "/v2/passbookCsrs", "null").Status(t, 200)
	form, kind := upload(t, "image", compattest.Picture(30, 30))
	a.send(t, "POST", "/v2/images", form, kind).Status(t, 200)
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
