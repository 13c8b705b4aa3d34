package passtools_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// adopted is a key of the old service that is no good in an address unless it is escaped.
func (a *account) adopted(t testing.TB) string {
	t.Helper()
	const token = "k/e+y=of&2013"
	if _, _, err := a.Access.Create(t.Context(), access.NewKey{Name: "old", Role: store.Admin, Token: token}); err != nil {
		t.Fatal(err)
	}
	return token
}

// TestJ0 is what the Java SDK 1.0 needs.
func TestJ0(t *testing.T) {
	t.Parallel()
	a := newAccount(t, servertest.Config(func(c *server.Config) { c.Compat.Hosts = map[string]string{"api.passtools.com": "passtools"} }))
	template := a.template(t, voucher())
	send := a.java(a.key)
	made := decoded(t, send(t, "POST", "/pass/"+template, offer("3 for 2")))
	id := text(t, made, "id")
	t.Run("J0-1 no revision is the first", func(t *testing.T) {
		if p := decoded(t, send(t, "GET", "/pass/"+id, nil)); p["fields"] != nil || p["tags"] != nil || !strings.HasSuffix(text(t, p, "createdAt"), ".0") {
			t.Errorf("answered %v", p)
		}
	})
	t.Run("J0-2 the compiled-in host", func(t *testing.T) {
		resp, err := a.HTTP.Get("https://api.passtools.com/v1/pass/" + id + "?api_key=" + a.key)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if raw, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || err != nil || !strings.Contains(string(raw), servertest.BaseURL+base+"/pass/"+id) {
			t.Errorf("answered %d %s %v", resp.StatusCode, raw, err)
		}
	})
	t.Run("J0-3 a key escaped twice in forms", func(t *testing.T) {
		send := a.java(a.adopted(t))
		send(t, "GET", "/pass/"+id, nil).Status(t, 200)
		send(t, "PUT", "/pass/"+id, offer("4 for 3")).Status(t, 200)
		fails(t, a.java("k/e")(t, "PUT", "/pass/"+id, offer("x")), 401, errUnauthorized)
	})
	t.Run("J0-4 ids of a pass are strings", func(t *testing.T) {
		p := decoded(t, send(t, "GET", "/pass/"+id, nil))
		if text(t, p, "id") != id || text(t, p, "templateId") != template || object(t, p, "passFields")["offer"] == nil {
			t.Errorf("answered %v", p)
		}
	})
	t.Run("J0-5 a creation has id, url and passFields", func(t *testing.T) {
		if url := text(t, made, "url"); url != servertest.BaseURL+base+"/pass/"+id+"/download" {
			t.Errorf("the address is %s", url)
		}
		object(t, made, "passFields")
		if number(t, made, "passId") != id {
			t.Errorf("passId is %v", made["passId"])
		}
	})
	t.Run("J0-6 the id of a template is a string", func(t *testing.T) {
		if h := object(t, decoded(t, send(t, "GET", "/template/"+template, nil)), "templateHeader"); text(t, h, "id") != template {
			t.Errorf("answered %v", h)
		}
	})
	t.Run("J0-7 flat maps", func(t *testing.T) {
		model := object(t, decoded(t, send(t, "GET", "/pass/"+id, nil)), "passFields")
		object(t, model, "offer")["value"] = "5 for 4"
		decoded(t, send(t, "PUT", "/pass/"+id, model))
		if got := a.get(t, id).Fields["offer"].Value; got != "5 for 4" {
			t.Errorf("the offer is %v", got)
		}
	})
	t.Run("J0-8 locations are texts in a list", func(t *testing.T) {
		var out []members
		send(t, "POST", "/pass/"+id+"/locations", []any{`{"longitude":-0.1276,"latitude":51.5072,"relevantText":"Table free!"}`}).Status(t, 200).JSON(t, &out)
		if len(out) != 1 || object(t, out[0], "value")["relevantText"] != "Table free!" {
			t.Errorf("answered %v", out)
		}
	})
	t.Run("J0-9 each kind of error has its status", func(t *testing.T) {
		fails(t, send(t, "PUT", "/pass/"+id, `{`), 400, errRequest("the JSON cannot be read"))
		fails(t, send(t, "PUT", "/pass/"+id, offer("")), 406, errField("offer", "required field missing!"))
		fails(t, a.java("wrong")(t, "GET", "/pass", nil), 401, errUnauthorized)
		fails(t, send(t, "GET", "/pass/90999", nil), 404, errNotFound("pass", "90999"))
	})
}

// trip is the template document of the SDK's own tests in words of our own.
func trip() members {
	field := func(kind, label string, value any) members {
		return members{"formatType": "String", "fieldType": kind, "order": 1, "label": label, "value": value, "textAlignment": "textAlignmentNatural",
			"changeMessage": "", "required": false, "hideEmpty": false}
	}
	number := field("header", "Gate", 25)
	number["formatType"], number["numberStyle"] = "Number", "numberStyleDecimal"
	return members{"name": "Trip", "description": "A trip", "type": "boardingPass",
		"headers": members{"barcode_label": members{"formatType": 1, "fieldType": "barcode", "value": "Scan me"}, "barcode_value": members{"formatType": 1, "fieldType": "barcode", "value": 123},
			"barcode_type": members{"formatType": 1, "fieldType": "barcode", "value": "PKBarcodeFormatQR"},
			"footer_image": members{"formatType": 1, "fieldType": "image", "value": "https://gone.example.invalid/footer.png"}, "icon_image": members{"formatType": 1, "fieldType": "topLevel", "value": "https://gone.example.invalid/icon.png"}},
		"fields": members{"Passenger": field("secondary", "Passenger", "Jo Doe"), "Seat #": field("auxiliary", "Seat", "12"), "Gate Number": number}}
}

// TestJ2 is what the Java SDK 1.2 needs.
func TestJ2(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	send := a.java2(a.key)
	empty := members{"name": "Plain", "description": "Plain one", "type": "boardingPass", "headers": members{}, "fields": members{}}
	template := a.template(t, voucher())
	p := a.pass(t, template, members{"fields": offer("3 for 2"), "externalId": "j2", "tags": []any{"a", "b"}})
	t.Run("J2-1 status without key or headers", func(t *testing.T) {
		for _, path := range []string{"/system/status", "/system/status?api_key=wrong"} {
			if got := decoded(t, a.Anonymous().Get(t, base+path)); len(got) != 1 || got["Hello"] != "World" {
				t.Errorf("answered %v", got)
			}
		}
	})
	t.Run("J2-2 plain HTTP", func(t *testing.T) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+a.Server.Server.Addr("listen")+base+"/system/status", nil)
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
	t.Run("J2-3 Latin-1 escapes", func(t *testing.T) {
		for _, send := range []shop{send, a.java(a.key, rev12)} {
			send(t, "PUT", "/pass/"+p.ID, members{"fields": offer("Citroën 1/2 €")}).Status(t, 200)
			if got := a.get(t, p.ID).Fields["offer"].Value; got != "Citroën 1/2 ?" {
				t.Errorf("the offer is %v", got)
			}
		}
		send(t, "PUT", "/pass/"+p.ID, `{"fields":{"offer":{"value":"5 \u20ac"}}}`).Status(t, 200)
		if got := a.get(t, p.ID).Fields["offer"].Value; got != "5 €" {
			t.Errorf("the offer is %v", got)
		}
	})
	t.Run("J2-4 push without JSON, duplicate with {}", func(t *testing.T) {
		if got := decoded(t, send(t, "PUT", "/pass/"+p.ID+"/push", nil)); got["numberOfDevicesPushWasSentTo"] != 0.0 || got["numberOfDevicesPushFailed"] != 0.0 {
			t.Errorf("answered %v", got)
		}
		number(t, decoded(t, send(t, "POST", "/template/duplicate/"+template, members{})), "templateId")
	})
	t.Run("J2-5 deletions answer with objects", func(t *testing.T) {
		other := a.pass(t, template, members{"fields": offer("x"), "tags": []any{"gone"}})
		decoded(t, send(t, "DELETE", "/tag/gone", nil))
		decoded(t, send(t, "DELETE", "/pass/"+other.ID, nil))
	})
	t.Run("J2-6 lists from page 0 until they are empty", func(t *testing.T) {
		seen := 0
		for page := range 100 {
			all := list(t, decoded(t, send(t, "GET", "/pass?pageSize=1&page="+string(rune('0'+page)), nil)), "passes")
			if seen += len(all); len(all) == 0 {
				break
			}
		}
		if seen != 2 { // page 0 is page 1
			t.Errorf("saw %d passes", seen)
		}
		list(t, decoded(t, send(t, "GET", "/template/headers", nil)), "templateHeaders")
		list(t, decoded(t, send(t, "GET", "/project", nil)), "projects")
		list(t, decoded(t, send(t, "GET", "/tag", nil)), "tags")
	})
	t.Run("J2-7 tags stand in the pass", func(t *testing.T) {
		for _, path := range []string{"/pass/" + p.ID, "/pass/id/j2"} {
			if all := list(t, decoded(t, send(t, "GET", path, nil)), "tags"); len(all) != 2 || all[0].(members)["name"] != "a" || all[0].(members)["tag"] != "a" {
				t.Errorf("the tags are %v", all)
			}
		}
		if all := list(t, decoded(t, send(t, "GET", "/pass/"+a.pass(t, template, offer("x")).ID, nil)), "tags"); len(all) != 0 {
			t.Errorf("without tags: %v", all)
		}
	})
	t.Run("J2-8 newTags is a list of texts", func(t *testing.T) {
		for _, want := range []int{1, 0} {
			got := decoded(t, send(t, "PUT", "/pass/id/j2/tags", members{"tags": []any{"a", "c"}}))
			if all := list(t, got, "newTags"); len(all) != want || got["mappings"] != float64(want) || want == 1 && all[0] != "c" {
				t.Errorf("answered %v", got)
			}
		}
	})
	t.Run("J2-9 ids of projects, tags and tickets are numbers", func(t *testing.T) {
		number(t, decoded(t, send(t, "POST", "/project", members{"name": "P", "description": "", "projectType": "coupon"})), "id")
		number(t, list(t, decoded(t, send(t, "GET", "/tag", nil)), "tags")[0].(members), "id")
		number(t, decoded(t, send(t, "PUT", "/pass/"+p.ID, members{"fields": offer("y")})), "ticketId")
	})
	t.Run("J2-10 nothing is null in headers, dates are ISO", func(t *testing.T) {
		project := number(t, decoded(t, send(t, "POST", "/project", members{"name": "P", "description": "", "projectType": "coupon"})), "id")
		decoded(t, send(t, "POST", "/template/"+project, voucher()))
		all := list(t, decoded(t, send(t, "GET", "/project/"+project, nil)), "templates")
		for _, one := range append(all, list(t, decoded(t, send(t, "GET", "/template/headers", nil)), "templateHeaders")...) {
			for name, v := range one.(members) {
				if v == nil {
					t.Errorf("%s is null", name)
				}
			}
			for _, name := range []string{"createdAt", "updatedAt"} {
				if _, err := time.Parse("2006-01-02T15:04:05.000Z", text(t, one.(members), name)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	t.Run("J2-11 flags are texts", func(t *testing.T) {
		off := voucher()
		off["disabled"] = "True"
		id := a.template(t, off)
		h := object(t, decoded(t, send(t, "GET", "/template/"+id, nil)), "templateHeader")
		if h["deleted"] != "False" || h["disabled"] != "True" {
			t.Errorf("answered %v", h)
		}
		send(t, "POST", "/pass/"+id, members{"fields": offer("x")}).Status(t, 406)
	})
	t.Run("J2-12 coordinates have a point", func(t *testing.T) {
		a := send(t, "POST", "/location", members{"latitude": 37, "longitude": "-122"}).Status(t, 200)
		if s := string(a.Body); !strings.Contains(s, `"longitude":-122.0,"latitude":37.0`) || !strings.HasPrefix(s, `{"id":`) {
			t.Errorf("answered %s", s)
		}
	})
	t.Run("J2-13 flat and nested updates", func(t *testing.T) {
		send(t, "PUT", "/pass/"+p.ID, offer("flat")).Status(t, 200)
		if got := a.get(t, p.ID).Fields["offer"].Value; got != "flat" {
			t.Errorf("the offer is %v", got)
		}
		send(t, "PUT", "/pass/"+p.ID, members{"headers": members{}, "fields": offer("nested")}).Status(t, 200)
		if got := a.get(t, p.ID).Fields["offer"].Value; got != "nested" {
			t.Errorf("the offer is %v", got)
		}
	})
	t.Run("J2-14 boardingPass comes back as Boarding Pass", func(t *testing.T) {
		id := number(t, decoded(t, send(t, "POST", "/template", empty)), "templateId")
		send(t, "PUT", "/template/"+id, members{"name": "Other", "description": "d", "headers": members{}, "fields": members{}}).Status(t, 200)
		if h := object(t, decoded(t, send(t, "GET", "/template/"+id, nil)), "templateHeader"); h["type"] != "Boarding Pass" || h["name"] != "Other" {
			t.Errorf("answered %v", h)
		}
	})
	t.Run("J2-15 a duplicate has the same name", func(t *testing.T) {
		id := number(t, decoded(t, send(t, "POST", "/template/duplicate/"+template, members{})), "templateId")
		h, was := object(t, decoded(t, send(t, "GET", "/template/"+id, nil)), "templateHeader"), object(t, decoded(t, send(t, "GET", "/template/"+template, nil)), "templateHeader")
		if id == template || h["name"] != was["name"] || h["description"] != was["description"] || h["type"] != was["type"] {
			t.Errorf("the copy is %v", h)
		}
	})
	t.Run("J2-16 an external id of any characters", func(t *testing.T) {
		const name = `a&.?; :#"%-1`
		path := "/template/id/" + url.QueryEscape(name)
		send(t, "POST", path, voucher()).Status(t, 200)
		if h := object(t, decoded(t, send(t, "GET", path, nil)), "templateHeader"); h["externalId"] != strings.ReplaceAll(name, " ", "+") {
			t.Errorf("answered %v", h)
		}
		send(t, "GET", "/template/id/"+url.PathEscape(name), nil).Status(t, 200)
		send(t, "PUT", path, voucher()).Status(t, 200)
		send(t, "POST", "/template/duplicate/id/"+url.QueryEscape(name), members{}).Status(t, 200)
		send(t, "DELETE", path, nil).Status(t, 200)
		send(t, "GET", path, nil).Status(t, 404)
	})
	t.Run("J2-17 a project by external id is changed by its number", func(t *testing.T) {
		send(t, "POST", "/project/id/p17", members{"name": "P", "description": "d", "projectType": "loyalty"}).Status(t, 200)
		id := number(t, decoded(t, send(t, "GET", "/project/id/p17", nil)), "id")
		if got := decoded(t, send(t, "PUT", "/project/"+id, members{"name": "Q"})); got["name"] != "Q" || got["description"] != "d" || got["projectType"] != "loyalty" || got["externalId"] != "p17" {
			t.Errorf("answered %v", got)
		}
	})
	t.Run("J2-18 what was deleted is gone", func(t *testing.T) {
		send(t, "POST", "/template/id/t18", voucher()).Status(t, 200)
		id := text(t, decoded(t, send(t, "POST", "/pass/id/t18/id/p18", members{"fields": offer("x")})), "id")
		for _, path := range []string{"/pass/id/p18", "/template/id/t18"} {
			send(t, "DELETE", path, nil).Status(t, 200)
			send(t, "GET", path, nil).Status(t, 404)
			send(t, "DELETE", path, nil).Status(t, 404)
		}
		send(t, "GET", "/pass/"+id, nil).Status(t, 404)
		send(t, "POST", "/template/id/t18", voucher()).Status(t, 200)
	})
	t.Run("J2-19 success is a text", func(t *testing.T) {
		a.pass(t, template, members{"fields": offer("x"), "externalId": "p19", "tags": []any{"t19"}})
		for _, path := range []string{"/tag/t19/pass/id/p19", "/tag/t19"} {
			if got := decoded(t, send(t, "DELETE", path, nil)); text(t, got, "success") != "success" || text(t, got, "status") != "success" {
				t.Errorf("answered %v", got)
			}
		}
	})
	t.Run("J2-20 a tag survives its passes", func(t *testing.T) {
		one := a.pass(t, template, members{"fields": offer("x"), "tags": []any{"t20"}})
		send(t, "DELETE", "/tag/t20/pass/"+one.ID, nil).Status(t, 200)
		if got := decoded(t, send(t, "GET", "/tag/t20/passes", nil)); len(list(t, got, "passes")) != 0 || got["count"] != 0.0 {
			t.Errorf("answered %v", got)
		}
		send(t, "DELETE", "/tag/t20", nil).Status(t, 200)
		send(t, "GET", "/tag/t20/passes", nil).Status(t, 404)
	})
	t.Run("J2-21 a template with nothing", func(t *testing.T) {
		id := number(t, decoded(t, send(t, "POST", "/template", empty)), "templateId")
		a.file(t, a.pass(t, id, members{}).ID)
	})
	t.Run("J2-22 the template of the tests", func(t *testing.T) {
		id := number(t, decoded(t, send(t, "POST", "/template", trip())), "templateId")
		passenger := object(t, object(t, trip(), "fields"), "Passenger")
		passenger["value"] = "Kim Doe"
		p := a.pass(t, id, members{"fields": members{"Passenger": passenger}})
		if p.Fields["Passenger"].Value != "Kim Doe" || p.Headers["barcode_value"].Value != 123.0 || p.Headers["barcode_label"].Value != "Scan me" {
			t.Errorf("answered %+v", p)
		}
		a.file(t, p.ID)
	})
}
