package passworks_test

import (
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/store"
)

// shop is an account with a campaign, spelt for both APIs.
type shop struct {
	*account
	theirs, native string // the campaign
}

func newShop(b *testing.B, passes int) shop {
	b.Helper()
	a := newAccount(b)
	campaign := a.campaign(b, "coupons", with(loaf(), members{"allow_multiple_redeems": true}))
	for range passes {
		a.pass(b, "coupons", campaign, nil)
	}
	return shop{a, "/coupons/" + campaign, "/api/v1/campaigns/" + short(b, campaign)}
}

// short is the native spelling of an id.
func short(t testing.TB, uuid string) string {
	t.Helper()
	id, ok := store.ParseUUID(uuid)
	if !ok {
		t.Fatalf("%s is no id", uuid)
	}
	return id.Short()
}

func BenchmarkIssue(b *testing.B) {
	s := newShop(b, 0)
	compattest.Compare(b,
		func() {
			s.Post(b, s.native+"/passes", `{"values": {"holder": "Mira Okafor"}, "pinned": true}`).Status(b, 201)
		},
		func() {
			s.send(b, "POST", s.theirs+"/passes", `{"pass": {"auxiliary_fields": [{"key": "holder", "value": "Mira Okafor"}]}}`).Status(b, 201)
		})
}

func BenchmarkGet(b *testing.B) {
	s := newShop(b, 0)
	pass := s.pass(b, "coupons", s.theirs[len("/coupons/"):], nil)
	native := "/api/v1/passes/" + short(b, pass)
	compattest.Compare(b,
		func() { s.Server.Caller.Get(b, native).Status(b, 200) },
		func() { s.send(b, "GET", s.theirs+"/passes/"+pass, nil).Status(b, 200) })
}

func BenchmarkList(b *testing.B) {
	s := newShop(b, 100)
	compattest.Compare(b,
		func() {
			s.Server.Caller.Get(b, "/api/v1/passes?limit=25&campaign="+s.native[len("/api/v1/campaigns/"):]).Status(b, 200)
		},
		func() { s.send(b, "GET", s.theirs+"/passes?page=3", nil).Status(b, 200) })
}

func BenchmarkRedeem(b *testing.B) {
	s := newShop(b, 0)
	pass := s.pass(b, "coupons", s.theirs[len("/coupons/"):], nil)
	native := "/api/v1/passes/" + short(b, pass) + "/redemptions"
	compattest.Compare(b,
		func() { s.Post(b, native, `{}`).Status(b, 201) },
		func() { s.send(b, "POST", s.theirs+"/passes/"+pass+"/redeem", nil).Status(b, 200) })
}
