package enrol_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestFormIssues(t *testing.T) {
	c := newClub(t)
	l := c.link(t, func(n *issuer.NewLink) {
		n.Tags = &[]string{"website"}
		n.Asks = &store.Asks{Name: store.Required, Email: store.Optional}
	})
	v := c.visitor(t)
	form := v.get(t, "/c/"+l.Slug+"?utm_source=poster&utm_medium=qr").is(t, 200, "Favourite seat", `name="/values/birthday"`, `type="date"`,
		"Your name", "E-mail address", "Get the pass", `action="/c/`+l.Slug+`?utm_medium=qr&amp;utm_source=poster"`, `property="og:title"`, "/ui/barcode.svg?")
	c.wantPasses(t, 0)
	answers := []string{"/person/name", "Ada Lovelace", "/person/email", "ada@example.org", "/values/seat", "By the fire", "/values/birthday", "1815-12-10",
		"/values/cups", "3", "/values/stamps", "9", "once", form.value(t, "once")}
	to := v.post(t, "/c/"+l.Slug+"?utm_source=poster&utm_medium=qr", answers...).leads(t, 303, passPage)
	p := c.wantPasses(t, 1)[0]
	if to != "/p/"+p.PublicID || p.Link != l.ID || p.Origin != "form" || p.Meta["utm_source"] != "poster" || p.Tags[0] != "website" {
		t.Errorf("the pass is %+v", p)
	}
	if string(p.Values["birthday"]) != `"1815-12-10"` || string(p.Values["cups"]) != "3" || p.Values["stamps"] != nil {
		t.Errorf("its values are %s", p.Values)
	}
	who, err := c.Issuer.Person(t.Context(), c.Actor, p.Holder)
	if err != nil || who.Name != "Ada Lovelace" || who.Email != "ada@example.org" || who.Language != "en" {
		t.Errorf("it is for %+v, %v", who, err)
	}
	c.visitor(t).get(t, to).is(t, 200)
	again := c.visitor(t) // the same form sent twice by a browser that has no cookie yet
	again.post(t, "/c/"+l.Slug+"?utm_source=poster&utm_medium=qr", answers...).leads(t, 303, to)
	c.wantPasses(t, 1)
}

// TestVisitorComesBack within a day and is shown the same pass, and gets another later.
func TestVisitorComesBack(t *testing.T) {
	c := newPlain(t)
	l := c.link(t)
	v := c.visitor(t)
	first := v.post(t, "/c/"+l.Slug)
	to := first.leads(t, 303, passPage)
	for _, cookie := range first.header["Set-Cookie"] {
		for _, part := range []string{"HttpOnly", "Secure", "SameSite=Lax", "Max-Age=86400", "Path=/c/" + l.Slug} {
			if !strings.Contains(cookie, part) {
				t.Errorf("the cookie %s lacks %s", cookie, part)
			}
		}
	}
	v.get(t, "/c/"+l.Slug).leads(t, 303, to)
	v.get(t, "/c/"+l.Slug+".pkpass").leads(t, 303, to+".pkpass")
	v.post(t, "/c/"+l.Slug).leads(t, 303, to)
	other := c.link(t)
	if third := v.post(t, "/c/"+other.Slug).leads(t, 303, passPage); third == to {
		t.Error("another link has the same pass")
	}
	forged := c.visitor(t, "Cookie: pocketpass_link="+strings.Replace(cookieOf(first), strings.TrimPrefix(to, "/p/"), strings.Repeat("a", 14), 1))
	forged.get(t, "/c/"+l.Slug).is(t, 200)
	stranger := c.visitor(t, "Cookie: pocketpass_link="+cookieOf(first))
	stranger.get(t, "/c/"+other.Slug).is(t, 200)
	c.Advance(t, issuer.KeepTickets)
	late := c.visitor(t, "Cookie: pocketpass_link="+cookieOf(first))
	late.get(t, "/c/"+l.Slug).is(t, 200)
	c.wantPasses(t, 2)
}

func cookieOf(p page) string {
	value, _, _ := strings.Cut(strings.TrimPrefix(p.header.Get("Set-Cookie"), "pocketpass_link="), ";")
	return value
}

// TestAnswersAreKept: everything wrong is said at once, and nothing has to be typed again.
func TestAnswersAreKept(t *testing.T) {
	c := newClub(t)
	consent := "You may write to me."
	l := c.link(t, func(n *issuer.NewLink) {
		n.Asks = &store.Asks{Email: store.Required, Phone: store.Optional}
		n.Consent = &consent
	})
	v := c.visitor(t)
	p := v.post(t, "/c/"+l.Slug, "/person/email", "ada@", "/person/phone", "030", "/values/birthday", "tomorrow", "/values/cups", "3.5")
	p.is(t, 422, `role="alert"`, "Please check your answers", "Write an e-mail address", "Write a phone number", "Write a date", "Write a whole number",
		"Favourite seat: Please fill this in", "Please agree to this", `value="ada@"`, `value="3.5"`, `aria-invalid="true"`, `href="#q0"`, `id="q0"`)
	p.isNot(t, " checked")
	p = v.post(t, "/c/"+l.Slug, "/person/email", "ada@example.org", "/values/seat", strings.Repeat("x", 501), "consent", "another text")
	p.is(t, 422, "Please write less", "Please agree to this")
	c.wantPasses(t, 0)
	v.post(t, "/c/"+l.Slug, "/person/email", "ada@example.org", "/values/seat", "1", "consent", l.Page.Consent).leads(t, 303, passPage)
}

// TestConsentIsKept with the pass, in its history, and goes with its holder.
func TestConsentIsKept(t *testing.T) {
	c := newPlain(t)
	consent, version := "You may write to me.", "2026-05"
	l := c.link(t, func(n *issuer.NewLink) {
		n.Asks = &store.Asks{Email: store.Required}
		n.Consent, n.ConsentVersion = &consent, &version
	})
	c.visitor(t).post(t, "/c/"+l.Slug, "/person/email", "ada@example.org", "consent", l.Page.Consent).leads(t, 303, passPage)
	p := c.wantPasses(t, 1)[0]
	got, err := c.Issuer.Consents(t.Context(), c.Actor, p.ID)
	if err != nil || len(got) != 1 || got[0].Words != consent || got[0].Version != version || !got[0].Given.Equal(servertest.Start) || got[0].From != "127.0.0.0/24" || got[0].Link != l.ID {
		t.Fatalf("consents %+v, %v", got, err)
	}
	events, _, err := c.Issuer.History(t.Context(), c.Actor, p.ID, store.Page{Limit: 10})
	if err != nil || len(events) != 2 || events[1].Type != "pass.consented" || events[1].Detail["sha256"] != l.Page.Consent || events[1].Detail["version"] != version {
		t.Errorf("history %+v, %v", events, err)
	}
	known, err := c.Issuer.ExportPerson(t.Context(), c.Actor, p.Holder)
	if err != nil || len(known.Passes[0].Agreed) != 1 {
		t.Errorf("export %+v, %v", known, err)
	}
	if _, err := c.Issuer.ErasePerson(t.Context(), c.Actor, p.Holder); err != nil {
		t.Fatal(err)
	}
	if got, err = c.Issuer.Consents(t.Context(), c.Actor, p.ID); err != nil || len(got) != 0 {
		t.Errorf("after the erasure %+v, %v", got, err)
	}
}

// TestLimitUnderRace: forty at once take the five passes of a link.
func TestLimitUnderRace(t *testing.T) {
	c := newPlain(t)
	l := c.link(t, limited(5))
	got := make([]page, 40)
	var all sync.WaitGroup
	for n := range got {
		v := c.visitor(t)
		all.Go(func() { got[n] = v.post(t, "/c/"+l.Slug) })
	}
	all.Wait()
	issued := 0
	for _, p := range got {
		if p.status == http.StatusSeeOther {
			issued++
		} else {
			p.is(t, http.StatusGone, "All passes are taken")
		}
	}
	if issued != 5 {
		t.Errorf("%d were told that they have a pass", issued)
	}
	c.wantPasses(t, 5)
	c.visitor(t).get(t, "/c/"+l.Slug).is(t, http.StatusGone, "All passes are taken").isNot(t, "<form")
}

// TestPersonalLink makes one pass, for whom it is, however many come at once.
func TestPersonalLink(t *testing.T) {
	c := newPlain(t)
	name := "Ada"
	l := c.link(t, personal, func(n *issuer.NewLink) { n.Holder.Details.Name, n.ExternalID = &name, "customer-1" })
	c.visitor(t).get(t, "/c/"+l.Slug).is(t, 200, `name="robots" content="noindex"`).isNot(t, "Your name")
	got := make([]page, 20)
	var all sync.WaitGroup
	for n := range got {
		v := c.visitor(t)
		all.Go(func() {
			if n%2 == 0 {
				got[n] = v.post(t, "/c/"+l.Slug)
			} else {
				got[n] = v.get(t, "/c/"+l.Slug+".pkpass")
			}
		})
	}
	all.Wait()
	p := c.wantPasses(t, 1)[0]
	for n, one := range got {
		one.leads(t, 303, "/p/"+p.PublicID+strings.Repeat(`\.pkpass`, n%2))
	}
	if p.ExternalID != "customer-1" || p.Holder != l.Holder || p.Holder == 0 {
		t.Errorf("the pass is %+v", p)
	}
	c.visitor(t).get(t, "/c/"+l.Slug).leads(t, 303, "/p/"+p.PublicID)
	if _, err := c.Issuer.ErasePerson(t.Context(), c.Actor, p.Holder); err != nil {
		t.Fatal(err)
	}
	c.visitor(t).get(t, "/c/"+l.Slug).is(t, 404)
}

// TestDeletedPassOfPersonalLink is not made again.
func TestDeletedPassOfPersonalLink(t *testing.T) {
	c := newPlain(t)
	l := c.link(t, personal)
	c.visitor(t).post(t, "/c/"+l.Slug).leads(t, 303, passPage)
	if err := c.Issuer.Delete(t.Context(), c.Actor, c.passes(t)[0].ID, nil); err != nil {
		t.Fatal(err)
	}
	c.visitor(t).get(t, "/c/"+l.Slug).is(t, http.StatusGone, "This offer has ended")
	c.visitor(t).post(t, "/c/"+l.Slug).is(t, http.StatusGone)
}

// TestLookingIssuesNothing: not for messengers, not for what a browser does by itself.
func TestLookingIssuesNothing(t *testing.T) {
	c := newPlain(t)
	l := c.link(t)
	for _, header := range []string{
		"User-Agent: facebookexternalhit/1.1", "User-Agent: WhatsApp/2.23", "User-Agent: TelegramBot (like TwitterBot)", "User-Agent: Slackbot-LinkExpanding 1.0",
		"User-Agent: Mozilla/5.0 (compatible; bingbot/2.0)", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Mode: cors",
	} {
		v := c.visitor(t, header)
		v.get(t, "/c/"+l.Slug).is(t, 200, `property="og:image"`)
		v.get(t, "/c/"+l.Slug+".pkpass").leads(t, 303, "/c/"+l.Slug)
	}
	v := c.visitor(t)
	v.send(t, http.MethodHead, "/c/"+l.Slug, nil).is(t, 200)
	v.send(t, http.MethodHead, "/c/"+l.Slug+".pkpass", nil).leads(t, 303, "/c/"+l.Slug)
	v.get(t, "/c/"+l.Slug).is(t, 200)
	v.get(t, "/c/"+l.Slug+"/pass.json").is(t, 200).isNot(t, "authenticationToken", "webServiceURL")
	c.wantPasses(t, 0)
	file := v.get(t, "/c/"+l.Slug+".pkpass").leads(t, 303, passPage+`\.pkpass`)
	c.CheckPass(t, []byte(v.get(t, file).is(t, 200).text))
	c.wantPasses(t, 1)
}

// TestFileAsksFirst: where there is something to fill in or to agree to, the file is no
// way around that.
func TestFileAsksFirst(t *testing.T) {
	c := newClub(t)
	v := c.visitor(t)
	asking := c.link(t)
	v.get(t, "/c/"+asking.Slug+".pkpass?utm_source=x").leads(t, 303, "/c/"+asking.Slug+`\?utm_source=x`)
	c.wantPasses(t, 0)
}

func TestShut(t *testing.T) {
	soon := servertest.Start.Add(time.Hour)
	past := servertest.Start.Add(-time.Hour)
	closed := store.LinkClosed
	paused := store.Paused
	tests := []struct {
		name   string
		change func(*testing.T, *club, store.Link) error
		status int
		says   string
	}{
		{"closed", func(t *testing.T, c *club, l store.Link) error {
			_, err := c.Issuer.ChangeLink(t.Context(), c.Actor, l.ID, issuer.LinkChange{State: &closed})
			return err
		}, 410, "This offer has ended"},
		{"expired", func(t *testing.T, c *club, l store.Link) error {
			_, err := c.Issuer.ChangeLink(t.Context(), c.Actor, l.ID, issuer.LinkChange{LinkSettings: issuer.LinkSettings{Expires: &past}})
			return err
		}, 410, "This offer has ended"},
		{"early", func(t *testing.T, c *club, _ store.Link) error {
			c.rule(t, issuer.CampaignSettings{Starts: &soon})
			return nil
		}, 403, "Not open yet"},
		{"paused", func(t *testing.T, c *club, _ store.Link) error {
			_, err := c.Issuer.ChangeCampaign(t.Context(), c.Actor, c.campaign.ID, issuer.CampaignChange{State: &paused})
			return err
		}, 403, "Not available now"},
		{"full", func(t *testing.T, c *club, _ store.Link) error {
			c.Issue(t, c.campaign, nil)
			c.rule(t, issuer.CampaignSettings{MaxIssued: new(int64(1))})
			return nil
		}, 410, "All passes are taken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newPlain(t)
			l := c.link(t)
			if err := tt.change(t, c, l); err != nil {
				t.Fatal(err)
			}
			before := len(c.passes(t))
			v := c.visitor(t)
			v.get(t, "/c/"+l.Slug).is(t, tt.status, tt.says).isNot(t, "<form")
			v.post(t, "/c/"+l.Slug).is(t, tt.status, tt.says)
			v.get(t, "/c/"+l.Slug+".pkpass").is(t, 404, tt.says).isNot(t, "<form")
			c.wantPasses(t, before)
		})
	}
}

func TestUnknownLink(t *testing.T) {
	c := newPlain(t)
	v := c.visitor(t)
	for _, path := range []string{"/c/nothing-here", "/c/nothing-here.pkpass", "/c/nothing-here.css", "/c/nothing-here.js", "/c/nothing-here.exe",
		"/c/nothing-here/pass.json", "/c/nothing-here/share.png", "/c/nothing-here/images/icon.png", "/c/" + strings.Repeat("a", 5000), "/c/%00"} {
		v.get(t, path).is(t, 404, `"code":"not_found"`)
	}
	v.post(t, "/c/nothing-here").is(t, 404, `"code":"not_found"`)
}

// TestFormOfAnotherSite is refused, and so is what programs fill in.
func TestFormOfAnotherSite(t *testing.T) {
	c := newPlain(t)
	l := c.link(t)
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "Origin: null"} {
		c.visitor(t, header).post(t, "/c/"+l.Slug).is(t, 403, "did not come from this page")
	}
	c.visitor(t).post(t, "/c/"+l.Slug, "extra", "https://buy.example").is(t, 422, "send the form once more").isNot(t, "buy.example")
	c.wantPasses(t, 0)
	c.visitor(t, "Origin: "+servertest.BaseURL).post(t, "/c/"+l.Slug).leads(t, 303, passPage)
	c.visitor(t, "Sec-Fetch-Site: same-origin").post(t, "/c/"+l.Slug).leads(t, 303, passPage)
}

func TestTooMany(t *testing.T) {
	c := newPlain(t)
	l := c.link(t)
	for range 60 {
		c.visitor(t).post(t, "/c/"+l.Slug).leads(t, 303, passPage)
	}
	busy := c.visitor(t).post(t, "/c/"+l.Slug).is(t, 429, "Too many requests")
	if busy.header.Get("Retry-After") == "" {
		t.Error("nobody says when to try again")
	}
	c.visitor(t).get(t, "/c/"+l.Slug+".pkpass").is(t, 429)
	c.visitor(t).get(t, "/c/"+l.Slug).is(t, 200)
	c.wantPasses(t, 60)
	c.visitor(t).send(t, http.MethodPost, "/c/"+l.Slug, map[string][]string{"/values/x": {strings.Repeat("x", 70_000)}}).is(t, 429)
	c.Advance(t, time.Minute)
	c.visitor(t).send(t, http.MethodPost, "/c/"+l.Slug, map[string][]string{"/values/x": {strings.Repeat("x", 70_000)}}).is(t, 413)
}
