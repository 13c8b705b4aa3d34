package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

type linkAnswer struct {
	ID, Slug, URL, Kind, State, Holder, Pass string
	Used                                     int64
}

func linksOf(c store.Campaign) string { return "/api/v1/campaigns/" + c.ID.Short() + "/links" }

func TestLink(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	var l linkAnswer
	made := s.Post(t, linksOf(c), map[string]any{
		"slug": "coffee-club", "limit": 500, "expires": "2026-12-31T23:00:00Z", "tags": []string{"website"}, "values": map[string]any{"stamps": 1},
		"asks": map[string]any{"name": "optional", "email": "required"},
		"page": map[string]any{"title": "Coffee club", "text": "Every tenth cup is yours.", "language": "en", "consent": "You may write to me.", "consentVersion": "2026-05",
			"share": map[string]any{"title": "Join", "image": s.Asset(t, "logo").Short()}, "stylesheet": "h1 { color: red }"},
	}).Status(t, 201).Golden(t, "link.json").JSON(t, &l)
	path := "/api/v1/links/" + l.ID
	if made.Header.Get("Location") != path || made.Header.Get("ETag") != `"0"` {
		t.Errorf("headers %v", made.Header)
	}
	s.Get(t, path).Status(t, 200).Golden(t, "link.json")
	s.Get(t, linksOf(c)).Status(t, 200).Golden(t, "links.json")
	s.Patch(t, path, map[string]any{"limit": nil, "page": map[string]any{"text": "", "share": map[string]any{"title": ""}}, "asks": nil}, `If-Match: "0"`).Status(t, 200).Golden(t, "link-changed.json")
	s.Patch(t, path, map[string]any{"limit": 1}, `If-Match: "0"`).Fails(t, 412, "changed_meanwhile")
	s.Delete(t, path).Status(t, 204)
	s.Get(t, path).Status(t, 200).JSON(t, &l)
	if l.State != "closed" {
		t.Errorf("the link is %s", l.State)
	}
	s.Patch(t, path, map[string]any{"state": "active"}).Status(t, 200)
}

func TestLinkRefused(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	s.Post(t, linksOf(c), map[string]any{"slug": "taken"}).Status(t, 201)
	s.Post(t, "/api/v1/campaigns/"+c.ID.Short()+"/passes", map[string]any{"externalId": "customer-1"}).Status(t, 201)
	tests := []struct {
		name, body, code, path string
		status                 int
	}{
		{"slug with a point", `{"slug": "a.css"}`, "slug", "/slug", 422},
		{"slug in capitals", `{"slug": "ABC"}`, "slug", "/slug", 422},
		{"slug of two characters", `{"slug": "ab"}`, "slug", "/slug", 422},
		{"taken slug", `{"slug": "taken"}`, "slug_taken", "/slug", 409},
		{"short slug of a personal link", `{"kind": "personal", "slug": "ada"}`, "slug_short", "/slug", 422},
		{"unknown kind", `{"kind": "secret"}`, "link_kind", "/kind", 422},
		{"person of a public link", `{"person": {"name": "Ada"}}`, "link_public", "/kind", 422},
		{"several passes for one person", `{"kind": "personal", "limit": 2}`, "link_limit", "/limit", 422},
		{"negative limit", `{"limit": -1}`, "link_limit", "/limit", 422},
		{"unknown person", `{"kind": "personal", "holder": "00000000001"}`, "unknown_person", "/holder", 422},
		{"taken external id", `{"kind": "personal", "externalId": "customer-1"}`, "already_exists", "/externalId", 409},
		{"unknown field", `{"values": {"coffee": 1}}`, "field_unknown", "/values/coffee", 422},
		{"unknown demand", `{"asks": {"name": "perhaps"}}`, "asks", "/asks/name", 422},
		{"too many tags", `{"tags": ["` + strings.Repeat(`a","`, 15) + `a"]}`, "too_many_tags", "/tags", 422},
		{"long title", `{"page": {"title": "` + strings.Repeat("a", 121) + `"}}`, "text_line", "/page/title", 422},
		{"title of two lines", `{"page": {"title": "a\nb"}}`, "text_line", "/page/title", 422},
		{"long text", `{"page": {"text": "` + strings.Repeat("a", 5001) + `"}}`, "text_long", "/page/text", 422},
		{"unknown language", `{"page": {"language": "klingon!"}}`, "language_unknown", "/page/language", 422},
		{"unknown picture", `{"page": {"share": {"image": "00000000001"}}}`, "unknown_asset", "/page/share/image", 422},
		{"script", `{"page": {"script": "alert(1)"}}`, "script_refused", "/page/script", 422},
		{"one and several", `{"slug": "abc", "links": [{}]}`, "links_ambiguous", "/links", 422},
		{"none of several", `{"links": []}`, "too_many_links", "/links", 422},
		{"the second of several", `{"links": [{}, {"slug": "a.b"}]}`, "slug", "/links/1/slug", 422},
		{"the same slug twice", `{"links": [{"slug": "abc"}, {"slug": "abc"}]}`, "slug_taken", "/links/1/slug", 409},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := s.Post(t, linksOf(c), tt.body, "Content-Type: application/json").Fails(t, tt.status, tt.code)
			var problem struct{ Errors []struct{ Path string } }
			if a.JSON(t, &problem); len(problem.Errors) == 0 || problem.Errors[0].Path != tt.path {
				t.Errorf("the problem is at %+v, want %s", problem.Errors, tt.path)
			}
		})
	}
	var all struct{ Items []linkAnswer }
	if s.Get(t, linksOf(c)).Status(t, 200).JSON(t, &all); len(all.Items) != 1 {
		t.Errorf("%d links were made", len(all.Items))
	}
}

// TestLinksAtOnce makes a thousand personal links, once.
func TestLinksAtOnce(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	links := make([]any, 1000)
	for n := range links {
		links[n] = map[string]any{"kind": "personal", "externalId": fmt.Sprint("customer-", n), "person": map[string]any{"email": fmt.Sprintf("%d@example.org", n/2)}}
	}
	var made, again struct{ Items []linkAnswer }
	s.Post(t, linksOf(c), map[string]any{"links": links}, "Idempotency-Key: one").Status(t, 201).JSON(t, &made)
	s.Post(t, linksOf(c), map[string]any{}).Status(t, 201)
	s.Post(t, linksOf(c), map[string]any{"links": links}, "Idempotency-Key: one").Status(t, 201).JSON(t, &again)
	if len(made.Items) != 1000 || fmt.Sprint(made) != fmt.Sprint(again) {
		t.Fatalf("%d links, then %d", len(made.Items), len(again.Items))
	}
	if made.Items[0].Holder == "" || made.Items[0].Holder != made.Items[1].Holder || made.Items[1].Holder == made.Items[2].Holder {
		t.Error("links of one address are for several, or those of several for one")
	}
	s.Post(t, linksOf(c), map[string]any{"links": append(links, map[string]any{})}).Fails(t, 422, "too_many_links")
	first := made.Items[0]
	if first.URL != servertest.BaseURL+"/c/"+first.Slug || len(first.Slug) < 10 {
		t.Errorf("the link is %+v", first)
	}
	s.Anonymous().Post(t, "/c/"+first.Slug, url.Values{}.Encode(), "Content-Type: application/x-www-form-urlencoded").Status(t, http.StatusSeeOther)
	s.Get(t, "/api/v1/links/"+first.ID).Status(t, 200).JSON(t, &first)
	if first.Used != 1 || first.Pass == "" {
		t.Errorf("the link is %+v", first)
	}
	var pass struct{ Link, Origin, Holder, ExternalID string }
	s.Get(t, "/api/v1/passes/"+first.Pass).Status(t, 200).JSON(t, &pass)
	if pass.Link != first.ID || pass.Origin != "form" || pass.Holder != first.Holder || pass.ExternalID != "customer-0" {
		t.Errorf("the pass is %+v", pass)
	}
}

func TestCampaignForm(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t, func(d *store.Design) {
		d.Fields = []store.Field{{Key: "seat", Ask: true, Label: "Favourite seat", Required: true}, {Key: "terms", Fixed: true}, {Key: "cups", Type: store.IntegerField, Default: "3"}}
	})
	s.Patch(t, "/api/v1/campaigns/"+c.ID.Short(), map[string]any{"unique": "email"}).Status(t, 200)
	s.Get(t, "/api/v1/campaigns/"+c.ID.Short()+"/form").Status(t, 200).Golden(t, "campaign-form.json")
}

func TestConsents(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	var l struct {
		ID, Slug string
		Page     struct{ ConsentSHA256 string }
	}
	s.Post(t, linksOf(c), map[string]any{"page": map[string]any{"consent": "You may write to me.", "consentVersion": "2026-05"}}).Status(t, 201).JSON(t, &l)
	form := url.Values{"consent": {l.Page.ConsentSHA256}}
	s.Anonymous().Post(t, "/c/"+l.Slug, form.Encode(), "Content-Type: application/x-www-form-urlencoded").Status(t, http.StatusSeeOther)
	s.Get(t, "/api/v1/links/"+l.ID).Status(t, 200)
	var all struct{ Items []struct{ ID string } }
	s.Get(t, "/api/v1/passes?campaign="+c.ID.Short()).Status(t, 200).JSON(t, &all)
	s.Get(t, "/api/v1/passes/"+all.Items[0].ID+"/consents").Status(t, 200).Golden(t, "consents.json")
}
