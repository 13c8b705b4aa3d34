package passtools_test

import (
	"testing"
)

// TestB0 is what the Ruby gem up to 0.4.6 needs.
func TestB0(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	send := a.ruby()
	template := a.template(t, voucher())
	made := decoded(t, send(t, "POST", "/pass/"+template, offer("3 for 2")))
	id := text(t, made, "id")
	t.Run("B0-1 any Accept and User-Agent", func(t *testing.T) {
		send(t, "GET", "/pass/"+id, nil).Status(t, 200)
		a.send(t, "GET", "/pass/"+id, nil, "Accept: */*; q=0.5, application/xml", "User-Agent: Ruby").Status(t, 200)
	})
	t.Run("B0-2 a stray header Multipart, forms in UTF-8", func(t *testing.T) {
		send(t, "PUT", "/pass/"+id, offer("Citroën €")).Status(t, 200)
		if got := a.get(t, id).Fields["offer"].Value; got != "Citroën €" {
			t.Errorf("the offer is %v", got)
		}
	})
	t.Run("B0-3 no body is empty", func(t *testing.T) {
		for _, r := range [][2]string{{"PUT", "/pass/" + id + "/push"}, {"GET", "/pass"}, {"GET", "/template/headers"}, {"DELETE", "/pass/" + text(t, decoded(t, send(t, "POST", "/pass/"+template, offer("x"))), "id")}} {
			decoded(t, send(t, r[0], r[1], nil))
		}
	})
	t.Run("B0-4 passFields make a pass", func(t *testing.T) {
		p := decoded(t, send(t, "GET", "/pass/"+id, nil))
		model := object(t, p, "passFields")
		object(t, model, "offer")["value"] = "copied"
		again := decoded(t, send(t, "POST", "/pass/"+text(t, p, "templateId"), model))
		if text(t, again, "id") == id {
			t.Error("it is the same pass")
		}
		if got := text(t, decoded(t, send(t, "PUT", "/pass/"+id, model)), "id"); got != id || a.get(t, id).Fields["offer"].Value != "copied" {
			t.Errorf("changed %s to %v", got, a.get(t, id).Fields)
		}
	})
	t.Run("B0-5 a template has fieldsModel", func(t *testing.T) {
		got := decoded(t, send(t, "GET", "/template/"+template, nil))
		text(t, object(t, got, "templateHeader"), "id")
		if m := object(t, object(t, got, "fieldsModel"), "offer"); m["fieldType"] != "PRIMARY" || m["changeMessage"] != "Your offer is now %@" || m["textAlignment"] != nil {
			t.Errorf("the model is %v", m)
		}
	})
	t.Run("B0-6 Status is Deleted", func(t *testing.T) {
		other := a.pass(t, template, offer("x"))
		if got := decoded(t, send(t, "DELETE", "/pass/"+other.ID, nil)); got["Status"] != "Deleted" || number(t, got, "passId") != other.ID {
			t.Errorf("answered %v", got)
		}
		gone := a.template(t, voucher())
		if got := decoded(t, send(t, "DELETE", "/template/"+gone, nil)); got["Status"] != "Deleted" || got["status"] != "Deleted" || got["TemplateID"] != gone || number(t, got, "templateId") != gone {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("B0-7 errors are objects without id", func(t *testing.T) {
		for _, path := range []string{"/pass/1", "/template/1", "/none", "/pass/x"} {
			var got members
			send(t, "GET", path, nil).JSON(t, &got)
			if got["id"] != nil || got["fieldsModel"] != nil || text(t, got, "description") == "" || text(t, got, "details") == "" {
				t.Errorf("%s: %v", path, got)
			}
		}
	})
}

// TestB2 is what the Ruby gem 1.2.0 needs.
func TestB2(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	send := a.ruby(rev12)
	send(t, "POST", "/template/id/b2", voucher()).Status(t, 200)
	template := text(t, object(t, decoded(t, send(t, "GET", "/template/id/b2", nil)), "templateHeader"), "id")
	p := a.pass(t, template, members{"fields": offer("3 for 2"), "externalId": "p/1"})
	t.Run("B2-1 the revision on every call", func(t *testing.T) {
		if got := decoded(t, send(t, "GET", "/pass", nil)); got["passes"] == nil || got["Passes"] != nil {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("B2-2 paths come as the caller escaped them", func(t *testing.T) {
		send(t, "GET", "/pass/id/p%2F1", nil).Status(t, 200)
		fails(t, send(t, "GET", "/pass/id/p/1", nil), 404, errNothing)
	})
	t.Run("B2-3 a pass of a template by its name", func(t *testing.T) {
		got := decoded(t, send(t, "POST", "/pass/id/b2", members{"fields": offer("x")}))
		if got["templateId"] != template || got["externalId"] != nil {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("B2-4 tags of a pass", func(t *testing.T) {
		send(t, "PUT", "/pass/"+p.ID+"/tags", members{"tags": []any{"a"}}).Status(t, 200)
		all := list(t, decoded(t, send(t, "GET", "/pass/"+p.ID+"/tags", nil)), "tags")
		if len(all) != 1 || all[0].(members)["tag"] != "a" || all[0].(members)["name"] != "a" {
			t.Errorf("the tags are %v", all)
		}
	})
	t.Run("B2-5 locations are a list of objects", func(t *testing.T) {
		for _, path := range []string{"/pass/" + p.ID + "/locations", "/template/id/b2/locations"} {
			var got []members
			send(t, "POST", path, []any{members{"latitude": 1, "longitude": 2}}).Status(t, 200).JSON(t, &got)
			if len(got) != 1 {
				t.Errorf("%s: %v", path, got)
			}
		}
	})
	t.Run("B2-6 an update of null changes nothing", func(t *testing.T) {
		before := a.get(t, p.ID)
		for _, body := range []string{"null", "", "{}"} {
			number(t, decoded(t, send(t, "PUT", "/pass/"+p.ID, body)), "ticketId")
		}
		if after := a.get(t, p.ID); after.Fields["offer"].Value != before.Fields["offer"].Value || after.PassFields["offer"].Value == nil {
			t.Errorf("was %+v, is %+v", before, after)
		}
	})
	t.Run("B2-7 what the gem cannot ask for is there", func(t *testing.T) {
		send(t, "PUT", "/template/"+template, voucher()).Status(t, 200)
		send(t, "DELETE", "/template/"+a.template(t, voucher()), nil).Status(t, 200)
	})
	t.Run("B2-8 a ticket is shown", func(t *testing.T) {
		id := number(t, decoded(t, send(t, "PUT", "/pass/"+p.ID, members{"fields": offer("y")})), "ticketId")
		got := decoded(t, send(t, "GET", "/ticket/"+id, nil))
		if number(t, got, "ID") != id || got["Status"] != "COMPLETED" || got["status"] != "COMPLETED" || len(object(t, got, "children")) != 0 || text(t, got, "createdAt") != "2026-06-01 09:30:00.0" {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("B2-9 fieldsModel as a pass", func(t *testing.T) {
		for _, send := range []shop{send, a.ruby(), a.ruby(rev11)} {
			model := object(t, decoded(t, send(t, "GET", "/template/"+template, nil)), "fieldsModel")
			fields, nested := model["fields"].(members)
			if !nested {
				fields = model
			}
			object(t, fields, "offer")["value"] = "of the model"
			id := text(t, decoded(t, send(t, "POST", "/pass/"+template, model)), "id")
			if got := a.get(t, id).Fields["offer"].Value; got != "of the model" {
				t.Errorf("the offer is %v", got)
			}
		}
	})
}
