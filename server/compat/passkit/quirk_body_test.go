package passkit_test

import (
	"reflect"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

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
		after := get(name)
		if before["issued"] = after["issued"]; !reflect.DeepEqual(before, after) { // others issue meanwhile
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
