package passworks_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"pocketpass/server/servertest"
)

// TestNothingHalfDone: a text that is refused stops what it came with.
func TestNothingHalfDone(t *testing.T) {
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	pass := at + "/passes/" + a.pass(t, "coupons", campaign, nil)
	before := string(a.send(t, "GET", pass, nil).Status(t, 200).Body)
	jobs := func() string { return string(a.Get(t, "/api/v1/jobs").Status(t, 200).Body) }
	none := jobs()
	for _, path := range []string{at + "/push", at + "/merge", pass + "/push"} {
		got := a.send(t, "POST", path, members{"push_message": strings.Repeat("x", 100_000)})
		refused(t, got, 422)
		if !strings.Contains(string(got.Body), `"push_message":[`) {
			t.Errorf("%s complains of %s", path, got.Body)
		}
	}
	if got := jobs(); got != none {
		t.Errorf("jobs were started: %s", got)
	}
	if got := string(a.send(t, "GET", pass, nil).Body); got != before {
		t.Errorf("the pass was changed: %s", got)
	}
}

// TestStrangersIDs do not exist, in paths and in bodies.
func TestStrangersIDs(t *testing.T) {
	a := newAccount(t)
	stranger := a.stranger(t)
	theirs := stranger.asset(t, "icon", 87, 87)
	template := id(t, stranger.send(t, "POST", "/templates", members{"template": members{"name": "x", "pass_type": "coupon", "icon_id": theirs}}).Status(t, 201))
	for name, value := range map[string]string{"icon_id": theirs, "logo_id": theirs, "template_id": template} {
		body := with(with(plain(t), members{"icon_id": a.icon()}), members{name: value})
		fails(t, a.send(t, "POST", "/coupons", members{"coupon": body}), 422, sentence(name)+" does not exist", `{"`+name+`":["does not exist"]}`)
	}
	campaign := a.campaign(t, "coupons", plain(t))
	pass := a.pass(t, "coupons", campaign, nil)
	fails(t, a.send(t, "PATCH", "/coupons/"+campaign+"/passes/"+pass, members{"pass": members{"thumbnail_id": theirs}}), 422, "Thumbnail does not exist", `{"thumbnail_id":["does not exist"]}`)
	mine := list(t, a.send(t, "GET", "/certificates", nil))[0]["id"].(string)
	fails(t, stranger.send(t, "GET", "/certificates/"+mine, nil), 404, "Certificate not found.", `{"certificate":"Certificate not found."}`)
	for _, path := range []string{"/assets/" + theirs, "/templates/" + template} {
		a.send(t, "GET", path, nil).Status(t, 404)
		a.send(t, "DELETE", path, nil).Status(t, 404)
	}
	for _, path := range []string{"/merge", "/push", "/pause", "/redeem", "/passes/" + pass + "/redeem", "/passes/" + pass + "/reset_redeem", "/passes/" + pass + "/push"} {
		stranger.send(t, "POST", "/coupons/"+campaign+path, members{"redeem_code": "00000001"}).Status(t, 404)
	}
	stranger.send(t, "DELETE", "/coupons/"+campaign, nil).Status(t, 412)
	if got := list(t, stranger.send(t, "GET", "/templates", nil).Status(t, 200)); len(got) != 1 {
		t.Errorf("a stranger sees %v", got)
	}
}

// sentence is how complaints call a member.
func sentence(member string) string {
	name := strings.TrimSuffix(member, "_id")
	return strings.ToUpper(name[:1]) + name[1:]
}

// TestPicturesAreDrawnAnew: what is served of an upload is never what was sent.
func TestPicturesAreDrawnAnew(t *testing.T) {
	a := newAccount(t)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, image.NewRGBA(image.Rect(0, 0, 60, 60)), nil); err != nil {
		t.Fatal(err)
	}
	file.WriteString("<script>alert(1)</script>")
	body, contentType := form(t, "icon", file.Bytes())
	made := object(t, a.send(t, "POST", "/assets", body, "Content-Type: "+contentType).Status(t, 201))
	got := a.visit(t, made["asset_url"]).Status(t, 200)
	if _, err := png.Decode(bytes.NewReader(got.Body)); err != nil || bytes.Contains(got.Body, []byte("script")) || got.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("served with %v: %v", got.Header, err)
	}
	a.visit(t, strings.Replace(made["asset_url"].(string), ".png", ".svg", 1)).Status(t, 404)
}

// TestScriptsStayAway: without a host of their own no page runs an owner's script, and what
// an owner writes is text wherever it is shown.
func TestScriptsStayAway(t *testing.T) {
	a := newAccount(t)
	const evil = `"><script>alert(1)</script>`
	made := object(t, a.send(t, "POST", "/coupons", members{"coupon": with(loaf(), members{"icon_id": a.icon(), "name": evil, "description": evil, "organization_name": evil, "og_description": evil,
		"logo_text": evil, "javascript": "alert(2)", "stylesheet": `</style><script>alert(3)</script>`})}).Status(t, 201))
	p := object(t, a.send(t, "POST", "/coupons/"+made["id"].(string)+"/passes", members{"pass": members{"back_fields": []any{members{"key": evil, "value": evil, "label": evil}}}}).Status(t, 201))
	for _, address := range []any{made["page_url"], p["page_url"]} {
		page := a.visit(t, address).Status(t, 200)
		if text := string(page.Body); strings.Contains(text, "<script>alert") || strings.Contains(text, "alert(2)") || strings.Contains(text, "alert(3)") {
			t.Errorf("%s runs what was sent: %s", address, text)
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe-inline") {
			t.Errorf("%s allows %s", address, policy)
		}
	}
	slug := strings.TrimPrefix(made["page_url"].(string), servertest.BaseURL)
	a.Anonymous().Get(t, slug+".js").Status(t, 404)
	long := strings.Repeat("x", 70_000)
	for member, why := range map[string]string{"stylesheet": "a stylesheet or script has up to 65536 bytes of text; shorten it", "remote_form_url": "this is no address of a form; write it in full, like https://example.org/join"} {
		got := a.send(t, "PATCH", "/coupons/"+made["id"].(string), members{"coupon": members{member: "https://x.example/" + long}})
		fails(t, got, 422, strings.ToUpper(why[:1])+why[1:], `{"`+member+`":["`+why+`"]}`)
	}
	for _, address := range []string{"javascript:alert(1)", "data:text/html,x", "//x.example", "http://", "https://x.example/\r\nSet-Cookie: a=b", "ftp://x.example"} {
		got := a.send(t, "PATCH", "/coupons/"+made["id"].(string), members{"coupon": members{"remote_form_url": address}})
		fails(t, got, 422, "Remote form url is not a valid URL", `{"remote_form_url":["is not a valid URL"]}`)
	}
}

// TestOddAddresses are answered in JSON and never redirected.
func TestOddAddresses(t *testing.T) {
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", plain(t))
	at := "/coupons/" + campaign
	for path, status := range map[string]int{
		at + "/redeem": 404, at + "/redeem/": 404, at + "/redeem/a//b": 404, at + "/redeem/..%2F..": 404, at + "/redeem/%00": 404, at + "//passes": 200, "//coupons": 200, at + "/passes/../..": 404,
		"/coupons?page=99999999999999999999": 200, "/coupons?page=-99999999999999999999&per_page=99999999999999999999&offset=1e9": 200, at + "/passes?offset=99999999999999999999": 200,
		"/coupons?q[name_eq]=%ff&q[s]=%00&q[]=x&q=1&q[s][]=,,": 200, "/coupons/" + strings.Repeat("a", 5000): 404,
	} {
		got := a.send(t, "GET", path, nil)
		if got.Code != status || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", path, got.Code, got.Body)
		}
	}
	if got := list(t, a.send(t, "GET", "/coupons?page=99999999999999999999", nil)); len(got) != 0 {
		t.Errorf("the last page of all has %v", got)
	}
	deep := `{"coupon":` + strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_001)
	refused(t, a.send(t, "POST", "/coupons", deep), 400)
	refused(t, a.send(t, "PATCH", at, `{"coupon": {"user_info": `+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}}`), 422)
}
