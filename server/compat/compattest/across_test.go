package compattest_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// shop has clients of several services, all with one API key.
type shop struct {
	*servertest.Server
	key, secret string
}

type members = map[string]any

func newShop(t *testing.T, options ...servertest.Option) *shop {
	t.Helper()
	s := &shop{Server: servertest.New(t, options...)}
	key, secret, err := s.Access.Create(t.Context(), access.NewKey{Name: "shop", Role: store.Admin})
	if err != nil {
		t.Fatal(err)
	}
	s.key, s.secret = key.ID.Short(), secret
	return s
}

// passworks, passtools and passkit make a request as a client of that service.
func (s *shop) passworks(t *testing.T, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	pair := base64.StdEncoding.EncodeToString([]byte(s.key + ":" + s.secret))
	return s.Anonymous().Send(t, method, "/passworks/v2"+path, body, append(headers, "Authorization: Basic "+pair)...)
}

func (s *shop) passtools(t *testing.T, method, path string, body any) *servertest.Answer {
	t.Helper()
	return s.Anonymous().Send(t, method, "/passtools/v1"+path+"?api_key="+s.key+"."+s.secret, body, "Api-Revision: 1.2", "Content-Type: application/json")
}

func (s *shop) passkit(t *testing.T, method, path string) *servertest.Answer {
	t.Helper()
	claims := fmt.Sprintf(`{"key":%q,"exp":%d}`, s.key, s.Clock.Now().Add(30*time.Second).Unix())
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write([]byte(signed))
	return s.Anonymous().Send(t, method, "/passkit/v2"+path, nil, "Authorization: PKAuth "+signed+"."+base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

// TestVisitors: what a visitor writes into the address of a campaign's page is never taken
// for what a client of a service keeps with the pass.
func TestVisitors(t *testing.T) {
	s := newShop(t)
	c := s.Campaign(t)
	links, err := s.Issuer.CreateLinks(t.Context(), s.Actor, c.ID, []issuer.NewLink{{}}, issuer.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	s.Anonymous().Get(t, "/c/"+links[0].Slug+`.pkpass?passkit={"recoveryEmail":"thief@example.org"}&passtools=garbage&source=poster`)
	var p store.Pass
	if err := s.Store.View(t.Context(), func(r store.Reader) error {
		all, _, err := r.Passes(store.PassFilter{Org: s.Actor.Org, Campaign: c.ID}, store.Page{})
		p = all[0]
		return err
	}); err != nil || len(p.Meta) != 1 || p.Meta["source"] != "poster" {
		t.Fatalf("of the visit is kept %v, %v", p.Meta, err)
	}
	if got := s.passkit(t, "GET", "/passes/"+p.PublicID).Status(t, 200); strings.Contains(string(got.Body), "thief") {
		t.Errorf("PassKit has %s", got.Body)
	}
	s.passtools(t, "GET", "/pass/"+p.ID.Decimal(), nil).Status(t, 200)
}

// page is what a visitor of a pass's page gets.
func (s *shop) page(t *testing.T, p store.Pass) string {
	t.Helper()
	return string(s.Anonymous().Get(t, "/p/"+p.PublicID).Status(t, 200).Body)
}

// record is the pass with a serial number.
func (s *shop) record(t *testing.T, serial string) store.Pass {
	t.Helper()
	return compattest.Record(t, s.Server, compattest.Issued{SerialNumber: serial})
}

// shows checks that every service tells of p as it is: the text on it, and how often it
// was redeemed.
func (s *shop) shows(t *testing.T, p store.Pass, text string, uses int) {
	t.Helper()
	serial := `"` + p.SerialNumber + `"`
	number := fmt.Sprint(uint64(p.ID))
	for who, body := range map[string]string{
		"native":     string(s.Get(t, "/api/v1/passes/"+p.ID.Short()).Status(t, 200).Body),
		"PassTools":  string(s.passtools(t, "GET", "/pass/"+number, nil).Status(t, 200).Body),
		"the phone":  string(s.Get(t, "/api/v1/passes/"+p.ID.Short()+"/pass.json").Status(t, 200).Body),
		"PassTools'": string(s.passtools(t, "GET", "/pass/"+number+"/viewJSONPass", nil).Status(t, 200).Body),
	} {
		if !strings.Contains(body, text) || !strings.Contains(body, serial) {
			t.Errorf("%s does not show %q of %s: %s", who, text, serial, body)
		}
	}
	if !strings.Contains(s.page(t, p), "/p/"+p.PublicID+".pkpass") {
		t.Error("the page does not lead to the pass")
	}
	var card struct{ IsRedeemed bool }
	s.passkit(t, "GET", "/passes/"+p.PublicID).Status(t, 200).JSON(t, &card)
	if card.IsRedeemed != (uses > 0) {
		t.Errorf("PassKit says redeemed %t after %d redemptions", card.IsRedeemed, uses)
	}
	var ledger struct{ Items []json.RawMessage }
	s.Get(t, "/api/v1/passes/"+p.ID.Short()+"/ledger").Status(t, 200).JSON(t, &ledger)
	if len(ledger.Items) != uses {
		t.Errorf("the ledger has %d entries, want %d", len(ledger.Items), uses)
	}
}

// TestAcross: what a client of one service makes, changes and redeems, clients of the
// others see.
func TestAcross(t *testing.T) {
	s := newShop(t)
	icon, contentType := upload(t, "icon", compattest.Picture(87, 87))
	var asset, campaign, made struct {
		ID           string `json:"id"`
		SerialNumber string `json:"serial_number"`
	}
	s.passworks(t, "POST", "/assets", icon, "Content-Type: "+contentType).Status(t, 201).JSON(t, &asset)
	s.passworks(t, "POST", "/coupons", members{"coupon": members{"name": "Loaf week", "icon_id": asset.ID, "code_type": "sequencial",
		"barcode":          members{"format": "qrcode"},
		"primary_fields":   []any{members{"key": "deal", "label": "ON ALL SOURDOUGH", "value": "2 for 1"}},
		"auxiliary_fields": []any{members{"key": "holder", "label": "FOR", "value": "", "behaviour": "dynamic"}}}}).Status(t, 201).JSON(t, &campaign)
	holder := func(name string) members {
		return members{"pass": members{"auxiliary_fields": []any{members{"key": "holder", "value": name}}}}
	}
	passes := "/coupons/" + campaign.ID + "/passes"
	s.passworks(t, "POST", passes, holder("Mira Okafor")).Status(t, 201).JSON(t, &made)
	p := s.record(t, made.SerialNumber)
	s.shows(t, p, "Mira Okafor", 0)

	s.passworks(t, "PUT", passes+"/"+made.ID, holder("Mira Lund")).Status(t, 200)
	s.shows(t, p, "Mira Lund", 0)

	s.passworks(t, "POST", passes+"/"+made.ID+"/redeem", nil).Status(t, 200)
	s.shows(t, p, "Mira Lund", 1)
	s.Post(t, "/api/v1/passes/"+p.ID.Short()+"/redemptions", `{"place": "Till 2"}`).Status(t, 409)

	var second struct {
		SerialNumber string `json:"serial_number"`
		ID           string `json:"id"`
	}
	s.passworks(t, "POST", passes, holder("Jo")).Status(t, 201).JSON(t, &second)
	q := s.record(t, second.SerialNumber)
	s.Post(t, "/api/v1/passes/"+q.ID.Short()+"/redemptions", `{"place": "Till 2"}`).Status(t, 201)
	s.shows(t, q, "Jo", 1)
	s.passworks(t, "POST", passes+"/"+second.ID+"/redeem", nil).Status(t, 412)
}

// TestCallsOfClients: the report of a key counts its calls of every service, that of a campaign
// those that changed a pass of it.
func TestCallsOfClients(t *testing.T) {
	s := newShop(t)
	p := s.Issue(t, s.Campaign(t), servertest.Values{})
	calls := func(of string) int64 {
		if err := s.Issuer.FlushSeen(t.Context()); err != nil {
			t.Fatal(err)
		}
		var report struct{ Totals struct{ Calls int64 } }
		s.Get(t, "/api/v1/reports?"+of).Status(t, 200).JSON(t, &report)
		return report.Totals.Calls
	}
	key, campaign := "key="+s.key, "campaign="+p.Campaign.Short()
	for _, c := range []struct {
		service string
		of      string // what counts the call
		call    func() *servertest.Answer
	}{
		{"Passworks", key, func() *servertest.Answer { return s.passworks(t, "GET", "/coupons", nil) }},
		{"PassTools", key, func() *servertest.Answer { return s.passtools(t, "GET", "/template/headers", nil) }},
		{"PassKit", key, func() *servertest.Answer { return s.passkit(t, "GET", "/campaigns") }},
		{"WalletKit", key, func() *servertest.Answer {
			return s.Anonymous().Send(t, "GET", "/walletkit/v1/passes", nil, "brand-id: "+s.key, "api-key: "+s.secret)
		}},
		{"PassTools", campaign, func() *servertest.Answer {
			return s.passtools(t, "PUT", fmt.Sprintf("/pass/%d/tags", uint64(p.ID)), members{"tags": []string{"regular"}})
		}},
		{"PassKit", campaign, func() *servertest.Answer { return s.passkit(t, "PUT", "/passes/"+p.PublicID+"/redeem") }},
	} {
		before := calls(c.of)
		if a := c.call(); a.Code != 200 {
			t.Errorf("%s answered %d: %s", c.service, a.Code, a.Body)
		} else if got := calls(c.of); got != before+1 {
			t.Errorf("a call of %s made %d calls for %s, want 1", c.service, got-before, c.of)
		}
	}
}

// TestAcrossFromPassTools: a pass of a client of PassTools is one of the other services',
// too.
func TestAcrossFromPassTools(t *testing.T) {
	s := newShop(t)
	text := func(kind, label, value string) members {
		return members{"fieldType": kind, "formatType": "String", "label": label, "value": value, "required": false, "order": 1}
	}
	var template struct{ TemplateID json.Number }
	s.passtools(t, "POST", "/template", members{"name": "Ferry", "description": "Day ticket", "type": "generic",
		"headers": members{"description": members{"fieldType": "topLevel", "formatType": 1, "value": "Day ticket"},
			"organization_name": members{"fieldType": "topLevel", "formatType": 1, "value": "Quayside"}},
		"fields": members{"Berth": text("header", "Berth", "4"), "To": text("primary", "To", "Gull Island")}}).Status(t, 200).JSON(t, &template)
	var made struct{ SerialNumber, ID string }
	s.passtools(t, "POST", "/pass/"+template.TemplateID.String(), members{"headers": members{}, "fields": members{"To": members{"value": "Seal Rock"}}}).Status(t, 200).JSON(t, &made)
	p := s.record(t, made.SerialNumber)
	s.shows(t, p, "Seal Rock", 0)
	address := "/generics/" + p.Campaign.UUID() + "/passes/" + p.ID.UUID()
	var seen struct {
		SerialNumber  string                               `json:"serial_number"`
		PrimaryFields []struct{ Key, Label, Value string } `json:"primary_fields"`
		RedeemedCount int                                  `json:"redeemed_count"`
	}
	s.passworks(t, "GET", address, nil).Status(t, 200).JSON(t, &seen)
	if seen.SerialNumber != p.SerialNumber || len(seen.PrimaryFields) != 1 || seen.PrimaryFields[0].Value != "Seal Rock" || seen.RedeemedCount != 0 {
		t.Errorf("Passworks shows %+v", seen)
	}
	s.passworks(t, "PUT", address, members{"pass": members{"primary_fields": []any{members{"key": seen.PrimaryFields[0].Key, "value": "Egg Rock"}}}}).Status(t, 200)
	s.shows(t, p, "Egg Rock", 0)
	s.Post(t, "/api/v1/passes/"+p.ID.Short()+"/redemptions", `{"place": "Pier"}`).Status(t, 201)
	s.shows(t, p, "Egg Rock", 1)
	if s.passworks(t, "GET", address, nil).Status(t, 200).JSON(t, &seen); seen.RedeemedCount != 1 {
		t.Errorf("Passworks counts %d redemptions, want 1", seen.RedeemedCount)
	}
}

// TestOrganisation is what passes show whose clients name nobody.
func TestOrganisation(t *testing.T) {
	s := newShop(t, servertest.Config(func(c *server.Config) { c.Organisation = "Harbour Coffee" }))
	var template struct{ TemplateID json.Number }
	s.passtools(t, "POST", "/template", members{"name": "Ferry", "description": "Day ticket", "type": "generic", "headers": members{}, "fields": members{}}).Status(t, 200).JSON(t, &template)
	var made struct{ SerialNumber string }
	s.passtools(t, "POST", "/pass/"+template.TemplateID.String(), members{}).Status(t, 200).JSON(t, &made)
	if got := s.Download(t, s.record(t, made.SerialNumber)).Document.OrganizationName; got != "Harbour Coffee" {
		t.Errorf("a pass of PassTools is from %q", got)
	}
	icon, contentType := upload(t, "icon", compattest.Picture(87, 87))
	var asset, campaign struct{ ID string }
	s.passworks(t, "POST", "/assets", icon, "Content-Type: "+contentType).Status(t, 201).JSON(t, &asset)
	s.passworks(t, "POST", "/coupons", members{"coupon": members{"name": "Loaf week", "icon_id": asset.ID}}).Status(t, 201).JSON(t, &campaign)
	var pass struct {
		SerialNumber string `json:"serial_number"`
	}
	s.passworks(t, "POST", "/coupons/"+campaign.ID+"/passes", members{}).Status(t, 201).JSON(t, &pass)
	if got := s.Download(t, s.record(t, pass.SerialNumber)).Document.OrganizationName; got != "Harbour Coffee" {
		t.Errorf("a pass of Passworks is from %q", got)
	}
}

// upload is a picture as Passworks' clients send it, and its media type.
func upload(t *testing.T, kind string, file []byte) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	part, err := w.CreateFormFile("asset[file]", kind+".png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteField("asset[asset_type]", kind); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), w.FormDataContentType()
}
