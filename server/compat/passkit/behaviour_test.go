package passkit_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/post"
	"pocketpass/server/post/posttest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/store"
)

// TestStates goes through the states of a campaign and of a template.
func TestStates(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "States")
	id := a.issue(t, member("States", ""))
	for _, what := range []struct{ kind, path string }{{"Template", "/v2/templates/States"}, {"Campaign", "/v2/campaigns/States"}} {
		set := func(status string) *servertest.Answer {
			return a.send(t, "PUT", what.path, members{"status": status})
		}
		fails(t, set("frozen"), 400, "Invalid value for field status: must be ACTIVE, FROZEN or INVALID")
		for range 2 {
			set("FROZEN").Status(t, 200)
		}
		fails(t, a.send(t, "POST", "/v2/passes", member("States", "")), 400, what.kind+" is not issuing passes: FROZEN")
		a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": len(what.kind)}}).Status(t, 200)
		set("ACTIVE").Status(t, 200)
		a.issue(t, members{"templateName": "States"})
		if what.kind == "Template" { // of another one, for this is final
			a.templated(t, "Bad", card("Bad", "States"))
			what.path = "/v2/templates/Bad"
			bad := a.issue(t, members{"templateName": "Bad"})
			set("INVALID").Status(t, 200)
			if got := a.pass(t, bad); got["isInvalid"] != true || a.pass(t, id)["isInvalid"] != false {
				t.Errorf("%v", got)
			}
			if doc := a.document(t, bad); doc["voided"] != true || doc["barcodes"] != nil {
				t.Errorf("%v", doc)
			}
			fails(t, a.send(t, "POST", "/v2/passes", members{"templateName": "Bad"}), 400, "Template is not issuing passes: INVALID")
			fails(t, a.send(t, "PUT", "/v2/passes/"+bad+"/redeem", nil), 400, "Pass is invalid and cannot be changed: "+bad)
			fails(t, set("ACTIVE"), 400, "Invalid value for field status: an INVALID template stays so")
			fails(t, a.send(t, "PUT", "/v2/templates/Bad/push", nil), 400, "Template is invalid and has nothing to push: Bad")
			continue
		}
		set("INVALID").Status(t, 200)
		set("INVALID").Status(t, 200)
		if a.pass(t, id)["isInvalid"] != true {
			t.Error("the pass is still good")
		}
		fails(t, a.send(t, "POST", "/v2/passes", member("States", "")), 400, "Campaign is not issuing passes: INVALID")
		fails(t, set("FROZEN"), 400, "Invalid value for field status: an INVALID campaign stays so")
		a.send(t, "PUT", what.path, members{"description": "over"}).Status(t, 200)
		a.send(t, "POST", "/v2/campaigns", with(a.campaign("Cold"), members{"status": "FROZEN"})).Status(t, 200)
	}
	if got := decoded(t, a.send(t, "GET", "/v2/campaigns/Cold", nil).Body)["status"]; got != "FROZEN" {
		t.Errorf("%v", got)
	}
}

// TestInvalidShown: phones are told that a campaign, or a template, became invalid, and show
// its passes void and without their barcodes. The page says so, too.
func TestInvalidShown(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Over")
	a.templated(t, "Other", card("Other", "Over"))
	for _, what := range []struct{ template, path string }{{"Other", "/v2/templates/Other"}, {"Over", "/v2/campaigns/Over"}} {
		id := a.issue(t, member(what.template, ""))
		phone := a.Phone(t)
		if _, err := phone.Install(t.Context(), a.issued(id).URL); err != nil {
			t.Fatal(err)
		}
		a.send(t, "PUT", what.path, members{"status": "INVALID"}).Status(t, 200)
		shown := phone.WantUpdates(t, compattest.Record(t, a.Server, a.issued(id)), 1).Document
		if shown.Voided == nil || !*shown.Voided || len(shown.Barcodes) > 0 || shown.Barcode != nil {
			t.Errorf("%s: the phone shows %+v", what.path, shown)
		}
		if got := a.Anonymous().Get(t, root+"/p-"+id, "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)").Status(t, 200); !strings.Contains(string(got.Body), "no longer accepted") {
			t.Errorf("%s: the page is %s", what.path, got.Body)
		}
	}
}

// TestDates issues between the dates and up to the limit of a campaign; its end voids.
func TestDates(t *testing.T) {
	a := newAccount(t)
	now := a.Clock.Now()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	a.send(t, "POST", "/v2/campaigns", with(a.campaign("Dated"), members{"startDate": at(time.Hour), "endDate": at(4 * time.Hour), "maxIssue": 2})).Status(t, 200)
	a.templated(t, "Dated", with(card("Dated", "Dated"), members{"startDate": nil}))
	refused := func(text string) {
		t.Helper()
		fails(t, a.send(t, "POST", "/v2/passes", members{"templateName": "Dated"}), 400, text)
	}
	refused("Campaign is not issuing passes: not started")
	fails(t, a.send(t, "PUT", "/v2/campaigns/Dated", members{"endDate": at(time.Minute)}), 400, "Invalid value for field endDate: must be after startDate")
	a.Advance(t, time.Hour)
	id := a.issue(t, members{"templateName": "Dated"})
	fails(t, a.send(t, "POST", "/v2/passesBatch", members{"passes": []any{members{"templateName": "Dated"}, members{"templateName": "Dated"}}}), 400, "Batch item 1: Campaign is not issuing passes: limit reached")
	a.issue(t, members{"templateName": "Dated"})
	refused("Campaign is not issuing passes: limit reached")
	a.send(t, "PUT", "/v2/campaigns/Dated", members{"maxIssue": 0}).Status(t, 200)
	a.send(t, "PUT", "/v2/templates/Dated", members{"endDate": at(2 * time.Hour)}).Status(t, 200)
	a.Advance(t, time.Hour+time.Minute)
	refused("Template is not issuing passes: ended")
	a.Advance(t, 2*time.Hour)
	refused("Campaign is not issuing passes: ended")
	a.Until(t, "the end voids the passes", func() bool { return a.pass(t, id)["isVoided"] == true })
	a.send(t, "PUT", "/v2/passes/"+id, members{"isVoided": false}).Status(t, 200)

	a.prepared(t, "Ended")
	id = a.issue(t, member("Ended", ""))
	a.send(t, "PUT", "/v2/campaigns/Ended", members{"endDate": at(0)}).Status(t, 200)
	fails(t, a.send(t, "POST", "/v2/passes", members{"templateName": "Ended"}), 400, "Campaign is not issuing passes: ended")
	a.Advance(t, time.Minute)
	a.Until(t, "an end that was past voids the passes", func() bool { return a.pass(t, id)["isVoided"] == true })
	a.send(t, "POST", "/v2/campaigns", with(a.campaign("Long_over"), members{"startDate": "2016-01-01", "endDate": "2017-01-01"})).Status(t, 200)
}

// TestLanguages: tags are kept as clients spell them; files have what Wallet knows, as it
// spells it.
func TestLanguages(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Spoken")
	said := func(text string) members { return members{"text": members{"Beans": text}} }
	form, kind := upload(t, "passbook-zh-hans-LogoFile", compattest.Picture(160, 50), "passbook-xx-StripFile", compattest.Picture(375, 144),
		"jsonBody", members{"language": "zh-hans", "passbookLang": members{"EN": said("Points"), "zh-hans": said("Dou"), "x": said("nobody's"), "lf": said("nobody's")}})
	a.send(t, "PUT", "/v2/templates/Spoken", form, kind).Status(t, 200)
	languages := decoded(t, a.send(t, "GET", "/v2/templates/Spoken", nil).Body)["passbookLang"].(members)
	for _, tag := range []string{"fr", "EN", "zh-hans", "x", "lf"} {
		if languages[tag] == nil {
			t.Errorf("%s is lost: %v", tag, languages)
		}
	}
	if languages["zh-hans"].(members)["logoFile"] == nil || len(languages) != 5 {
		t.Errorf("%v", languages)
	}
	id := a.issue(t, member("Spoken", ""))
	var folders []string
	for name := range a.file(t, id).Contents.Files {
		if folder, file, _ := strings.Cut(name, ".lproj/"); file == "pass.strings" || file == "logo.png" {
			folders = append(folders, folder+" "+file)
		}
	}
	if slices.Sort(folders); strings.Join(folders, ", ") != "en pass.strings, fr pass.strings, zh-Hans logo.png, zh-Hans pass.strings" {
		t.Errorf("%q", folders)
	}
	shown := decoded(t, a.Anonymous().Get(t, root+"/v2/passes/"+id+"/json").Status(t, 200).Body)["appleWallet"].(members)
	for _, tag := range []string{"EN", shown["defaultLang"].(string)} {
		if l, ok := shown["locales"].(members)[tag].(members); !ok || len(l["text"].(members)) != 1 {
			t.Errorf("%s: %v", tag, shown["locales"])
		}
	}
}

// TestRedeemed takes redemptions back, and redeems nothing that is void.
func TestRedeemed(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Used")
	id := a.issue(t, member("Used", ""))
	a.send(t, "PUT", "/v2/passes/"+id, members{"isRedeemed": true, "dynamicData": members{"beans": 13}}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id, members{"isRedeemed": true}).Status(t, 200)
	doc := a.document(t, id)
	if doc["logoText"] != "Used" || doc["backgroundColor"] != "rgb(119, 119, 119)" || doc["foregroundColor"] != "rgb(255, 248, 231)" || doc["voided"] != nil {
		t.Errorf("%v", doc)
	}
	used := a.pass(t, id)
	a.send(t, "PUT", "/v2/passes/"+id, members{"isRedeemed": false}).Status(t, 200)
	if got := a.pass(t, id); got["isRedeemed"] != false || got["lastRedeemAt"] != used["lastRedeemAt"] || a.document(t, id)["logoText"] != "Harbour Coffee" {
		t.Errorf("%v", got)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"isVoided": true}).Status(t, 200)
	fails(t, a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil), 400, "Pass is voided and cannot be redeemed: "+id)
	if doc := a.document(t, id); doc["voided"] != true || doc["barcodes"] == nil {
		t.Errorf("%v", doc)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"isVoided": false, "isRedeemed": true}).Status(t, 200)
	fails(t, a.send(t, "PUT", "/v2/passes/none/redeem", nil), 404, "Pass not found: none")
	whole := a.issue(t, members{"templateName": "Used", "isRedeemed": true, "isVoided": true})
	if got := a.pass(t, whole); got["isRedeemed"] != true || got["isVoided"] != true {
		t.Errorf("%v", got)
	}
}

// TestImages gives a pass a picture of its own, and takes it away.
func TestImages(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Drawn")
	paths := make(map[string]bool)
	for range 2 {
		form, kind := upload(t, "jsonBody", members{}, "image", compattest.Picture(375, 144))
		var got struct{ Path string }
		a.send(t, "POST", "/v2/images", form, kind).Status(t, 200).JSON(t, &got)
		paths[got.Path] = true
	}
	if len(paths) != 1 {
		t.Fatalf("the same picture is %v", paths)
	}
	for path := range paths {
		id := a.issue(t, members{"templateName": "Drawn", "dynamicImages": members{"passbook": members{"strip": path, "background": path, "thumbnail": path, "footer": path, "icon": path, "logo": path}}})
		if got := jsonOf(a.pass(t, id)["dynamicImages"]); !strings.Contains(got, `"strip":"`+path+`"`) {
			t.Errorf("%s", got)
		}
		if len(a.file(t, id).Contents.Files["strip@2x.png"].Data) == 0 {
			t.Error("the pass has no strip")
		}
		a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicImages": members{"passbook": members{"strip": ""}}}).Status(t, 200)
		if r := a.file(t, id); len(r.Contents.Files["strip.png"].Data) > 0 || len(r.Contents.Files["logo.png"].Data) == 0 {
			t.Error("the pass still has a strip, or lost its logo")
		}
		stranger := a.stranger(t)
		fails(t, stranger.send(t, "GET", "/v2/passes/"+id, nil), 404, "Pass not found: "+id)
	}
	fails(t, a.send(t, "POST", "/v2/images", `{"base64String": "bm8gcGljdHVyZQ=="}`), 400, "Invalid value for field image: the picture must be a PNG, JPEG or GIF")
	fails(t, a.send(t, "POST", "/v2/images", `{"url": "https://example.org/a.png"}`), 400, "Missing required field: image")
	fails(t, a.send(t, "POST", "/v2/passes", members{"templateName": "Drawn", "dynamicImages": members{"passbook": members{"icon": "../etc"}}}), 400, `Invalid value for field dynamicImages: there is no image "../etc"`)
}

// stranger is a client of another account on the same server.
func (a *account) stranger(t testing.TB) *account {
	t.Helper()
	_, k, secret, err := a.Access.CreateOrganisation(t.Context(), "Stranger", access.Once{})
	if err != nil {
		t.Fatal(err)
	}
	other := *a
	other.key, other.secret = k.ID.Short(), secret
	return &other
}

// TestStrangers have campaigns of the same names, and see nothing of others.
func TestStrangers(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Mine")
	id := a.issue(t, member("Mine", "S-1"))
	b := a.stranger(t)
	for path, want := range map[string]string{"/v2/campaigns/Mine": "Campaign not found: Mine", "/v2/templates/Mine": "Template not found: Mine", "/v2/passes/" + id: "Pass not found: " + id,
		"/v2/passesBatch?id=" + id: "Pass not found: " + id, "/v2/passes?userDefinedId=S-1&campaignName=Mine": "Campaign not found: Mine", "/v2/passbookCerts/" + a.certificate: "Certificate not found: " + a.certificate} {
		fails(t, b.send(t, "GET", path, nil), 404, want)
	}
	fails(t, b.send(t, "PUT", "/v2/passes/"+id, members{"isVoided": true}), 404, "Pass not found: "+id)
	fails(t, b.send(t, "PUT", "/v2/passesBatch", []any{members{"id": id, "isVoided": true}}), 400, "Batch item 0: Pass not found: "+id)
	if got := b.send(t, "GET", "/v2/campaigns", nil).Status(t, 200); string(got.Body) != "[]" {
		t.Errorf("%s", got.Body)
	}
	if b.finds(t, members{}) != 0 || a.finds(t, members{}) != 1 {
		t.Error("a search finds passes of others, or none of one's own")
	}
}

// TestNative shows passes of a campaign that was made natively, under their ids.
func TestNative(t *testing.T) {
	a := newAccount(t)
	p := a.Issue(t, a.Campaign(t), servertest.Values{"seat": "A 1"})
	got := a.pass(t, p.PublicID)
	if got["campaignName"] != p.Campaign.Short() || got["templateName"] != p.Template.Short() {
		t.Errorf("%v", got)
	}
	a.send(t, "GET", "/v2/campaigns/"+p.Campaign.Short(), nil).Status(t, 200)
	a.send(t, "GET", "/v2/templates/"+p.Template.Short(), nil).Status(t, 200)
	fails(t, a.send(t, "PUT", "/v2/templates/"+p.Template.Short(), members{"meta": members{"a": 1}}), 400, "Template was not made with this API and is changed where it was made: "+p.Template.Short())
	a.send(t, "PUT", "/v2/passes/"+p.PublicID, members{"dynamicData": members{"seat": "B 2"}}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+p.PublicID+"/redeem", nil).Status(t, 200)
	if got := a.pass(t, p.PublicID); got["isRedeemed"] != true {
		t.Errorf("%v", got)
	}
}

// TestRoles lets each role do what it may.
func TestRoles(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Roles")
	const refused = "Account is not allowed to use this API"
	for _, role := range access.Any {
		b := *a
		b.key, b.secret = a.newKey(t, access.NewKey{Name: string(role), Role: role})
		b.send(t, "GET", "/v2/campaigns", nil).Status(t, 200)
		writes := role == store.Admin || role == store.Issuer
		id := a.issue(t, members{"templateName": "Roles"})
		for path, may := range map[string]bool{"/v2/passes/" + id: writes, "/v2/passes/" + id + "/redeem": writes || role == store.Scanner, "/v2/templates/Roles/push": writes} {
			got := b.send(t, "PUT", path, nil)
			if may != (got.Code == 200) {
				t.Errorf("%s %s: %d", role, path, got.Code)
			}
			if !may {
				fails(t, got, 403, refused)
			}
		}
		if got := b.send(t, "POST", "/v2/passbookCsrs", nil); (got.Code == 200) != (role == store.Admin) {
			t.Errorf("%s asks for a certificate: %d", role, got.Code)
		}
	}
}

// TestThrottle answers 503 to a key that asks too often.
func TestThrottle(t *testing.T) {
	a := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.PassKitRate, c.Compat.PassKitBurst = 20, 3 }))
	for range 3 {
		a.send(t, "GET", "/v2/campaigns", nil).Status(t, 200)
	}
	got := a.send(t, "GET", "/v2/campaigns", nil)
	fails(t, got, 503, "Too many requests, please retry later")
	if got.Header.Get("Retry-After") != "1" {
		t.Errorf("%v", got.Header)
	}
	a.Clock.Advance(time.Second)
	a.send(t, "GET", "/v2/campaigns", nil).Status(t, 200)
}

// TestMail sends a pass when it is issued, and again, but not twice a minute.
func TestMail(t *testing.T) {
	smtp := posttest.New(t, posttest.Options{})
	a := newAccount(t, servertest.Config(func(c *server.Config) {
		c.Mail.Host, c.Mail.Port, c.Mail.From, c.Mail.TLS = "127.0.0.1", smtp.Port, "passes@example.org", post.NoTLS
		c.Compat.PassKitMail = true
	}))
	a.prepared(t, "Mailed")
	id := a.issue(t, member("Mailed", ""))
	smtp.Next(t)
	resend := func() string {
		return string(a.send(t, "PUT", "/v2/recoveryEmails/resend", []any{members{"passId": id}}).Status(t, 200).Body)
	}
	if got, want := resend(), `[{"passId":"`+id+`","recoveryEmail":"ana@customer.example","success":false,"error":"Pass was sent less than a minute ago, please retry later"}]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	a.Advance(t, time.Minute)
	if got, want := resend(), `[{"passId":"`+id+`","recoveryEmail":"ana@customer.example","success":true}]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	smtp.Next(t)
}

// TestCertificates takes the way of a certificate from the request to the list.
func TestCertificates(t *testing.T) {
	a := newAccount(t)
	got := a.record.Send(t, "certificate-request", "POST", root+"/v2/passbookCsrs", "null").Status(t, 200)
	if kind := got.Header.Get("Content-Type"); kind != "text/plain; charset=utf-8" {
		t.Errorf("%s", kind)
	}
	request, err := signer.ReadRequest(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	now := a.Clock.Now()
	leaf, err := a.Stage.Authority.Issue(rand.Reader, request.PublicKey, signer.Order{PassTypeIdentifier: "pass.example.harbour", TeamIdentifier: "A1B2C3D4E5",
		Organization: "Harbour", NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	form, kind := upload(t, "jsonBody", members{"name": "Harbour 2026", "description": "main card"}, "passbookCER", leaf.Raw)
	var made struct{ ID string }
	a.record.Send(t, "certificate-import", "POST", root+"/v2/passbookCerts", form, kind).Status(t, 200).JSON(t, &made)
	a.record.Send(t, "certificate-get", "GET", root+"/v2/passbookCerts/"+made.ID, nil).Status(t, 200)
	var all []struct{ ID, PassTypeID, Description string }
	a.record.Send(t, "certificate-list", "GET", root+"/v2/passbookCerts", nil).Status(t, 200).JSON(t, &all)
	if len(all) != 2 || all[1].ID != made.ID || all[1].PassTypeID != "pass.example.harbour" || all[1].Description != "main card" {
		t.Errorf("%v", all)
	}
	form, kind = upload(t, "passbookCER", []byte("no certificate"))
	a.send(t, "POST", "/v2/passbookCerts", form, kind).Status(t, 400)
	fails(t, a.send(t, "POST", "/v2/passbookCerts", members{"name": "x"}), 400, "Missing required field: passbookCER")
}

// TestPages opens the page of a pass, and the file at once on a phone.
func TestPages(t *testing.T) {
	const host = "q.passkit.example"
	a := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{host: "passkit"} }))
	a.prepared(t, "Paged")
	id := a.issue(t, member("Paged", ""))
	page := a.Anonymous().Get(t, root+"/p-"+id, "User-Agent: Mozilla/5.0 (X11; Linux x86_64)").Status(t, 200)
	if !strings.Contains(string(page.Body), "/p-"+id+".pkpass") || page.Header.Get("X-Robots-Tag") != "noindex" {
		t.Errorf("%v %s", page.Header, page.Body)
	}
	file := a.Anonymous().Get(t, root+"/p-"+id, "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)").Status(t, 200)
	a.CheckPass(t, file.Body)
	fragment := a.Anonymous().Get(t, root+"/~/").Status(t, 200)
	if !strings.Contains(string(fragment.Body), "location.hash") || !strings.Contains(fragment.Header.Get("Content-Security-Policy"), "script-src 'sha256-") {
		t.Errorf("%v %s", fragment.Header, fragment.Body)
	}
	there := a.Anonymous().At("https://" + host)
	for _, path := range []string{"/p-" + id, root + "/p-" + id} {
		if got := there.Get(t, path).Status(t, 302).Header.Get("Location"); got != servertest.BaseURL+root+"/p-"+id {
			t.Errorf("%s led to %s", path, got)
		}
	}
	there.Get(t, "/p-"+id, "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)").Status(t, 200)
	there.Get(t, "/~/").Status(t, 200)
	fails(t, there.Get(t, "/p-none"), 404, "Pass not found: none")
	fails(t, a.Anonymous().Get(t, root+"/p-none"), 404, "Pass not found: none")
	fails(t, a.Anonymous().Get(t, root+"/other"), 404, "Unknown path or method: GET /passkit/other")
}

// TestSearchPages goes through a search page by page.
func TestSearchPages(t *testing.T) {
	a := newAccount(t)
	a.prepared(t, "Many")
	var ids []string
	for range 3 {
		var made struct{ ID []string }
		batch := make([]any, 10)
		for n := range batch {
			batch[n] = members{"templateName": "Many", "dynamicData": members{"n": n}}
		}
		a.send(t, "POST", "/v2/passesBatch", members{"passes": batch}).Status(t, 200).JSON(t, &made)
		ids = append(ids, made.ID...)
	}
	for _, filter := range []members{nil, {"campaignName": "Many"}, {"templateName": "Many"}, {"campaignName": "Many", "templateName": "Many", "isVoided": false}} {
		var seen []string
		for from := 0; from >= 0; {
			var got struct {
				NextFrom   *int
				TotalCount int
				Data       []struct{ ID string }
			}
			a.send(t, "POST", "/v1/passes", members{"size": 7, "from": from, "passFilter": filter}).Status(t, 200).JSON(t, &got)
			if got.TotalCount != len(ids) {
				t.Errorf("%v: %d in all", filter, got.TotalCount)
			}
			for _, p := range got.Data {
				seen = append(seen, p.ID)
			}
			if from = -1; got.NextFrom != nil {
				from = *got.NextFrom
			}
		}
		if !slices.Equal(seen, ids) {
			t.Errorf("%v: %v, want %v", filter, seen, ids)
		}
	}
	var none struct{ Data []any }
	a.send(t, "POST", "/v1/passes", members{"size": 0}).Status(t, 200).JSON(t, &none)
	if len(none.Data) != 0 {
		t.Errorf("%v", none)
	}
}
