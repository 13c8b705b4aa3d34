package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// The benchmarks run the whole handler in process, each beside the operation that it
// stands on, so that the difference is what the API costs.

func (a *app) serve(r *http.Request, want int) {
	w := httptest.NewRecorder()
	a.server.Config.Handler.ServeHTTP(w, r)
	if w.Code != want {
		a.Fatalf("status %d: %s", w.Code, w.Body)
	}
}

func BenchmarkGetPass(b *testing.B) {
	s := newShop(b)
	short := s.issue(`{"externalId": "c-1", "values": {"stamps": 3}, "tags": ["gold"]}`)
	id, _ := store.ParseShort(short)
	b.Run("operation", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := s.access.Token(b.Context(), adminKey)
			must(b, err)
			p, err := s.issuer.Pass(b.Context(), issuer.Actor{Org: s.org}, id)
			must(b, err)
			if p.ID != id {
				b.Fatal("another pass")
			}
		}
	})
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequest("GET", "/api/v1/passes/"+short, nil)
			r.Header.Set("Authorization", "Bearer "+adminKey)
			s.serve(r, 200)
		}
	})
}

func BenchmarkIssue(b *testing.B) {
	s := newShop(b)
	campaign, _ := store.ParseShort(s.campaign)
	b.Run("operation", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := s.access.Token(b.Context(), adminKey)
			must(b, err)
			_, err = s.issuer.Issue(b.Context(), issuer.Actor{Org: s.org}, issuer.Order{Campaign: campaign,
				Content: issuer.Content{Values: map[string]json.RawMessage{"stamps": json.RawMessage("3")}}})
			must(b, err)
		}
	})
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := httptest.NewRequest("POST", "/api/v1"+s.passes(), strings.NewReader(`{"values": {"stamps": 3}}`))
			r.Header.Set("Authorization", "Bearer "+adminKey)
			r.Header.Set("Content-Type", "application/json")
			s.serve(r, 201)
		}
	})
}
