package move_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/move"
	"pocketpass/server/servertest"
)

// kit is a client of PassKit.
type kit struct{ *account }

func (k kit) send(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return k.Anonymous().Send(t, method, "/passkit"+path, body, append(headers, "Authorization: "+move.PassKitToken(k.id, k.secret, k.Clock.Now))...)
}

// form is a body with pictures beside JSON.
func form(t testing.TB, document any, pictures map[string][]byte) (body []byte, header string) {
	t.Helper()
	raw, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	err = w.WriteField("jsonBody", string(raw))
	for name, data := range pictures {
		part, failed := w.CreateFormFile(name, "a.png")
		if failed == nil {
			_, failed = part.Write(data)
		}
		if failed != nil {
			t.Fatal(failed)
		}
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes(), "Content-Type: " + w.FormDataContentType()
}

// fill makes a campaign with two templates, and passes that are good, redeemed and void.
func (k kit) fill(t testing.TB) {
	t.Helper()
	var certificates []struct{ ID string }
	k.send(t, "GET", "/v2/passbookCerts", nil).Status(t, 200).JSON(t, &certificates)
	k.send(t, "POST", "/v2/campaigns", members{"name": "Harbour", "passbookCertId": certificates[0].ID, "displayName": "Harbour card",
		"startDate": "2026-01-01T00:00:00Z", "maxIssue": 5, "meta": members{"costCentre": 4410}}).Status(t, 200)
	for _, name := range []string{"Card", "Gold"} {
		body, header := form(t, members{"name": name, "campaignName": "Harbour", "language": "en", "dynamicKeys": []any{members{"key": "beans", "type": "number", "defaultValue": 0}},
			"passbook": members{"type": "storeCard", "orgName": "Harbour", "desc": "Harbour card", "bgColor": "#1B3A4B", "logoText": "Harbour",
				"header":  []any{members{"itemName": "beans", "defaultLabel": "Beans", "defaultValue": "#{beans}", "format": members{"type": "number", "numberFormat": "decimal"}}},
				"barcode": members{"format": "qr", "messageOption": "pid", "message": "", "messageEncoding": "UTF-8"}}},
			map[string][]byte{"passbook-IconFile": compattest.Picture(87, 87), "passbook-LogoFile": compattest.Picture(480, 150)})
		k.send(t, "POST", "/v2/templates", body, header).Status(t, 200)
	}
	body, header := form(t, members{}, map[string][]byte{"image": compattest.Picture(480, 140)})
	var image struct{ Path string }
	k.send(t, "POST", "/v2/images", body, header).Status(t, 200).JSON(t, &image)
	for _, pass := range []members{
		{"templateName": "Card", "userDefinedId": "M-1", "recoveryEmail": "ana@example.org", "expiryDate": "2030-06-30T22:00:00Z", "dynamicData": members{"beans": 12, "holder": "Ana"}},
		{"templateName": "Card", "userDefinedId": "M-2", "dynamicImages": members{"passbook": members{"logo": image.Path}}},
		{"templateName": "Gold", "isVoided": true, "passbook": members{"fgColor": "#FFF8E7", "groupId": "gold"}},
		{"templateName": "Card", "isRedeemed": true},
	} {
		k.send(t, "POST", "/v2/passes", pass).Status(t, 200)
	}
	k.send(t, "PUT", "/v2/campaigns/Harbour", members{"status": "FROZEN"}).Status(t, 200)
}

// all is what a client reads of an account, but for times and places of files.
func (k kit) all(t testing.TB) string {
	t.Helper()
	var out []any
	for _, path := range []string{"/v2/campaigns", "/v2/campaigns/Harbour/templates"} {
		var all []any
		k.send(t, "GET", path, nil).Status(t, 200).JSON(t, &all)
		out = append(out, all)
	}
	var found struct{ Data []any }
	k.send(t, "POST", "/v1/passes", members{"size": 100}).Status(t, 200).JSON(t, &found)
	byID := make(map[string]any)
	for _, p := range found.Data {
		byID[p.(map[string]any)["id"].(string)] = p
	}
	out = append(out, byID)
	withoutTimes(out)
	raw, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func withoutTimes(v any) {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(name string, value any) bool {
			path, _ := value.(string)
			return strings.HasPrefix(path, "images/") || strings.HasSuffix(name, "At") || strings.HasSuffix(name, "File") || name == "index" || name == "passbookCertId" || name == "pushed"
		})
		for _, one := range v {
			withoutTimes(one)
		}
	case []any:
		for _, one := range v {
			withoutTimes(one)
		}
	}
}

// TestPassKit moves an account: clients are told the same, also of pages by their old ids,
// and a second time nothing happens.
func TestPassKit(t *testing.T) {
	k := kit{newAccount(t)}
	k.fill(t)
	k.Clock.Advance(time.Second)
	home, dir := newHome(t), t.TempDir()
	m := newMover(t, "passkit", k.old(t, "/passkit"), dir, home)
	m.run(t, "campaign 1 made 0 there 0 left pass 4 made 0 there 0 left template 2 made 0 there 0 left")
	there := kit{as(t, home)}
	if a, b := k.all(t), there.all(t); a != b {
		t.Errorf("it was %s\nand is %s", a, b)
	}
	for _, one := range passesOf(t, k.Server) {
		was, is := file(t, k.Server, one.SerialNumber), file(t, home, one.SerialNumber)
		if was.Document.AuthenticationToken != is.Document.AuthenticationToken || len(was.Contents.Files) != len(is.Contents.Files) {
			t.Errorf("the file of %s has changed", one.SerialNumber)
		}
	}
	there.send(t, "PUT", "/v2/campaigns/Harbour", members{"status": "ACTIVE", "maxIssue": 50}).Status(t, 200)
	sameDates(t, k.Server, home)
	before := records(t, home)
	m.run(t, "campaign 0 made 1 there 0 left pass 0 made 4 there 0 left template 0 made 2 there 0 left")
	if after := records(t, home); before != after {
		t.Errorf("repeated, it changed %s\nto %s", before, after)
	}
	if a := there.send(t, "GET", "/v2/campaigns/Harbour", nil).Status(t, 200); !strings.Contains(string(a.Body), `"ACTIVE"`) || !strings.Contains(string(a.Body), `"maxIssue":50`) {
		t.Errorf("repeated, it undid what happened here: %s", a.Body)
	}
}
