package passkit_test

import (
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
)

func q18(t *testing.T, a *account) {
	id := a.issue(t, member("Harbour_Loyalty", "U-18"))
	var got struct{ ID string }
	if a.send(t, "GET", "/v2/passes?userDefinedId=U-18&campaignNameHarbour_Loyalty", nil).Status(t, 200).JSON(t, &got); got.ID != id {
		t.Errorf("found %s", got.ID)
	}
	a.send(t, "PUT", "/v2/passes?userDefinedId=U-18&campaignNameHarbour_Loyalty", members{"dynamicData": members{"beans": 18}}).Status(t, 200)
	if data := a.pass(t, id)["dynamicData"].(members); data["beans"] != 18.0 {
		t.Errorf("%v", data)
	}
}

func q19(t *testing.T, a *account) {
	one, other := a.issue(t, member("Harbour_Loyalty", "USER_1")), a.issue(t, member("Harbour_Loyalty", "Zoé"))
	a.send(t, "PUT", "/v2/passes%3FuserDefinedId%3DUSER_1%26campaignName%3DHarbour_Loyalty", members{"dynamicData": members{"beans": 19}}).Status(t, 200)
	a.send(t, "PUT", "/v2/passes%3fuserDefinedId%3DZo%E9%26campaignName%3DHarbour_Loyalty", members{"dynamicData": members{"beans": 19}}).Status(t, 200)
	var all []struct {
		ID          string
		DynamicData members
	}
	a.send(t, "GET", "/v2/passesBatch%3Fid%3D"+one+"%2C"+other, nil).Status(t, 200).JSON(t, &all)
	if len(all) != 2 || all[0].DynamicData["beans"] != 19.0 || all[1].DynamicData["beans"] != 19.0 {
		t.Errorf("%v", all)
	}
}

func q20(t *testing.T, a *account) {
	plus, blank := a.issue(t, member("Harbour_Loyalty", "a+b;c")), a.issue(t, member("Harbour_Loyalty", "d e"))
	for query, want := range map[string]string{"a+b;c": plus, "a%2Bb%3Bc": plus, "d+e": blank, "d%20e": blank} {
		var got struct{ ID string }
		if a.send(t, "GET", "/v2/passes?userDefinedId="+query+"&campaignName=Harbour_Loyalty", nil).Status(t, 200).JSON(t, &got); got.ID != want {
			t.Errorf("%s found %s", query, got.ID)
		}
	}
}

func q21(t *testing.T, a *account) {
	a.templated(t, "Twenty_One", card("Twenty_One", "Harbour_Loyalty"))
	id := a.issue(t, member("Twenty_One", ""))
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), a.issued(id).URL); err != nil {
		t.Fatal(err)
	}
	for n, body := range []string{"null", "", "{}", "[]"} {
		a.send(t, "PUT", "/v2/templates/Twenty_One", members{"passbook": members{"logoText": body + "!"}}).Status(t, 200)
		if pushes := len(a.Push.Log(phone.PushToken)); pushes != n {
			t.Errorf("a change of the template alone was pushed: %d pushes", pushes)
		}
		if got := a.send(t, "PUT", "/v2/templates/Twenty_One", body).Status(t, 200); string(got.Body) != `{"name":"Twenty_One"}` {
			t.Errorf("%s", got.Body)
		}
		phone.WantUpdates(t, compattest.Record(t, a.Server, a.issued(id)), n+1)
	}
}

func q22(t *testing.T, a *account) {
	a.prepared(t, "Twenty_Two")
	id := a.issue(t, member("Harbour_Loyalty", "X-22"))
	var got struct{ ID string }
	if a.send(t, "GET", "/v2/passes?userDefinedId=X-22", nil).Status(t, 200).JSON(t, &got); got.ID != id {
		t.Errorf("found %s", got.ID)
	}
	a.issue(t, member("Twenty_Two", "X-22"))
	a.send(t, "GET", "/v2/passes?userDefinedId=X-22", nil).Status(t, 400)
	a.send(t, "GET", "/v2/passes?userDefinedId=nobody-22", nil).Status(t, 400)
	fails(t, a.send(t, "POST", "/v2/passes", member("Twenty_Two", "X-22")), 400, "userDefinedId already in use in campaign Twenty_Two: X-22")
}

func q23(t *testing.T, a *account) {
	one, other := a.issue(t, members{"templateName": "Harbour_Loyalty"}), a.issue(t, members{"templateName": "Harbour_Loyalty"})
	for _, ids := range []string{one + "," + other, one + "%2C" + other, one + ", " + other + ",none,"} {
		var all []struct{ ID string }
		a.send(t, "GET", "/v2/passesBatch?id="+strings.ReplaceAll(ids, " ", "%20"), nil).Status(t, 200).JSON(t, &all)
		if len(all) != 2 || all[0].ID != one || all[1].ID != other {
			t.Errorf("%s: %v", ids, all)
		}
	}
	fails(t, a.send(t, "GET", "/v2/passesBatch?id=none", nil), 404, "Pass not found: none")
	fails(t, a.send(t, "GET", "/v2/passesBatch?id="+strings.Repeat("x,", 26), nil), 400, "Batch is limited to 25 passes, got 26")
}
