package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
)

type page struct {
	Items      []struct{ ID string }
	NextCursor string
}

// walk follows a list from cursor to cursor and returns the ids.
func (a *app) walk(path string, query url.Values) (ids []string) {
	a.Helper()
	for range 100 {
		p := decode[page](a.do("GET", path+"?"+query.Encode(), nil).is(200))
		for _, i := range p.Items {
			ids = append(ids, i.ID)
		}
		if p.NextCursor == "" {
			return ids
		}
		query.Set("cursor", p.NextCursor)
	}
	a.Fatal("the list does not end")
	return nil
}

func TestListsAreWalkedByCursor(t *testing.T) {
	s := newShop(t)
	var want []string
	for n := range 7 {
		want = append(want, s.issue(map[string]any{"externalId": fmt.Sprint(n), "tags": []string{"t"}}))
	}
	newest := slices.Clone(want)
	slices.Reverse(newest)
	for _, filter := range []string{"", "campaign=" + s.campaign, "template=" + s.template, "tag=t", "voided=false", "campaign=" + s.campaign + "&tag=t"} {
		for _, limit := range []string{"1", "3", "7", "200"} {
			q, _ := url.ParseQuery(filter)
			q.Set("limit", limit)
			if got := s.walk("/passes", q); !slices.Equal(got, newest) {
				t.Errorf("%s by %s: %v, want %v", filter, limit, got, newest)
			}
			q.Del("cursor")
			q.Set("order", "oldest")
			if got := s.walk("/passes", q); !slices.Equal(got, want) {
				t.Errorf("%s by %s, oldest first: %v, want %v", filter, limit, got, want)
			}
		}
	}
	for _, path := range []string{"/campaigns", "/assets", "/certificates", "/keys", "/organisations", "/campaigns/" + s.campaign + "/templates"} {
		if got := s.walk(path, url.Values{"limit": {"1"}}); len(got) != 1 {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := s.walk("/passes/"+want[0]+"/history", url.Values{"limit": {"1"}}); len(got) != 1 {
		t.Errorf("history: %v", got)
	}
}

func TestDeletedPassesAreNotListed(t *testing.T) {
	s := newShop(t)
	kept, gone := s.issue(`{}`), s.issue(`{"tags": ["t"], "externalId": "e"}`)
	s.do("DELETE", "/passes/"+gone, nil).is(204)
	for _, q := range []url.Values{{}, {"campaign": {s.campaign}}, {"template": {s.template}}} {
		if got := s.walk("/passes", q); !slices.Equal(got, []string{kept}) {
			t.Errorf("%v: %v", q, got)
		}
	}
	for _, q := range []url.Values{{"tag": {"t"}}, {"externalId": {"e"}}} {
		if got := s.walk("/passes", q); len(got) != 0 {
			t.Errorf("%v: %v", q, got)
		}
	}
}

func TestLookUp(t *testing.T) {
	s := newShop(t)
	id := s.issue(`{"externalId": "customer 1", "serialNumber": "S-1", "tags": ["gold"]}`)
	s.issue(`{"externalId": "customer 2"}`)
	s.do("POST", "/passes/"+id+"/void", nil).is(200)
	tests := []struct {
		query string
		found bool
	}{
		{"externalId=customer+1", true},
		{"externalId=customer", false},
		{"serialNumber=S-1&passTypeIdentifier=" + passType, true},
		{"serialNumber=S-1&passTypeIdentifier=pass.other", false},
		{"externalId=customer+1&serialNumber=S-2&passTypeIdentifier=" + passType, false},
		{"externalId=customer+1&tag=gold&voided=true&campaign=" + s.campaign + "&template=" + s.template, true},
		{"externalId=customer+1&voided=false", false},
		{"externalId=customer+1&tag=silver", false},
		{"voided=true", true},
	}
	for _, test := range tests {
		q, _ := url.ParseQuery(test.query)
		if got := s.walk("/passes", q); test.found != slices.Equal(got, []string{id}) {
			t.Errorf("%s: %v", test.query, got)
		}
	}
}

func TestListParametersAreChecked(t *testing.T) {
	s := newShop(t)
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "cursor=x", "order=random", "voided=perhaps", "campaign=1", "extrenalId=7"} {
		p := s.do("GET", "/passes?"+query, nil).fails(422, "invalid_parameter")
		if len(p.Errors) != 1 || p.Errors[0].Path[:6] != "query." {
			t.Errorf("%s: %+v", query, p)
		}
	}
	s.do("GET", "/passes?serialNumber=1", nil).fails(422, "incomplete_name")
	s.do("GET", "/passes?passTypeIdentifier="+passType, nil).fails(422, "incomplete_name")
	s.do("GET", "/passes?campaign="+s.icon, nil).fails(404, "not_found")
}
