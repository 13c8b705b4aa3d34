package passkit_test

import (
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"pocketpass/server/compat/compattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client plays the story of every dialect, and its requests are the recorded ones.
type client struct {
	*account
	issued int
}

func TestStory(t *testing.T) {
	a := newAccount(t)
	compattest.Run(t, a.Server, &client{account: a})
}

func (c *client) Intrude(t testing.TB) {
	nobody := c.record
	nobody.Headers = nil
	for name, x := range map[string]struct{ header, want string }{
		"refused-without": {"X-None: 1", "missing"},
		"refused-token":   {"Authorization: PKAuth a.b", "malformed"},
		"refused-secret":  {"Authorization: PKAuth " + token(hs256, members{"key": c.key, "exp": c.Clock.Now().Unix()}, "wrong"), "bad key or signature"},
		"refused-key":     {"Authorization: PKAuth " + token(hs256, members{"key": "unknown", "exp": c.Clock.Now().Unix()}, c.secret), "bad key or signature"},
		"refused-late":    {c.expiring(c.Clock.Now().Unix() - 61), "expired"},
		"refused-early":   {c.expiring(c.Clock.Now().Unix() + 361), "expiry is too far ahead"},
	} {
		fails(t, nobody.Send(t, name, "GET", root+"/v2/campaigns", nil, x.header), 401, "Invalid token: "+x.want)
	}
}

func (c *client) Prepare(t testing.TB) {
	c.record.Send(t, "campaign-create", "POST", root+"/v2/campaigns", c.campaign("Harbour_Loyalty")).Status(t, 200)
	form, kind := upload(t, "jsonBody", card("Harbour_Card", "Harbour_Loyalty"), "passbook-IconFile", compattest.Picture(87, 87),
		"passbook-LogoFile", compattest.Picture(320, 100), "passbookRedeem-StripFile", compattest.Picture(1125, 432))
	c.record.Send(t, "template-create", "POST", root+"/v2/templates", form, kind).Status(t, 200)
	c.record.Send(t, "template-get", "GET", root+"/v2/templates/Harbour_Card", nil).Status(t, 200)
}

func (c *client) Issue(t testing.TB) compattest.Issued {
	c.issued++
	body := member("Harbour_Card", fmt.Sprintf("M-%d", c.issued))
	if c.issued > 1 {
		return c.account.issued(c.issue(t, body))
	}
	var made struct{ ID string }
	c.record.Send(t, "pass-create", "POST", root+"/v2/passes", body).Status(t, 200).JSON(t, &made)
	c.record.Send(t, "pass-get", "GET", root+"/v2/passes/"+made.ID, nil).Status(t, 200)
	c.record.Send(t, "pass-json", "GET", root+"/v2/passes/"+made.ID+"/json", nil).Status(t, 200)
	c.record.Send(t, "pass-bundle", "POST", root+"/v2/passes/"+made.ID+"/bundle", nil).Status(t, 200)
	return c.account.issued(made.ID)
}

func (c *client) Change(t testing.TB, p compattest.Issued) string {
	c.record.Send(t, "pass-update", "PUT", root+"/v2/passes/"+p.ID, members{"dynamicData": members{"holder": "Ana Luna"}}).Status(t, 200)
	return "Ana Luna"
}

func (c *client) List(t testing.TB, all []compattest.Issued) {
	var found struct {
		NextFrom   *int
		TotalCount int
		Data       []struct{ ID string }
	}
	c.record.Send(t, "search", "POST", root+"/v1/passes", members{"size": 2, "from": 0, "passFilter": members{"campaignName": "Harbour_Loyalty"}}).Status(t, 200).JSON(t, &found)
	if found.TotalCount != 3 || found.NextFrom == nil || *found.NextFrom != 2 || len(found.Data) != 2 || found.Data[0].ID != all[0].ID {
		t.Errorf("found %+v", found)
	}
	c.record.Send(t, "search-last", "POST", root+"/v1/passes", members{"size": 2, "from": 2, "passFilter": members{"campaignName": "Harbour_Loyalty"}}).Status(t, 200).JSON(t, &found)
	if found.TotalCount != 3 || found.NextFrom != nil || len(found.Data) != 1 || found.Data[0].ID != all[2].ID {
		t.Errorf("found %+v", found)
	}
	c.record.Send(t, "pass-get-own", "GET", root+"/v2/passes?userDefinedId=M-1&campaignName=Harbour_Loyalty", nil).Status(t, 200)
	c.record.Send(t, "pass-update-own", "PUT", root+"/v2/passes?userDefinedId=M-2&campaignName=Harbour_Loyalty", members{"dynamicData": members{"beans": 3}}).Status(t, 200)
	c.record.Send(t, "batch-get", "GET", root+"/v2/passesBatch?id="+all[0].ID+","+all[1].ID, nil).Status(t, 200)
	c.record.Send(t, "batch-update", "PUT", root+"/v2/passesBatch", []any{
		members{"id": all[1].ID, "dynamicData": members{"beans": 1}}, members{"id": all[2].ID, "isVoided": true}}).Status(t, 200)
	c.record.Send(t, "campaign-get", "GET", root+"/v2/campaigns/Harbour_Loyalty", nil).Status(t, 200)
	c.record.Send(t, "campaign-list", "GET", root+"/v2/campaigns", nil).Status(t, 200)
	c.record.Send(t, "template-list", "GET", root+"/v2/campaigns/Harbour_Loyalty/templates", nil).Status(t, 200)
	c.record.Send(t, "template-push", "PUT", root+"/v2/templates/Harbour_Card/push", nil).Status(t, 200)
}

func (c *client) Redeem(t testing.TB, p compattest.Issued) {
	c.record.Send(t, "pass-redeem", "PUT", root+"/v2/passes/"+p.ID+"/redeem", nil).Status(t, 200)
}

func (c *client) RedeemAgain(t testing.TB, p compattest.Issued) {
	got := c.record.Send(t, "pass-redeem-again", "PUT", root+"/v2/passes/"+p.ID+"/redeem", nil)
	fails(t, got, 400, "Pass has already been redeemed: "+p.ID)
}

// Delete has nothing to call: what the service ends, it makes invalid.
func (c *client) Delete(t testing.TB, p compattest.Issued) compattest.Deleted {
	fails(t, c.record.Send(t, "pass-delete", "DELETE", root+"/v2/passes/"+p.ID, nil), 404, "Unknown path or method: DELETE "+root+"/v2/passes/"+p.ID)
	c.record.Send(t, "campaign-update", "PUT", root+"/v2/campaigns/Harbour_Loyalty", members{"status": "INVALID"}).Status(t, 200)
	fails(t, c.record.Send(t, "pass-update-invalid", "PUT", root+"/v2/passes/"+p.ID, members{"isVoided": true}), 400, "Pass is invalid and cannot be changed: "+p.ID)
	return compattest.Stays
}
