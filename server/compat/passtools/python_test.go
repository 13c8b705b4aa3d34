package passtools_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestP0 is what the Python SDK 1.0.0 to 1.0.3 needs.
func TestP0(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	template := a.template(t, voucher())
	p := a.pass(t, template, offer("3 for 2"))
	t.Run("P0-1 queries that are not escaped", func(t *testing.T) {
		got := decoded(t, a.python0(t, "GET", "/pass?pageSize=1&order=Name&direction=asc&note=50%;x", nil))
		if got["PageSize"] != 1.0 || got["OrderField"] != "Name" || got["OrderDirection"] != "ASC" {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("P0-2 success is 200", func(t *testing.T) {
		a.python0(t, "POST", "/pass/"+template, offer("x")).Status(t, 200)
		a.python0(t, "PUT", "/pass/"+p.ID, offer("y")).Status(t, 200)
		a.python0(t, "DELETE", "/pass/"+a.pass(t, template, offer("x")).ID, nil).Status(t, 200)
	})
	t.Run("P0-3 field errors have messages", func(t *testing.T) {
		fails(t, a.python0(t, "POST", "/pass/"+template, members{"nothing": members{"value": "x"}}), 406, errField("nothing", "unknown field!"))
		fails(t, a.python0(t, "POST", "/pass/"+template, members{}), 406, errField("offer", "required field missing!"))
	})
	t.Run("P0-4 an update shows at once", func(t *testing.T) {
		a.python0(t, "PUT", "/pass/"+p.ID, offer("at once"))
		got := decoded(t, a.python0(t, "GET", "/pass/"+p.ID, nil))
		if object(t, object(t, got, "passFields"), "offer")["value"] != "at once" {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("P0-5 lists have Passes", func(t *testing.T) {
		if all := list(t, decoded(t, a.python0(t, "GET", "/pass", nil)), "Passes"); len(all) == 0 {
			t.Error("nothing is listed")
		}
	})
}

// TestP4 is what the Python SDK 1.0.4 needs.
func TestP4(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	template := a.template(t, voucher())
	made := decoded(t, a.python4(t, "POST", "/pass/"+template, offer("3 for 2")))
	id := text(t, made, "id")
	t.Run("P4-1 a form without a body", func(t *testing.T) {
		if got := decoded(t, a.python4(t, "GET", "/pass/"+id, nil)); got["fields"] != nil {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("P4-2 everything in the query", func(t *testing.T) {
		model := object(t, decoded(t, a.python4(t, "GET", "/pass/"+id, nil)), "passFields")
		object(t, model, "offer")["value"] = strings.Repeat("much ", 4000)
		decoded(t, a.python4(t, "PUT", "/pass/"+id, model))
		if got := a.get(t, id).Fields["offer"].Value; got != strings.Repeat("much ", 4000) {
			t.Errorf("the offer has %d characters", len(got.(string)))
		}
		a.python4(t, "PUT", "/pass/"+id, offer("short"))
		fails(t, a.python4(t, "PUT", "/pass/"+id, members{"long": value(strings.Repeat("much.", 256<<10/5))}), 406, errField("long", "unknown field!"))
	})
	t.Run("P4-3 bodies are JSON unless they are files", func(t *testing.T) {
		decoded(t, a.python4(t, "PUT", "/pass/"+id+"/push", nil))
		a.CheckPass(t, a.python4(t, "GET", "/pass/"+id+"/download", nil).Status(t, 200).Body)
	})
	t.Run("P4-4 errors have texts", func(t *testing.T) {
		for _, r := range [][2]string{{"GET", "/pass/1"}, {"GET", "/none"}, {"DELETE", "/pass"}, {"POST", "/pass/" + template}, {"GET", "/pass?page=x"}} {
			var got members
			answer := a.python4(t, r[0], r[1], nil)
			answer.JSON(t, &got)
			if answer.Code < 400 || text(t, got, "description") == "" || text(t, got, "details") == "" || got["code"] != float64(answer.Code) {
				t.Errorf("%v: %v", r, got)
			}
		}
	})
	t.Run("P4-5 answers are ASCII", func(t *testing.T) {
		decoded(t, a.python4(t, "PUT", "/pass/"+id, offer("Füße 𝄞 \u2028")))
		answer := a.python4(t, "GET", "/pass/"+id, nil).Status(t, 200)
		if bytes.ContainsFunc(answer.Body, func(r rune) bool { return r > 0x7e }) || !bytes.Contains(answer.Body, []byte(`F\u00fc\u00dfe \ud834\udd1e \u2028`)) {
			t.Errorf("answered %s", answer.Body)
		}
		if got := answer.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("the type is %s", got)
		}
	})
	t.Run("P4-6 ids in paths are numbers", func(t *testing.T) {
		a.python4(t, "GET", "/pass/"+id, nil).Status(t, 200)
		fails(t, a.python4(t, "GET", "/pass/12x", nil), 400, errRequest("passId must be a number"))
	})
	t.Run("P4-7 members of lists", func(t *testing.T) {
		for path, names := range map[string][]string{
			"/template/headers": {"count", "pageSize", "page", "orderField", "orderDirection", "templateHeaders", "Count", "PageSize", "Page", "OrderField", "OrderDirection"},
			"/pass":             {"Count", "PageSize", "Page", "OrderField", "OrderDirection", "Passes"}} {
			got := decoded(t, a.python4(t, "GET", path, nil))
			for _, name := range names {
				if got[name] == nil {
					t.Errorf("%s has no %s: %v", path, name, got)
				}
			}
			if len(got) != len(names) {
				t.Errorf("%s has more: %v", path, got)
			}
		}
	})
	t.Run("P4-8 members of passes", func(t *testing.T) {
		object(t, made, "passFields")
		if got := decoded(t, a.python4(t, "PUT", "/pass/"+id, offer("z"))); text(t, got, "id") != id || number(t, got, "passId") != id {
			t.Errorf("answered %v", got)
		}
		a.python4(t, "POST", "/pass/"+id+"/locations", []any{members{"latitude": 1, "longitude": 2}}).Status(t, 200)
		around := object(t, decoded(t, a.python4(t, "GET", "/pass/"+id, nil)), "passLocationFields")
		number(t, list(t, around, "passLevel")[0].(members), "id")
	})
	t.Run("P4-9 orders and directions", func(t *testing.T) {
		for _, query := range []string{"direction=asc", "order=Name", "order=created", "order=id&direction=desc", "order=UPDATED"} {
			a.python4(t, "GET", "/pass?"+query, nil).Status(t, 200)
			a.python4(t, "GET", "/template/headers?"+query, nil).Status(t, 200)
		}
	})
	t.Run("P4-10 the service check", func(t *testing.T) {
		a.python4(t, "GET", "/system/status", nil).Status(t, 200)
	})
	t.Run("P4-11 no redirect to a certificate", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+a.Server.Server.Addr("listen")+base+"/pass/"+template+"?"+
			url.Values{"json": {jsonText(t, offer("x"))}, "api_key": {a.key}}.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		if resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
	})
}

// TestP2 is what the Python SDK of the line 1.2 needs.
func TestP2(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	template := a.template(t, voucher())
	for range 4 {
		a.pass(t, template, members{"fields": offer("x")})
	}
	made := decoded(t, a.python2(t, "POST", "/pass/"+template, form(t, members{"fields": offer("3 for 2")})))
	id := text(t, made, "id")
	t.Run("P2-1 parameters in the body of a GET", func(t *testing.T) {
		got := decoded(t, a.python2(t, "GET", "/pass", url.Values{"page": {"2"}, "pageSize": {"3"}}))
		if all := list(t, got, "passes"); len(all) != 2 || got["count"] != 5.0 {
			t.Errorf("answered %v", got)
		}
		query := url.Values{"api_key": {a.key}, "json": {jsonText(t, members{"fields": offer("in the query")})}} // as its first version sends everything
		id := text(t, decoded(t, a.Anonymous().Send(t, "POST", base+"/pass/"+template+"?"+query.Encode(), nil, formType, rev12)), "id")
		if got := a.get(t, id).Fields["offer"].Value; got != "in the query" {
			t.Errorf("the offer is %v", got)
		}
		a.python2(t, "DELETE", "/pass/"+id, nil).Status(t, 200)
	})
	t.Run("P2-2 members of lists", func(t *testing.T) {
		for path, name := range map[string]string{"/template/headers": "templateHeaders", "/pass": "passes", "/tag": "tags", "/project": "projects"} {
			got := decoded(t, a.python2(t, "GET", path, nil))
			list(t, got, name)
			number(t, got, "count")
			p := object(t, got, "pagination")
			if p["pageSize"] != 10.0 || p["page"] != 1.0 || p["direction"] != "DESC" || p["start"] != 0.0 || !strings.EqualFold(text(t, p, "order"), "id") {
				t.Errorf("%s: %v", path, p)
			}
		}
	})
	t.Run("P2-3 fields make an update", func(t *testing.T) {
		fields := object(t, made, "fields")
		object(t, fields, "offer")["value"] = "of fields"
		number(t, decoded(t, a.python2(t, "PUT", "/pass/"+id, form(t, fields))), "ticketId")
		if got := a.get(t, id).Fields["offer"].Value; got != "of fields" {
			t.Errorf("the offer is %v", got)
		}
	})
	t.Run("P2-4 tags as fields of a form", func(t *testing.T) {
		got := decoded(t, a.python2(t, "PUT", "/pass/"+id+"/tags", url.Values{"tags": {"a", "b c"}}))
		if all := list(t, got, "newTags"); len(all) != 2 || all[1] != "b c" {
			t.Errorf("answered %v", got)
		}
		got = decoded(t, a.python2(t, "PUT", "/pass/"+id+"/tags", form(t, []any{members{"tag": "d"}, "e"})))
		if got["mappings"] != 2.0 {
			t.Errorf("answered %v", got)
		}
		got = decoded(t, a.python2(t, "PUT", "/pass/"+id+"/tags", form(t, `{"tags":"one"}`)))
		if got["mappings"] != 1.0 {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("P2-5 paths without a slash", func(t *testing.T) {
		project := number(t, decoded(t, a.python2(t, "POST", "/project/id/p5", form(t, members{"name": "P", "description": "", "projectType": "coupon"}))), "id")
		for _, path := range []string{"project/" + project, "project/id/p5", "/project/" + project + "/"} {
			a.python2(t, "GET", path, nil).Status(t, 200)
		}
		a.python2(t, "PUT", "project/"+project, form(t, members{"name": "Q"})).Status(t, 200)
		a.python2(t, "DELETE", "tag/a/pass/"+id, nil).Status(t, 200)
		fails(t, a.python2(t, "DELETE", "tag/a/pass/id/7", nil), 404, errNotFound("pass", "7"))
		a.python2(t, "DELETE", "project/"+project, nil).Status(t, 200)
		fails(t, a.python2(t, "GET", "pass/"+id, nil), 404, errNothing)
		a.python2(t, "GET", "//pass/"+id, nil).Status(t, 200)
	})
	t.Run("P2-6 one flat document makes a template", func(t *testing.T) {
		body := voucher()
		body["projectId"], body["vendorId"], body["deleted"], body["id"] = nil, "1", "False", "77"
		number(t, decoded(t, a.python2(t, "POST", "/template", form(t, body))), "templateId")
	})
	t.Run("P2-7 a duplicate without a body", func(t *testing.T) {
		number(t, decoded(t, a.python2(t, "POST", "/template/duplicate/"+template, nil)), "templateId")
	})
	t.Run("P2-8 blanks as plus signs", func(t *testing.T) {
		a.pass(t, template, members{"fields": offer("x"), "externalId": "a/b c+d", "tags": []any{"gold card"}})
		for _, path := range []string{"/pass/id/a%2Fb+c%2Bd", "/pass/id/a%2Fb%20c%2Bd", "/pass/id/a%2Fb%20c+d", "/tag/gold+card/passes", "/tag/gold%20card/passes"} {
			a.python2(t, "GET", path, nil).Status(t, 200)
		}
		a.python2(t, "PUT", "/pass/"+id+"/tags", form(t, []any{"gold+card"})).Status(t, 200)
		if got := decoded(t, a.python2(t, "GET", "/tag/gold+card/passes", nil)); got["count"] != 2.0 {
			t.Errorf("two spellings are two tags: %v", got)
		}
		fails(t, a.send(t, "POST", "/pass/"+template+"/id/a%2Fb+c+d", offer("x"), rev12), 406, errField("externalId", "is in use already"))
		fails(t, a.python2(t, "DELETE", "/template/id/no+such", nil), 404, errNotFound("template", "no+such"))
	})
	t.Run("P2-9 errors as before", func(t *testing.T) {
		fails(t, a.python2(t, "GET", "/pass/90999", nil), 404, errNotFound("pass", "90999"))
	})
	t.Run("P2-10 a revision that is a number", func(t *testing.T) {
		a.send(t, "GET", "/pass", nil, "Api-Revision: 1.2").Status(t, 200)
		a.send(t, "GET", "/pass", nil, "Api-Revision: 1.7").Status(t, 200)
		for _, wrong := range []string{"2.0", "x", "1", "1.", "1.x"} {
			fails(t, a.send(t, "GET", "/pass", nil, "Api-Revision: "+wrong), 400, errRequest("the Api-Revision must be 1.0, 1.1 or 1.2"))
		}
	})
}

// TestU is what the last Python library needs.
func TestU(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	template := number(t, decoded(t, a.later(t, "POST", "/template", a.ferry())), "templateId")
	var ids []string
	for range 3 {
		ids = append(ids, text(t, decoded(t, a.later(t, "POST", "/pass/"+template, members{"fields": members{"To": members{"value": "Puffin Rock"}}})), "id"))
	}
	t.Run("U-1 Basic and plain JSON", func(t *testing.T) {
		a.later(t, "PUT", "/pass/"+ids[0], members{"fields": members{"To": members{"value": "Füßen"}}}).Status(t, 200)
		if got := a.get(t, ids[0]).Fields["To"].Value; got != "Füßen" {
			t.Errorf("the field is %v", got)
		}
		user := base64.StdEncoding.EncodeToString([]byte(a.key + ":"))
		a.Anonymous().Get(t, base+"/pass", "Authorization: Basic "+user).Status(t, 200)
	})
	t.Run("U-2 pagination comes back", func(t *testing.T) {
		got := decoded(t, a.later(t, "GET", "/pass/?pageSize=2", nil))
		p := object(t, got, "pagination")
		seen := len(list(t, got, "passes"))
		query := url.Values{"order": {text(t, p, "order")}, "start": {number(t, p, "start")}, "direction": {text(t, p, "direction")}, "pageSize": {number(t, p, "pageSize")}, "page": {"2"}}
		got = decoded(t, a.later(t, "GET", "/pass/?"+query.Encode(), nil))
		if seen += len(list(t, got, "passes")); seen != 3 || got["count"] != 3.0 || object(t, got, "pagination")["start"] != 2.0 {
			t.Errorf("answered %v", got)
		}
		decoded(t, a.later(t, "GET", "/template/headers/", nil))
	})
	t.Run("U-3 locations in an object", func(t *testing.T) {
		for _, path := range []string{"/template/" + template + "/locations/", "/pass/" + ids[0] + "/locations"} {
			var got []members
			a.later(t, "POST", path, members{"locations": []any{members{"latitude": 1.5, "longitude": 2}}}).Status(t, 200).JSON(t, &got)
			if len(got) != 1 {
				t.Errorf("%s: %v", path, got)
			}
		}
	})
	t.Run("U-4 a template of Apple", func(t *testing.T) {
		got := decoded(t, a.later(t, "GET", "/template/"+template, nil))
		if object(t, got, "templateHeader")["vendor"] != "Apple" {
			t.Errorf("answered %v", got)
		}
		object(t, object(t, got, "fieldsModel"), "headers")
		object(t, object(t, got, "fieldsModel"), "fields")
		beacons := []any{members{"uuid": "e2c56db5-dffb-48d2-b060-d0f5a71096e0"}}
		a.later(t, "PUT", "/template/"+template, members{"beacons": beacons}).Status(t, 200)
		if got = decoded(t, a.later(t, "GET", "/template/"+template, nil)); !reflect.DeepEqual(got["beacons"], beacons) {
			t.Errorf("the beacons that it sends back are %v", got["beacons"])
		}
	})
	t.Run("U-5 a field of a known type", func(t *testing.T) {
		for _, id := range ids {
			for key, f := range object(t, decoded(t, a.later(t, "GET", "/pass/"+id, nil)), "fields") {
				if kind := text(t, f.(members), "fieldType"); !slices.Contains([]string{"header", "primary", "secondary", "auxiliary", "back"}, kind) {
					t.Errorf("%s is of the type %s", key, kind)
				}
			}
		}
	})
	t.Run("U-6 fields have no unknown attributes", func(t *testing.T) {
		known := []string{"formatType", "numberStyle", "currencyCode", "changeMessage", "order", "fieldType", "textAlignment", "value", "label", "required", "hideEmpty"}
		of := object(t, decoded(t, a.later(t, "GET", "/template/"+template, nil)), "fieldsModel")
		for _, all := range []members{object(t, decoded(t, a.later(t, "GET", "/pass/"+ids[0], nil)), "fields"), object(t, of, "fields")} {
			for key, f := range all {
				for name := range f.(members) {
					if !slices.Contains(known, name) {
						t.Errorf("%s has %s", key, name)
					}
				}
				if align, ok := f.(members)["textAlignment"].(string); ok && !strings.HasPrefix(align, "textAlignment") {
					t.Errorf("%s is aligned %s", key, align)
				}
				if format := text(t, f.(members), "formatType"); !slices.Contains([]string{"String", "Number", "URL", "Date", "Currency", "Phone", "Email"}, format) {
					t.Errorf("%s has the format %s", key, format)
				}
			}
		}
	})
	t.Run("U-7 a barcode type without PK", func(t *testing.T) {
		a.later(t, "PUT", "/pass/"+ids[0], members{"headers": members{"barcode_type": members{"value": "BarcodeFormatAztec"}}}).Status(t, 200)
		if got := a.get(t, ids[0]).Headers["barcode_type"].Value; got != "PKBarcodeFormatAztec" {
			t.Errorf("the type is %v", got)
		}
	})
	t.Run("U-8 a whole pass comes back", func(t *testing.T) {
		p := decoded(t, a.later(t, "GET", "/pass/"+ids[0], nil))
		for _, name := range []string{"url", "status", "updatedAt", "createdAt", "serialNumber", "tags", "id", "templateId"} {
			delete(p, name)
		}
		p["somethingNew"] = members{"a": 1}
		object(t, object(t, p, "fields"), "To")["value"] = "Old Pier"
		number(t, decoded(t, a.later(t, "PUT", "/pass/"+ids[0], p)), "ticketId")
		if got := a.get(t, ids[0]); got.Fields["To"].Value != "Old Pier" || len(got.Around.Pass) != 1 {
			t.Errorf("the pass is %+v", got)
		}
	})
	t.Run("U-9 members of creation and update", func(t *testing.T) {
		got := decoded(t, a.later(t, "POST", "/pass/"+template+"/id/u9", members{}))
		text(t, got, "id")
		text(t, got, "url")
		number(t, decoded(t, a.later(t, "PUT", "/pass/id/u9", members{})), "ticketId")
	})
	t.Run("U-10 DELETE /pass deletes nothing", func(t *testing.T) {
		for _, path := range []string{"/pass/", "/pass"} {
			answer := a.later(t, "DELETE", path, nil)
			fails(t, answer, 405, `{"code":405,"description":"Method Not Allowed","details":"the method must be GET"}`)
			if answer.Header.Get("Allow") != "GET" {
				t.Errorf("Allow is %s", answer.Header.Get("Allow"))
			}
		}
		if got := decoded(t, a.later(t, "GET", "/pass/", nil)); got["count"] != 4.0 {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("U-11 wrong keys", func(t *testing.T) {
		for _, header := range []string{"Authorization: Basic b3BzOndyb25n", "Authorization: Basic !", "Authorization: Bearer " + a.key} {
			fails(t, a.Anonymous().Get(t, base+"/pass", header), 401, errUnauthorized)
		}
	})
}
