package walletkit_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestEdited: a template of a client that is changed elsewhere is shown, and passes are made
// of it, as it was published last. Pictures that are the client's keep their addresses.
func TestEdited(t *testing.T) {
	t.Parallel()
	b := newBrand(t)
	id := b.template(t, b.concert())
	old := b.pass(t, id, `{"keys": [{"key": "seat", "value": "A 1"}]}`)
	b.revise(t, id, func(d *store.Design) {
		d.Document = bytes.Replace(d.Document, []byte(`"key":"seat"`), []byte(`"key":"place"`), 1)
		d.Document = bytes.ReplaceAll(d.Document, []byte("BarcodeFormatQR"), []byte("BarcodeFormatAztec"))
		d.Images["logo"] = b.Asset(t, "logo")
	})

	var shown []struct {
		Icon, Logo, Description, Strip string
		Fields                         []struct{ Key string } `json:"secondaryFields"`
		Barcode                        struct{ Format string }
	}
	b.send(t, "GET", templates+"/"+id, nil).Status(t, 200).JSON(t, &shown)
	if got := shown[0]; got.Icon != b.pictures+"/38x38.png" || got.Strip == "" || got.Logo != "" || got.Description != "Evening concert" ||
		got.Fields[0].Key != "place" || got.Barcode.Format != "PKBarcodeFormatAztec" {
		t.Errorf("it is shown as %+v", got)
	}
	p := b.pass(t, id, `{"keys": [{"key": "place", "value": "B 2"}, {"key": "seat", "value": "C 3"}], "barcode_message": "HH-1"}`)
	if got := b.document(t, p); !slices.Equal(p.Ignored, []string{"seat"}) || !strings.Contains(string(got["eventTicket"]), `"B 2"`) ||
		!strings.Contains(string(got["barcode"]), "Aztec") {
		t.Errorf("a pass is %s, without %q", got, p.Ignored)
	}
	if got := b.update(t, id, `{"keys": [{"key": "place", "value": "B 2"}], "updatekeys": [{"key": "place", "value": "D 4"}]}`); !slices.Equal(got.Serials, []string{p.SentPass.SerialNo}) {
		t.Errorf("changed were %v", got.Serials)
	}
	if got := b.update(t, id, `{"keys": [{"key": "seat", "value": "A 1"}], "updatekeys": [{"key": "seat", "value": "A 2"}]}`); len(got.Serials) != 1 || len(got.Ignored) != 0 {
		t.Errorf("of a pass from before were changed %v, ignored %q", got.Serials, got.Ignored)
	}
	if got := b.document(t, old); !strings.Contains(string(got["eventTicket"]), `"A 2"`) {
		t.Errorf("a pass from before is %s", got)
	}
	b.send(t, "DELETE", templates+"/"+id, nil).Status(t, 200)
	b.send(t, "GET", templates+"/"+id, nil).Status(t, 404)
}

// revise publishes a template anew with a changed design, as the native API does.
func (b *brand) revise(t testing.TB, template string, change func(*store.Design)) {
	t.Helper()
	id, _ := store.ParseShort(template)
	var d store.Design
	err := b.Store.View(t.Context(), func(r store.Reader) (err error) {
		d, err = r.Draft(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	change(&d)
	if _, err := b.Issuer.ChangeTemplate(t.Context(), b.Actor, id, issuer.TemplateChange{Design: &d, Publish: true}); err != nil {
		t.Fatal(err)
	}
}
