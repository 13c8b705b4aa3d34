package bench_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/store"
)

// farPage is how far in clients of old services look, in pages of 25.
const farPage = 2000

// BenchmarkDialectPages reads lists of passes as clients of the old services do that name
// pages by number. ratio is calls a second of a page in the middle of many passes ÷ those of
// the first page; native-ratio compares the first page with that of the native API.
func BenchmarkDialectPages(b *testing.B) {
	s := &shop{appliance: start(b, folder(b))}
	key, secret, err := s.Access.Create(b.Context(), access.NewKey{Name: "dialects", Role: store.Admin})
	must(b, err)
	s.collect(b, key.ID.Short(), secret)
	s.fill(b, many(), 0)
	native := get("/api/v1/passes?limit=25&campaign="+s.campaign.ID.Short(), bearer)
	for name, page := range dialectPages(s, key.ID.Short(), secret) {
		b.Run(name, func(b *testing.B) {
			till := clients(b, s.addr, 1)
			first, far := page(0), page(min(farPage, many()/50))
			must(b, till[0].send(first, http.StatusOK))
			var ratios, natives, rates []float64
			for b.Loop() {
				x := repeat(b, till, [][]byte{native}, http.StatusOK)()
				y := repeat(b, till, [][]byte{first}, http.StatusOK)()
				z := repeat(b, till, [][]byte{far}, http.StatusOK)()
				ratios, natives, rates = append(ratios, z.rate()/y.rate()), append(natives, x.rate()/y.rate()), append(rates, z.rate())
			}
			report(b, median(ratios), median(rates), "pages/s")
			b.ReportMetric(median(natives), "native-ratio")
		})
	}
}

// collect makes a campaign of Passworks' and issues from it: of other services' passes this
// dialect has to make the whole document, which no page of the native API does.
func (s *shop) collect(b *testing.B, key, secret string) {
	b.Helper()
	body := fmt.Sprintf(`{"store_card": {"name": "Bakery", "icon_id": %q,
		"header_fields": [{"key": "stamps", "label": "Stamps", "value": "0"}], "secondary_fields": [{"key": "holder", "label": "Guest", "value": ""}]}}`,
		s.made(b, icon(b, basic(key, secret))).UUID())
	id := s.made(b, post("/passworks/v2/store_cards", []byte(body), basic(key, secret)))
	var err error
	s.campaign, err = s.Issuer.Campaign(b.Context(), s.actor, id)
	must(b, err)
}

// icon uploads one.
func icon(b *testing.B, login string) []byte {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("asset[file]", "icon.png")
	must(b, err)
	_, err = part.Write(picture(b, image.Point{87, 87}))
	must(b, errors.Join(err, w.WriteField("asset[asset_type]", "icon"), w.Close()))
	return bytes.Replace(post("/passworks/v2/assets", body.Bytes(), login), []byte("application/json"), []byte(w.FormDataContentType()), 1)
}

// made is the id of what a request makes.
func (s *shop) made(b *testing.B, request []byte) store.ID {
	b.Helper()
	made, err := clients(b, s.addr, 1)[0].fetch(request)
	must(b, err)
	var record struct{ ID string }
	must(b, json.Unmarshal(made.body, &record))
	id, ok := store.ParseUUID(record.ID)
	if !ok {
		b.Fatalf("nothing was made: %s", made.body)
	}
	return id
}

func basic(key, secret string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"+secret))
}

// dialectPages are requests for the nth page, from 0, of the passes of the campaign, by
// service.
func dialectPages(s *shop, key, secret string) map[string]func(n int) []byte {
	return map[string]func(n int) []byte{
		"passkit": func(n int) []byte {
			body := fmt.Sprintf(`{"size": 25, "from": %d}`, 25*n)
			return post("/passkit/v1/passes", []byte(body), "Authorization: PKAuth "+signed(key, secret))
		},
		"passtools": func(n int) []byte {
			return get(fmt.Sprintf("/passtools/v1/pass?pageSize=25&page=%d&api_key=%s.%s", n+1, key, secret), "Api-Revision: 1.2")
		},
		"passworks": func(n int) []byte {
			return get(fmt.Sprintf("/passworks/v2/store_cards/%s/passes?page=%d", s.campaign.ID.UUID(), n+1), basic(key, secret))
		},
	}
}

// signed is a token as PassKit's clients make one.
func signed(key, secret string) string {
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part(fmt.Appendf(nil, `{"key":%q,"exp":%d}`, key, time.Now().Add(5*time.Minute).Unix()))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + part(mac.Sum(nil))
}
