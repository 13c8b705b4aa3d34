package passworks_test

import (
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestVoided: a client voids a pass when it is made or changed, without redeeming it, and
// null, as of a member that it does not know, changes nothing.
func TestVoided(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", plain(t))
	passes := "/coupons/" + campaign + "/passes"
	for _, step := range []struct {
		name, first, then string
		wants             [2]bool
	}{
		{"from the beginning", `{"pass":{"voided":true}}`, `{"pass":{"voided":false}}`, [2]bool{true, false}},
		{"as a word", `{"voided":"true"}`, `{"pass":{"voided":null}}`, [2]bool{true, true}},
		{"not at all", `{"pass":{"voided":false}}`, `{"pass":{"voided":1}}`, [2]bool{false, true}},
		{"later", `{"pass":{"voided":null}}`, `{"pass":{"voided":"1"}}`, [2]bool{false, true}},
	} {
		made := object(t, a.send(t, "POST", passes, []byte(step.first)).Status(t, 201))
		then := object(t, a.send(t, "PATCH", passes+"/"+made["id"].(string), []byte(step.then)).Status(t, 200))
		if got := [2]any{made["voided"], then["voided"]}; got != [2]any{step.wants[0], step.wants[1]} || made["redeemed_count"] != 0.0 {
			t.Errorf("%s: voided %v, want %v; redeemed %v times", step.name, got, step.wants, made["redeemed_count"])
		}
	}
	if all := list(t, a.send(t, "GET", passes+"?q[voided_eq]=true", nil).Status(t, 200)); len(all) != 3 {
		t.Errorf("%d passes are void", len(all))
	}
}

// TestInvalid: a pass that was made invalid elsewhere, by itself or with its campaign, is void
// to clients, who cannot redeem it.
func TestInvalid(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	campaign := a.campaign(t, "coupons", plain(t))
	passes := "/coupons/" + campaign + "/passes"
	one, other := a.pass(t, "coupons", campaign, members{}), a.pass(t, "coupons", campaign, members{})
	want := func(voided bool, id string) {
		t.Helper()
		if got := object(t, a.send(t, "GET", passes+"/"+id, nil).Status(t, 200)); got["voided"] != voided {
			t.Errorf("the pass is void: %v", got["voided"])
		}
	}
	record, _ := store.ParseUUID(one)
	invalid := func(store.Reader, store.Pass) (issuer.Change, error) {
		return issuer.Change{Standing: issuer.Standing{Invalid: new(true)}}, nil
	}
	find := func(r store.Reader) (store.Pass, error) { return r.Pass(a.Actor.Org, record) }
	if _, err := a.Issuer.Amend(t.Context(), a.Actor, []issuer.Amendment{{Find: find, Change: invalid}}); err != nil {
		t.Fatal(err)
	}
	want(true, one)
	want(false, other)
	if all := list(t, a.send(t, "GET", passes+"?q[voided_eq]=true", nil).Status(t, 200)); len(all) != 1 || all[0]["id"] != one {
		t.Errorf("void are %v", all)
	}
	state := store.Invalid
	record, _ = store.ParseUUID(campaign)
	if _, err := a.Issuer.ChangeCampaign(t.Context(), a.Actor, record, issuer.CampaignChange{State: &state}); err != nil {
		t.Fatal(err)
	}
	want(true, other)
	a.send(t, "POST", passes+"/"+other+"/redeem", nil).Status(t, 412)
}
