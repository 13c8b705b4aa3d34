package passworks_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRefused(t *testing.T) {
	a := newAccount(t)
	nobody := *a
	nobody.headers = nil
	const denied = "API username or API key is missing or wrong."
	got := nobody.send(t, "GET", "/ping", nil).Status(t, 200)
	if limit := got.Header.Get("X-Ratelimit-Limit"); limit != "60" {
		t.Errorf("without credentials the limit is %q", limit)
	}
	fails(t, nobody.send(t, "GET", "/ping", nil, basic("nobody", "wrong")), 401, denied, `{"base":"`+denied+`"}`)
	if limit := a.send(t, "GET", "/ping/", nil).Status(t, 200).Header.Get("X-Ratelimit-Limit"); limit != "5000" {
		t.Errorf("with credentials the limit is %q", limit)
	}
	fails(t, a.send(t, "GET", "/nothing", nil), 404, "There is nothing at this address.", `{"base":"There is nothing at this address."}`)
	fails(t, a.send(t, "POST", "/ping", nil), 405, "This address does not know the method.", `{"base":"This address does not know the method."}`)
}
