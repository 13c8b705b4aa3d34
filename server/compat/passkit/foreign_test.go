package passkit_test

import (
	"encoding/json"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestOwnPartStays changes a pass that was made natively with a content and a picture of its
// own, for which this service has no words: they stay, and go with nothing else.
func TestOwnPartStays(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	strip := a.Asset(t, "strip")
	p := a.Issue(t, a.Campaign(t), servertest.Values{}, func(o *issuer.Order) {
		o.Document = json.RawMessage(`{"logoText":"Mine","labelColor":"rgb(1,2,3)","locations":[{"latitude":1,"longitude":2}],"storeCard":{"auxiliaryFields":[{"key":"own","label":"L","value":"V"}]}}`)
		o.Images = map[string]store.ID{"strip": strip}
	})
	before := a.document(t, p.PublicID)
	form, kind := upload(t, "image", compattest.Picture(375, 144))
	var picture struct{ Path string }
	a.send(t, "POST", "/v2/images", form, kind).Status(t, 200).JSON(t, &picture)
	change := func(body members) {
		t.Helper()
		a.send(t, "PUT", "/v2/passes/"+p.PublicID, body).Status(t, 200)
	}

	change(members{"recoveryEmail": "ana@customer.example"})
	a.sameDocument(t, p.PublicID, before)
	change(members{"passbook": members{"labelColor": "#040506", "fgColor": "#FFFFFF"}, "dynamicImages": members{"passbook": members{"logo": picture.Path}}})
	got := a.document(t, p.PublicID)
	if got["logoText"] != "Mine" || got["labelColor"] != "rgb(4, 5, 6)" || jsonOf(got["storeCard"]) != jsonOf(before["storeCard"]) || jsonOf(got["locations"]) != jsonOf(before["locations"]) {
		t.Errorf("it became %v", got)
	}
	change(members{"passbook": members{"fgColor": ""}, "dynamicImages": members{"passbook": members{"logo": ""}}})
	if got := a.document(t, p.PublicID); got["foregroundColor"] != before["foregroundColor"] || got["logoText"] != "Mine" {
		t.Errorf("it became %v", got)
	}
	var kept store.Pass
	if err := a.Store.View(t.Context(), func(r store.Reader) (err error) {
		kept, err = r.Pass(p.Org, p.ID)
		return err
	}); err != nil || len(kept.Images) != 1 || kept.Images["strip"] != strip {
		t.Errorf("its pictures are %v, %v", kept.Images, err)
	}
}

func (a *account) sameDocument(t testing.TB, id string, want map[string]any) {
	t.Helper()
	if got := a.document(t, id); jsonOf(got) != jsonOf(want) {
		t.Errorf("the pass became %v, it was %v", got, want)
	}
}

// TestArchived: a campaign that was archived natively is frozen to clients, and they are told
// why it stays so.
func TestArchived(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	c, archived := a.Campaign(t), store.Archived
	if _, err := a.Issuer.ChangeCampaign(t.Context(), a.Actor, c.ID, issuer.CampaignChange{State: &archived}); err != nil {
		t.Fatal(err)
	}
	path := "/v2/campaigns/" + c.ID.Short()
	if got := decoded(t, a.send(t, "GET", path, nil).Status(t, 200).Body); got["status"] != "FROZEN" {
		t.Errorf("it is shown as %v", got["status"])
	}
	a.send(t, "PUT", path, members{"status": "FROZEN"}).Status(t, 200)
	fails(t, a.send(t, "PUT", path, members{"status": "ACTIVE"}), 400,
		"Invalid value for field status: a campaign that is archived cannot become active; from here it can become invalid")
}
