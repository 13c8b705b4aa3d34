package move

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The folder of an account of PassKit:
//
//	campaigns/{name}.json          of GET /v2/campaigns
//	templates/{name}.json          of GET /v2/campaigns/{name}/templates
//	passes/{template}/{id}.json    of POST /v1/passes, the search
//	passes/{template}/{id}.pkpass  the pass, which alone has the pictures of its template
const (
	passKitHere = "/passkit"
	passKitPage = 500 // passes of a search
)

// passKitLife is how long a token is good; the service allowed a minute.
const passKitLife = 50 * time.Second

// passKitKey signs requests as clients did.
func passKitKey(key, secret string, now func() time.Time) func(*http.Request) {
	encode := base64.RawURLEncoding.EncodeToString
	return func(r *http.Request) {
		text := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode(raw(map[string]any{"key": key, "exp": now().Add(passKitLife).Unix()}))
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		r.Header.Set("Authorization", "PKAuth "+text+"."+encode(mac.Sum(nil)))
	}
}

// passKitHosts are where the service had its search and its pages.
func passKitHosts(api string) (search, pages string) {
	if strings.Contains(api, "//api-pass.passkit.net") {
		return "https://search.passkit.net", "https://q.passkit.net"
	}
	return api, api
}

func readPassKit(ctx context.Context, m *Move) error {
	sign := passKitKey(m.Old.User, m.Old.Key, m.Old.now)
	answer, err := m.Old.get(ctx, "/v2/campaigns", sign)
	if err != nil {
		return err
	}
	var campaigns []members
	if err := decode("the list of campaigns", answer, &campaigns); err != nil {
		return err
	}
	for _, c := range campaigns {
		name := c.text("name")
		if answer, err = m.Old.get(ctx, "/v2/campaigns/"+url.PathEscape(name)+"/templates", sign); err != nil {
			return err
		}
		var templates []members
		if err := decode("the templates of "+name, answer, &templates); err != nil {
			return err
		}
		for _, t := range templates {
			if err := m.Folder.put("templates/"+fileName(t.text("name"))+".json", raw(t)); err != nil {
				return err
			}
		}
		if err := m.Folder.put("campaigns/"+fileName(name)+".json", raw(c)); err != nil {
			return err
		}
	}
	return m.searchPassKit(ctx, sign)
}

// searchPassKit reads all passes, and the file of each.
func (m *Move) searchPassKit(ctx context.Context, sign func(*http.Request)) error {
	search, pages := passKitHosts(m.Old.URL)
	for from, found := 0, m.pages("pass", "the search"); ; {
		var page struct {
			NextFrom *int
			Data     []members
		}
		answer, err := m.Old.ask(ctx, http.MethodPost, search+"/v1/passes", raw(map[string]int{"size": passKitPage, "from": from}), maxAnswer, sign)
		if err == nil {
			err = decode("the search", answer, &page)
		}
		if err != nil {
			return err
		}
		next := page.NextFrom != nil && *page.NextFrom > from
		more, err := found.visit(idsOf(page.Data), next, func(n int) error { return m.readPassKitPass(ctx, pages, page.Data[n]) })
		if !more || err != nil {
			return err
		}
		from = *page.NextFrom
	}
}

func (m *Move) readPassKitPass(ctx context.Context, pages string, p members) error {
	stem := "passes/" + fileName(p.text("templateName")) + "/" + fileName(p.text("id"))
	err := m.keep(stem+".pkpass", func() ([]byte, error) {
		return m.Old.ask(ctx, http.MethodGet, pages+"/p-"+url.PathEscape(p.text("id")), nil, maxFile, asPhone)
	})
	if err != nil {
		return err
	}
	return m.Folder.put(stem+".json", raw(p))
}

// asPhone asks a page for the file, as a phone does that opens it.
func asPhone(r *http.Request) {
	r.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)")
	r.Header.Set("Accept", "application/vnd.apple.pkpass")
}
