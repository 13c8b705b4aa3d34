package passtools_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/compat/passtools"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestPaths sends the spellings of paths that clients send, and some that nobody should.
func TestPaths(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	id := a.template(t, voucher())
	for path, status := range map[string]int{
		"/template/" + id: 200, "/template/" + id + "/": 200, "//template//" + id: 200, "/template/" + id + "/none": 404, "/template/0x10": 400, "/template/-1": 400,
		"/template/99999999999999999999": 404, "": 404, "/": 404, "/pass/id": 404, "/tag/%00/passes": 404, "/template/id/%E9": 404, "/links/adaptive": 404,
		"/events/1": 404, "/pass/" + id + "/notify": 404, "/../../api/v1/me": 404, "/template/%2e%2e/" + id: 404, "/./template/" + id: 404, "/%74emplate/" + id: 200, "/template/" + id + "%2F": 400,
		"/template/+" + id: 400, "/template/" + id + "%00": 400, "/TEMPLATE/" + id: 404, "template/" + id: 404, "project": 200, "projects": 404, "/tag/" + strings.Repeat("+", 60) + "/passes": 404,
		"/download/pass/" + strings.Repeat("-", 36): 404, "/pass?page=1099511627776&pageSize=100": 200, "/pass?page=9999999999999999999": 200,
	} {
		answer := a.send(t, "GET", path, nil)
		if answer.Status(t, status); status == 404 && !strings.HasPrefix(string(answer.Body), `{"code":404,"description":"Not Found","details":"`) {
			t.Errorf("%s: %s", path, answer.Body)
		}
		if answer.Header.Get("Location") != "" {
			t.Errorf("%s redirects", path)
		}
	}
	fails(t, a.Anonymous().Get(t, "/passtools/v2/pass"), 404, errNothing)
	fails(t, a.Anonymous().Get(t, "/passtools"), 404, errNothing)
	answer := a.send(t, "PATCH", "/pass/"+id, "")
	fails(t, answer, 405, `{"code":405,"description":"Method Not Allowed","details":"the method must be DELETE or GET or POST or PUT"}`)
	if answer.Header.Get("Allow") != "DELETE, GET, POST, PUT" {
		t.Errorf("Allow is %s", answer.Header.Get("Allow"))
	}
	if head := a.send(t, "HEAD", "/template/"+id, nil).Status(t, 200); len(head.Body) != 0 {
		t.Error("HEAD has a body")
	}
}

// TestKeys looks at where keys may stand: the first place counts.
func TestKeys(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	template := a.template(t, voucher())
	path, body := base+"/pass/"+template, "json="+url.QueryEscape(jsonText(t, offer("x")))
	basic := "Authorization: Basic " + "dXNlcjp3cm9uZw=="
	a.Anonymous().Send(t, "POST", path, body+"&api_key="+a.key, formType, basic).Status(t, 200)
	fails(t, a.Anonymous().Send(t, "POST", path+"?api_key=wrong", body+"&api_key="+a.key, formType), 401, errUnauthorized)
	fails(t, a.Anonymous().Send(t, "POST", path, body+"&api_key=", formType, "Authorization: Bearer "+a.key), 401, errUnauthorized)
	a.Anonymous().Send(t, "POST", path+"?api_key="+a.key, body+"&api_key=wrong", formType, basic).Status(t, 200)
	if got := a.Anonymous().Get(t, base+"/pass").Header.Get("WWW-Authenticate"); got != `Basic realm="passtools"` {
		t.Errorf("WWW-Authenticate is %s", got)
	}
}

// TestRoles lets the roles that only read read.
func TestRoles(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	p := a.pass(t, a.template(t, voucher()), members{"fields": offer("x")})
	for role, may := range map[store.Role]bool{store.Admin: true, store.Issuer: true, store.Viewer: false, store.Scanner: false} {
		key := a.newKey(t, role)
		a.sendAs(t, key, "GET", "/pass/"+p.ID, nil).Status(t, 200)
		status := 401
		if may {
			status = 200
		}
		a.sendAs(t, key, "PUT", "/pass/"+p.ID, offer("y")).Status(t, status)
	}
}

// TestStranger hides everything from another account.
func TestStranger(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.send(t, "POST", "/template/id/ours", voucher(), rev12).Status(t, 200)
	p := a.pass(t, "id/ours", members{"fields": offer("x"), "externalId": "ours", "tags": []any{"ours"}})
	ticket := number(t, decoded(t, a.send(t, "PUT", "/pass/"+p.ID, offer("y"), rev12)), "ticketId")
	project := number(t, decoded(t, a.send(t, "POST", "/project/id/ours", members{"name": "P", "description": "", "projectType": "coupon"}, rev12)), "id")
	other := a.stranger(t, "other")
	ours := strings.NewReplacer("{templateId}", p.TemplateID, "{layoutId}", p.TemplateID, "{passId}", p.ID, "{locationId}", "1", "{ticketId}", ticket, "{projectId}", project,
		"{externalId}", "ours", "{templateExternalId}", "ours", "{tag}", "ours", "{uuid}", "ours")
	walked := 0
	for _, route := range append(passtools.Routes(), "GET /pass?templateId={templateId}", "GET /pass/download?passIds={passId}") {
		method, path, _ := strings.Cut(route, " ")
		if !strings.Contains(path, "{") || method == "POST" && (path == "/template/id/{externalId}" || path == "/project/id/{externalId}") { // names are free for everybody
			continue
		}
		answer := a.sendAs(t, other, method, ours.Replace(path), documentFor(method, path), rev12)
		if answer.Code != 404 || !strings.HasPrefix(string(answer.Body), `{"code":404,"description":"Not Found","details":"`) {
			t.Errorf("%s: %d %s", route, answer.Code, answer.Body)
		}
		walked++
	}
	if walked < 60 {
		t.Errorf("only %d routes name something", walked)
	}
	for path, name := range map[string]string{"/pass": "passes", "/tag": "tags", "/project": "projects", "/template/headers": "templateHeaders"} {
		if all := list(t, decoded(t, a.sendAs(t, other, "GET", path, nil, rev12)), name); len(all) != 0 {
			t.Errorf("%s lists %v", path, all)
		}
	}
	if got := a.get(t, p.ID).Fields["offer"].Value; got != "y" {
		t.Errorf("the pass became %v", got)
	}
}

// documentFor is a body that a route would take.
func documentFor(method, path string) any {
	switch {
	case method == "GET" || method == "DELETE":
		return nil
	case strings.HasSuffix(path, "/locations"):
		return []any{spot(1, 2, "x")}
	case strings.HasSuffix(path, "/tags"):
		return members{"tags": []any{"x"}}
	case strings.HasPrefix(path, "/pass"), strings.HasSuffix(path, "/passes"):
		return offer("z")
	}
	return members{"name": "x", "description": "x", "type": "coupon", "projectType": "coupon"}
}

// TestSources takes JSON from wherever it stands, the first place first.
func TestSources(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	p := a.pass(t, a.template(t, voucher()), members{"fields": offer("x")})
	path := base + "/pass/" + p.ID + "?api_key=" + a.key
	doc := func(value string) string { return `{"offer":{"value":"` + value + `"}}` }
	escaped := func(value string) string { return url.QueryEscape(doc(value)) }
	const parts = "--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n" + `{"offer":{"value":"parts"}}` + "\r\n--b--\r\n"
	for want, r := range map[string]struct{ path, body, kind string }{
		"raw":         {path + "&json=" + escaped("query"), doc("raw"), "application/json; charset=UTF-8"},
		"untyped":     {path, doc("untyped"), ""},
		"plain":       {path, " " + doc("plain"), "text/plain"},
		"field":       {path + "&json=" + escaped("query"), "json=" + escaped("field"), "application/x-www-form-urlencoded"},
		"fielduntold": {path, "json=" + escaped("fielduntold"), ""},
		"parts":       {path, parts, "multipart/form-data; boundary=b"},
		"query":       {path + "&json=" + escaped("query"), "", "application/x-www-form-urlencoded"},
		"bom":         {path, "\ufeff" + doc("bom"), "application/json"},
	} {
		a.Anonymous().Send(t, "PUT", r.path, r.body, "Content-Type: "+r.kind).Status(t, 200)
		if got := a.get(t, p.ID).Fields["offer"].Value; got != want {
			t.Errorf("%s: the offer is %v", want, got)
		}
	}
	for body, details := range map[string]string{"{": "the JSON cannot be read", "[1]": "the JSON must be an object", `"x"`: "the JSON must be an object", `{"offer":5}`: "offer must be an object with value, label or changeMessage",
		`{"offer":{"value":[1]}}`: "offer must be an object with value, label or changeMessage", `{"offer":{"value":{},"label":"x"}}`: "the value of offer must be a text or a number"} {
		fails(t, a.send(t, "PUT", "/pass/"+p.ID, "json="+url.QueryEscape(body)), 400, errRequest(details))
	}
	large := a.Anonymous().Send(t, "PUT", path, "json="+strings.Repeat("x", 2<<20), formType)
	large.Status(t, 413)
	if !strings.HasPrefix(string(large.Body), `{"code":413,"description":"Request Entity Too Large","details":"`) {
		t.Errorf("answered %s", large.Body)
	}
	fails(t, a.Anonymous().Send(t, "PUT", path, parts[:80], "Content-Type: multipart/form-data; boundary=b"), 400, errRequest("the body is no multipart/form-data"))
}

// TestLists turns pages, orders and filters.
func TestLists(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	names := []string{"B", "A"}
	var templates, passes []string
	for _, name := range names {
		body := voucher()
		body["name"] = name
		templates = append(templates, a.template(t, body))
	}
	for n := range 5 {
		passes = append(passes, a.pass(t, templates[n%2], members{"fields": offer("x"), "tags": []any{"t" + string(rune('a'+n)), "z"}}).ID)
	}
	phone := a.Phone(t)
	public := a.pass(t, templates[0], members{"fields": offer("x"), "publicUrl": members{"type": "multiple"}})
	passes = append(passes, public.ID)
	if _, err := phone.Install(t.Context(), public.Public.Path); err != nil {
		t.Fatal(err)
	}
	a.Clock.Advance(1e9)
	a.send(t, "PUT", "/pass/"+passes[2], offer("new"), rev12).Status(t, 200)
	order := func(list ...int) (out string) {
		for _, n := range list {
			out += " " + passes[n]
		}
		return out
	}
	for query, want := range map[string]string{
		"": order(5, 4, 3, 2, 1, 0), "direction=ASC": order(0, 1, 2, 3, 4, 5), "page=2&pageSize=4": order(1, 0), "page=0&pageSize=1": order(5), "page=9": "",
		"pageSize=1000&order=created&direction=Asc": order(0, 1, 2, 3, 4, 5), "templateId=" + templates[1]: order(3, 1), "order=Name&direction=asc": order(1, 3, 0, 2, 4, 5),
		"order=name&pageSize=3&page=2&direction=asc": order(2, 4, 5), "order=name": order(5, 4, 2, 0, 3, 1), "order=Updated&pageSize=2": order(2, 5),
		"status=installed": order(5), "status=not_been_installed&pageSize=2": order(4, 3), "status=uninstalled": "", "status=been_installed": order(5),
	} {
		got := ""
		for _, p := range list(t, decoded(t, a.send(t, "GET", "/pass?"+query, nil, rev12)), "passes") {
			got += " " + text(t, p.(members), "id")
		}
		if got != want {
			t.Errorf("%s lists%s, want%s", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"order=Name": order(4, 2, 0, 3, 1), "order=Name&direction=asc&pageSize=2&page=2": order(0, 2), "order=Name&pageSize=2&page=4": "",
		"order=Name&status=installed": "", "order=Name&status=not_been_installed&direction=asc": order(1, 3, 0, 2, 4), "direction=asc": order(0, 1, 2, 3, 4),
	} {
		got, tagged := "", decoded(t, a.send(t, "GET", "/tag/z/passes?"+query, nil, rev12))
		for _, p := range list(t, tagged, "passes") {
			got += " " + number(t, p.(members), "id")
		}
		if got != want || !strings.Contains(query, "=installed") && tagged["count"] != 5.0 {
			t.Errorf("of a tag %s lists%s of %v, want%s", query, got, tagged["count"], want)
		}
	}
	for query, want := range map[string]string{"page=-1": "page must be a number", "page=x": "page must be a number", "pageSize=0": "pageSize must be at least 1", "pageSize=x": "pageSize must be a number",
		"order=size": "order must be ID, Name, Created or Updated", "direction=up": "direction must be ASC or DESC", "templateId=x": "templateId must be a number",
		"status=new": "status must be installed, uninstalled, been_installed or not_been_installed"} {
		fails(t, a.send(t, "GET", "/pass?"+query, nil, rev12), 400, errRequest(want))
	}
	fails(t, a.send(t, "GET", "/pass?templateId=77", nil), 404, errNotFound("template", "77"))
	got := decoded(t, a.send(t, "GET", "/template/headers?order=name&direction=asc&pageSize=1&page=2", nil, rev12))
	if h := list(t, got, "templateHeaders"); len(h) != 1 || h[0].(members)["name"] != "B" || object(t, got, "pagination")["order"] != "name" {
		t.Errorf("answered %v", got)
	}
	got = decoded(t, a.send(t, "GET", "/tag?order=Name&direction=asc&pageSize=2&page=2", nil, rev12))
	if h := list(t, got, "tags"); len(h) != 2 || h[0].(members)["tag"] != "tc" || got["count"] != 6.0 || object(t, got, "Pagination")["order"] != "Name" {
		t.Errorf("answered %v", got)
	}
	if got := decoded(t, a.send(t, "GET", "/template/"+templates[0]+"/stats", nil)); got["total"] != 4.0 || got["installed"] != 1.0 {
		t.Errorf("the statistics are %v", got)
	}
	if got := decoded(t, a.send(t, "GET", "/pass?pageSize=500", nil)); got["PageSize"] != 100.0 {
		t.Errorf("a page has %v", got["PageSize"])
	}
}

// TestTogether shows a pass to the native API, and one of the native API here.
func TestTogether(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	p := a.pass(t, a.template(t, a.ferry()), members{"fields": members{"To": members{"value": "Puffin Rock"}}})
	record := compattest.Record(t, a.Server, compattest.Issued{SerialNumber: p.SerialNumber})
	var native struct {
		Values  map[string]any
		Origin  string
		Account any
	}
	a.Caller.Get(t, "/api/v1/passes/"+record.ID.Short()).Status(t, 200).JSON(t, &native)
	if native.Values["To"] != "Puffin Rock" || native.Origin != "passtools" {
		t.Errorf("natively it is %+v", native)
	}
	a.Caller.Patch(t, "/api/v1/passes/"+record.ID.Short(), members{"values": members{"To": "Seal Bay"}}).Status(t, 200)
	if got := a.get(t, p.ID).Fields["To"].Value; got != "Seal Bay" {
		t.Errorf("here it is %v", got)
	}
	card := a.Issue(t, store.Campaign{}, map[string]any{"stamps": 3})
	q := a.get(t, card.ID.Decimal())
	if q.Fields["stamps"].Value != 3.0 || q.TemplateID != card.Template.Decimal() {
		t.Errorf("a native pass is %+v", q)
	}
	a.send(t, "PUT", "/pass/"+q.ID, members{"fields": members{"stamps": members{"value": 5}}}, rev12).Status(t, 200)
	if got := a.get(t, q.ID).Fields["stamps"].Value; got != 5.0 {
		t.Errorf("its stamps are %v", got)
	}
	h := object(t, decoded(t, a.send(t, "GET", "/template/"+q.TemplateID, nil, rev12)), "templateHeader")
	if h["type"] != "Store Card" || h["vendor"] != "Apple" {
		t.Errorf("its template is %v", h)
	}
	a.file(t, q.ID)
}

// TestElsewhere leaves alone what no client of the service made: it has no words for all
// that templates and passes show.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	project := number(t, decoded(t, a.send(t, "POST", "/project", members{"name": "P", "description": "", "projectType": "loyalty"}, rev12)), "id")
	into, _ := store.ParseDecimal(project)
	design := store.Design{Document: servertest.Card(), Images: map[string]store.ID{"icon": a.Asset(t, "icon")}}
	design.Document = bytes.Replace(design.Document, []byte("{"), []byte(`{"locations":[{"latitude":9,"longitude":9}],`), 1)
	campaign, made, err := a.Issuer.Launch(t.Context(), a.Actor, issuer.Launch{Into: into, Template: issuer.NewTemplate{Name: "Stamps", Design: design}})
	if err != nil {
		t.Fatal(err)
	}
	template := made.ID.Decimal()
	p := a.get(t, a.Issue(t, campaign, servertest.Values{"stamps": 3}, func(o *issuer.Order) {
		o.Template, o.Document = made.ID, json.RawMessage(`{"barcodes":[{"format":"PKBarcodeFormatQR","message":"own","messageEncoding":"utf-8"}]}`)
	}).ID.Decimal())
	before := a.document(t, p.ID)
	for route, body := range map[string]any{"PUT /template/" + template: members{"name": "ours"}, "DELETE /template/" + template + "/location/1": nil,
		"POST /template/" + template + "/locations": []any{spot(1, 2, "x")}} {
		method, path, _ := strings.Cut(route, " ")
		fails(t, a.send(t, method, path, body, rev12), 406, errField("template", "no client of this service made it: change it where it was made"))
	}
	decoded(t, a.send(t, "PUT", "/project/"+project, members{"settings": members{"barcode_type": "qr"}}, rev12))
	a.send(t, "PUT", "/pass/"+p.ID, members{"fields": members{"stamps": members{"value": 3}}, "tags": []any{"t"}}, rev12).Status(t, 200)
	if got := a.document(t, p.ID); before["barcodes"] == nil || !reflect.DeepEqual(got, before) {
		t.Errorf("the pass became %v, it was %v", got, before)
	}

	const theirs, other = `{"latitude":9,"longitude":9}`, `{"latitude":1,"longitude":2,"relevantText":"x"}`
	a.shows(t, a.pass(t, template, members{}).ID, "locations", "["+theirs+"]")
	a.send(t, "POST", "/pass/"+p.ID+"/locations", []any{spot(1, 2, "x")}, rev12).Status(t, 200)
	a.shows(t, p.ID, "locations", "["+theirs+","+other+"]")
	a.send(t, "PUT", "/pass/"+p.ID, members{"headers": members{"logo_text": members{"value": "L"}}, "locations": []any{spot(3, 4, "y")}}, rev12).Status(t, 200)
	a.shows(t, p.ID, "locations", `[{"latitude":3,"longitude":4,"relevantText":"y"},`+theirs+"]")
	a.send(t, "DELETE", "/pass/"+p.ID+"/location/2", nil, rev12).Status(t, 200)
	a.shows(t, p.ID, "locations", "["+theirs+"]")
	if got := a.document(t, p.ID); got["logoText"] != "L" || !reflect.DeepEqual(got["barcodes"], before["barcodes"]) {
		t.Errorf("the pass became %v", got)
	}
}
