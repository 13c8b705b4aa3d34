package walletkit_test

import (
	"slices"
	"strings"
	"testing"

	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// The tests here are named after the numbers that README.md gives to what clients need.

func TestQ15(t *testing.T) {
	b := newBrand(t)
	id, other := b.template(t, b.plain()), b.template(t, b.plain())
	p := b.pass(t, other, nil)
	for serial, want := range map[string]int{"": 400, "unknown": 404, p.SentPass.SerialNo: 404} {
		b.send(t, "POST", templates+"/"+id+"?sno="+serial, members{"location": locations(1)}).Status(t, want)
	}
	if n := b.passes(t, id); n != 0 {
		t.Errorf("%d passes were made", n)
	}
}

func TestQ18(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": []any{members{"key": "flight", "value": ""}}}))
	b.pass(t, id, `{"keys": [{"key": "flight", "value": "1367"}]}`)
	b.pass(t, id, `{"keys": [{"key": "flight", "value": 1367}]}`)
	b.pass(t, id, `{"keys": [{"key": "flight", "value": "1367 "}]}`)
	for _, value := range []string{`1367`, `"1367"`} {
		if got := b.update(t, id, `{"keys": [{"key": "flight", "value": `+value+`}]}`); got.Matched != 2 || got.Updated != 0 {
			t.Errorf("%s found %+v", value, got)
		}
	}
}

func (b *brand) update(t testing.TB, template, body string) (out sent) {
	t.Helper()
	b.send(t, "PUT", templates+"/"+template, body).Status(t, 200).JSON(t, &out)
	return out
}

// TestQ19 also tries every form of the request.
func TestQ19(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, with(b.plain(), members{"backFields": []any{members{"key": "Departure", "value": "A"}, members{"key": "gate", "value": 1}}}))
	first, second := b.pass(t, id, nil), b.pass(t, id, nil)
	b.pass(t, id, `{"keys": [{"key": "Departure", "value": "C"}]}`)
	phone := b.Phone(t)
	if _, err := phone.Install(t.Context(), first.URL); err != nil {
		t.Fatal(err)
	}
	const move = `{"keys": [{"key": "Departure", "value": "A"}], "updatekeys": [{"key": "Departure", "value": "B"}]}`
	got := b.update(t, id, move)
	if got.Matched != 2 || !slices.Equal(got.Serials, []string{first.SentPass.SerialNo, second.SentPass.SerialNo}) || got.URL != first.URL {
		t.Errorf("the first call: %+v", got)
	}
	phone.WantUpdates(t, compattest.Record(t, b.Server, first.issued()), 1)
	got = b.update(t, id, move)
	if got.Matched != 0 || got.Updated != 0 || got.URL != "" || got.SentPass.SerialNo != "" || got.Description != "Plain" {
		t.Errorf("the second call: %+v", got)
	}
	for body, want := range map[string][2]int{
		`{}`: {3, 0},
		`{"updatekeys": [{"key": "none", "value": 1}]}`:                                          {3, 0},
		`{"keys": [{"key": "gate", "value": 1}, {"key": "gate", "value": 2}], "updatekeys": []}`: {0, 0},
		`{"keys": [{"key": "none", "value": 1}]}`:                                                {0, 0},
		`{"id": "x", "description": "y", "keys": [{"key": "Departure", "value": "C"}]}`:          {1, 0},
	} {
		if got := b.update(t, id, body); got.Matched != want[0] || got.Updated != want[1] {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if got := b.update(t, id, `{"updateKeys": [{"key": "gate", "value": 9}, {"key": "x", "value": 1}]}`); got.Updated != 3 || !slices.Equal(got.Ignored, []string{"x"}) {
		t.Errorf("everything: %+v", got)
	}
	if n := len(b.Push.Log(phone.PushToken)); n > 2 {
		t.Errorf("%d pushes", n)
	}
}

func TestQ20(t *testing.T) {
	b := newBrand(t)
	p := b.pass(t, b.template(t, b.plain()), members{"barcode_message": 4711, "barcode_alttext": "x"})
	if got := b.document(t, p); got["barcode"] != nil || got["barcodes"] != nil || !slices.Equal(p.Ignored, []string{"barcode_alttext", "barcode_message"}) {
		t.Errorf("the pass has %s, ignored %v", got, p.Ignored)
	}
}

func TestQ21(t *testing.T) {
	b := newBrand(t)
	p := b.pass(t, b.template(t, b.plain()), nil)
	if !strings.HasPrefix(p.URL, "http") || !strings.HasSuffix(p.URL, "/"+p.SentPass.SerialNo+".pkpass") {
		t.Errorf("the link is %s", p.URL)
	}
	a := b.Anonymous().Get(t, strings.TrimPrefix(p.URL, servertest.BaseURL)).Status(t, 200)
	b.CheckPass(t, a.Body)
	for name, want := range map[string]string{"Content-Type": "application/vnd.apple.pkpass", "Content-Disposition": `attachment; filename="` + p.SentPass.SerialNo + `.pkpass"`,
		"Cache-Control": "no-store", "X-Robots-Tag": "noindex"} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Header.Get("Last-Modified") == "" {
		t.Error("Last-Modified is missing")
	}
	if head := b.Anonymous().Head(t, strings.TrimPrefix(p.URL, servertest.BaseURL)).Status(t, 200); len(head.Body) != 0 {
		t.Error("HEAD has a body")
	}
}

// TestQ24 also wants the rest of the service to know the template no more.
func TestQ24(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.concert())
	p := b.pass(t, id, nil)
	b.send(t, "DELETE", templates+"/"+id, nil).Status(t, 200)
	b.download(t, p)
	if len(listed(t, b)) != 0 {
		t.Error("a deleted template is listed")
	}
	for _, method := range []string{"GET", "DELETE", "POST", "PUT"} {
		fails(t, b.send(t, method, templates+"/"+id, nil), 404, "not_found", "")
	}
	fails(t, b.send(t, "POST", templates+"/"+id+"?sno="+p.SentPass.SerialNo, members{"location": locations(1)}), 404, "not_found", "")
}

func TestQ25(t *testing.T) {
	b := newBrand(t)
	id := b.template(t, b.plain())
	org, key, secret, err := b.Access.CreateOrganisation(t.Context(), "other", access.Once{})
	if err != nil || org.ID == b.Actor.Org {
		t.Fatal(err)
	}
	stranger := []string{"brand-id: " + key.ID.Short(), "api-key: " + secret}
	for _, method := range []string{"GET", "DELETE", "POST", "PUT"} {
		fails(t, b.Anonymous().Send(t, method, templates+"/"+id, nil, stranger...), 404, "not_found", "")
	}
	fails(t, b.Anonymous().Get(t, templates, stranger[0], b.headers[1]), 401, "unauthorized", "")
	fails(t, b.Anonymous().Send(t, "POST", templates, b.plain(), b.credentials(t, access.NewKey{Name: "till", Role: store.Scanner})...), 401, "unauthorized", "")
	a := b.record.Caller.Send(t, "POST", templates, b.plain(), stranger...)
	fails(t, a, 503, "signing_unavailable", "")
}
