package walletkit_test

import (
	"slices"
	"testing"

	"pocketpass/server/compat/compattest"
)

// client plays the story of every dialect, and its requests are the recorded ones.
type client struct {
	*brand
	template string
	issued   int
}

func TestStory(t *testing.T) {
	b := newBrand(t)
	compattest.Run(t, b.Server, &client{brand: b})
}

func (c *client) Intrude(t testing.TB) {
	nobody := c.record
	nobody.Headers = nil
	want := `{"error":"brand-id or api-key is missing or wrong","error_code":"unauthorized"}` + "\n"
	for name, headers := range map[string][]string{
		"refused-without": nil, "refused-key": {c.headers[0], "api-key: wrong"}, "refused-brand": {"brand-id: wrong", c.headers[1]},
	} {
		if a := nobody.Send(t, name, "GET", templates, nil, headers...).Status(t, 401); string(a.Body) != want {
			t.Errorf("%s: %s, want %s", name, a.Body, want)
		}
	}
}

func (c *client) Prepare(t testing.TB) {
	var made struct{ ID string }
	c.record.Send(t, "template-create", "POST", templates, c.concert()).Status(t, 200).JSON(t, &made)
	c.template = made.ID
	c.record.Send(t, "template-get", "GET", templates+"/"+c.template, nil).Status(t, 200)
}

func (c *client) Issue(t testing.TB) compattest.Issued {
	body := members{"keys": []any{members{"key": "seat", "value": "C 17"}, members{"key": "door", "value": 3}},
		"location":        []any{members{"latitude": 53.55, "longitude": 10.0}},
		"barcode_message": "HH-4711", "barcode_alttext": "4711", "sms": "+4915550001122", "email": "guest@example.org", "emailname": "Kim"}
	var p sent
	if c.issued++; c.issued > 1 {
		return c.pass(t, c.template, body).issued()
	}
	c.record.Send(t, "pass-create", "POST", templates+"/"+c.template, body).Status(t, 200).JSON(t, &p)
	if p.SentPass.EmailInfo || !slices.Equal(p.Ignored, []string{"email", "sms"}) {
		t.Errorf("without a way to send: %+v", p)
	}
	return p.issued()
}

func (c *client) Change(t testing.TB, p compattest.Issued) string {
	var got sent
	c.record.Send(t, "passes-update", "PUT", templates+"/"+c.template, members{
		"keys":       []any{members{"key": "door", "value": "3"}},
		"updatekeys": []any{members{"key": "door", "value": "North 5"}},
	}).Status(t, 200).JSON(t, &got)
	if got.Matched != 1 || got.Updated != 1 || !slices.Equal(got.Serials, []string{p.SerialNumber}) {
		t.Errorf("the update found %+v", got)
	}
	return "North 5"
}

func (c *client) List(t testing.TB, all []compattest.Issued) {
	other := c.brand.template(t, c.plain())
	var listed []struct{ ID, Description string }
	c.record.Send(t, "template-list", "GET", templates, nil).Status(t, 200).JSON(t, &listed)
	if len(listed) != 2 || listed[0].ID != c.template || listed[1].ID != other || listed[1].Description != "Plain" {
		t.Errorf("listed are %v", listed)
	}
	c.record.Send(t, "pass-locations", "POST", templates+"/"+c.template+"?sno="+all[0].SerialNumber,
		members{"location_reset": true, "location": []any{members{"latitude": 54.32, "longitude": 10.12, "relevanttext": "New venue"}}}).Status(t, 200)
}

func (c *client) Delete(t testing.TB, _ compattest.Issued) compattest.Deleted {
	c.record.Send(t, "template-delete", "DELETE", templates+"/"+c.template, nil).Status(t, 200)
	c.record.Send(t, "template-deleted", "DELETE", templates+"/"+c.template, nil).Status(t, 404)
	return compattest.Stays
}
