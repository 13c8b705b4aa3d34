package walletkit_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"pocketpass/server/compat/walletkit"
	"pocketpass/server/servertest"
)

// FuzzRequest sends anybody's bytes to every endpoint that reads a body: never a panic
// and never a failure of the server's own. Addresses of pictures are replaced, so that
// nobody is called but the test itself.
func FuzzRequest(f *testing.F) {
	b := newBrand(f, servertest.Unsynced())
	id := b.template(f, b.concert())
	p := b.pass(f, id, members{})
	d, err := (&walletkit.Service{Issuer: b.Issuer, Access: b.Access, BaseURL: "https://passes.example.org", Now: b.Clock.Now}).Dialect()
	if err != nil {
		f.Fatal(err)
	}
	concert, err := json.Marshal(b.concert())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(concert), `{}`, ``, `null`, `[]`, `{"keys": [{"key": "door", "value": 1e999}], "updatekeys": [{"key": "door", "value": "\ud800"}]}`,
		`{"location": [{"latittude": "1", "lng": -0.0, "altitude": 1e308}], "location_reset": "1"}`, `{"description": "{{'", "pass_type": "generic", "barcode": {"format": "PKBarcodeFormatText"}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		body = b.withoutAddresses(body)
		for _, call := range [][2]string{{"POST", templates}, {"POST", templates + "/" + id}, {"PUT", templates + "/" + id}, {"POST", templates + "/" + id + "?sno=" + p.SentPass.SerialNo}} {
			r := httptest.NewRequest(call[0], call[1], strings.NewReader(string(body)))
			for _, h := range b.headers {
				name, _, _ := strings.Cut(h, ":")
				r.Header.Set(name, value(h))
			}
			w := httptest.NewRecorder()
			d.Handler.ServeHTTP(w, r)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s %s: %d %s", call[0], call[1], w.Code, w.Body)
			}
		}
	})
}

// withoutAddresses gives a body that is an object an icon of the test's own and no other picture.
func (b *brand) withoutAddresses(body []byte) []byte {
	var o map[string]json.RawMessage
	if json.Unmarshal(body, &o) != nil || o == nil {
		return body
	}
	for name := range o {
		if walletkit.IsImage(name) {
			delete(o, name)
		}
	}
	o["icon"] = json.RawMessage(`"` + b.pictures + `/38x38.png"`)
	out, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	return out
}
