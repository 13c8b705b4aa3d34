package move_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"mime/multipart"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// works is a client of Passworks.
type works struct{ *account }

func (w works) send(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(w.id+":"+w.secret))
	return w.Anonymous().Send(t, method, "/passworks/v2"+path, body, append(headers, basic)...)
}

func (w works) made(t testing.TB, path string, body any) string {
	t.Helper()
	var out struct{ ID string }
	w.send(t, "POST", path, body).Status(t, 201).JSON(t, &out)
	return out.ID
}

func (w works) asset(t testing.TB, kind string, width, height int) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("asset[file]", kind+".png")
	if err == nil {
		_, err = part.Write(compattest.Picture(width, height))
	}
	if err == nil {
		err = form.WriteField("asset[asset_type]", kind)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ ID string }
	w.send(t, "POST", "/assets", body.Bytes(), "Content-Type: "+form.FormDataContentType()).Status(t, 201).JSON(t, &out)
	return out.ID
}

// fill makes a coupon that numbers its passes, a paused store card and a card with codes of
// its own, and passes that were redeemed, voided and made valid again.
func (w works) fill(t testing.TB) {
	t.Helper()
	icon, logo := w.asset(t, "icon", 87, 87), w.asset(t, "logo", 480, 150)
	fields := []any{members{"key": "deal", "label": "DEAL", "value": "2 for 1"}}
	coupon := w.made(t, "/coupons", members{"coupon": members{"name": "Loaf week", "icon_id": icon, "logo_id": logo, "logo_text": "Fern", "background_color": "#2f5d50",
		"barcode": members{"format": "qrcode"}, "primary_fields": fields, "auxiliary_fields": []any{members{"key": "holder", "label": "FOR", "behaviour": "dynamic"}},
		"locations": []any{members{"latitude": 52.37, "longitude": 4.89, "relevant_text": "Near"}}, "user_info": members{"till": 2}}})
	var passes []string
	for n := range 4 {
		passes = append(passes, w.made(t, "/coupons/"+coupon+"/passes", members{"pass": members{"auxiliary_fields": []any{members{"key": "holder", "value": "Guest"}},
			"back_fields": []any{members{"key": "own", "label": "Own", "value": strings.Repeat("x", n+1)}}, "user_info": members{"n": n}}}))
	}
	w.send(t, "DELETE", "/coupons/"+coupon+"/passes/"+passes[2], nil).Status(t, 200)
	w.send(t, "POST", "/coupons/"+coupon+"/passes/"+passes[0]+"/redeem", members{"pass": members{"comment": "till 4"}}).Status(t, 200)
	w.send(t, "POST", "/coupons/"+coupon+"/passes/"+passes[1]+"/redeem", nil).Status(t, 200)
	w.send(t, "POST", "/coupons/"+coupon+"/passes/"+passes[1]+"/reset_redeem", nil).Status(t, 200)
	card := w.made(t, "/store_cards", members{"store_card": members{"name": "Points", "icon_id": icon, "barcode": members{"format": "pdf417"}, "allow_multiple_redeems": true,
		"primary_fields": []any{members{"key": "points", "label": "POINTS", "value": "0", "behaviour": "dynamic"}}}})
	for range 2 {
		p := w.made(t, "/store_cards/"+card+"/passes", members{"pass": members{"primary_fields": []any{members{"key": "points", "value": "7"}}}})
		w.send(t, "POST", "/store_cards/"+card+"/passes/"+p+"/redeem", nil).Status(t, 200)
		w.send(t, "POST", "/store_cards/"+card+"/passes/"+p+"/redeem", nil).Status(t, 200)
	}
	w.send(t, "POST", "/store_cards/"+card+"/pause", nil).Status(t, 200)
	library := w.made(t, "/generics", members{"generic": members{"name": "Library", "icon_id": icon, "code_type": "per_pass", "barcode": members{"format": "aztec"}}})
	p := w.made(t, "/generics/"+library+"/passes", members{"pass": members{"barcode": members{"message": "L-1"}, "expiration_date": "2030-01-01T00:00:00Z"}})
	w.send(t, "PATCH", "/generics/"+library+"/passes/"+p, members{"pass": members{"voided": true}}).Status(t, 200)
}

// all is what a client reads of an account, but for times and addresses.
func (w works) all(t testing.TB) string {
	t.Helper()
	var out []any
	read := func(path string) (all []map[string]any) {
		w.send(t, "GET", path, nil).Status(t, 200).JSON(t, &all)
		for _, o := range all {
			maps.DeleteFunc(o, func(name string, _ any) bool {
				return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_url") || slices.Contains([]string{"distributions", "certificate_id"}, name)
			})
			out = append(out, o)
		}
		return all
	}
	read("/assets")
	read("/templates")
	for _, collection := range []string{"coupons", "store_cards", "generics", "event_tickets", "boarding_passes"} {
		for _, c := range read("/" + collection) {
			read("/" + collection + "/" + c["id"].(string) + "/passes")
		}
	}
	raw, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestPassworks moves an account: clients are told the same, numbers go on behind those
// that there are, and a second time nothing happens.
func TestPassworks(t *testing.T) {
	w := works{newAccount(t, servertest.Ticking())}
	w.fill(t)
	home, dir := newHome(t, servertest.Ticking()), t.TempDir()
	m := newMover(t, "passworks", w.old(t, "/passworks"), dir, home)
	m.run(t, "asset 2 made 0 there 0 left campaign 3 made 0 there 0 left pass 6 made 0 there 0 left template 3 made 0 there 0 left")
	there := works{as(t, home)}
	if a, b := w.all(t), there.all(t); a != b {
		t.Errorf("it was %s\nand is %s", a, b)
	}
	for _, p := range passesOf(t, w.Server) {
		was, is := file(t, w.Server, p.SerialNumber).Document, file(t, home, p.SerialNumber).Document
		if was.AuthenticationToken != is.AuthenticationToken || was.SerialNumber != is.SerialNumber {
			t.Errorf("the file of %s is of another pass", p.SerialNumber)
		}
	}
	sameDates(t, w.Server, home)
	before := records(t, home)
	m.run(t, "asset 0 made 2 there 0 left campaign 0 made 3 there 0 left pass 0 made 6 there 0 left template 0 made 3 there 0 left")
	if after := records(t, home); before != after {
		t.Errorf("repeated, it changed %s\nto %s", before, after)
	}
	there.live(t)
	before = records(t, home)
	m.run(t, "asset 0 made 2 there 0 left campaign 0 made 3 there 0 left pass 0 made 6 there 0 left template 0 made 3 there 0 left")
	if after := records(t, home); before != after {
		t.Errorf("repeated, it undid what happened here: %s\nis now %s", before, after)
	}
	var coupons []struct{ ID string }
	there.send(t, "GET", "/coupons", nil).JSON(t, &coupons)
	var next struct {
		ID, CampaignID string
		Code           string `json:"redeem_code"`
	}
	there.send(t, "POST", "/coupons/"+coupons[0].ID+"/passes", nil).Status(t, 201).JSON(t, &next)
	if next.Code != "00000005" {
		t.Errorf("the next pass has the code %s", next.Code)
	}
	there.send(t, "GET", "/coupons/"+coupons[0].ID+"/passes/"+next.ID, nil).Status(t, 200)
}

// TestPassworksOlder moves passes that were made before their campaign changed: they have
// the fields that they had, with what stood in them.
func TestPassworksOlder(t *testing.T) {
	w := works{newAccount(t, servertest.Ticking())}
	one := func(key, value, label, behaviour string) []any {
		return []any{members{"key": key, "value": value, "label": label, "behaviour": behaviour}}
	}
	campaign := "/coupons/" + w.made(t, "/coupons", members{"coupon": members{"name": "Loaf week", "icon_id": w.asset(t, "icon", 87, 87), "primary_fields": one("deal", "2 for 1", "DEAL", "fixed"),
		"auxiliary_fields": one("holder", "", "FOR", "dynamic"), "back_fields": one("old", "gone soon", "Old", "fixed")}})
	w.made(t, campaign+"/passes", members{"pass": members{}})
	w.made(t, campaign+"/passes", members{"pass": members{"auxiliary_fields": []any{members{"key": "holder", "value": "Mira"}}}})
	w.send(t, "PATCH", campaign, members{"coupon": members{"back_fields": one("new", "since", "New", "fixed")}, "merge": false}).Status(t, 200)
	w.send(t, "PATCH", campaign, members{"coupon": members{"primary_fields": one("deal", "3 for 2", "NOW", "fixed"), "auxiliary_fields": one("holder", "Guest", "FOR", "dynamic"),
		"header_fields": one("shop", "Holm", "SHOP", "fixed")}}).Status(t, 200)
	w.made(t, campaign+"/passes", members{"pass": members{}})
	home := newHome(t, servertest.Ticking())
	newMover(t, "passworks", w.old(t, "/passworks"), t.TempDir(), home).run(t, "asset 1 made 0 there 0 left campaign 1 made 0 there 0 left pass 3 made 0 there 0 left template 1 made 0 there 0 left")
	if a, b := w.all(t), (works{as(t, home)}).all(t); a != b {
		t.Errorf("it was %s\nand is %s", a, b)
	}
}

// TestPassworksList moves a campaign whose codes came from a list, as only the service's own
// pages made one: its passes keep them.
func TestPassworksList(t *testing.T) {
	w := works{newAccount(t)}
	w.fill(t)
	home, dir := newHome(t), t.TempDir()
	if err := newMover(t, "passworks", w.old(t, "/passworks"), dir, nil).Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "coupons", "*.json"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	write(t, names[0], bytes.Replace(text, []byte(`"code_type":"sequencial"`), []byte(`"code_type":"list"`), 1))
	m := newMover(t, "passworks", nil, dir, home)
	if told := m.run(t, "asset 2 made 0 there 0 left campaign 3 made 0 there 0 left pass 6 made 0 there 0 left template 3 made 0 there 0 left"); !strings.Contains(told, "came from a list") {
		t.Errorf("it told %s", told)
	}
	for _, p := range passesOf(t, w.Server) {
		if q := compattest.Record(t, home, compattest.Issued{SerialNumber: p.SerialNumber}); p.Code != q.Code {
			t.Errorf("the pass %s had the code %q, and now %q", p.SerialNumber, p.Code, q.Code)
		}
	}
}

// live does what happens after a move: all that is good is redeemed, all that is void is
// made good, and what was paused goes on.
func (w works) live(t testing.TB) {
	t.Helper()
	for _, collection := range []string{"coupons", "store_cards", "generics"} {
		var campaigns, passes []struct {
			ID, State string
			Voided    bool
		}
		w.send(t, "GET", "/"+collection, nil).Status(t, 200).JSON(t, &campaigns)
		for _, c := range campaigns {
			if c.State == "paused" {
				w.send(t, "POST", "/"+collection+"/"+c.ID+"/resume", nil).Status(t, 200)
			}
			w.send(t, "GET", "/"+collection+"/"+c.ID+"/passes", nil).Status(t, 200).JSON(t, &passes)
			for _, p := range passes {
				verb := map[bool]string{true: "/reset_redeem", false: "/redeem"}[p.Voided]
				w.send(t, "POST", "/"+collection+"/"+c.ID+"/passes/"+p.ID+verb, nil).Status(t, 200)
			}
		}
	}
}

func passesOf(t testing.TB, s *servertest.Server) (all []store.Pass) {
	t.Helper()
	err := s.Store.View(t.Context(), func(r store.Reader) (err error) {
		all, _, err = r.Passes(store.PassFilter{Org: s.Actor.Org}, store.Page{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
