package passworks_test

import (
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

// client plays the story of every dialect, and its requests are the recorded ones.
type client struct {
	*account
	campaign string
	code     string // of the first pass
	issued   int
}

func TestStory(t *testing.T) {
	a := newAccount(t)
	compattest.Run(t, a.Server, &client{account: a})
}

// loaf is the coupon of the service's documents in words of our own.
func loaf() members {
	return members{
		"name": "Autumn loaf week", "logo_text": "Fern & Finch",
		"background_color": "#2F5D50", "text_color": "rgb(253, 246, 227)", "label_color": "#cfe0c3", "barcode": members{"format": "qrcode"}, "code_type": "sequencial",
		"primary_fields": []any{members{"key": "deal", "label": "ON ALL SOURDOUGH", "value": "2 for 1"}},
		"auxiliary_fields": []any{
			members{"key": "holder", "label": "FOR", "value": "", "behaviour": "dynamic"},
			members{"key": "until", "label": "UNTIL", "value": "31 October"},
		},
		"locations": []any{members{"latitude": 52.3702, "longitude": "4.8952", "relevant_text": "Fresh loaves around the corner"}},
		"user_info": members{"source": "till-2"},
	}
}

func (c *client) Intrude(t testing.TB) {
	nobody := c.record
	nobody.Headers = nil
	const denied = "API username or API key is missing or wrong."
	for name, headers := range map[string][]string{
		"refused-without": nil, "refused-password": {basic("till", "wrong")}, "refused-scheme": {"Authorization: Bearer till"},
	} {
		got := nobody.Send(t, name, "GET", base+"/coupons", nil, headers...)
		fails(t, got, 401, denied, `{"base":"`+denied+`"}`)
		if got.Header.Get("WWW-Authenticate") != `Basic realm="Passworks API"` {
			t.Errorf("%s: the challenge is %q", name, got.Header.Get("WWW-Authenticate"))
		}
	}
}

func (c *client) Prepare(t testing.TB) {
	body, contentType := form(t, "icon", compattest.Picture(118, 118))
	icon := id(t, c.record.Send(t, "asset-create", "POST", base+"/assets", body, "Content-Type: "+contentType).Status(t, 201))
	made := c.record.Send(t, "campaign-create", "POST", base+"/coupons", members{"coupon": with(loaf(), members{"icon_id": icon, "strip_id": c.asset(t, "strip", 640, 246)})})
	c.campaign = id(t, made.Status(t, 201))
}

func (c *client) passes() string { return base + "/coupons/" + c.campaign + "/passes" }

func (c *client) Issue(t testing.TB) compattest.Issued {
	body := members{"pass": members{"auxiliary_fields": []any{members{"key": "holder", "value": "Mira Okafor"}}}}
	if c.issued++; c.issued > 1 {
		return issued(t, c.sendTo(t, "POST", c.passes(), body).Status(t, 201))
	}
	got := c.record.Send(t, "pass-create", "POST", c.passes(), body).Status(t, 201)
	c.code, _ = object(t, got)["redeem_code"].(string)
	return issued(t, got)
}

// issued is what an answer about a pass says of it.
func issued(t testing.TB, a *servertest.Answer) compattest.Issued {
	t.Helper()
	var p struct {
		ID     string
		Serial string `json:"serial_number"`
		URL    string `json:"pkpass_url"`
	}
	a.JSON(t, &p)
	return compattest.Issued{SerialNumber: p.Serial, URL: p.URL, ID: p.ID}
}

func (c *client) Change(t testing.TB, p compattest.Issued) string {
	c.record.Send(t, "pass-update", "PATCH", c.passes()+"/"+p.ID, members{"pass": members{"auxiliary_fields": []any{members{"key": "until", "value": "7 November"}}}}).Status(t, 200)
	return "7 November"
}

func (c *client) Redeem(t testing.TB, p compattest.Issued) {
	got := object(t, c.record.Send(t, "redeem-code", "POST", base+"/coupons/"+c.campaign+"/redeem", members{"pass": members{"redeem_code": c.code, "comment": "till 2"}}).Status(t, 200))
	if got["id"] != p.ID || got["voided"] != true || got["redeemed_count"] != 1.0 {
		t.Errorf("redeemed: %v", got)
	}
}

func (c *client) RedeemAgain(t testing.TB, p compattest.Issued) {
	fails(t, c.record.Send(t, "redeem-again", "POST", c.passes()+"/"+p.ID+"/redeem", nil), 412, "Pass is voided", `{"pass":["is voided"]}`)
}

func (c *client) List(t testing.TB, all []compattest.Issued) {
	first := c.record.Send(t, "pass-list", "GET", c.passes()+"?page=1&per_page=2", nil).Status(t, 200)
	last := c.sendTo(t, "GET", c.passes()+"?page=2&per_page=2", nil).Status(t, 200)
	var ids []string
	for _, page := range []*servertest.Answer{first, last} {
		for _, p := range list(t, page) {
			ids = append(ids, p["id"].(string))
		}
	}
	if want := all[0].ID + all[1].ID + all[2].ID; strings.Join(ids, "") != want {
		t.Errorf("listed are %v, want %v", ids, want)
	}
	if first.Header.Get("X-Next-Page") != "2" || first.Header.Get("X-Total") != "3" || last.Header["X-Next-Page"] != nil || last.Header.Get("X-Prev-Page") != "1" {
		t.Errorf("the pages say %v and %v", first.Header, last.Header)
	}
	if got := list(t, c.record.Send(t, "campaign-list", "GET", base+"/coupons", nil).Status(t, 200)); len(got) != 1 || got[0]["id"] != c.campaign || got[0]["redeem_count"] != 1.0 {
		t.Errorf("campaigns: %v", got)
	}
}

func (c *client) Delete(t testing.TB, p compattest.Issued) compattest.Deleted {
	c.record.Send(t, "pass-delete", "DELETE", c.passes()+"/"+p.ID, members{}).Status(t, 200)
	fails(t, c.record.Send(t, "pass-deleted", "GET", c.passes()+"/"+p.ID, nil), 404, "Pass not found.", `{"pass":"Pass not found."}`)
	return compattest.Gone
}
