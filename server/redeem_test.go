package server_test

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

// rules makes a campaign whose passes are redeemed as r says.
func rules(t *testing.T, s *servertest.Server, r store.Redemption) store.Campaign {
	t.Helper()
	c := s.Campaign(t)
	c, err := s.Issuer.ChangeCampaign(t.Context(), s.Actor, c.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Redemption: &r}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refused is a problem that says which redemption stands.
type refused struct {
	Code, Detail string
	Redeemed     struct {
		ID, By, Place string
		At            time.Time
	}
}

// TestWhoRedeems: one till may have several people at it, and the next one is told which of them it was.
func TestWhoRedeems(t *testing.T) {
	s := servertest.New(t)
	coupon := s.Issue(t, rules(t, s, store.Redemption{Kind: store.Single}), nil)
	till := s.As(t, store.Scanner)
	var entry struct{ ID, By string }
	till.Post(t, "/api/v1/redemptions", map[string]any{"scan": coupon.SerialNumber, "by": "Kim"}).Status(t, 201).JSON(t, &entry)
	if entry.By != "Kim" {
		t.Errorf("the entry is by %q", entry.By)
	}
	var r refused
	till.Post(t, "/api/v1/redemptions", map[string]any{"scan": coupon.SerialNumber, "by": "Sam"}).Fails(t, 409, "pass_redeemed").JSON(t, &r)
	if r.Redeemed.By != "Kim" || !strings.Contains(r.Detail, "by Kim") {
		t.Errorf("the refusal is %+v", r)
	}
	till.Post(t, "/api/v1/redemptions/"+entry.ID+"/undo", map[string]any{"by": "Sam"}).Status(t, 201).JSON(t, &entry)
	if entry.By != "Sam" {
		t.Errorf("the entry that takes it back is by %q", entry.By)
	}
	till.Post(t, "/api/v1/redemptions", map[string]any{"scan": coupon.SerialNumber, "by": strings.Repeat("x", 121)}).Fails(t, 422, "text")
}

// TestFiftyTills: one single-use coupon, scanned at fifty tills at once.
func TestFiftyTills(t *testing.T) {
	s := servertest.New(t)
	coupon := s.Issue(t, rules(t, s, store.Redemption{Kind: store.Single}), nil)
	phone := s.Phone(t, coupon)
	till := s.As(t, store.Scanner)
	answers := make([]*servertest.Answer, 50)
	var tills sync.WaitGroup
	for n := range answers {
		tills.Go(func() {
			answers[n] = till.Post(t, "/api/v1/redemptions", map[string]any{"scan": coupon.SerialNumber, "place": "Till " + string(rune('A'+n%26))})
		})
	}
	tills.Wait()
	var won struct{ ID, Place string }
	for _, a := range answers {
		if a.Code == http.StatusCreated {
			if won.ID != "" {
				t.Fatal("two tills redeemed the coupon")
			}
			a.JSON(t, &won)
		}
	}
	if won.ID == "" {
		t.Fatalf("no till redeemed the coupon: %s", answers[0].Body)
	}
	for _, a := range answers {
		if a.Code == http.StatusCreated {
			continue
		}
		var r refused
		a.Fails(t, 409, "pass_redeemed").JSON(t, &r)
		if r.Redeemed.ID != won.ID || r.Redeemed.Place != won.Place || r.Redeemed.By != "scanner" || !r.Redeemed.At.Equal(servertest.Start) {
			t.Errorf("the refusal says %+v, want what %+v did", r.Redeemed, won)
		}
	}
	if card := phone.WantUpdates(t, coupon, 1); card.Document.Voided == nil || !*card.Document.Voided {
		t.Error("the phone does not show the coupon as void")
	}
}

// TestStampCard: ten coffees, the reward, and one stamp too many taken back.
func TestStampCard(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	card := s.Issue(t, rules(t, s, store.Redemption{Kind: store.Stamps, Goal: 10, Reward: "A coffee", Most: 12}), nil)
	till := s.As(t, store.Scanner)
	var d struct {
		ID      string
		Account struct {
			Balance, Left, Rewards int64
		}
	}
	post := func(path string, body any) *servertest.Answer { return till.Post(t, "/api/v1"+path, body) }
	for range 10 {
		post("/redemptions", map[string]any{"scan": card.SerialNumber}).Status(t, 201).JSON(t, &d)
	}
	if d.Account.Balance != 10 || d.Account.Left != 0 {
		t.Fatalf("after ten stamps: %+v", d)
	}
	post("/redemptions", map[string]any{"scan": card.SerialNumber, "amount": 3}).Fails(t, 409, "balance_full")
	post("/redemptions", map[string]any{"scan": card.SerialNumber}).Status(t, 201)
	post("/redemptions", map[string]any{"scan": card.SerialNumber, "action": "reward"}).Status(t, 201).JSON(t, &d)
	if d.Account.Balance != 1 || d.Account.Left != 9 || d.Account.Rewards != 1 {
		t.Errorf("after the reward: %+v", d)
	}
	post("/redemptions/"+d.ID+"/undo", map[string]any{}).Status(t, 201).JSON(t, &d)
	if d.Account.Balance != 11 || d.Account.Rewards != 0 {
		t.Errorf("after taking it back: %+v", d)
	}
	var proof struct {
		Sound   bool
		Entries int
	}
	s.Get(t, "/api/v1/passes/"+card.ID.Short()+"/ledger/verify").Status(t, 200).JSON(t, &proof)
	if !proof.Sound || proof.Entries != 13 {
		t.Errorf("proof %+v", proof)
	}
}

// TestTillThatWasCutOff sends the same redemption again days later.
func TestTillThatWasCutOff(t *testing.T) {
	s := servertest.New(t)
	card := s.Issue(t, rules(t, s, store.Redemption{Kind: store.Value, Currency: "EUR"}), nil)
	charge := map[string]any{"pass": card.ID.Short(), "action": "charge", "amount": 2500, "currency": "EUR", "key": "till-1-1"}
	first := s.Post(t, "/api/v1/redemptions", charge).Status(t, 201)
	s.Post(t, "/api/v1/redemptions", map[string]any{"pass": card.ID.Short(), "amount": 400}).Status(t, 201)
	s.Clock.Advance(100 * time.Hour)
	again := s.Post(t, "/api/v1/redemptions", charge).Status(t, 201)
	if string(again.Body) != string(first.Body) {
		t.Errorf("the answer was\n%s and is\n%s", first.Body, again.Body)
	}
	charge["amount"] = 2600
	s.Post(t, "/api/v1/redemptions", charge).Fails(t, 422, "key_reused")

	undo := "/api/v1/redemptions/" + member(t, first, "id") + "/undo"
	s.Post(t, undo, map[string]any{}).Fails(t, 409, "balance_short") // 4.00 were spent
	a := s.Post(t, "/api/v1/redemptions", map[string]any{"pass": card.ID.Short(), "action": "charge", "amount": 400}, "Idempotency-Key: x").Status(t, 201)
	b := s.Post(t, "/api/v1/redemptions", map[string]any{"pass": card.ID.Short(), "action": "charge", "amount": 400}, "Idempotency-Key: x").Status(t, 201)
	if string(a.Body) != string(b.Body) {
		t.Error("a repeated Idempotency-Key charged twice")
	}
	a = s.Post(t, undo, map[string]any{}, "Idempotency-Key: y").Status(t, 201)
	if b = s.Post(t, undo, map[string]any{}, "Idempotency-Key: y").Status(t, 201); string(a.Body) != string(b.Body) {
		t.Error("a repeated undo is answered with something else")
	}
	s.Post(t, undo, map[string]any{}).Fails(t, 409, "already_undone")
}

func member(t *testing.T, a *servertest.Answer, name string) string {
	t.Helper()
	var all map[string]any
	a.JSON(t, &all)
	text, ok := all[name].(string)
	if !ok {
		t.Fatalf("no text %s in %s", name, a.Body)
	}
	return text
}

// TestAmounts: what JSON can say and money cannot be.
func TestAmounts(t *testing.T) {
	s := servertest.New(t)
	card := s.Issue(t, rules(t, s, store.Redemption{Kind: store.Value, Currency: "EUR"}), nil)
	path := "/api/v1/passes/" + card.ID.Short() + "/redemptions"
	for _, amount := range []string{`1.5`, `-1`, `0`, `"5"`, `1e30`, `9223372036854775808`, `9007199254740992`, `1.0`} {
		a := s.Post(t, path, `{"action": "charge", "amount": `+amount+`}`)
		var p struct{ Errors []struct{ Path string } }
		a.JSON(t, &p)
		if a.Code/100 != 4 || len(p.Errors) != 1 || p.Errors[0].Path != "/amount" {
			t.Errorf("amount %s: %d %s", amount, a.Code, a.Body)
		}
	}
	s.Post(t, path, `{"action": "charge", "amount": 9007199254740991}`).Status(t, 201)
	s.Post(t, path, `{"action": "charge", "amount": 1}`).Fails(t, 409, "balance_full")
}

// TestScannersAtTheDoor: what a key of the role scanner may do.
func TestScannersAtTheDoor(t *testing.T) {
	s := servertest.New(t)
	ticket := s.Issue(t, rules(t, s, store.Redemption{Kind: store.Attendance}), nil)
	door := s.As(t, store.Scanner)
	body := map[string]any{"scan": ticket.SerialNumber, "place": "Door 1", "source": "scanner"}
	in := door.Post(t, "/api/v1/redemptions", body).Status(t, 201)
	var r refused
	door.Post(t, "/api/v1/redemptions", body).Fails(t, 409, "already_inside").JSON(t, &r)
	if r.Redeemed.Place != "Door 1" || !strings.Contains(r.Detail, "2026-06-01T09:30:00Z") {
		t.Errorf("refused with %+v", r)
	}
	var look struct {
		Allowed bool
		Refusal refused
		Pass    struct{ Account struct{ Inside bool } }
	}
	door.Post(t, "/api/v1/redemptions/lookup", body).Status(t, 200).JSON(t, &look)
	if look.Allowed || look.Refusal.Code != "already_inside" || look.Refusal.Redeemed.By != "scanner" || !look.Pass.Account.Inside {
		t.Errorf("looked up %+v", look)
	}
	door.Post(t, "/api/v1/redemptions/"+member(t, in, "id")+"/undo", map[string]any{}).Status(t, 201)
	theirs := s.Post(t, "/api/v1/redemptions", body).Status(t, 201)
	door.Post(t, "/api/v1/redemptions/"+member(t, theirs, "id")+"/undo", map[string]any{}).Fails(t, 403, "role")
	door.Post(t, "/api/v1/redemptions", map[string]any{"scan": ticket.SerialNumber, "action": "adjust", "amount": 1}).Fails(t, 403, "role")
	door.Get(t, "/api/v1/passes/"+ticket.ID.Short()+"/ledger").Fails(t, 403, "role")
	door.Post(t, "/api/v1/passes/"+ticket.ID.Short()+"/reset", nil).Fails(t, 403, "role")
}

// TestLedgerIsListed by pass, and by campaign, time and key.
func TestLedgerIsListed(t *testing.T) {
	s := servertest.New(t)
	c := rules(t, s, store.Redemption{Kind: store.Stamps, Goal: 5})
	one, two := s.Issue(t, c, nil), s.Issue(t, c, nil)
	door := s.As(t, store.Scanner)
	for n, p := range []store.Pass{one, two, one} {
		who := s.Caller
		if n == 2 {
			who = door
		}
		who.Post(t, "/api/v1/passes/"+p.ID.Short()+"/redemptions", map[string]any{"note": "visit"}).Status(t, 201)
		s.Clock.Advance(time.Hour)
	}
	type entry struct {
		Pass, By, Note, APIKey, Source string
		Number                         int
	}
	listed := func(path string) (items []entry, cursor string) {
		t.Helper()
		var l struct {
			Items      []entry
			NextCursor string
		}
		s.Get(t, "/api/v1"+path).Status(t, 200).JSON(t, &l)
		return l.Items, l.NextCursor
	}
	ledger, _ := listed("/passes/" + one.ID.Short() + "/ledger?order=oldest")
	var campaign struct{ Counters struct{ Redeemed int } }
	s.Get(t, "/api/v1/campaigns/"+c.ID.Short()).Status(t, 200).JSON(t, &campaign)
	if campaign.Counters.Redeemed != 3 {
		t.Errorf("the campaign counts %d", campaign.Counters.Redeemed)
	}
	if len(ledger) != 2 || ledger[1].Number != 2 || ledger[1].By != "scanner" || ledger[1].Source != "scanner" || ledger[0].Source != "api" || ledger[0].Note != "visit" {
		t.Errorf("ledger %+v", ledger)
	}
	all := "/campaigns/" + c.ID.Short() + "/redemptions"
	page, cursor := listed(all + "?limit=2")
	rest, last := listed(all + "?limit=2&cursor=" + cursor)
	if len(page) != 2 || page[0].Number != 2 || len(rest) != 1 || rest[0].Pass != one.ID.Short() || last != "" {
		t.Errorf("pages %+v and %+v", page, rest)
	}
	second, _ := listed(all + "?from=2026-06-01T10:30:00Z&to=2026-06-01T11:30:00Z")
	if len(second) != 1 || second[0].Pass != two.ID.Short() {
		t.Errorf("in the second hour: %+v", second)
	}
	byKey, _ := listed(all + "?key=" + page[0].APIKey)
	if len(byKey) != 1 || byKey[0].By != "scanner" {
		t.Errorf("by the scanner: %+v", byKey)
	}
}

// TestDamagedLedgerIsFound: the pass claims more than its ledger.
func TestDamagedLedgerIsFound(t *testing.T) {
	s := servertest.New(t)
	c := rules(t, s, store.Redemption{Kind: store.Points})
	honest, rich := s.Issue(t, c, nil), s.Issue(t, c, nil)
	for _, p := range []store.Pass{honest, rich} {
		s.Post(t, "/api/v1/passes/"+p.ID.Short()+"/redemptions", map[string]any{"action": "earn", "amount": 5}).Status(t, 201)
	}
	set := func(balance int64) {
		t.Helper()
		err := s.Store.Update(t.Context(), func(tx store.Tx) error {
			p, err := tx.AnyPass(rich.ID)
			p.Account.Balance = balance
			if err != nil {
				return err
			}
			return tx.PutPass(p)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(5000)
	var all struct {
		Passes, Entries int
		Items           []struct {
			Pass   string
			Sound  bool
			Faults []struct{ What string }
		}
	}
	s.Get(t, "/api/v1/campaigns/"+c.ID.Short()+"/ledger/verify").Status(t, 200).JSON(t, &all)
	if all.Passes != 2 || all.Entries != 2 || len(all.Items) != 1 || all.Items[0].Pass != rich.ID.Short() || all.Items[0].Sound {
		t.Fatalf("found %+v", all)
	}
	if what := all.Items[0].Faults[0].What; !strings.Contains(what, "balance 5000") {
		t.Errorf("says %q", what)
	}
	set(5) // for the check at the end of every test
}

// TestCampaignSaysHowItIsRedeemed over HTTP, and its passes what that comes to.
func TestCampaignSaysHowItIsRedeemed(t *testing.T) {
	s := servertest.New(t)
	body := map[string]any{"name": "Club", "passTypeIdentifier": servertest.PassTypeIdentifier, "signedCodes": true,
		"redemption": map[string]any{"kind": "points", "tiers": []any{map[string]any{"name": "Blue", "from": 0}, map[string]any{"name": "Gold", "from": 100}}}}
	made := s.Post(t, "/api/v1/campaigns", body).Status(t, 201)
	var c struct {
		SignedCodes bool
		Redemption  struct {
			Kind  string
			Tiers []struct {
				Name string
				From int
			}
		}
	}
	s.Get(t, "/api/v1/campaigns/"+member(t, made, "id")).Status(t, 200).JSON(t, &c)
	if !c.SignedCodes || c.Redemption.Kind != "points" || len(c.Redemption.Tiers) != 2 || c.Redemption.Tiers[1].From != 100 {
		t.Errorf("campaign %+v", c)
	}
	body["redemption"] = map[string]any{"kind": "value", "currency": "euro"}
	s.Post(t, "/api/v1/campaigns", body).Fails(t, 422, "redemption_currency")
	pass := s.Issue(t, store.Campaign{}, nil)
	s.Patch(t, "/api/v1/campaigns/"+pass.Campaign.Short(), map[string]any{"redemption": map[string]any{"kind": "uses", "uses": 3}}).Status(t, 200)
	var p struct{ Account struct{ Left, Uses int } }
	s.Get(t, "/api/v1/passes/"+pass.ID.Short()).Status(t, 200).JSON(t, &p)
	if p.Account.Left != 3 || p.Account.Uses != 0 {
		t.Errorf("account %+v", p.Account)
	}
}

// TestCodesOverHTTP: what a scanner downloads before it goes offline.
func TestCodesOverHTTP(t *testing.T) {
	s := servertest.New(t)
	c := rules(t, s, store.Redemption{Kind: store.Single})
	s.Patch(t, "/api/v1/campaigns/"+c.ID.Short(), map[string]any{"signedCodes": true}).Status(t, 200)
	pass := s.Issue(t, c, nil)
	door := s.As(t, store.Scanner)
	door.Post(t, "/api/v1/redemptions", map[string]any{"pass": pass.ID.Short()}).Status(t, 201)
	var keys struct {
		Keys []struct {
			Number    int
			PublicKey []byte
			PEM       string
		}
	}
	door.Get(t, "/api/v1/organisation/codes/keys").Status(t, 200).JSON(t, &keys)
	if len(keys.Keys) != 1 || keys.Keys[0].Number != 1 || len(keys.Keys[0].PublicKey) != 32 || !strings.HasPrefix(keys.Keys[0].PEM, "-----BEGIN PUBLIC KEY-----\n") {
		t.Errorf("keys %+v", keys)
	}
	var list struct {
		Passes    []uint64
		Next      uint64
		Signature []byte
	}
	door.Get(t, "/api/v1/codes/revoked").Status(t, 200).JSON(t, &list)
	if len(list.Passes) != 1 || list.Passes[0] != uint64(pass.ID) || list.Next != 0 || len(list.Signature) != 64 {
		t.Errorf("revoked %+v", list)
	}
	door.Post(t, "/api/v1/redemptions", map[string]any{"scan": "PP1:FORGED"}).Fails(t, 422, "code_forged")
}
