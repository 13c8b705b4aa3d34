package kony_test

import (
	"slices"
	"testing"

	"pocketpass/server/compat/compattest"
)

// TestAddresses has a webhook ask for the addresses of devices.
func TestAddresses(t *testing.T) {
	d := open(t, compattest.AllowLoopback())
	d.certify(t)
	var hook struct{ ID string }
	d.Post(t, "/api/v1/webhooks", members{"url": "http://127.0.0.1:9/", "addresses": true, "events": []string{"pass.installed", "pass.fetched", "pass.uninstalled"}}).
		Status(t, 201).JSON(t, &hook)
	d.enter(t)
	d.latest(t, secret).Status(t, 200)
	if err := d.Issuer.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, d.anyone.Post(t, leaveURL, nil, "Authorization: ApplePass "+secret), 200, success)
	var sent struct {
		Items []struct {
			Type string
			Data struct{ Address string }
		}
	}
	d.Get(t, "/api/v1/webhooks/"+hook.ID+"/deliveries").Status(t, 200).JSON(t, &sent)
	var got []string
	for _, one := range sent.Items {
		got = append(got, one.Type+" "+one.Data.Address)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"pass.fetched 127.0.0.1", "pass.installed 127.0.0.1", "pass.uninstalled 127.0.0.1"}) {
		t.Errorf("told of %v", got)
	}
}
