package walletkit_test

import (
	"strings"
	"testing"

	"pocketpass/server"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/post"
	"pocketpass/server/post/posttest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestDelivery sends the link by mail; for a text message there is no gateway.
func TestDelivery(t *testing.T) {
	smtp := posttest.New(t, posttest.Options{})
	b := newBrand(t, servertest.Config(func(c *server.Config) {
		c.Mail.Host, c.Mail.Port, c.Mail.From, c.Mail.TLS = "127.0.0.1", smtp.Port, "passes@example.org", post.NoTLS
	}))
	id := b.template(t, b.concert())
	p := b.pass(t, id, members{"email": "guest@example.org", "emailname": "Kim\r\n", "emailsubject": "Your\nticket", "emailbody": "See <b>you</b> tonight.", "sms": "+49 (155) 500-01122"})
	if !p.SentPass.EmailInfo || len(p.Ignored) != 1 || p.Ignored[0] != "sms" {
		t.Errorf("answered %+v", p)
	}
	plain := b.pass(t, id, members{"email": "guest@example.org"})
	for _, want := range []struct {
		pass          sent
		subject, name string
	}{{p, "Your ticket", "Kim"}, {plain, "Your pass: Evening concert", ""}} {
		record := compattest.Record(t, b.Server, want.pass.issued())
		var all []store.Parcel
		err := b.Store.View(t.Context(), func(r store.Reader) (err error) {
			all, _, err = r.Parcels(record.ID, store.Page{})
			return err
		})
		if err != nil || len(all) != 1 || all[0].Subject != want.subject || all[0].Name != want.name || all[0].To != "guest@example.org" {
			t.Errorf("queued are %+v, %v", all, err)
		}
		smtp.Next(t)
	}
	again := members{"email": "guest@example.org"}
	for range 3 {
		p = b.pass(t, id, again)
	}
	if p.SentPass.EmailInfo || strings.Join(p.Ignored, " ") != "email" {
		t.Errorf("above the recipient's limit: %+v", p)
	}
}
