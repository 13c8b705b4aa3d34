package move_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// tools is a client of PassTools.
type tools struct{ *account }

func (p tools) send(t testing.TB, method, path string, body any) *servertest.Answer {
	t.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return p.Anonymous().Send(t, method, "/passtools/v1"+path+mark+"api_key="+p.id+"."+p.secret, body, "Content-Type: application/json", "Api-Revision: 1.2")
}

// fill makes a project with a template, a template without one, and their passes.
func (p tools) fill(t testing.TB) {
	t.Helper()
	var project, template, other struct {
		ID         json.Number
		TemplateID json.Number
	}
	p.send(t, "POST", "/project/id/spring", members{"name": "Spring", "description": "x", "projectType": "coupon", "settings": members{"barcode_type": "qr"}}).Status(t, 200).JSON(t, &project)
	p.send(t, "POST", "/template/"+project.ID.String()+"/id/spring%2F13", members{"name": "Voucher", "description": "Spring voucher", "type": "coupon",
		"headers":   members{"icon_image": members{"value": p.pictures + "/87x87.png"}, "logo_text": members{"value": "Moss"}, "barcode_value": members{"value": "none"}},
		"fields":    members{"offer": members{"fieldType": "primary", "label": "OFFER", "value": "", "required": true, "changeMessage": "Now %@"}, "until": members{"fieldType": "secondary", "value": "30 April", "textAlignment": "textAlignmentLeft"}},
		"locations": []any{members{"latitude": 51.51, "longitude": -0.14, "relevantText": "Moss is near"}}}).Status(t, 200).JSON(t, &template)
	for n := range 3 {
		p.send(t, "POST", "/pass/"+template.TemplateID.String()+"/id/guest-"+fmt.Sprint(n), members{
			"headers": members{"barcode_value": members{"value": fmt.Sprint("V-", n)}}, "fields": members{"offer": members{"value": "3 for 2", "label": "YOURS"}},
			"tags": []string{"gold", "spring"}, "locations": []any{members{"latitude": 50 + n, "longitude": 1.5}}}).Status(t, 200)
	}
	p.send(t, "POST", "/template", members{"name": "Bare", "description": "Bare", "type": "generic"}).Status(t, 200).JSON(t, &other)
	p.send(t, "POST", "/pass/"+other.TemplateID.String(), members{"headers": members{"expirationDate": members{"value": "2030-01-01T00:00:00Z", "label": "voided"}}}).Status(t, 200)
}

// all is what a client reads of an account, but for times and addresses.
func (p tools) all(t testing.TB) string {
	t.Helper()
	var out []any
	read := func(path string) (o map[string]any) {
		p.send(t, "GET", path, nil).Status(t, 200).JSON(t, &o)
		strip(o)
		out = append(out, o)
		return o
	}
	for _, one := range read("/project")["projects"].([]any) {
		read(fmt.Sprintf("/project/%.0f", one.(map[string]any)["id"]))
	}
	for _, one := range read("/template/headers")["templateHeaders"].([]any) {
		read("/templates/" + one.(map[string]any)["id"].(string))
	}
	for _, one := range read("/pass")["passes"].([]any) {
		read("/pass/" + one.(map[string]any)["id"].(string))
	}
	read("/template/id/spring%2F13")
	read("/pass/id/guest-1")
	raw, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// strip takes times, addresses and ids of tags away.
func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		_, tag := v["tag"]
		maps.DeleteFunc(v, func(name string, _ any) bool {
			return name == "createdAt" || name == "updatedAt" || name == "url" || name == "contextId" || tag && name == "id"
		})
		for _, one := range v {
			strip(one)
		}
	case []any:
		for _, one := range v {
			strip(one)
		}
	}
}

// TestPassToolsOlder moves passes that set fields which their template lost since: they keep
// them, as they did there.
func TestPassToolsOlder(t *testing.T) {
	p := tools{newAccount(t, servertest.Ticking())}
	p.fill(t)
	var header struct{ TemplateHeader struct{ ID string } }
	p.send(t, "GET", "/template/id/spring%2F13", nil).Status(t, 200).JSON(t, &header)
	p.send(t, "PUT", "/pass/id/guest-0", members{"fields": members{"until": members{"value": "May", "label": "TILL"}}}).Status(t, 200)
	p.send(t, "PUT", "/template/"+header.TemplateHeader.ID, members{"fields": members{"offer": members{"fieldType": "primary", "label": "OFFER", "value": ""}}}).Status(t, 200)
	home := newHome(t, servertest.Ticking())
	old := p.old(t, "/passtools")
	old.User, old.Key = "", p.id+"."+p.secret
	newMover(t, "passtools", old, t.TempDir(), home).run(t, "pass 4 made 0 there 0 left project 1 made 0 there 0 left template 2 made 0 there 0 left")
	if a, b := p.all(t), (tools{as(t, home)}).all(t); a != b || !strings.Contains(b, `"May"`) {
		t.Errorf("it was %s\nand is %s", a, b)
	}
}

// TestPassTools moves an account: clients are told the same, and a second time nothing
// happens.
func TestPassTools(t *testing.T) {
	p := tools{newAccount(t, servertest.Ticking())}
	p.fill(t)
	home, dir := newHome(t, servertest.Ticking()), t.TempDir()
	old := p.old(t, "/passtools")
	old.User, old.Key = "", p.id+"."+p.secret
	m := newMover(t, "passtools", old, dir, home)
	m.run(t, "pass 4 made 0 there 0 left project 1 made 0 there 0 left template 2 made 0 there 0 left")
	there := tools{as(t, home)}
	if a, b := p.all(t), there.all(t); a != b {
		t.Errorf("it was %s\nand is %s", a, b)
	}
	for _, one := range passesOf(t, p.Server) {
		was, is := file(t, p.Server, one.SerialNumber).Contents, file(t, home, one.SerialNumber).Contents
		if a, b := shown(t, was), shown(t, is); a != b {
			t.Errorf("the pass %s was %s\nand is %s", one.SerialNumber, a, b)
		}
	}
	sameDates(t, p.Server, home)
	before := records(t, home)
	m.run(t, "pass 0 made 4 there 0 left project 0 made 1 there 0 left template 0 made 2 there 0 left")
	if after := records(t, home); before != after {
		t.Errorf("repeated, it changed %s\nto %s", before, after)
	}
}

// TestTaken tells of a pass whose serial number or external id another one here has.
func TestTaken(t *testing.T) {
	p := tools{newAccount(t, servertest.Ticking())}
	p.fill(t)
	home := newHome(t, servertest.Ticking())
	external := "guest-0"
	other := home.Issue(t, store.Campaign{}, nil)
	if _, err := home.Issuer.Issue(t.Context(), home.Actor, issuer.Order{Campaign: other.Campaign, ExternalID: external}); err != nil {
		t.Fatal(err)
	}
	var guest struct{ SerialNumber string }
	p.send(t, "GET", "/pass/id/guest-1", nil).Status(t, 200).JSON(t, &guest)
	if _, err := home.Issuer.Issue(t.Context(), home.Actor, issuer.Order{Campaign: other.Campaign, SerialNumber: guest.SerialNumber}); err != nil {
		t.Fatal(err)
	}
	old := p.old(t, "/passtools")
	old.User, old.Key = "", p.id+"."+p.secret
	told := newMover(t, "passtools", old, t.TempDir(), home).run(t, "pass 2 made 0 there 2 left project 1 made 0 there 0 left template 2 made 0 there 0 left")
	if !strings.Contains(told, `"fieldName":"externalId"`) || !strings.Contains(told, "a pass that was made here has its serial number "+guest.SerialNumber) || strings.Count(told, "is left out") != 2 {
		t.Errorf("it told %s", told)
	}
}

// TestSerialTwice tells of two passes of one account that have one serial number.
func TestSerialTwice(t *testing.T) {
	p := tools{newAccount(t, servertest.Ticking())}
	p.fill(t)
	dir, home := t.TempDir(), newHome(t, servertest.Ticking())
	old := p.old(t, "/passtools")
	old.User, old.Key = "", p.id+"."+p.secret
	newMover(t, "passtools", old, dir, home).run(t, "pass 4 made 0 there 0 left project 1 made 0 there 0 left template 2 made 0 there 0 left")
	files, err := filepath.Glob(filepath.Join(dir, "passes", "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var doc members
	raw, err := os.ReadFile(files[0])
	if err == nil {
		err = json.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	doc["id"] = 12345678
	if raw, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(filepath.Dir(files[0]), "12345678.json"), raw)
	told := newMover(t, "passtools", nil, dir, home).run(t, "pass 0 made 4 there 1 left project 0 made 1 there 0 left template 0 made 2 there 0 left")
	if want := fmt.Sprintf("of the same account is here with its serial number %s", doc["serialNumber"]); !strings.Contains(told, want) {
		t.Errorf("it did not tell that a pass %s: %s", want, told)
	}
}

// TestMovedAlready tells of an account that is moved as that of another service, too.
func TestMovedAlready(t *testing.T) {
	k := kit{newAccount(t, servertest.Ticking())}
	k.fill(t)
	home := newHome(t, servertest.Ticking())
	newMover(t, "passkit", k.old(t, "/passkit"), t.TempDir(), home).run(t, "campaign 1 made 0 there 0 left pass 4 made 0 there 0 left template 2 made 0 there 0 left")
	old := k.old(t, "/passtools")
	old.User, old.Key = "", k.id+"."+k.secret
	told := newMover(t, "passtools", old, t.TempDir(), home).run(t, "pass 0 made 0 there 4 left template 2 made 0 there 0 left")
	if strings.Count(told, "came here from passkit already") != 4 {
		t.Errorf("it told %s", told)
	}
	told = newMover(t, "passworks", k.old(t, "/passworks"), t.TempDir(), home).run(t, "campaign 0 made 0 there 1 left pass 0 made 0 there 4 left template 0 made 0 there 2 left")
	if !strings.Contains(told, "4 of its passes are left out with it") {
		t.Errorf("it told %s", told)
	}
}
