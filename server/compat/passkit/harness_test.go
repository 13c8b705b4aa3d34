package passkit_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"regexp"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/store"
)

const root = "/passkit"

// members is a JSON object.
type members = map[string]any

// account is a client of the service.
type account struct {
	*servertest.Server
	record      compattest.Recorder
	key, secret string
	certificate string // id
}

func newAccount(t testing.TB, options ...servertest.Option) *account {
	t.Helper()
	a := &account{Server: servertest.New(t, append([]servertest.Option{compattest.AllowLoopback()}, options...)...)}
	a.key, a.secret = a.newKey(t, access.NewKey{Name: "shop", Role: store.Admin})
	a.record = compattest.Recorder{Service: "passkit", Caller: a.Anonymous(), Headers: []string{a.authorization()}, Masks: masks, Secrets: []string{a.key}}
	err := a.Store.View(t.Context(), func(r store.Reader) error {
		all, _, err := r.Certificates(a.Actor.Org, store.Page{})
		a.certificate = all[0].ID.Short()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var masks = []compattest.Mask{
	{Pattern: regexp.MustCompile(`PKAuth [\w-]+\.[\w-]+\.[\w-]+`), With: "PKAuth <token>"},
	{Pattern: regexp.MustCompile(`/(passes/|p-)[0-9A-Za-z]{14}\b`), With: "/$1<pass>"},
	{Pattern: regexp.MustCompile(`("(?:id|passId|serialNumber|altText|message)": ")[0-9A-Za-z]{14}"`), With: "$1<pass>\""},
	{Pattern: regexp.MustCompile(`(\?id=)[0-9A-Za-z]{14},[0-9A-Za-z]{14}`), With: "$1<pass>,<pass>"},
	{Pattern: regexp.MustCompile(`(?m)^(\s+")[0-9A-Za-z]{14}(",?)$`), With: "$1<pass>$2"},
	{Pattern: regexp.MustCompile(`(not found: |redeemed: |changed: )[0-9A-Za-z]{14}`), With: "$1<pass>"},
	{Pattern: regexp.MustCompile(`"(passbookCertId|id)": "[0-9a-z]{11}"`), With: `"$1": "<certificate>"`},
	{Pattern: regexp.MustCompile(`passbookCerts/[0-9a-z]{11}`), With: "passbookCerts/<certificate>"},
	{Pattern: regexp.MustCompile(`"index": "[0-9]+"`), With: `"index": "<number>"`},
	{Pattern: regexp.MustCompile(`(?s)-----BEGIN.*REQUEST-----`), With: "<certificate request>"},
	{Pattern: regexp.MustCompile(`"[0-9A-Za-z]{14}\.pkpass"`), With: `"<pass>.pkpass"`},
	{Pattern: regexp.MustCompile(`boundary=[0-9a-f]{60}`), With: "boundary=<boundary>"},
}

// newKey makes a key and returns its id and its secret.
func (a *account) newKey(t testing.TB, k access.NewKey) (key, secret string) {
	t.Helper()
	made, secret, err := a.Access.Create(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID.Short(), secret
}

// token signs what is to be the payload, as the service's SDKs do.
func token(header, payload any, secret string) string {
	text := part(header) + "." + part(payload)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func part(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

var hs256 = members{"alg": "HS256", "typ": "JWT"}

// expiring is the header of a request whose token expires at a number.
func (a *account) expiring(exp any) string {
	return "Authorization: PKAuth " + token(hs256, members{"key": a.key, "exp": exp}, a.secret)
}

func (a *account) authorization() string {
	return a.expiring(a.Clock.Now().Add(30 * time.Second).Unix())
}

// send makes a request that is not recorded.
func (a *account) send(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return a.Anonymous().Send(t, method, root+path, body, append([]string{a.authorization()}, headers...)...)
}

// upload is a body with parts: names to contents, of which bytes are files.
func upload(t testing.TB, parts ...any) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for n := 0; n < len(parts); n += 2 {
		name := parts[n].(string)
		h := make(textproto.MIMEHeader)
		h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q", name))
		content, isFile := parts[n+1].([]byte)
		if isFile {
			h.Set("Content-Disposition", fmt.Sprintf("form-data; name=%q; filename=\"a.png\"", name))
			h.Set("Content-Type", "application/octet-stream")
		} else if text, ok := parts[n+1].(string); ok {
			content = []byte(text)
		} else {
			var err error
			if content, err = json.Marshal(parts[n+1]); err != nil {
				t.Fatal(err)
			}
		}
		p, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), "Content-Type: " + w.FormDataContentType()
}

// campaign is one of the service's documents, in words of our own.
func (a *account) campaign(name string) members {
	return members{"name": name, "passbookCertId": a.certificate, "displayName": "Harbour Coffee Card", "description": "Collect beans with every cup.",
		"startDate": "2026-01-01T00:00:00Z", "endDate": "2036-12-31T23:59:59Z", "maxIssue": 5000, "meta": members{"costCentre": 4410}}
}

// card is a template of a campaign.
func card(name, campaign string) members {
	return members{
		"name": name, "campaignName": campaign, "status": "ACTIVE", "language": "en", "startDate": "2026-01-01T00:00:00Z", "maxIssue": 0,
		"meta": members{"designVersion": 3},
		"dynamicKeys": []any{
			members{"key": "beans", "type": "number", "defaultValue": 0, "isEditable": false},
			members{"key": "holder", "type": "string", "defaultValue": nil, "isEditable": true}},
		"dynamicImageKeys": members{"passbook": members{"strip": members{"isDynamic": true, "isEditable": false}}},
		"passbook": members{
			"type": "storeCard", "orgName": "Harbour Coffee", "desc": "Harbour Coffee loyalty card",
			"bgColor": "#1B3A4B", "labelColor": "#C9D6DF", "fgColor": "#FFFFFF", "logoText": "Harbour Coffee",
			"header": []any{members{"itemName": "beans", "defaultLabel": "Beans", "defaultValue": "#{beans}", "changeMsg": "You now have %@ beans",
				"textAlign": "right", "format": members{"type": "number", "numberFormat": "decimal"}}},
			"secondary": []any{members{"itemName": "holder", "defaultLabel": "Member", "defaultValue": "#{holder}", "format": members{"type": "text"}}},
			"back": []any{
				members{"defaultValue": []any{members{"defaultLabel": "Web", "defaultValue": "harbour.example", "format": members{"type": "text"}}}},
				members{"dynamicBackfieldKey": "offers", "defaultValue": []any{
					members{"defaultLabel": "This week", "defaultValue": "No offers yet", "format": members{"type": "text"}}}}},
			"barcode":   members{"format": "qr", "message": "#{cardNo}", "messageOption": "text", "altTextOption": "pid", "messageEncoding": "UTF-8"},
			"locations": []any{members{"lat": 53.5459, "lon": 9.9669, "relevantText": "Your cup is close"}},
		},
		"passbookRedeem": members{"bgColor": "#777777", "logoText": "Used"},
		"passbookLang":   members{"fr": members{"text": members{"Beans": "Grains", "Member": "Membre"}}},
	}
}

// member is a pass of that template.
func member(template, own string) members {
	return members{"templateName": template, "userDefinedId": own, "recoveryEmail": "ana@customer.example", "expiryDate": "2037-06-30T22:00:00Z",
		"dynamicData":       members{"beans": 12, "holder": "Ana Sol", "cardNo": "77001044"},
		"dynamicBackfields": members{"offers": []any{members{"label": "Friday", "value": "Two for one"}}},
		"passbook":          members{"groupId": "gold", "fgColor": "#FFF8E7"}}
}

// prepared makes a campaign with a template of the same name and an icon.
func (a *account) prepared(t testing.TB, name string) {
	t.Helper()
	a.send(t, "POST", "/v2/campaigns", a.campaign(name)).Status(t, 200)
	a.templated(t, name, card(name, name))
}

func (a *account) templated(t testing.TB, name string, body members) {
	t.Helper()
	form, kind := upload(t, "jsonBody", body, "passbook-IconFile", compattest.Picture(87, 87))
	got := a.send(t, "POST", "/v2/templates", form, kind).Status(t, 200)
	if want := `{"name":"` + name + `"}`; string(got.Body) != want {
		t.Fatalf("%s, want %s", got.Body, want)
	}
}

// issue makes a pass and returns its id.
func (a *account) issue(t testing.TB, body members) string {
	t.Helper()
	var made struct{ ID string }
	a.send(t, "POST", "/v2/passes", body).Status(t, 200).JSON(t, &made)
	return made.ID
}

// pass is a pass as clients read it.
func (a *account) pass(t testing.TB, id string) map[string]any {
	t.Helper()
	var out map[string]any
	a.send(t, "GET", "/v2/passes/"+id, nil).Status(t, 200).JSON(t, &out)
	return out
}

func (a *account) issued(id string) compattest.Issued {
	return compattest.Issued{SerialNumber: id, ID: id, URL: servertest.BaseURL + root + "/p-" + id + ".pkpass"}
}

// document is pass.json of a pass.
func (a *account) document(t testing.TB, id string) map[string]any {
	t.Helper()
	return decoded(t, a.file(t, id).Contents.Files["pass.json"].Data)
}

// file is the signed file of a pass, judged by nobody.
func (a *account) file(t testing.TB, id string) signer.Report {
	t.Helper()
	got := a.Anonymous().Get(t, root+"/p-"+id+".pkpass").Status(t, 200)
	r, err := signer.Lint(got.Body, a.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func decoded(t testing.TB, raw []byte) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

// fails compares an error body to the byte.
func fails(t testing.TB, got *servertest.Answer, status int, text string) {
	t.Helper()
	want, _ := json.Marshal(map[string]string{"error": text})
	if got.Code != status || string(got.Body) != string(want) || got.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%d %s %s, want %d %s", got.Code, got.Header.Get("Content-Type"), got.Body, status, want)
	}
}
