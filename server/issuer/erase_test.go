package issuer_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestErasedStaysEmpty tries to make a pass good again whose holder is forgotten.
func TestErasedStaysEmpty(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Single})
	p, err := w.Issue(t.Context(), w.me, w.orderFor("ada", "Ada"))
	must(t, err)
	d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	_, err = w.ErasePerson(t.Context(), w.me, p.Holder)
	must(t, err)

	_, err = w.Undo(t.Context(), w.me, issuer.Undoing{Redemption: d.Entry.ID})
	refusal(t, err, issuer.Conflict, "pass_invalid")
	_, err = w.Void(t.Context(), w.me, p.ID, false)
	refusal(t, err, issuer.Conflict, "pass_invalid")
	_, err = w.ResetRedemptions(t.Context(), w.me, p.ID)
	refusal(t, err, issuer.Conflict, "pass_invalid")
	j := w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(2)})
	wantCounts(t, j, 0, 1, 0)
	if now := w.now(t, p.ID); now.Voided.IsZero() || len(now.Values) > 0 {
		t.Errorf("void since %v, values %v", now.Voided, now.Values)
	}
}

// forgetting are the ways in which the holder of a pass is forgotten.
var forgetting = map[string]func(context.Context, *world, store.Pass) error{
	"erased": func(ctx context.Context, w *world, p store.Pass) error {
		_, err := w.ErasePerson(ctx, w.me, p.Holder)
		return err
	},
	"deleted": func(ctx context.Context, w *world, p store.Pass) error { return w.Delete(ctx, w.me, p.ID, nil) },
}

// TestForgottenPassesAreForgottenByWebhooks: what was sent of them, and what waits to be.
func TestForgottenPassesAreForgottenByWebhooks(t *testing.T) {
	for name, forget := range forgetting {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(g *issuer.Config) { g.Courier = &courier{} })
			e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example"})
			_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Given}}})
			must(t, err)
			o := w.orderFor("ada", "Ada")
			o.ExternalID, o.Code, o.Tags = "secret-id", "secret-code", []string{"secret-tag"}
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			must(t, w.db.Update(t.Context(), func(tx store.Tx) error {
				all, err := tx.DeliveriesAbout(p.ID)
				if err != nil || len(all) != 1 || !strings.Contains(string(all[0].Data), "secret-code") {
					t.Fatalf("deliveries before: %v, %v", all, err)
				}
				d := all[0]
				d.State, d.Due, d.Until, d.Answer = store.DeliveryDelivered, time.Time{}, start.AddDate(0, 1, 0), "thanks for secret-id"
				return tx.SettleDelivery(d)
			}))
			w.change(t, p, "stamps", 1)
			must(t, forget(t.Context(), w, p))
			all, _, err := w.Deliveries(t.Context(), w.me, e.ID, "", store.Page{})
			must(t, err)
			if len(all) < 3 {
				t.Errorf("%d deliveries, want pass.created, pass.updated and one of the end", len(all))
			}
			for _, d := range all {
				if said := string(d.Data) + d.Answer; strings.Contains(said, "secret") || d.Subject == p.ID && !strings.Contains(said, p.SerialNumber) {
					t.Errorf("%s says %s", d.Type, said)
				}
			}
		})
	}
}

// echo answers with what it was sent, once it may.
type echo struct{ courier }

func (c *echo) Post(ctx context.Context, address string, header map[string][]string, body []byte, most int) (int, []byte, error) {
	status, _, err := c.courier.Post(ctx, address, header, body, most)
	return status, body, err
}

// TestAnswersThatComeTooLate for a holder who was forgotten in between are not kept.
func TestAnswersThatComeTooLate(t *testing.T) {
	for _, forgotten := range []bool{false, true} {
		c := &echo{courier{tokens: make(chan struct{})}}
		w := newWorld(t, func(g *issuer.Config) { g.Courier = c })
		ctx, stop := context.WithCancel(t.Context())
		sent := make(chan error)
		go func() { sent <- w.SendEvents(ctx) }()
		e := w.endpoint(t, issuer.NewEndpoint{URL: "https://shop.example", Events: []string{"pass.created"}})
		o := w.orderFor("ada", "Ada")
		o.ExternalID = "secret-id"
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		c.wait(t, 1)
		if forgotten {
			_, err := w.ErasePerson(t.Context(), w.me, p.Holder)
			must(t, err)
		}
		c.tokens <- struct{}{}
		stop()
		must(t, <-sent)
		all, _, err := w.Deliveries(t.Context(), w.me, e.ID, "", store.Page{})
		must(t, err)
		if len(all) != 1 || all[0].State != store.DeliveryDelivered || strings.Contains(all[0].Answer, "secret-id") == forgotten {
			t.Errorf("forgotten %t: %+v", forgotten, all)
		}
	}
}
