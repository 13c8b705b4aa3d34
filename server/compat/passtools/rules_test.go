package passtools_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/compat/compattest"
)

func spot(latitude, longitude float64, text string) members {
	return members{"latitude": latitude, "longitude": longitude, "relevantText": text}
}

// TestLocations adds, doubles and deletes locations, and looks at which ones show.
func TestLocations(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	body := voucher()
	body["locations"] = []any{spot(1, 1, "template"), spot(2, 2, "both")}
	id := a.template(t, body)
	p := a.pass(t, id, members{"fields": offer("x"), "locations": []any{spot(2, 2, "pass")}})
	if len(p.Around.Pass) != 1 || len(p.Around.Template) != 2 || p.Around.Pass[0].ID != 1 || p.Around.Template[0].ID != 0 {
		t.Errorf("the locations are %+v", p.Around)
	}
	a.shows(t, p.ID, "locations", `[{"latitude":2,"longitude":2,"relevantText":"pass"},{"latitude":1,"longitude":1,"relevantText":"template"}]`)
	var added []struct {
		PassLocationID int64
		Value          location
	}
	a.send(t, "POST", "/pass/"+p.ID+"/locations", []any{spot(3, 3, "c"), spot(2, 2, "new"), spot(3, 3, "again")}, rev12).Status(t, 200).JSON(t, &added)
	if len(added) != 2 || added[0].PassLocationID != 2 || added[0].Value.RelevantText != "c" || added[1].PassLocationID != 1 {
		t.Errorf("added are %+v", added)
	}
	var many []any
	for n := range 9 {
		many = append(many, spot(10, float64(n), "m"))
	}
	fails(t, a.send(t, "POST", "/pass/"+p.ID+"/locations", many, rev12), 406, errField("locations", "a pass has at most 10 locations"))
	a.send(t, "POST", "/pass/"+p.ID+"/locations", many[:8], rev12).Status(t, 200)
	if all := list(t, a.document(t, p.ID), "locations"); len(all) != 10 || all[9].(members)["latitude"] != 10.0 {
		t.Errorf("ten of its own leave no room: %v", all)
	}
	a.send(t, "DELETE", "/pass/"+p.ID+"/location/1", nil).Status(t, 200)
	fails(t, a.send(t, "DELETE", "/pass/"+p.ID+"/location/1", nil), 404, errNotFound("location", "1"))
	if all := list(t, a.document(t, p.ID), "locations"); len(all) != 10 || all[9].(members)["relevantText"] != "template" {
		t.Errorf("the template's fills up: %v", all)
	}
	a.send(t, "POST", "/template/"+id+"/locations", []any{spot(5, 5, "late")}, rev12).Status(t, 200)
	if got := a.get(t, p.ID); len(got.Around.Template) != 2 {
		t.Errorf("what a template gets later is on the pass: %+v", got.Around)
	}
	if q := a.pass(t, id, members{"fields": offer("x")}); len(q.Around.Template) != 3 {
		t.Errorf("a new pass has %+v", q.Around)
	}
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{}, "locations": []any{spot(7, 7, "only")}}, rev12).Status(t, 200)
	first := a.get(t, p.ID).Around.Pass
	if len(first) != 1 || first[0].Latitude != 7 {
		t.Errorf("replaced are %+v", first)
	}
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{}, "locations": []any{spot(8, 8, "new"), spot(7, 7, "again")}}, rev12).Status(t, 200)
	if got := a.get(t, p.ID).Around.Pass; len(got) != 2 || got[1].ID != first[0].ID || got[1].RelevantText != "again" {
		t.Errorf("one at the same spot is another: %+v", got)
	}
	for _, bad := range []members{{"latitude": 91, "longitude": 1}, {"longitude": 1}, {"latitude": "x", "longitude": 1}} {
		fails(t, a.send(t, "POST", "/pass/"+p.ID+"/locations", []any{bad}), 406, errField("latitude", "must be a number of degrees from -90 to 90"))
	}
	for n := range 11 {
		many = append(many, spot(20, float64(n), "m"))
	}
	fails(t, a.send(t, "POST", "/pass/"+p.ID+"/locations", many, rev12), 406, errField("locations", "there may be at most 10"))
	fails(t, a.send(t, "POST", "/template/"+id+"/locations", many, rev12), 406, errField("locations", "there may be at most 10"))
	fails(t, a.send(t, "POST", "/pass/"+p.ID+"/locations", `json={"locations":{"locations":[]}}`), 406, errField("latitude", "must be a number of degrees from -90 to 90"))
	fails(t, a.send(t, "POST", "/pass/"+p.ID+"/locations", `json=["x"]`), 400, errRequest("a location must be an object"))
	fails(t, a.send(t, "POST", "/pass/"+p.ID+"/locations", ""), 406, errField("locations", "required field missing!"))
}

// TestPushes has the first revision change in silence and push on demand, and the later
// ones push by themselves.
func TestPushes(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	p := a.pass(t, a.template(t, voucher()), members{"fields": offer("x"), "publicUrl": members{"type": "multiple"}})
	phone := a.Phone(t)
	if _, err := phone.Install(t.Context(), p.Public.Path); err != nil {
		t.Fatal(err)
	}
	record := compattest.Record(t, a.Server, compattest.Issued{SerialNumber: p.SerialNumber})
	pushes := func() int { return len(a.Push.Log(phone.PushToken)) }
	a.send(t, "PUT", "/pass/"+p.ID, offer("quiet")).Status(t, 200)
	a.send(t, "POST", "/pass/"+p.ID+"/locations", []any{spot(1, 1, "quiet")}).Status(t, 200)
	a.send(t, "PUT", "/pass/"+p.ID+"/tags", members{"tags": []any{"t"}}, rev12).Status(t, 200)
	if got := decoded(t, a.send(t, "PUT", "/pass/"+p.ID+"/push", "")); got["numberOfDevicesPushWasSentTo"] != 1.0 || got["numberOfDevicesPushFailed"] != 0.0 {
		t.Errorf("answered %v", got)
	}
	phone.WantUpdates(t, record, 1)
	if n := pushes(); n != 1 {
		t.Errorf("pushed %d times", n)
	}
	a.send(t, "PUT", "/pass/"+p.ID, offer("loud"), rev11).Status(t, 200)
	phone.WantUpdates(t, record, 2)
	tk := a.change(t, "/pass/"+p.ID, offer("loud"))
	if tk.Status != "COMPLETED" || len(tk.Children) != 0 || pushes() != 2 {
		t.Errorf("a change of nothing: %+v, %d pushes", tk, pushes())
	}
	if got := a.get(t, p.ID); got.Status != "installed" {
		t.Errorf("the status is %s", got.Status)
	}
}

// TestTags marks passes up to the limit.
func TestTags(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	id := a.template(t, voucher())
	p := a.pass(t, id, members{"fields": offer("x"), "tags": []any{"7", members{"name": "n"}}})
	var many []any
	for n := range 14 {
		many = append(many, fmt.Sprint("tag", n))
	}
	fails(t, a.send(t, "PUT", "/pass/"+p.ID+"/tags", members{"tags": many}, rev12), 406, errField("tags", "a pass has up to 15 tags"))
	for range 3 {
		many = append(many, many...)
	}
	fails(t, a.send(t, "PUT", "/pass/"+p.ID+"/tags", many, rev12), 406, errField("tags", "a pass has up to 15 tags"))
	fails(t, a.send(t, "PUT", "/pass/"+p.ID+"/tags", "tags="+strings.Join(strings.Split("abcdefghijklmnop", ""), "&tags="), rev12), 406, errField("tags", "a pass has up to 15 tags"))
	if n := len(a.get(t, p.ID).Tags); n != 2 {
		t.Errorf("the pass has %d tags", n)
	}
	a.send(t, "PUT", "/pass/"+p.ID+"/tags", members{"tags": many[:13]}, rev12).Status(t, 200)
	a.send(t, "GET", "/tag/7/passes", nil).Status(t, 200)
	tag := a.get(t, p.ID).Tags[1]
	if got := decoded(t, a.send(t, "GET", fmt.Sprintf("/tag/%d/passes", tag.ID), nil)); got["count"] != 1.0 || tag.Name != "n" {
		t.Errorf("by its id: %v", got)
	}
	fails(t, a.send(t, "DELETE", "/tag/none", nil), 404, errNotFound("tag", "none"))
	q := a.pass(t, id, members{"fields": offer("x")})
	fails(t, a.send(t, "DELETE", "/tag/7/pass/"+q.ID, nil), 404, `{"code":404,"description":"Not Found","details":"pass with id `+q.ID+` does not have the tag!"}`)
	a.send(t, "PUT", "/pass/"+q.ID, members{"headers": members{}, "tags": []any{"7"}}, rev12).Status(t, 200)
	if got := decoded(t, a.send(t, "DELETE", "/tag/7/passes", nil)); got["count"] != 2.0 {
		t.Errorf("answered %v", got)
	}
	a.send(t, "DELETE", "/pass/"+p.ID, nil).Status(t, 200)
	if got := decoded(t, a.send(t, "GET", "/tag/tag1/passes", nil)); got["count"] != 0.0 {
		t.Errorf("a deleted pass is listed: %v", got)
	}
	if got := decoded(t, a.send(t, "GET", "/tag/tag1/stats", nil)); got["total"] != 0.0 || got["not_been_installed"] != 0.0 {
		t.Errorf("the statistics are %v", got)
	}
}

// TestTickets changes many passes at once: each gets what its template has a field for.
func TestTickets(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	other := voucher()
	object(t, other, "fields")["extra"] = members{"fieldType": "back", "value": ""}
	first, second := a.template(t, voucher()), a.template(t, other)
	var all []sent
	for n := range 3 {
		all = append(all, a.pass(t, []string{first, second}[n%2], members{"fields": offer("x"), "tags": []any{"many"}}))
	}
	tk := a.change(t, "/tag/many/passes", members{"headers": members{"logo_text": value("Now")}, "fields": members{"extra": value("more"), "offer": value("y")}})
	if tk.Status != "COMPLETED" || len(tk.Children) != 3 || tk.Children[all[0].ID].Status != "COMPLETED" {
		t.Errorf("the ticket is %+v", tk)
	}
	for n, p := range all {
		got := a.get(t, p.ID)
		if _, has := got.Fields["extra"]; got.Fields["offer"].Value != "y" || got.Headers["logo_text"].Value != "Now" || has != (n == 1) {
			t.Errorf("pass %d is %+v", n, got.Fields)
		}
		a.shows(t, p.ID, "logoText", `"Now"`)
	}
	tk = a.change(t, "/tag/many/passes", members{"fields": offer("")})
	if tk.Status != "FAILED" || tk.Children[all[2].ID].Status != "FAILED" || tk.Children[all[2].ID].Details != "offer: required field missing!" {
		t.Errorf("the ticket is %+v", tk)
	}
	fails(t, a.send(t, "PUT", "/tag/many/passes", members{"fields": members{"none": value("x")}}, rev12), 406, errField("none", "unknown field!"))
	if tk := a.change(t, "/template/"+first+"/passes", offer("z")); len(tk.Children) != 2 {
		t.Errorf("the ticket is %+v", tk)
	}
	a.send(t, "DELETE", "/tag/many/passes", nil).Status(t, 200)
	if tk := a.change(t, "/tag/many/passes", offer("z")); tk.Status != "COMPLETED" || len(tk.Children) != 0 {
		t.Errorf("the ticket of no passes is %+v", tk)
	}
	fails(t, a.send(t, "GET", "/ticket/77", nil), 404, errNotFound("ticket", "77"))
}

// TestProjects has templates follow the settings of their project.
func TestProjects(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	for name, body := range map[string]string{"name": `{"description":"","projectType":"coupon"}`, "description": `{"name":"x","projectType":"coupon"}`, "projectType": `{"name":"x","description":""}`} {
		fails(t, a.send(t, "POST", "/project", "json="+body, rev12), 406, errField(name, "required field missing!"))
	}
	project := number(t, decoded(t, a.send(t, "POST", "/project/id/p", members{"name": "P", "description": "", "projectType": "loyalty"}, rev12)), "id")
	fails(t, a.send(t, "POST", "/project/id/p", members{"name": "P", "description": "", "projectType": "loyalty"}, rev12), 406, errField("externalId", "is in use already"))
	body := voucher()
	body["type"] = nil
	id := number(t, decoded(t, a.send(t, "POST", "/template/"+project+"/id/t", body, rev12)), "templateId")
	h := object(t, decoded(t, a.send(t, "GET", "/template/id/t", nil, rev12)), "templateHeader")
	if h["type"] != "Store Card" || number(t, h, "projectId") != project || h["projectType"] != "loyalty" || h["externalId"] != "t" {
		t.Errorf("the template is %v", h)
	}
	p := a.pass(t, id, members{"fields": offer("x")})
	a.shows(t, p.ID, "barcode", "null")
	a.send(t, "PUT", "/project/"+project, members{"settings": members{"barcode_type": "aztec", "barcode_default_value": "P-1", "barcode_alt_text": "P"}}, rev12).Status(t, 200)
	a.shows(t, p.ID, "barcode", `{"format":"PKBarcodeFormatAztec","message":"P-1","messageEncoding":"iso-8859-1","altText":"P"}`)
	long := strings.Repeat("x", 10_001)
	fails(t, a.send(t, "PUT", "/project/"+project, members{"settings": members{"more": long}}, rev12), 406, errField("settings", "must have at most 10000 bytes"))
	fails(t, a.send(t, "PUT", "/project/"+project, members{"description": long}, rev12), 406, errField("description", "must have at most 10000 bytes"))
	fails(t, a.send(t, "PUT", "/template/"+id, members{"name": long}, rev12), 406, errField("name", "must have at most 1000 bytes"))
	fails(t, a.send(t, "PUT", "/template/"+id, members{"expiryInfo": members{"expireNever": long}}, rev12), 406, errField("expiryInfo", "must have at most 1000 bytes"))
	fails(t, a.send(t, "PUT", "/project/"+project, members{"settings": members{"barcode_type": "ean-13"}}, rev12), 406, errField("barcode_type", "must be pdf417, qr, aztec or code128"))
	copied := decoded(t, a.send(t, "POST", "/project/duplicate/id/p", nil, rev12))
	if copied["name"] != "Copy of P" || copied["externalId"] != "Copy_of_p" || list(t, copied, "templates")[0].(members)["name"] != "Copy of Spring Voucher" {
		t.Errorf("the copy is %v", copied)
	}
	fails(t, a.send(t, "POST", "/project/duplicate/id/p", nil, rev12), 406, errField("externalId", "is in use already"))
	layout := decoded(t, a.send(t, "POST", "/project/"+id, members{"name": "L", "description": "", "projectType": "coupon"}, rev12))
	if all := list(t, layout, "templates"); len(all) != 1 || all[0].(members)["name"] != "Spring Voucher" {
		t.Errorf("of a layout: %v", layout)
	}
	fails(t, a.send(t, "POST", "/project/77", members{"name": "L", "description": "", "projectType": "coupon"}, rev12), 404, errNotFound("template", "77"))
	if got := decoded(t, a.send(t, "DELETE", "/project/"+project, nil)); number(t, got, "projectId") != project || got["Status"] != "Deleted" {
		t.Errorf("answered %v", got)
	}
	for _, path := range []string{"/project/" + project, "/project/id/p", "/template/" + id, "/template/id/t"} {
		a.send(t, "GET", path, nil).Status(t, 404)
	}
	a.file(t, p.ID)
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": offer("still")}, rev12).Status(t, 200)
	if got := decoded(t, a.send(t, "GET", "/project?order=name", nil, rev12)); got["count"] != 2.0 {
		t.Errorf("listed are %v", got)
	}
	a.send(t, "POST", "/project/id/p", members{"name": "P", "description": "", "projectType": "loyalty"}, rev12).Status(t, 200)
}

// TestPublic follows links that work without a key.
func TestPublic(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	id := a.template(t, voucher())
	single := a.pass(t, id, members{"fields": offer("x"), "publicUrl": members{"type": "SINGLE"}})
	path := single.Public.Path[len("https://passes.example.org"):]
	if single.Public.Type != "Single" || single.Public.Used {
		t.Errorf("the link is %+v", single.Public)
	}
	if head := a.Anonymous().Send(t, "HEAD", path, nil).Status(t, 200); len(head.Body) != 0 {
		t.Errorf("a look at the link answers %s", head.Body)
	}
	a.CheckPass(t, a.Anonymous().Get(t, path).Status(t, 200).Body)
	a.Anonymous().Send(t, "HEAD", path, nil).Status(t, 404)
	fails(t, a.Anonymous().Get(t, path), 404, errNothing)
	if got := a.get(t, single.ID).Public; !got.Used || got.Installs != 1 {
		t.Errorf("the link is %+v", got)
	}
	later := a.pass(t, id, members{"fields": offer("x"), "publicUrl": members{"type": "single"}})
	const expired = 20 * 365 * 24 * time.Hour // is the certificate then
	a.Clock.Advance(expired)
	a.Anonymous().Get(t, later.Public.Path[len("https://passes.example.org"):]).Status(t, 500)
	a.Clock.Advance(-expired)
	a.CheckPass(t, a.Anonymous().Get(t, later.Public.Path[len("https://passes.example.org"):]).Status(t, 200).Body)
	multiple := a.pass(t, id, members{"fields": offer("x"), "publicUrl": members{"type": "multiple"}})
	for range 2 {
		a.Anonymous().Get(t, multiple.Public.Path[len("https://passes.example.org"):]).Status(t, 200)
	}
	if got := a.get(t, multiple.ID).Public; got.Installs != 2 || got.Path != multiple.Public.Path {
		t.Errorf("the link is %+v", got)
	}
	for _, wrong := range []string{path[:len(path)-1] + "0", path + "0", base + "/download/pass/x", path[:len(path)-20] + path[len(path)-20+1:] + "f"} {
		if wrong != path {
			a.Anonymous().Get(t, wrong).Status(t, 404)
		}
	}
	none := a.pass(t, id, members{"fields": offer("x")})
	if none.Public.Path != "" {
		t.Errorf("a pass has a link that nobody asked for: %+v", none.Public)
	}
	a.send(t, "DELETE", "/pass/"+multiple.ID, nil).Status(t, 200)
	a.Anonymous().Get(t, multiple.Public.Path[len("https://passes.example.org"):]).Status(t, 404)
	fails(t, a.send(t, "PUT", "/pass/"+none.ID, members{"headers": members{}, "publicUrl": members{"type": "often"}}, rev12), 406, errField("publicUrl", "the type must be multiple or single"))
}

// TestNames gives passes external ids: each is used once, and free again after a deletion.
func TestNames(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	id := a.template(t, voucher())
	const odd = `/pass/id/%2F%3F%23%25&;:%22%5C%C3%A9`
	p := a.pass(t, id+"/id/"+odd[len("/pass/id/"):], members{"fields": offer("x")})
	if p.ExternalID != `/?#%&;:"\é` {
		t.Errorf("the external id is %s", p.ExternalID)
	}
	a.send(t, "GET", odd, nil).Status(t, 200)
	a.send(t, "GET", `/pass/id/%2F%3F%23%25&;:%22%5C%E9`, nil).Status(t, 200)
	fails(t, a.send(t, "POST", "/pass/"+id+"/id/"+odd[len("/pass/id/"):], offer("x"), rev12), 406, errField("externalId", "is in use already"))
	fails(t, a.send(t, "POST", "/pass/"+id, members{"fields": offer("x"), "externalId": p.ExternalID}, rev12), 406, errField("externalId", "is in use already"))
	a.send(t, "DELETE", odd, nil).Status(t, 200)
	a.pass(t, id+"/id/"+odd[len("/pass/id/"):], members{"fields": offer("x")})
	other := a.template(t, voucher())
	fails(t, a.send(t, "GET", "/pass/template/"+other+"/id/"+odd[len("/pass/id/"):], nil, rev12), 404, errNotFound("pass", `/?#%&;:\"\\\u00e9`))
}

// TestBeacons keeps beacons of a pass.
func TestBeacons(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	const uuid = "e2c56db5-dffb-48d2-b060-d0f5a71096e0"
	p := a.pass(t, a.template(t, voucher()), members{"fields": offer("x"), "beacons": []any{members{"uuid": uuid, "relevantText": "Near", "major": 1, "minor": "2"}}})
	a.shows(t, p.ID, "beacons", `[{"proximityUUID":"`+uuid+`","relevantText":"Near","major":1,"minor":2}]`)
	fails(t, a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{}, "beacons": []any{members{"uuid": "x"}}}, rev12), 406, errField("uuid", "must be a UUID like e2c56db5-dffb-48d2-b060-d0f5a71096e0"))
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{}, "beacons": []any{}}, rev12).Status(t, 200)
	a.shows(t, p.ID, "beacons", "null")
}

// TestDates writes times as each revision does.
func TestDates(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.Clock.Advance(700 * time.Millisecond)
	id := a.template(t, voucher())
	p := a.pass(t, id, members{"fields": offer("x")})
	a.Clock.Advance(1500 * time.Millisecond)
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": offer("y")}, rev12).Status(t, 200)
	for rev, want := range map[string]string{rev10: "2026-06-01 09:30:00.0", rev11: "2026-06-01T09:30:00.700Z", rev12: "2026-06-01T09:30:00.700Z"} {
		if got := decoded(t, a.send(t, "GET", "/pass/"+p.ID, nil, rev)); got["createdAt"] != want || rev == rev12 && got["updatedAt"] != "2026-06-01T09:30:02.200Z" {
			t.Errorf("%s: %v", rev, got)
		}
	}
	got := list(t, decoded(t, a.send(t, "GET", "/pass", nil, rev11)), "Passes")[0].(members)
	if got["createdAt"] != "2026-06-01 09:30:00.0" || len(got) != 4 {
		t.Errorf("a list of 1.1 has %v", got)
	}
	h := object(t, decoded(t, a.send(t, "GET", "/template/"+id, nil, rev11)), "templateHeader")
	if h["updatedAt"] != "2026-06-01 09:30:00.0" || h["vendor"] != nil {
		t.Errorf("a template of 1.1 is %v", h)
	}
}

// TestOldestForms asks without a revision for what came after the first one: it has the
// form that it came with.
func TestOldestForms(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	template := decoded(t, a.send(t, "POST", "/template/id/old", voucher()))
	id := number(t, template, "templateId")
	p := decoded(t, a.send(t, "POST", "/pass/"+id+"/id/form", members{"fields": offer("x"), "tags": []any{"t"}}))
	for path, want := range map[string]string{
		"/pass/" + text(t, p, "id"):           "createdAt id passFields passLocationFields templateId url",
		"/pass/id/form":                       "createdAt externalId fields headers id locations passFields passLocationFields serialNumber tags templateId url",
		"/pass/template/" + id + "/id/form":   "createdAt externalId fields headers id locations passFields passLocationFields serialNumber status tags templateId updatedAt url",
		"/template/" + id + "/passes":         "count pagination passes",
		"/pass/id/form/stats":                 "installed templates total uninstalled",
		"/pass/" + text(t, p, "id") + "/tags": "tags",
	} {
		if got := strings.Join(slices.Sorted(maps.Keys(decoded(t, a.send(t, "GET", path, nil)))), " "); got != want {
			t.Errorf("%s has %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{"/template/id/old": "fields headers", "/template/" + id: "logo_text offer secondary1"} {
		model := object(t, decoded(t, a.send(t, "GET", path, nil)), "fieldsModel")
		if got := strings.Join(slices.Sorted(maps.Keys(model)), " "); got != want {
			t.Errorf("the model of %s has %s, want %s", path, got, want)
		}
	}
	a.completed(t, number(t, decoded(t, a.send(t, "PUT", "/pass/id/form", offer("y"))), "ticketId"))
	text(t, decoded(t, a.send(t, "PUT", "/pass/"+text(t, p, "id"), offer("z"))), "url")
	fails(t, a.send(t, "PUT", "/pass/"+text(t, p, "id"), members{"templates": []any{1}}), 404, errNotFound("pass", text(t, p, "id")))
}
