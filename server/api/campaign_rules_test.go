package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestCampaignRules sets every rule, reads it back and takes it away.
func TestCampaignRules(t *testing.T) {
	s := servertest.New(t)
	rules := `"description": "Ten cups, one free", "language": "de", "timeZone": "Europe/Berlin", "starts": "2026-01-01T00:00:00+01:00", "ends": "2036-12-31T23:59:59Z",
		"maxIssued": 5000, "perPerson": 2, "unique": "email", "numbering": {"kind": "sequential", "prefix": "C", "digits": 8, "next": 100},
		"expiry": {"at": "2037-01-01T00:00:00Z"}, "sharingProhibited": true, "letter": {"text": "Here it is", "languages": {"fr": {"subject": "Voilà"}}}, "meta": {"costCentre": 4410, "tags": [1.50, null]}`
	made := s.Post(t, "/api/v1/campaigns", `{"name": "Coffee", "passTypeIdentifier": "`+servertest.PassTypeIdentifier+`", "state": "draft", `+rules+`}`).Status(t, 201)
	made.Golden(t, "campaign-rules.json")
	var c struct{ ID string }
	made.JSON(t, &c)
	path := "/api/v1/campaigns/" + c.ID
	s.Patch(t, path, `{"description": null, "language": null, "timeZone": null, "starts": null, "ends": null, "maxIssued": null, "perPerson": null,
		"unique": null, "numbering": null, "expiry": null, "sharingProhibited": null, "letter": null, "meta": null}`).Status(t, 200)
	s.Get(t, path).Status(t, 200).Golden(t, "campaign-plain.json")
	s.Patch(t, path, "{"+rules+"}").Status(t, 200)
	s.Patch(t, path, `{"state": "invalid"}`).Fails(t, 409, "state_move").Golden(t, "campaign-move.json")
}

func TestCampaignRulesAreRefused(t *testing.T) {
	s := newShop(t)
	tests := []struct {
		body, code, path string
		status           int
	}{
		{`{"starts": "tomorrow"}`, "time_malformed", "/starts", 422},
		{`{"timeZone": "Mars/Base"}`, "time_zone_unknown", "/timeZone", 422},
		{`{"ends": "2020-01-01T00:00:00Z"}`, "ends_past", "/ends", 422},
		{`{"ends": "1960-01-01T00:00:00Z"}`, "date_range", "/ends", 422},
		{`{"numbering": {"kind": "fixed"}}`, "numbering_fixed", "/numbering/fixed", 422},
		{`{"numbering": {"kind": "random", "lenght": 8}}`, "unknown_field", "/numbering/lenght", 400},
		{`{"expiry": {"at": "soon"}}`, "time_malformed", "/expiry/at", 422},
		{`{"expiry": {"afterIssueDays": -1}}`, "expiry_days", "/expiry/afterIssueDays", 422},
		{`{"letter": {"languages": {"Deutsch": {}}}}`, "language_unknown", "/letter/languages/Deutsch", 422},
		{`{"letter": {"languages": {"de": {"body": "x"}}}}`, "unknown_field", "/letter/languages/de/body", 400},
		{`{"letter": {"languages": {"de": {"text": 1}}}}`, "wrong_type", "/letter/languages/de/text", 400},
		{`{"meta": "x"}`, "meta_malformed", "/meta", 422},
		{`{"meta": {"x": "` + strings.Repeat("x", 16<<10) + `"}}`, "meta_large", "", 413},
		{`{"state": "open"}`, "state_unknown", "/state", 422},
	}
	for _, tt := range tests {
		t.Run(tt.body[:min(len(tt.body), 40)], func(t *testing.T) {
			p := s.do("PATCH", "/campaigns/"+s.campaign, tt.body).fails(tt.status, tt.code)
			if tt.path != "" && (len(p.Errors) != 1 || p.Errors[0].Path != tt.path) {
				t.Errorf("errors %+v", p.Errors)
			}
		})
	}
}

// TestOneFullCampaign: the refusal says how many, the limit of a template too.
func TestOneFullCampaign(t *testing.T) {
	s := newShop(t)
	s.do("PATCH", "/campaigns/"+s.campaign, `{"maxIssued": 1}`).is(200)
	s.issue(`{}`)
	p := s.do("POST", s.passes(), `{}`).fails(409, "campaign_full")
	contains(t, p.Detail, "has issued 1", "maxIssued")
	s.do("PATCH", "/campaigns/"+s.campaign, `{"maxIssued": null}`).is(200)
	s.do("PATCH", "/templates/"+s.template, `{"maxIssued": 1, "ends": "2100-01-01T00:00:00Z"}`).is(200)
	contains(t, string(s.do("GET", "/templates/"+s.template, nil).is(200).body), `"maxIssued":1`, `"ends":"2100-01-01T00:00:00Z"`)
	s.do("POST", s.passes(), `{}`).fails(409, "template_full")
	s.do("PATCH", "/templates/"+s.template, `{"maxIssued": null, "ends": null}`).is(200)
	s.issue(`{}`)
}

// TestCodesInEveryForm uploads the same codes in all media types.
func TestCodesInEveryForm(t *testing.T) {
	s := newShop(t)
	s.do("PATCH", "/campaigns/"+s.campaign, `{"numbering": {"kind": "list"}}`).is(200)
	uploads := []struct{ media, text, want string }{
		{"application/json", `["A1", "B,2", "A1"]`, `{"added":2,"known":1,"free":2}`},
		{"text/plain; charset=utf-8", "\ufeffA1\r\n\r\n  B,2  \nC3", `{"added":1,"known":2,"free":3}`},
		{"text/csv", "Code,owner\nA1,x\n\"B,2\",y\nD4\n", `{"added":1,"known":2,"free":4}`},
		{"text/csv", "A1;x\nE5;y;z\n", `{"added":1,"known":1,"free":5}`},
	}
	for _, u := range uploads {
		w := s.with("Content-Type", u.media, "POST", "/campaigns/"+s.campaign+"/codes", u.text).is(200)
		if got := strings.TrimSpace(string(w.body)); got != u.want {
			t.Errorf("%s: %s, want %s", u.media, got, u.want)
		}
	}
	for _, want := range []string{"A1", "B,2", "C3", "D4", "E5"} {
		if got := s.do("POST", s.passes(), `{}`).is(201).text("code"); got != want {
			t.Errorf("code %q, want %q", got, want)
		}
	}
	s.do("POST", s.passes(), `{}`).fails(409, "code_list_empty")
	contains(t, string(s.do("GET", "/campaigns/"+s.campaign, nil).is(200).body), `"freeCodes":0`)
}

func TestCodesThatCannotBeRead(t *testing.T) {
	s := newShop(t)
	s.do("PATCH", "/campaigns/"+s.campaign, `{"numbering": {"kind": "list"}}`).is(200)
	tests := []struct {
		media, text, code string
		status            int
	}{
		{"application/json", `{"codes": []}`, "wrong_type", 400},
		{"application/json", `[1]`, "wrong_type", 400},
		{"text/csv", "A\n\"B", "invalid_csv", 400},
		{"text/plain", "A\n\xff", "code", 422},
		{"application/xml", "<a/>", "unsupported_media_type", 415},
		{"text/plain", strings.Repeat("A", 8<<20+1), "body_too_large", 413},
	}
	for _, tt := range tests {
		w := s.with("Content-Type", tt.media, "POST", "/campaigns/"+s.campaign+"/codes", tt.text)
		if p := decode[problem](w); w.status != tt.status || p.Code != tt.code {
			t.Errorf("%s %.20q: %d %s, want %d %s", tt.media, tt.text, w.status, w.body, tt.status, tt.code)
		}
	}
}

// TestManyCodes uploads as many as a call may have.
func TestManyCodes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s := newShop(t)
	s.do("PATCH", "/campaigns/"+s.campaign, `{"numbering": {"kind": "list"}}`).is(200)
	var text strings.Builder
	for n := range 100_000 {
		fmt.Fprintf(&text, "CODE-%d\n", n*7919%100_003)
	}
	w := s.with("Content-Type", "text/plain", "POST", "/campaigns/"+s.campaign+"/codes", text.String()).is(200)
	contains(t, string(w.body), `"added":100000`)
	if got := s.do("POST", s.passes(), `{}`).is(201).text("code"); got != "CODE-0" {
		t.Errorf("code %s", got)
	}
	text.WriteString("one more")
	s.with("Content-Type", "text/plain", "POST", "/campaigns/"+s.campaign+"/codes", text.String()).fails(413, "too_many_codes")
}

// TestFindByCode: tills may too, but not list.
func TestFindByCode(t *testing.T) {
	s := newShop(t)
	s.do("PATCH", "/campaigns/"+s.campaign, `{"numbering": {"kind": "given"}}`).is(200)
	first := s.issue(`{"code": "K-1", "tags": ["x"]}`)
	s.issue(`{"code": "K-2", "document": {"barcodes": [{"format": "PKBarcodeFormatQR", "message": "K-1", "messageEncoding": "iso-8859-1"}]}}`)
	s.do("POST", s.passes(), `{"code": "K-1"}`).fails(409, "code_taken")
	for query, want := range map[string]int{"code=K-1": 1, "code=K-1&tag=x": 1, "code=K-1&tag=y": 0, "code=K-3": 0, "code=K-1&campaign=" + s.campaign: 1} {
		w := s.do("GET", "/passes?"+query, nil).is(200)
		got := decode[struct{ Items []struct{ ID string } }](w).Items
		if len(got) != want || want == 1 && got[0].ID != first {
			t.Errorf("%s: %s", query, w.body)
		}
	}
	r := s.request("GET", "/passes?code=K-1", nil)
	r.Header.Set("Authorization", "Bearer "+s.key(s.org, store.Scanner))
	s.call(r).is(http.StatusOK)
}

func TestInvalidate(t *testing.T) {
	s := newShop(t)
	pass := "/passes/" + s.issue(`{}`)
	contains(t, string(s.do("POST", pass+"/invalidate", nil).is(200).body), `"invalid":true`, `"invalidAt":"20`)
	s.do("POST", pass+"/invalidate", nil).is(200)
	s.do("PATCH", pass, `{"values": {"stamps": 1}}`).fails(409, "pass_invalid")
	s.do("POST", pass+"/unvoid", nil).is(200) // it is not void, so that changes nothing
	s.do("POST", pass+"/void", nil).fails(409, "pass_invalid")
}

// TestFixedCodeIsMissed: what is missing is asked for, and what is too much is not.
func TestFixedCodeIsMissed(t *testing.T) {
	s := newShop(t)
	for body, remedy := range map[string]string{
		`{"numbering": {"kind": "fixed"}}`:                 "say with fixed what every barcode says",
		`{"numbering": {"kind": "random", "fixed": "XY"}}`: "leave it out",
	} {
		p := s.do("PATCH", "/campaigns/"+s.campaign, body).fails(422, "numbering_fixed")
		if !strings.Contains(p.Detail, remedy) {
			t.Errorf("%s: %q says nothing of %q", body, p.Detail, remedy)
		}
	}
}

func TestPlaces(t *testing.T) {
	s := newShop(t)
	places := "/campaigns/" + s.campaign + "/places"
	before := s.do("GET", places, nil).is(200)
	w := s.with("If-Match", before.header.Get("ETag"), "PUT", places, `{"places": [{"latitude": 52.5, "longitude": 13.25, "relevantText": "Near"}, {"latitude": 52.50, "longitude": 13.25}],
		"beacons": [{"proximityUUID": "e2c56db5-dffb-48d2-b060-d0f5a71096e0", "major": 0}]}`).is(200)
	want := `{"places":[{"latitude":52.5,"longitude":13.25,"relevantText":"Near"}],"beacons":[{"proximityUUID":"e2c56db5-dffb-48d2-b060-d0f5a71096e0","major":0}]}`
	if got := strings.TrimSpace(string(w.body)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := strings.TrimSpace(string(s.do("GET", places, nil).is(200).body)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	s.with("If-Match", before.header.Get("ETag"), "PUT", places, `{}`).fails(412, "changed_meanwhile")
	for body, path := range map[string]string{
		`{"places": [{"latitude": 1}]}`:                    "/places/0",
		`{"places": [{"latitude": 1, "longitude": -181}]}`: "/places/0/longitude",
		`{"beacons": [{"proximityUUID": "x"}]}`:            "/beacons/0/proximityUUID",
	} {
		p := decode[problem](s.do("PUT", places, body).is(422))
		if len(p.Errors) != 1 || p.Errors[0].Path != path {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
}

// TestExpiresAndNear of a pass: given, changed, taken away.
func TestExpiresAndNear(t *testing.T) {
	s := newShop(t)
	s.do("PATCH", "/campaigns/"+s.campaign, `{"expiry": {"afterIssueDays": 1}}`).is(200)
	never := string(s.do("POST", s.passes(), `{"expires": null}`).is(201).body)
	if strings.Contains(never, `"expires"`) {
		t.Errorf("null leaves it to the campaign: %s", never)
	}
	w := s.do("POST", s.passes(), `{"expires": "2100-01-01T01:00:00+01:00", "near": {"latitude": 52.5, "longitude": -13.123456}}`).is(201)
	contains(t, string(w.body), `"expires":"2100-01-01T00:00:00Z"`, `"near":{"latitude":52.5,"longitude":-13.123456}`)
	pass := "/passes/" + w.text("id")
	contains(t, string(s.do("GET", pass+"/pass.json", nil).is(200).body), `"expirationDate":"2100-01-01T00:00:00Z"`)
	s.do("PATCH", pass, `{"expires": "soon"}`).fails(422, "time_malformed")
	s.do("PATCH", pass, `{"near": {"latitude": 91, "longitude": 0}}`).fails(422, "latitude")
	s.do("PATCH", pass, `{"near": {"latitude": 91}}`).fails(422, "coordinates_missing")
	plain := string(s.do("PATCH", pass, `{"expires": null, "near": null}`).is(200).body)
	if strings.Contains(plain, `"expires"`) || strings.Contains(plain, `"near"`) {
		t.Errorf("null takes nothing away: %s", plain)
	}
}
