package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"pocketpass/server/compat/moved"
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
	for page := 1; ; page++ {
		answer, err := r.Old.get(ctx, path+"?per_page="+strconv.Itoa(passworksPage)+"&page="+strconv.Itoa(page), r.sign)
		if err != nil {
			return err
		}
		var all []members
		if err := decode("the list "+path, answer, &all); err != nil {
			return err
		}
		for _, one := range all {
			if err := visit(ctx, one); err != nil {
				if err := r.reading(kind, one.text("id"), err); err != nil {
					return err
				}
			}
		}
		if len(all) < passworksPage {
			return nil
		}
	}
}

func (r passworksReader) readAsset(ctx context.Context, a members) error {
	stem := "assets/" + fileName(a.text("id"))
	if err := r.keep(stem+".png", func() ([]byte, error) { return r.Old.file(ctx, a.text("asset_url")) }); err != nil {
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
	if err := r.keep(stem+".pkpass", func() ([]byte, error) { return r.Old.file(ctx, p.text("pkpass_url")) }); err != nil {
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

// passworksMaker makes an account again.
type passworksMaker struct {
	*Move
	sign func(*http.Request)
}

func makePassworks(ctx context.Context, m *Move) error {
	p := passworksMaker{m, passworksKey(m.Here.id, m.Here.secret)}
	if err := p.eachOf("assets", func(stem string, a members) error { return p.makeAsset(ctx, stem, a) }); err != nil {
		return err
	}
	err := p.eachOf("templates", func(_ string, t members) error {
		return p.makeItem(ctx, "template", "/templates", t.text("id"), "", map[string]any{"template": t.without("id")})
	})
	var known []string
	for _, collection := range passworksCollections {
		if err == nil {
			err = p.eachOf(collection, func(stem string, c members) error {
				known = append(known, stem)
				return p.makeCampaign(ctx, collection, stem, c)
			})
		}
	}
	if err != nil {
		return err
	}
	return p.leaveOrphans("passes", "campaigns", known)
}

// eachOf visits the records of a folder.
func (m *Move) eachOf(dir string, visit func(stem string, doc members) error) error {
	stems, err := m.Folder.stems(dir, ".json")
	if err != nil {
		return err
	}
	for _, stem := range stems {
		name := dir + "/" + stem + ".json"
		text, err := m.Folder.get(name)
		if err != nil {
			return err
		}
		var doc members
		if err := decode(name, text, &doc); err != nil {
			if err := m.leave(dir, stem, err); err != nil {
				return err
			}
			continue
		}
		if err := visit(stem, doc); err != nil {
			return err
		}
	}
	return nil
}

// without is an object but for some members.
func (m members) without(names ...string) members {
	out := make(members)
	for name, value := range m {
		if !slices.Contains(names, name) {
			out[name] = value
		}
	}
	return out
}

func (p passworksMaker) makeAsset(ctx context.Context, stem string, a members) error {
	id := a.text("id")
	there, err := p.Here.has(ctx, passworksHere+"/assets/"+url.PathEscape(id), p.sign)
	if err != nil {
		return err
	}
	_, err = p.once("asset", id, there, func() error {
		picture, err := p.Folder.get("assets/" + stem + ".png")
		if err == nil && picture == nil {
			err = unfit("its picture is not there")
		}
		if err != nil {
			return err
		}
		body, contentType, err := passworksUpload(a.text("asset_type"), picture)
		if err == nil {
			_, err = p.Here.again(ctx, passworksHere+"/assets", moved.Record{ID: id}, contentType, body, p.sign)
		}
		return err
	})
	return err
}

func passworksUpload(kind string, picture []byte) (body []byte, contentType string, err error) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreateFormFile("asset[file]", kind+".png")
	if err == nil {
		_, err = part.Write(picture)
	}
	if err == nil {
		err = form.WriteField("asset[asset_type]", kind)
	}
	if err == nil {
		err = form.Close()
	}
	return out.Bytes(), form.FormDataContentType(), err
}

// makeItem makes what is made with one request and found by its id on the same path.
func (p passworksMaker) makeItem(ctx context.Context, kind, path, id, passType string, body any) error {
	there, err := p.Here.has(ctx, passworksHere+path+"/"+url.PathEscape(id), p.sign)
	if err != nil {
		return err
	}
	_, err = p.once(kind, id, there, func() error {
		_, err := p.Here.again(ctx, passworksHere+path, moved.Record{ID: id, PassTypeIdentifier: passType}, "application/json", raw(body), p.sign)
		return err
	})
	return err
}

// notOfCampaigns are members of answers that requests do not have, or that the template has.
var notOfCampaigns = []string{"id", "certificate_id", "barcode", "transit_type", "redeem_count", "state", "created_at", "updated_at", "distributions",
	"page_url", "pkpass_url", "page_short_url", "pkpass_short_url", "gwallet_status", "gwallet_message"}

func (p passworksMaker) makeCampaign(ctx context.Context, collection, stem string, c members) error {
	id, passes := c.text("id"), "passes/"+stem
	passType, err := p.passTypeOf(passes)
	if err != nil {
		return p.leave("campaign", id, err)
	}
	body := c.without(notOfCampaigns...)
	if sameJSON(body["barcodes"], raw([]any{})) {
		delete(body, "barcodes")
	}
	path := "/" + collection
	if err := p.makeItem(ctx, "campaign", path, id, passType, map[string]any{passworksRoots[collection]: body}); err != nil {
		return err
	}
	stems, err := p.Folder.stems(passes, ".json")
	if err != nil {
		return err
	}
	w := passworksCampaign{p, path + "/" + url.PathEscape(id), passType, c}
	for _, s := range stems {
		if err := w.makePass(ctx, passes+"/"+s); err != nil {
			return err
		}
	}
	return w.close(ctx)
}

// passworksCampaign is a campaign whose passes are made.
type passworksCampaign struct {
	passworksMaker
	path, passType string
	campaign       members
}

// close pauses or archives it, once its passes are there.
func (w passworksCampaign) close(ctx context.Context) error {
	verb := map[string]string{"paused": "pause", "archived": "archive"}[w.campaign.text("state")]
	if verb == "" || w.DryRun {
		return nil
	}
	var now struct{ State string }
	if err := w.call(ctx, http.MethodGet, w.path, nil, &now); err != nil || now.State == w.campaign.text("state") {
		return w.toldOf("campaign", w.campaign.text("id"), "its state", err)
	}
	return w.toldOf("campaign", w.campaign.text("id"), "its state", w.call(ctx, http.MethodPost, w.path+"/"+verb, nil, nil))
}

// call makes a request of the dialect.
func (p passworksMaker) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		body = raw(in)
	}
	answer, err := p.Here.send(ctx, method, passworksHere+path, "application/json", bytes.NewReader(body), p.sign)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

func (w passworksCampaign) makePass(ctx context.Context, stem string) error {
	text, err := w.Folder.get(stem + ".json")
	if err != nil {
		return err
	}
	var doc members
	err = decode(stem+".json", text, &doc)
	var file *passFile
	if err == nil {
		file, err = w.readPassFile(stem + ".pkpass")
	}
	if err == nil && file != nil && file.PassTypeIdentifier != w.passType {
		err = unfit("it is of the type %s, and others of its campaign are of %s", file.PassTypeIdentifier, w.passType)
	}
	id := doc.text("id")
	if err != nil {
		return w.leave("pass", cmp.Or(id, stem), err)
	}
	r := moved.Record{ID: id, SerialNumber: doc.text("serial_number"), Code: doc.text("redeem_code"), AuthenticationToken: doc.text("authentication_token")}
	if file != nil {
		r.AuthenticationToken = file.AuthenticationToken
	}
	_, there, err := w.Here.passBySerial(ctx, w.passType, r.SerialNumber)
	if err != nil {
		return err
	}
	made, err := w.once("pass", id, there, func() error {
		_, err := w.Here.again(ctx, passworksHere+w.path+"/passes", r, "application/json", raw(map[string]any{"pass": w.request(doc)}), w.sign)
		return err
	})
	if made && r.AuthenticationToken == "" {
		w.note("pass", id, "its token is not known without its file, so phones that have it cannot ask for it here")
	}
	if err != nil || !made && !there || w.DryRun {
		return err
	}
	return w.toldOf("pass", id, "its redemptions", w.catchUp(ctx, doc))
}

// request is what a pass has that its campaign has not.
func (w passworksCampaign) request(doc members) members {
	out := make(members)
	for _, name := range []string{"locations", "beacons", "user_info", "max_distance", "expiration_date", "relevant_date"} {
		if value, ok := doc[name]; ok && !sameJSON(value, orNull(w.campaign[name])) && !(name == "locations" && samePlaces(value, w.campaign[name])) {
			out[name] = value
		}
	}
	for _, group := range passworksGroups {
		if all := w.ownFields(doc, group); len(all) > 0 {
			out[group] = raw(all)
		}
	}
	var shown, common struct {
		Format, Message string
		AltText         string `json:"alt_text"`
	}
	_ = json.Unmarshal(doc["barcode"], &shown) // what the service answered
	_ = json.Unmarshal(w.campaign["barcode"], &common)
	expected := cmp.Or(common.Message, w.campaign.text("code_fixed_value"), doc.text("redeem_code"))
	if w.campaign.text("code_type") == "per_pass" || shown.Format != common.Format || shown.Format != "none" && shown.Message != expected {
		out["barcode"] = doc["barcode"]
	}
	return out
}

func orNull(v json.RawMessage) json.RawMessage {
	if v == nil {
		return json.RawMessage("null")
	}
	return v
}

// samePlaces compares the places of a pass with those of a campaign, which have no names.
func samePlaces(a, b json.RawMessage) bool {
	type place struct {
		Latitude, Longitude float64
		Altitude            *float64
		Text                *string `json:"relevant_text"`
	}
	var x, y []place
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && bytes.Equal(raw(x), raw(y))
}

// ownFields are those of a group that differ from the campaign's, wherever that has them.
func (w passworksCampaign) ownFields(doc members, group string) (out []map[string]any) {
	type field struct {
		Key          string
		Value, Label *string
	}
	common := make(map[string]field)
	for _, g := range passworksGroups {
		var all []field
		_ = json.Unmarshal(w.campaign[g], &all)
		for _, f := range all {
			common[f.Key] = f
		}
	}
	var all []field
	_ = json.Unmarshal(doc[group], &all)
	for _, f := range all {
		c, known := common[f.Key]
		own := map[string]any{"key": f.Key}
		if !known || textOr(f.Value) != textOr(c.Value) {
			own["value"] = f.Value
		}
		if !known || textOr(f.Label) != textOr(c.Label) {
			own["label"] = f.Label
		}
		if len(own) > 1 {
			out = append(out, own)
		}
	}
	return out
}

// mostRedeems bounds how many redemptions of one pass are made again.
const mostRedeems = 1000

// catchUp redeems a pass as often as it was, and makes it valid or void as it was.
func (w passworksCampaign) catchUp(ctx context.Context, doc members) error {
	id := doc.text("id")
	path := w.path + "/passes/" + url.PathEscape(id)
	var now members
	if err := w.call(ctx, http.MethodGet, path, nil, &now); err != nil {
		return err
	}
	comments, err := w.comments(id)
	if err != nil {
		return err
	}
	want := doc.count("redeemed_count")
	if want > mostRedeems {
		w.note("pass", id, "of its %d redemptions %d are made again", want, mostRedeems)
	}
	for n := now.count("redeemed_count"); n < min(want, mostRedeems); n++ {
		if string(now["voided"]) == "true" {
			if err := w.call(ctx, http.MethodPost, path+"/reset_redeem", nil, &now); err != nil {
				return err
			}
		}
		in := map[string]any{}
		if n < len(comments) && comments[n] != "" {
			in["pass"] = map[string]any{"comment": comments[n]}
		}
		if err := w.call(ctx, http.MethodPost, path+"/redeem", in, &now); err != nil {
			return err
		}
	}
	switch void := string(doc["voided"]) == "true"; {
	case void == (string(now["voided"]) == "true"):
		return nil
	case void:
		return w.call(ctx, http.MethodPatch, path, map[string]any{"pass": map[string]any{"voided": true, "push": false}}, nil)
	}
	return w.call(ctx, http.MethodPost, path+"/reset_redeem", nil, nil)
}

// comments are what tills said of redemptions, the first one first.
func (w passworksCampaign) comments(id string) (out []string, err error) {
	name := "redeems/" + fileName(id) + ".json"
	text, err := w.Folder.get(name)
	if err != nil || text == nil {
		return nil, err
	}
	var all []struct {
		Comment   *string
		CreatedAt string `json:"created_at"`
	}
	if err := decode(name, text, &all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b struct {
		Comment   *string
		CreatedAt string `json:"created_at"`
	}) int {
		return cmp.Compare(a.CreatedAt, b.CreatedAt)
	})
	for _, r := range all {
		out = append(out, textOr(r.Comment))
	}
	return out, nil
}

// toldOf notes what the server would not take of a record that it has.
func (m *Move) toldOf(kind, id, what string, err error) error {
	if r, ok := err.(*Refused); ok {
		m.note(kind, id, "%s could not be carried over: %s", what, fmt.Sprint(r))
		return nil
	}
	return err
}
