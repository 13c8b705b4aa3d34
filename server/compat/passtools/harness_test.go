package passtools_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/signer"
	"pocketpass/store"
)

const base = "/passtools/v1"

// members is a JSON object.
type members = map[string]any

// account is a client of the service.
type account struct {
	*servertest.Server
	key      string // of the role admin
	pictures string // address
	record   compattest.Recorder
}

func newAccount(t testing.TB, options ...servertest.Option) *account {
	t.Helper()
	a := &account{Server: servertest.New(t, append([]servertest.Option{compattest.AllowLoopback()}, options...)...), pictures: compattest.Pictures(t)}
	a.key = a.newKey(t, store.Admin)
	a.record = compattest.Recorder{Service: "passtools", Caller: a.Anonymous(), Secrets: []string{a.key, url.QueryEscape(a.key)}, Masks: masks}
	return a
}

// newKey is the api_key of a new key.
func (a *account) newKey(t testing.TB, role store.Role) string {
	t.Helper()
	key, secret, err := a.Access.Create(t.Context(), access.NewKey{Name: "shop", Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return key.ID.Short() + "." + secret
}

// stranger is the key of another organisation.
func (a *account) stranger(t testing.TB, name string) string {
	t.Helper()
	_, key, secret, err := a.Access.CreateOrganisation(t.Context(), name, access.Once{})
	if err != nil {
		t.Fatal(err)
	}
	return key.ID.Short() + "." + secret
}

var masks = []compattest.Mask{
	{Pattern: regexp.MustCompile(`127\.0\.0\.1%3A[0-9]+`), With: "pictures.example.org"},
	{Pattern: regexp.MustCompile(`\b[0-9]{13,16}\b`), With: "<number>"},
	{Pattern: regexp.MustCompile(`("authenticationToken": ")[^"]+`), With: "$1<token>"},
	{Pattern: regexp.MustCompile(`("contextId": ")[^"]+`), With: "$1<random>"},
	{Pattern: regexp.MustCompile(`\(a file of [a-z/.+-]+[^)]*\)`), With: "(a file)"},
}

// Kinds of clients, by how they send what they send.
const (
	formType   = "Content-Type: application/x-www-form-urlencoded"
	latinType  = "Content-Type: application/x-www-form-urlencoded; charset=ISO-8859-1"
	jsonType   = "Content-Type: application/json"
	rev10      = "Api-Revision: 1.0"
	rev11      = "Api-Revision: 1.1"
	rev12      = "Api-Revision: 1.2"
	noEncoding = "Content-Encoding: UTF-8"
)

// send makes a request as most clients do: the key in the query, and of what has a body in
// a form with it.
func (a *account) send(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return a.sendAs(t, a.key, method, path, body, headers...)
}

func (a *account) sendAs(t testing.TB, key, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	path, content, headers := request(t, key, path, body, headers)
	return a.Anonymous().Send(t, method, path, content, headers...)
}

// keep makes a request whose answer is kept in testdata/compat/passtools. Its body is plain
// JSON, for those who read it.
func (a *account) keep(t testing.TB, name, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	path, _, _ = request(t, a.key, path, nil, nil)
	if body != nil {
		headers = append([]string{jsonType}, headers...)
	}
	return a.record.Send(t, name, method, path, body, headers...)
}

// request is how most clients write one. A body that is a string is a form already.
func request(t testing.TB, key, path string, body any, headers []string) (string, any, []string) {
	t.Helper()
	if body == nil {
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		return base + path + mark + "api_key=" + key, nil, headers
	}
	text, ok := body.(string)
	if !ok {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = "json=" + url.QueryEscape(string(raw))
	}
	return base + path, text + "&api_key=" + key, append([]string{formType}, headers...)
}

// decoded is an answer as an object.
func decoded(t testing.TB, a *servertest.Answer) (out members) {
	t.Helper()
	a.Status(t, 200).JSON(t, &out)
	return out
}

// ferry is the template of the service's documents in words of our own.
func (a *account) ferry() members {
	return members{"name": "Quayside Day Ticket", "description": "Quayside Ferries day ticket", "type": "boardingPass",
		"headers": members{
			"logo_text":        members{"formatType": 1, "fieldType": "topLevel", "value": "Quayside Ferries"},
			"icon_image":       members{"formatType": 1, "fieldType": "topLevel", "value": a.pictures + "/87x87.png"},
			"logo_image":       members{"formatType": 1, "fieldType": "topLevel", "value": a.pictures + "/480x150.png"},
			"footer_image":     members{"formatType": 1, "fieldType": "image", "value": a.pictures + "/858x45.png"},
			"transitType":      members{"formatType": 1, "fieldType": "passTop", "value": "transitTypeBoat"},
			"background_color": members{"formatType": 1, "fieldType": "topLevel", "value": "rgb(12,70,110)"},
			"barcode_type":     members{"formatType": 1, "fieldType": "barcode", "value": "PKBarcodeFormatPDF417"},
			"barcode_value":    members{"formatType": 1, "fieldType": "barcode", "value": "QF-000000"},
			"barcode_encoding": members{"formatType": 1, "fieldType": "barcode", "value": "iso-8859-1"},
		},
		"fields": members{
			"From": members{"formatType": "String", "fieldType": "primary", "order": 1, "label": "From", "value": "Old Pier",
				"textAlignment": "textAlignmentLeft", "changeMessage": "", "required": true, "hideEmpty": false},
			"To": members{"formatType": "String", "fieldType": "primary", "order": 2, "label": "To", "value": "Gull Island",
				"textAlignment": "textAlignmentNatural", "changeMessage": "", "required": false, "hideEmpty": false},
			"Berth #": members{"formatType": "Number", "fieldType": "header", "order": 1, "label": "Berth", "value": 4, "numberStyle": "numberStyleDecimal",
				"textAlignment": "textAlignmentNatural", "changeMessage": "Now leaving from berth %@", "required": false, "hideEmpty": false},
			"Conditions": members{"fieldType": "back", "label": "Conditions", "value": "No refunds"},
		}}
}

// voucher has a required field and no pictures.
func voucher() members {
	return members{"name": "Spring Voucher", "description": "Moss and Fern spring voucher", "type": "Coupon",
		"headers": members{"logo_text": members{"value": "Moss and Fern"}},
		"fields": members{
			"offer":      members{"fieldType": "primary", "label": "OFFER", "value": "", "changeMessage": "Your offer is now %@", "required": true},
			"secondary1": members{"fieldType": "secondary", "label": "VALID UNTIL", "value": "30 April"},
		}}
}

// template makes a template and returns its id.
func (a *account) template(t testing.TB, body members) string {
	t.Helper()
	var made struct{ TemplateID json.Number }
	a.send(t, "POST", "/template", body, rev12).Status(t, 200).JSON(t, &made)
	return made.TemplateID.String()
}

// offer is the document of a pass of the voucher.
func offer(value string) members { return members{"offer": members{"value": value}} }

// pass makes a pass of a template.
func (a *account) pass(t testing.TB, template string, body any) sent {
	t.Helper()
	var p sent
	a.send(t, "POST", "/pass/"+template, body, rev12).Status(t, 200).JSON(t, &p)
	return p
}

// sent is what tests read of a pass.
type sent struct {
	ID           string
	TemplateID   string
	ExternalID   string
	SerialNumber string
	URL          string
	Status       string
	Fields       map[string]attributes
	Headers      map[string]attributes
	PassFields   map[string]attributes
	Tags         []struct {
		ID        int64
		Tag, Name string
	}
	Around struct {
		Pass     []location `json:"passLevel"`
		Template []location `json:"templateLevel"`
	} `json:"passLocationFields"`
	Public struct {
		Path, Type string
		Used       bool
		Installs   int
	} `json:"publicUrl"`
}

type attributes struct {
	Value         any
	Label         string
	ChangeMessage *string
	FieldType     string
	TextAlignment string
	FormatType    any
}

type location struct {
	ID                  int64
	Latitude, Longitude float64
	RelevantText        string
}

func (a *account) get(t testing.TB, id string, headers ...string) sent {
	t.Helper()
	var p sent
	if len(headers) == 0 {
		headers = []string{rev12}
	}
	a.send(t, "GET", "/pass/"+id, nil, headers...).Status(t, 200).JSON(t, &p)
	return p
}

// document is pass.json of a pass.
func (a *account) document(t testing.TB, id string) members {
	t.Helper()
	return decoded(t, a.send(t, "GET", "/pass/"+id+"/viewJSONPass", nil))
}

// file is the signed file of a pass, judged.
func (a *account) file(t testing.TB, id string) signer.Report {
	t.Helper()
	return a.CheckPass(t, a.send(t, "GET", "/pass/"+id+"/download", nil).Status(t, 200).Body)
}

// fails checks an error body to the byte.
func fails(t testing.TB, a *servertest.Answer, status int, want string) {
	t.Helper()
	if a.Status(t, status); string(a.Body) != want+"\n" {
		t.Errorf("answered %s, want %s", a.Body, want)
	}
	if got := a.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("an error of the type %s", got)
	}
}

// Error bodies.
const (
	errUnauthorized = `{"code":401,"description":"Unauthorized","details":"api_key is missing or wrong"}`
	errNothing      = `{"code":404,"description":"Not Found","details":"nothing was found here!"}`
)

func errNotFound(what, id string) string {
	return fmt.Sprintf(`{"code":404,"description":"Not Found","details":"%s with id %s was not found!"}`, what, id)
}

func errRequest(details string) string {
	return fmt.Sprintf(`{"code":400,"description":"Invalid Request Parameters.","details":"%s"}`, details)
}

func errField(name, message string) string {
	return fmt.Sprintf(`{"code":406,"description":"Not Acceptable Request","details":"field errors","fieldErrors":[{"fieldName":"%s","message":"%s"}]}`, name, message)
}
