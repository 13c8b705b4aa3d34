package passtools_test

import (
	"encoding/json"
	"testing"

	"go.uber.org/goleak"

	"pocketpass/server/compat/compattest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client plays the story of every dialect, and its requests are recorded.
type client struct {
	*account
	template string
	issued   int
}

func TestStory(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	compattest.Run(t, a.Server, &client{account: a})
}

func (c *client) Intrude(t testing.TB) {
	nobody := c.record
	for name, path := range map[string]string{"refused-without": "/pass", "refused-key": "/pass?api_key=wrong", "refused-empty": "/pass?api_key="} {
		fails(t, nobody.Send(t, name, "GET", base+path, nil), 401, errUnauthorized)
	}
	fails(t, nobody.Send(t, "refused-basic", "GET", base+"/pass", nil, "Authorization: Basic b3BzOndyb25n"), 401, errUnauthorized)
}

func (c *client) Prepare(t testing.TB) {
	var made struct{ TemplateID json.Number }
	c.keep(t, "template-create", "POST", "/template", c.ferry(), rev12).Status(t, 200).JSON(t, &made)
	c.template = made.TemplateID.String()
	c.keep(t, "template-get", "GET", "/template/"+c.template, nil, rev12).Status(t, 200)
	c.keep(t, "template-get-1.0", "GET", "/template/"+c.template, nil).Status(t, 200)
	c.keep(t, "template-headers", "GET", "/template/headers", nil, rev12).Status(t, 200)
	c.keep(t, "template-headers-1.0", "GET", "/template/headers", nil).Status(t, 200)
}

func (c *client) Issue(t testing.TB) compattest.Issued {
	body := members{"headers": members{"barcode_value": members{"value": "QF-2013-00017"}}, "fields": members{"Berth #": members{"value": 4}}}
	var p sent
	if c.issued++; c.issued > 1 {
		return c.link(t, c.pass(t, c.template, body))
	}
	c.keep(t, "pass-create", "POST", "/pass/"+c.template, body, rev12).Status(t, 200).JSON(t, &p)
	return c.link(t, p)
}

// link asks for a link that works without a key.
func (c *client) link(t testing.TB, p sent) compattest.Issued {
	c.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{}, "publicUrl": members{"type": "multiple"}}, rev12).Status(t, 200)
	p = c.get(t, p.ID)
	return compattest.Issued{SerialNumber: p.SerialNumber, URL: p.Public.Path, ID: p.ID}
}

func (c *client) Change(t testing.TB, p compattest.Issued) string {
	c.keep(t, "pass-update", "PUT", "/pass/"+p.ID, members{"fields": members{"To": members{"value": "Puffin Rock"}}}, rev12).Status(t, 200)
	return "Puffin Rock"
}

func (c *client) List(t testing.TB, all []compattest.Issued) {
	for n, want := range []int{2, 0} {
		var list struct {
			Count  int
			Passes []sent
		}
		page := []string{"/pass?page=1&pageSize=2", "/pass?page=2&pageSize=2"}[n]
		c.send(t, "GET", page, nil, rev12).Status(t, 200).JSON(t, &list)
		if list.Count != 3 || list.Passes[0].ID != all[want].ID {
			t.Errorf("%s lists %+v", page, list)
		}
	}
	c.keep(t, "pass-list", "GET", "/pass?pageSize=2", nil, rev12).Status(t, 200)
	c.keep(t, "pass-list-1.0", "GET", "/pass?pageSize=2", nil).Status(t, 200)
	c.keep(t, "pass-get", "GET", "/pass/"+all[0].ID, nil, rev12).Status(t, 200)
	c.keep(t, "pass-get-1.1", "GET", "/pass/"+all[0].ID, nil, rev11).Status(t, 200)
	c.keep(t, "pass-get-1.0", "GET", "/pass/"+all[0].ID, nil).Status(t, 200)
	c.keep(t, "pass-view", "GET", "/pass/"+all[0].ID+"/viewJSONPass", nil).Status(t, 200)
	c.keep(t, "pass-download", "GET", "/pass/"+all[0].ID+"/download", nil, "Accept: application/json").Status(t, 200)
	c.keep(t, "pass-push", "PUT", "/pass/"+all[0].ID+"/push", nil, rev12).Status(t, 200)
	c.file(t, all[0].ID)
}

func (c *client) Delete(t testing.TB, p compattest.Issued) compattest.Deleted {
	c.keep(t, "pass-delete", "DELETE", "/pass/"+p.ID, nil, rev12).Status(t, 200)
	fails(t, c.keep(t, "pass-deleted", "GET", "/pass/"+p.ID, nil, rev12), 404, errNotFound("pass", p.ID))
	return compattest.Gone
}
