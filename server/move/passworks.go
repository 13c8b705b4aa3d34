package move

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// The folder of an account of Passworks, all in version 2 of its API:
//
//	assets/{asset}.json, .png                 of GET /v2/assets, and the picture
//	templates/{template}.json                 of GET /v2/templates
//	{collection}/{campaign}.json              of GET /v2/{collection}, one of the five
//	passes/{campaign}/{pass}.json, .pkpass    of GET /v2/{collection}/{campaign}/passes, and the file
//	redeems/{pass}.json                       answer to GET …/passes/{pass}/redeems
const (
	passworksHere = "/passworks/v2"
	passworksPage = 50 // records; the service gave no more
)

// passworksRoots are the collections, and the keys of requests about them.
var passworksRoots = map[string]string{"boarding_passes": "boarding_pass", "coupons": "coupon", "event_tickets": "event_ticket", "generics": "generic", "store_cards": "store_card"}

var passworksCollections = []string{"boarding_passes", "coupons", "event_tickets", "generics", "store_cards"}

var passworksGroups = []string{"header_fields", "primary_fields", "secondary_fields", "auxiliary_fields", "back_fields"}

func passworksKey(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

type passworksReader struct {
	*Move
	sign func(*http.Request)
}

func readPassworks(ctx context.Context, m *Move) error {
	r := passworksReader{m, passworksKey(m.Old.User, m.Old.Key)}
	if err := r.readAll(ctx, "asset", "/v2/assets", r.readAsset); err != nil {
		return err
	}
	err := r.readAll(ctx, "template", "/v2/templates", func(_ context.Context, t members) error {
		return r.Folder.put("templates/"+fileName(t.text("id"))+".json", raw(t))
	})
	for _, collection := range passworksCollections {
		if err != nil {
			return err
		}
		err = r.readAll(ctx, "campaign", "/v2/"+collection, func(ctx context.Context, c members) error { return r.readCampaign(ctx, collection, c) })
	}
	return err
}

// readAll visits a list page by page, oldest first.
func (r passworksReader) readAll(ctx context.Context, kind, path string, visit func(context.Context, members) error) error {
	for page, pages := 1, r.pages(kind, path); ; page++ {
		answer, err := r.Old.get(ctx, path+"?per_page="+strconv.Itoa(passworksPage)+"&page="+strconv.Itoa(page), r.sign)
		if err != nil {
			return err
		}
		var all []members
		if err := decode("the list "+path, answer, &all); err != nil {
			return err
		}
		more, err := pages.visit(idsOf(all), len(all) >= passworksPage, func(n int) error { return visit(ctx, all[n]) })
		if !more || err != nil {
			return err
		}
	}
}

// idsOf are the ids of records.
func idsOf(all []members) []string {
	out := make([]string, len(all))
	for n, one := range all {
		out[n] = one.text("id")
	}
	return out
}

func (r passworksReader) readAsset(ctx context.Context, a members) error {
	stem := "assets/" + fileName(a.text("id"))
	if err := r.keep(stem+".png", func() ([]byte, error) { return r.Old.file(ctx, a.text("asset_url"), maxFile) }); err != nil {
		return err
	}
	return r.Folder.put(stem+".json", raw(a))
}

func (r passworksReader) readCampaign(ctx context.Context, collection string, c members) error {
	id := c.text("id")
	path := "/v2/" + collection + "/" + url.PathEscape(id)
	err := r.readAll(ctx, "pass", path+"/passes", func(ctx context.Context, p members) error { return r.readPass(ctx, path, id, p) })
	if err != nil {
		return err
	}
	return r.Folder.put(collection+"/"+fileName(id)+".json", raw(c))
}

func (r passworksReader) readPass(ctx context.Context, path, campaign string, p members) error {
	id := p.text("id")
	stem := "passes/" + fileName(campaign) + "/" + fileName(id)
	if err := r.keep(stem+".pkpass", func() ([]byte, error) { return r.Old.file(ctx, p.text("pkpass_url"), maxFile) }); err != nil {
		return err
	}
	if p.count("redeemed_count") > 0 {
		err := r.keep("redeems/"+fileName(id)+".json", func() ([]byte, error) {
			return r.Old.get(ctx, path+"/passes/"+url.PathEscape(id)+"/redeems?per_page="+strconv.Itoa(passworksPage), r.sign)
		})
		if err != nil {
			return err
		}
	}
	return r.Folder.put(stem+".json", raw(p))
}

// count is a member that is a whole number.
func (m members) count(name string) (n int) {
	_ = json.Unmarshal(m[name], &n)
	return n
}
