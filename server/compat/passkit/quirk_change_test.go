package passkit_test

import (
	"reflect"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
)

func q40(t *testing.T, a *account) {
	got := a.send(t, "PUT", "/v2/campaigns/Harbour_Loyalty", members{"name": "Harbour_Loyalty", "passbookCertId": a.certificate, "description": "Forty"}).Status(t, 200)
	if string(got.Body) != `{"name":"Harbour_Loyalty"}` {
		t.Errorf("%s", got.Body)
	}
	fails(t, a.send(t, "PUT", "/v2/campaigns/Harbour_Loyalty", members{"name": "Other"}), 400, "Invalid value for field name: cannot be changed from Harbour_Loyalty")
}

func q41(t *testing.T, a *account) {
	a.templated(t, "Forty_One", card("Forty_One", "Harbour_Loyalty"))
	get := func() members { return decoded(t, a.send(t, "GET", "/v2/templates/Forty_One", nil).Body) }
	before := get()
	a.send(t, "PUT", "/v2/templates/Forty_One", members{"meta": members{"only": 1}}).Status(t, 200)
	want := with(before, members{"meta": members{"only": 1.0}})
	if after := get(); !reflect.DeepEqual(after, want) {
		t.Errorf("%v, want %v", after, want)
	}
}

func q42(t *testing.T, a *account) {
	a.prepared(t, "Forty_Two")
	id := a.issue(t, member("Harbour_Loyalty", ""))
	revision := a.revision(t, id)
	a.send(t, "PUT", "/v2/passes/"+id, members{"templateName": "Other_Card", "isVoided": false, "isRedeemed": false, "isInvalid": false}).Status(t, 200)
	if got := a.pass(t, id); got["templateName"] != "Other_Card" || a.document(t, id)["serialNumber"] != id || a.revision(t, id) <= revision {
		t.Errorf("%v", got)
	}
	fails(t, a.send(t, "PUT", "/v2/passes/"+id, members{"templateName": "Forty_Two"}), 400, "Invalid value for field templateName: Forty_Two is not a template of campaign Harbour_Loyalty")
	fails(t, a.send(t, "PUT", "/v2/passes/"+id, members{"campaignName": "Forty_Two"}), 400, "Invalid value for field campaignName: cannot be changed from Harbour_Loyalty")
}

func q43(t *testing.T, a *account) {
	form, kind := upload(t, "jsonBody", with(card("Forty_Three", "Harbour_Loyalty"), members{"passbookRedeem": nil}), "passbook-IconFile", compattest.Picture(87, 87),
		"passbookRedeem-IconFile", compattest.Picture(90, 90), "passbookRedeem-LogoFile", compattest.Picture(320, 100), "passbookRedeem-StripFile", compattest.Picture(375, 144),
		"passbookRedeem-FooterFile", compattest.Picture(286, 15), "passbookRedeem-ThumbFile", compattest.Picture(90, 90), "passbookRedeem-BgFile", compattest.Picture(180, 220))
	a.send(t, "POST", "/v2/templates", form, kind).Status(t, 200)
	id := a.issue(t, member("Forty_Three", ""))
	if files := a.file(t, id).Contents.Files; len(files["strip.png"].Data) > 0 {
		t.Error("a pass that was not redeemed has the strip of those that were")
	}
	a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200)
	if r := a.file(t, id); len(r.Contents.Files["strip.png"].Data) == 0 || decoded(t, r.Contents.Files["pass.json"].Data)["logoText"] != "Harbour Coffee" {
		t.Error("a redeemed pass has no strip, or another text")
	}
}

func q44(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", ""))
	a.send(t, "PUT", "/v2/passes/"+id, members{"expiryDate": a.Clock.Now().Add(-time.Hour).Format("2006-01-02T15:04:05.000Z")}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id, members{"dynamicData": members{"beans": 44}}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id+"/redeem", nil).Status(t, 200)
	a.send(t, "PUT", "/v2/passes/"+id, members{"isInvalid": true}).Status(t, 200)
	if got := a.pass(t, id); got["isInvalid"] != true || got["isRedeemed"] != true || got["isVoided"] != false {
		t.Errorf("%v", got)
	}
	a.send(t, "PUT", "/v2/passes/"+id, members{"isInvalid": true}).Status(t, 200)
	fails(t, a.send(t, "PUT", "/v2/passes/"+id, members{"isInvalid": false}), 400, "Pass is invalid and cannot be changed: "+id)
}

func q45(t *testing.T, a *account) {
	var got struct{ ID []string }
	a.send(t, "POST", "/v2/passesBatch", members{"passes": []any{member("Harbour_Loyalty", "M-45a"), members{"templateName": "Other_Card"}}}).Status(t, 200).JSON(t, &got)
	if len(got.ID) != 2 || a.pass(t, got.ID[0])["userDefinedId"] != "M-45a" || a.pass(t, got.ID[1])["templateName"] != "Other_Card" {
		t.Errorf("%v", got)
	}
}

func q46(t *testing.T, a *account) {
	a.issue(t, member("Harbour_Loyalty", "O-46"))
	if got := a.send(t, "GET", "/v2/passes?userDefinedId=O-46&campaignName=Harbour_Loyalty", nil).Status(t, 200); got.Body[0] != '{' {
		t.Errorf("%s", got.Body)
	}
}
