package issuer_test

import (
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

const showingName = `{"organizationName": "Café", "description": "Stamp card", "storeCard": {
	"headerFields": [{"key": "stamps", "label": "STAMPS", "value": 0}],
	"backFields": [{"key": "who", "label": "Name", "value": "{{person.name|default:\"you\"}}"}]}}`

func (w *world) orderFor(external, name string) issuer.Order {
	o := w.order()
	o.Holder.ExternalID, o.Holder.Name = &external, &name
	return o
}

// TestOrderRenamesHolder lets orders and links say anew what somebody is called, whose
// card shows it.
func TestOrderRenamesHolder(t *testing.T) {
	w := newWorld(t)
	w.republish(t, showingName)
	card, err := w.Issue(t.Context(), w.me, w.orderFor("ada", "Ada"))
	must(t, err)
	told := func(what string, want bool) {
		t.Helper()
		now := w.now(t, card.ID)
		if (now.Version != card.Version) != want {
			t.Errorf("%s: version %v after %v", what, now.Version, card.Version)
		}
		card = now
	}
	_, err = w.Issue(t.Context(), w.me, w.orderFor("ada", "Ada"))
	must(t, err)
	told("the same name", false)
	_, err = w.Issue(t.Context(), w.me, w.orderFor("ada", "Ada L."))
	must(t, err)
	told("an order", true)
	j := w.run(t, issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID, Orders: []issuer.Order{
		w.orderFor("ada", "Ada Lovelace"), w.orderFor("ada", "Ada King"), w.orderFor("ada", "Ada King")}})
	wantCounts(t, j, 3, 0, 0)
	told("a job", true)
	link := issuer.NewLink{Kind: store.PersonalLink, Holder: w.orderFor("ada", "Countess").Holder}
	_, err = w.CreateLinks(t.Context(), w.me, w.campaign.ID, []issuer.NewLink{link}, issuer.Idempotency{})
	must(t, err)
	told("a link", true)
}

// TestAddressStaysAsSpelt when an order finds somebody by another spelling of it, or
// gives one with an id. A change of the person takes the new one.
func TestAddressStaysAsSpelt(t *testing.T) {
	w := newWorld(t)
	stored, loud, external := "Ada@Example.org", "ADA@EXAMPLE.ORG", "stamp-1"
	ada, err := w.CreatePerson(t.Context(), w.me, issuer.Details{Email: &stored}, issuer.Idempotency{})
	must(t, err)
	spelt := func(what, want string) {
		t.Helper()
		p, err := w.Person(t.Context(), w.me, ada.ID)
		if must(t, err); p.Email != want {
			t.Errorf("%s: %q, want %q", what, p.Email, want)
		}
	}
	order := w.order()
	order.ExternalID, order.Holder.Email = external, &loud
	pass, err := w.Issue(t.Context(), w.me, order)
	if must(t, err); pass.Holder != ada.ID {
		t.Fatalf("held by %v, want %v", pass.Holder, ada.ID)
	}
	spelt("found", stored)
	order.ExternalID, order.Holder.ID = "", ada.ID
	_, err = w.Issue(t.Context(), w.me, order)
	must(t, err)
	spelt("named", stored)
	order.ExternalID, order.Holder.ID = external, 0
	_, _, err = w.Upsert(t.Context(), w.me, order)
	must(t, err)
	spelt("changed with the pass", stored)
	_, err = w.ChangePerson(t.Context(), w.me, ada.ID, issuer.Details{Email: &loud}, nil)
	must(t, err)
	spelt("changed", loud)
}

// TestHoldersOfJobs are spelt and refused as those of single orders are.
func TestHoldersOfJobs(t *testing.T) {
	w := newWorld(t)
	phone, email := "+49 (0)30 123-456", "nonsense"
	good, bad := w.order(), w.order()
	good.Holder.Phone, bad.Holder.Email = &phone, &email
	j := w.run(t, issuer.NewJob{Kind: issuer.KindIssue, Campaign: w.campaign.ID, Orders: []issuer.Order{bad, good}})
	wantCounts(t, j, 1, 1, 0)
	if failed := w.wantErrors(t, j, "email"); failed[0].Column != "/person/email" {
		t.Errorf("failed for %q", failed[0].Column)
	}
	l, err := w.People(t.Context(), w.me, store.PersonFilter{Phone: "+4930123456"}, store.Page{})
	if must(t, err); len(l.People) != 1 {
		t.Errorf("%d people have the number", len(l.People))
	}
}

// TestRefusalsAreSilent keeps what is known of people out of logs and of errors of jobs,
// which outlive them.
func TestRefusalsAreSilent(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"ada at example.org", "0049 30 123456"} {
		for _, d := range []issuer.Details{{Email: &text}, {Phone: &text}} {
			_, err := w.CreatePerson(t.Context(), w.me, d, issuer.Idempotency{})
			if err == nil || strings.Contains(err.Error(), text) {
				t.Errorf("refused with %v", err)
			}
		}
	}
}
