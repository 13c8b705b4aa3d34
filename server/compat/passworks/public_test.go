package passworks_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

// TestShortAddresses lead to the long ones, with what is behind them.
func TestShortAddresses(t *testing.T) {
	a := newAccount(t)
	c := object(t, a.send(t, "GET", "/coupons/"+a.campaign(t, "coupons", loaf()), nil).Status(t, 200))
	p := object(t, a.send(t, "POST", "/coupons/"+c["id"].(string)+"/passes", nil).Status(t, 201))
	d := c["distributions"].([]any)[0].(members)
	for short, long := range map[any]any{
		c["page_short_url"]: c["page_url"], c["pkpass_short_url"]: c["pkpass_url"], d["preview_short_url"]: d["preview_url"],
		c["page_short_url"].(string) + "?utm_source=mail": c["page_url"].(string) + "?utm_source=mail",
		c["page_short_url"].(string) + ".qrcode":          c["page_url"].(string) + ".qrcode",
		p["page_short_url"]:                               p["page_url"], p["pkpass_short_url"]: p["pkpass_url"],
	} {
		resp := a.visit(t, short)
		if resp.Code != 302 || resp.Header.Get("Location") != long {
			t.Errorf("%s: %d to %s, want %s", short, resp.Code, resp.Header.Get("Location"), long)
		}
	}
	for _, page := range []any{c["page_url"], p["page_url"]} {
		if resp := a.visit(t, page); resp.Code != 200 {
			t.Errorf("%s: %d", page, resp.Code)
		}
		for _, ending := range []string{".qrcode", ".png"} {
			resp := a.visit(t, page.(string)+ending)
			if _, err := png.Decode(bytes.NewReader(resp.Body)); err != nil || resp.Code != 200 {
				t.Errorf("%s%s: %d, %v", page, ending, resp.Code, err)
			}
		}
	}
	fails(t, a.Anonymous().Get(t, "/passworks/d/nothing-here"), 404, "Campaign not found.", `{"campaign":"Campaign not found."}`)
	fails(t, a.Anonymous().Get(t, "/passworks/s/nothing-here.pkpass"), 404, "Pass not found.", `{"pass":"Pass not found."}`)
	a.send(t, "DELETE", "/coupons/"+c["id"].(string)+"/passes/"+p["id"].(string), nil).Status(t, 200)
	if resp := a.visit(t, p["page_short_url"]); resp.Code != 404 {
		t.Errorf("the page of a deleted pass: %d", resp.Code)
	}
}

// TestOwnLook: javascript and stylesheet of a campaign stand on its page and on those of its
// passes; the script where the operator gave scripts a host, and nowhere else.
func TestOwnLook(t *testing.T) {
	const host = "https://forms.example.org"
	body := with(plain(t), members{"javascript": "document.title = '</script>'", "stylesheet": "h1 { color: red } </style>"})
	for name, at := range map[string]string{"a host for scripts": host, "none": servertest.BaseURL} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, servertest.Config(func(c *server.Config) {
				if at == host {
					c.Enrol.ScriptsHost = "forms.example.org"
				}
			}))
			c := object(t, a.send(t, "GET", "/coupons/"+a.campaign(t, "coupons", body), nil).Status(t, 200))
			p := object(t, a.send(t, "POST", "/coupons/"+c["id"].(string)+"/passes", nil).Status(t, 201))
			short := a.visit(t, p["page_short_url"])
			if short.Code != 302 || short.Header.Get("Location") != p["page_url"] {
				t.Errorf("the short address: %d to %s, want %s", short.Code, short.Header.Get("Location"), p["page_url"])
			}
			for _, address := range []any{c["page_url"], p["page_url"]} {
				path, ok := strings.CutPrefix(address.(string), at)
				page := a.Anonymous().At(at).Get(t, path).Status(t, 200)
				if !ok || !bytes.Contains(page.Body, []byte(path+".css?")) || bytes.Contains(page.Body, []byte(path+".js?")) != (at == host) || bytes.Contains(page.Body, []byte("color: red")) {
					t.Errorf("%s: %s", address, page.Body)
				}
				if css := a.Anonymous().At(at).Get(t, path+".css").Status(t, 200); string(css.Body) != body["stylesheet"] {
					t.Errorf("the stylesheet is %s", css.Body)
				}
			}
			file := strings.TrimPrefix(p["pkpass_url"].(string), at)
			a.CheckPass(t, a.Anonymous().At(at).Get(t, file).Status(t, 200).Body)
		})
	}
}

// TestPageWithoutCodes: visitors bring no code, so the page of a campaign that wants one
// with each pass issues none and has no form.
func TestPageWithoutCodes(t *testing.T) {
	a := newAccount(t)
	made := object(t, a.send(t, "POST", "/generics", members{"generic": members{"name": "Library card", "code_type": "per_pass",
		"icon_id": a.asset(t, "icon", 87, 87)}}).Status(t, 201))
	if page := a.visit(t, made["page_url"]); page.Code != 403 || bytes.Contains(page.Body, []byte("<form")) {
		t.Errorf("the page: %d %s", page.Code, page.Body)
	}
	a.hasNoFile(t, made)
	if all := list(t, a.send(t, "GET", "/generics/"+made["id"].(string)+"/passes", nil).Status(t, 200)); len(all) != 0 {
		t.Errorf("visits made %v", all)
	}
}

// hasNoFile wants 404 for the file of a campaign, with a page that says why, at both of its
// addresses.
func (a *account) hasNoFile(t *testing.T, campaign members) {
	t.Helper()
	short := a.visit(t, campaign["pkpass_short_url"])
	if short.Code != 302 || short.Header.Get("Location") != campaign["pkpass_url"] {
		t.Errorf("the short address: %d to %s", short.Code, short.Header.Get("Location"))
	}
	if file := a.visit(t, campaign["pkpass_url"]); file.Code != 404 || !bytes.Contains(file.Body, []byte(`class="notice"`)) || bytes.Contains(file.Body, []byte("<form")) {
		t.Errorf("the file: %d %s", file.Code, file.Body)
	}
}

// TestNoFile: a campaign that is not published gives its file to nobody who has none.
func TestNoFile(t *testing.T) {
	a := newAccount(t)
	body := plain(t)
	delete(body, "auxiliary_fields") // what is dynamic would be asked for
	c := object(t, a.send(t, "GET", "/coupons/"+a.campaign(t, "coupons", body), nil).Status(t, 200))
	got := a.visit(t, c["pkpass_url"])
	at, cookie := got.Header.Get("Location"), strings.Split(got.Header.Values("Set-Cookie")[1], ";")[0]
	for _, verb := range []string{"pause", "archive"} {
		a.send(t, "POST", "/coupons/"+c["id"].(string)+"/"+verb, nil).Status(t, 200)
		a.hasNoFile(t, c)
		again := a.Anonymous().Get(t, strings.TrimPrefix(c["pkpass_url"].(string), servertest.BaseURL), "Cookie: "+cookie)
		if got.Code != 303 || again.Code != 303 || again.Header.Get("Location") != at {
			t.Errorf("whoever has one: %d to %s, want %s", again.Code, again.Header.Get("Location"), at)
		}
	}
}

// TestVisitorsParameters go with the pass that the visit makes into its webhooks.
func TestVisitorsParameters(t *testing.T) {
	a := newAccount(t, compattest.AllowLoopback())
	to := newReceiver(t)
	a.webhook(t, to.URL, members{"events": []string{"pass.created"}}).Status(t, 201)
	plain := loaf()
	delete(plain, "auxiliary_fields") // what is dynamic would be asked for
	c := object(t, a.send(t, "GET", "/coupons/"+a.campaign(t, "coupons", plain), nil).Status(t, 200))
	resp := a.visit(t, c["pkpass_url"].(string)+"?utm_source=newsletter")
	if resp.Code != 303 {
		t.Fatalf("the file: %d", resp.Code)
	}
	_, in := to.next(t)
	if got := in["metadata"].(members)["utm_source"]; got != "newsletter" {
		t.Errorf("the metadata are %v", in["metadata"])
	}
	if want := c["distributions"].([]any)[0].(members)["id"]; in["distribution_id"] != want || in["campaign_id"] != c["id"] {
		t.Errorf("told of %v, want the distribution %v", in, want)
	}
	file := a.visit(t, resp.Header.Get("Location"))
	a.CheckPass(t, file.Status(t, 200).Body)
	api := a.pass(t, "coupons", c["id"].(string), nil)
	if _, in := to.next(t); in["pass_id"] != api || len(in["metadata"].(members)) != 0 || in["distribution_id"] == "" {
		t.Errorf("told of %v", in)
	}
}
