package enrol_test

import (
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/issuer"
	"pocketpass/server/post"
	"pocketpass/server/post/posttest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestFormJoinsNobody: whoever knows an address gets nothing of whose it is.
func TestFormJoinsNobody(t *testing.T) {
	c := newPlain(t)
	email, secret := "ada@example.org", "Lovelace"
	known, err := c.Issuer.CreatePerson(t.Context(), c.Actor, issuer.Details{Email: &email, Name: &secret}, issuer.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	l := c.link(t, func(n *issuer.NewLink) { n.Asks = &store.Asks{Name: store.Optional, Email: store.Required} })
	c.visitor(t).post(t, "/c/"+l.Slug, "/person/email", email, "/person/name", "Mallory").leads(t, 303, passPage)
	p := c.wantPasses(t, 1)[0]
	if p.Holder == known.ID || p.Holder == 0 {
		t.Errorf("the pass is for %v", p.Holder)
	}
	after, err := c.Issuer.Person(t.Context(), c.Actor, known.ID)
	if err != nil || after.Name != secret {
		t.Errorf("the one who was known is %+v, %v", after, err)
	}
}

// TestKnownAddressWithoutPost: where nothing can be mailed, the page says no word of
// who has a pass.
func TestKnownAddressWithoutPost(t *testing.T) {
	for name, rule := range map[string]issuer.CampaignSettings{
		"unique": {Unique: new(store.ByEmail)}, "per person": {PerPerson: new(1)},
	} {
		t.Run(name, func(t *testing.T) {
			c := newPlain(t)
			c.rule(t, rule)
			l := c.link(t)
			c.visitor(t).get(t, "/c/"+l.Slug).is(t, 200, "E-mail address")
			c.visitor(t).post(t, "/c/"+l.Slug).is(t, 422, "Please fill this in")
			c.visitor(t).post(t, "/c/"+l.Slug, "/person/email", "ada@example.org").leads(t, 303, passPage)
			c.visitor(t).post(t, "/c/"+l.Slug, "/person/email", "Ada@Example.org").is(t, 409, "No new pass was made").isNot(t, "/p/", "ada@")
			c.wantPasses(t, 1)
		})
	}
}

// TestKnownAddressWithPost: the page says the same to whoever has a pass and whoever has
// none, and the mail goes to whom the address belongs to.
func TestKnownAddressWithPost(t *testing.T) {
	smtp := posttest.New(t, posttest.Options{Plain: true})
	c := newPlain(t, servertest.Config(func(cfg *server.Config) {
		cfg.Mail.Host, cfg.Mail.Port, cfg.Mail.TLS, cfg.Mail.From = "127.0.0.1", smtp.Port, post.NoTLS, "passes@example.org"
	}))
	c.rule(t, issuer.CampaignSettings{Unique: new(store.ByEmail)})
	l := c.link(t, func(n *issuer.NewLink) { n.Asks = &store.Asks{Name: store.Optional} })
	answers := []string{"/person/email", "ada@example.org", "/person/name", "Ada"}
	var said [2]page
	for n := range said {
		said[n] = c.visitor(t).post(t, "/c/"+l.Slug, answers...).is(t, 200, "Look at your messages").isNot(t, "/p/")
		p := c.wantPasses(t, 1)[0]
		if m := smtp.Next(t); m.To != "ada@example.org" || !strings.Contains(string(m.Part(t, "text/plain").Body), servertest.BaseURL+"/p/"+p.PublicID) {
			t.Errorf("mail %d: %+v", n, m)
		}
		if said[n].header.Get("Set-Cookie") != "" {
			t.Error("a cookie tells who got a pass")
		}
	}
	if said[0].text != said[1].text {
		t.Errorf("the two pages differ:\n%s\n%s", said[0].text, said[1].text)
	}
}
