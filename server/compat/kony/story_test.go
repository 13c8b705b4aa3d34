package kony_test

import (
	"fmt"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
)

// customer is a back end that seals passes itself.
type customer struct {
	*desk
	made int
}

func TestStory(t *testing.T) {
	d := open(t)
	compattest.Run(t, d.Server, &customer{desk: d})
}

func (c *customer) Intrude(t testing.TB) {
	want(t, c.uploadAs(t, passURL, "", c.file(t)), 401, unallowed)
	want(t, c.uploadAs(t, passURL, "nobody.has-this-secret", c.file(t)), 401, unallowed)
	want(t, c.anyone.Get(t, latestURL), 401, badToken)
}

func (c *customer) Prepare(t testing.TB) { c.certify(t) }

func (c *customer) Issue(t testing.TB) compattest.Issued {
	c.made++
	name := fmt.Sprintf("B-%d", c.made)
	c.hand(t, name, points(1))
	return compattest.Issued{SerialNumber: name, URL: servertest.BaseURL + "/p/" + record(t, c.desk, name).PublicID + ".pkpass"}
}

func (c *customer) hand(t testing.TB, name string, changes ...members) {
	t.Helper()
	path := strings.TrimSuffix(passURL, serial) + name
	want(t, c.uploadAs(t, path, c.token, c.file(t, append(changes, members{"serialNumber": name})...)), 200, success)
}

func (c *customer) Change(t testing.TB, p compattest.Issued) string {
	c.hand(t, p.SerialNumber, points(4711))
	return "4711"
}

// List has each pass in the list of a device that registered for it.
func (c *customer) List(t testing.TB, all []compattest.Issued) {
	for _, p := range all {
		want(t, c.register(t, strings.TrimSuffix(registerURL, serial)+p.SerialNumber, secret), 201, created)
	}
	if l := c.list(t, device, ""); strings.Join(l.SerialNumbers, " ") != "B-1 B-2 B-3" {
		t.Errorf("the device lists %v", l)
	}
}

// Delete does nothing: the service has no call for it.
func (c *customer) Delete(testing.TB, compattest.Issued) compattest.Deleted { return compattest.Stays }

// TestStrangersFile is a pass of a native campaign: no upload takes its place, and its
// device may ask here as well.
func TestStrangersFile(t *testing.T) {
	d := open(t)
	d.AddCertificate(t, bundle)
	p := d.Issue(t, d.Campaign(t), servertest.Values{"stamps": 1})
	at := func(path string) string { return strings.TrimSuffix(path, serial) + p.SerialNumber }
	want(t, d.uploadAs(t, at(passURL), d.token, d.file(t, members{"serialNumber": p.SerialNumber})), 400, `{"message":"Pass was not uploaded and cannot be replaced by a file"}`)
	want(t, d.register(t, at(registerURL), d.token), 201, created)
	before := d.list(t, device, "")
	d.Change(t, p, servertest.Values{"stamps": 2})
	if after := d.list(t, device, "?passesUpdatedSince="+before.LastUpdated); len(after.SerialNumbers) != 1 {
		t.Errorf("after a change the list is %v", after)
	}
	d.anyone.Get(t, at(latestURL), "Authorization: x "+d.token, "if-modified-since: "+before.LastUpdated).Status(t, 200)
}

// TestDeletedFile is deleted where that is possible, served no more, and uploaded again.
func TestDeletedFile(t *testing.T) {
	d := open(t)
	d.enter(t)
	if err := d.Issuer.Delete(t.Context(), d.Actor, record(t, d, serial).ID, nil); err != nil {
		t.Fatal(err)
	}
	want(t, d.latest(t, secret), 404, `{"message":"Pass is not found"}`)
	if l := d.list(t, device, ""); len(l.SerialNumbers) != 0 {
		t.Errorf("the list is %v", l)
	}
	want(t, d.upload(t, d.file(t)), 200, success)
	d.latest(t, secret).Status(t, 200)
}
