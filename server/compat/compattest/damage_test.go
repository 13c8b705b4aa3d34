package compattest_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
	"pocketpass/store/kv"
)

// TestDamage has every service answer an unexpected failure with its own body, which says
// nothing of what it was: the record of the caller's key cannot be read.
func TestDamage(t *testing.T) {
	s := newShop(t)
	id, _ := store.ParseShort(s.key)
	intact := s.overwrite(t, "key", id, []byte("rotten"))
	defer s.overwrite(t, "key", id, intact)
	walletKit := []string{"brand-id: " + s.key, "api-key: " + s.secret}
	kony := []string{"authToken: " + s.key + "." + s.secret}
	const said = "something went wrong in the server; its log has more under the request id"
	for _, tt := range []struct {
		service string
		got     *servertest.Answer
		body    string
	}{
		{"passkit", s.passkit(t, "GET", "/campaigns/One"), `{"error":"Internal server error"}`},
		{"passtools", s.passtools(t, "GET", "/template/headers", nil),
			`{"code":500,"description":"Internal Server Error","details":"` + said + `"}`},
		{"walletkit", s.Anonymous().Get(t, "/walletkit/v1/passes", walletKit...),
			`{"error":"` + said + `","error_code":"internal_error"}`},
		{"passworks", s.passworks(t, "GET", "/coupons", nil),
			`{"status_code":500,"error_code":10500,"message":"S` + said[1:] + `","errors":{"base":"S` + said[1:] + `"}}`},
		{"kony", s.Anonymous().Post(t, "/kpns/service/rest/passbook/iphone/admin/upload/passes/pass.org.example.card/S-1", "", kony...),
			`{"message":"Server failed to process the request."}`},
	} {
		if got := strings.TrimSpace(string(tt.got.Body)); tt.got.Code != 500 || got != tt.body {
			t.Errorf("%s answers %d %s", tt.service, tt.got.Code, got)
		}
	}
}

// overwrite writes the bytes of a record and returns those that were there.
func (s *shop) overwrite(t *testing.T, table kv.Table, id store.ID, raw []byte) (was []byte) {
	t.Helper()
	err := s.Store.Engine().Update(t.Context(), func(w kv.Writer) error {
		key := binary.BigEndian.AppendUint64(nil, uint64(id))
		value, _, err := w.Get(table, key)
		if err != nil {
			return err
		}
		was = bytes.Clone(value)
		return w.Put(table, key, raw)
	})
	if err != nil {
		t.Fatal(err)
	}
	return was
}
