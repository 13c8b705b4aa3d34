package moved_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"pocketpass/server/compat/moved"
)

// TestUnwrap brings a record beside a request, and requests without one as they are.
func TestUnwrap(t *testing.T) {
	want := moved.Record{ID: "6f2b1c9a4e", SerialNumber: "1", AuthenticationToken: "t", Pictures: map[string][]byte{"https://img.example.org/ä.png?a=1&b": []byte("PNG")}}
	var got moved.Record
	var kind, body string
	h := moved.Unwrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, kind, body = moved.Of(r.Context()), r.Header.Get("Content-Type"), string(raw)
	}))
	var out bytes.Buffer
	media, err := moved.Wrap(&out, want, "application/json; charset=utf-8", []byte(`{"a": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	send := func(media string, body io.Reader) int {
		got, kind = moved.Record{}, ""
		r, w := httptest.NewRequest("POST", "/", body), httptest.NewRecorder()
		r.Header.Set("Content-Type", media)
		h.ServeHTTP(w, r)
		return w.Code
	}
	if send(media, &out); !reflect.DeepEqual(got, want) || kind != "application/json; charset=utf-8" || body != `{"a": 1}` {
		t.Errorf("%+v, %s, %s", got, kind, body)
	}
	if send("application/json", strings.NewReader("{}")); got.ID != "" || kind != "application/json" || body != "{}" {
		t.Errorf("a request without a record: %+v, %s, %s", got, kind, body)
	}
	if code := send(media, strings.NewReader("--x")); code != http.StatusBadRequest || kind != "" {
		t.Errorf("a record that breaks off: %d", code)
	}
}

// TestFetch asks for the pictures that did not come with the record.
func TestFetch(t *testing.T) {
	r := moved.Record{Pictures: map[string][]byte{"https://a": []byte("A")}}
	asked := 0
	fetch := func(_ context.Context, addresses map[string]string) (map[string][]byte, error) {
		asked += len(addresses)
		return map[string][]byte{"logo": []byte("B")}, nil
	}
	got, err := r.Fetch(t.Context(), map[string]string{"icon": "https://a", "logo": "https://b"}, fetch)
	if want := map[string][]byte{"icon": []byte("A"), "logo": []byte("B")}; err != nil || asked != 1 || !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%s, %v, asked for %d", got, err, asked)
	}
	if _, err := r.Fetch(t.Context(), map[string]string{"icon": "https://a"}, fetch); err != nil || asked != 1 {
		t.Errorf("%v, asked for %d", err, asked)
	}
}
