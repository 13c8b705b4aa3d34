package move

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"

	"pocketpass/server/compat/moved"
)

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
		_, err := p.makeItem(ctx, "template", "/templates", t.text("id"), map[string]any{"template": t.without("id")}, moved.Record{})
		return err
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

// makeItem makes what is made with one request and found by its id on the same path. It is
// false for what was left out.
func (p passworksMaker) makeItem(ctx context.Context, kind, path, id string, body any, r moved.Record) (bool, error) {
	r.ID = id
	there, err := p.Here.has(ctx, passworksHere+path+"/"+url.PathEscape(id), p.sign)
	if err != nil {
		return false, err
	}
	made, err := p.once(kind, id, there, func() error {
		_, err := p.Here.again(ctx, passworksHere+path, r, "application/json", raw(body), p.sign)
		return err
	})
	return made || there || p.DryRun, err
}

// notOfCampaigns are members of answers that requests do not have, or that the template has.
var notOfCampaigns = []string{"id", "certificate_id", "barcode", "transit_type", "redeem_count", "state", "created_at", "updated_at", "distributions",
	"page_url", "pkpass_url", "page_short_url", "pkpass_short_url", "gwallet_status", "gwallet_message"}

func (p passworksMaker) makeCampaign(ctx context.Context, collection, stem string, c members) error {
	id, passes := c.text("id"), "passes/"+stem
	passType, err := p.passTypeOf(passes)
	if err != nil {
		return errors.Join(p.leave("campaign", id, err), p.leaveWith("campaign", id, passes))
	}
	if c.text("code_type") == "list" { // of the service's own pages: requests cannot make one
		c["code_type"] = raw("per_pass")
		p.note("campaign", id, "its codes came from a list: each new pass brings its own here")
	}
	body := c.without(notOfCampaigns...)
	if sameJSON(body["barcodes"], raw([]any{})) {
		delete(body, "barcodes")
	}
	path := "/" + collection
	r := moved.Record{PassTypeIdentifier: passType, Paused: c.text("state") == "paused"}
	here, err := p.makeItem(ctx, "campaign", path, id, map[string]any{passworksRoots[collection]: body}, r)
	if err != nil {
		return err
	}
	if !here {
		return p.leaveWith("campaign", id, passes)
	}
	w := passworksCampaign{p, path + "/" + url.PathEscape(id), passType, c}
	if err := p.oldestFirst("created_at", slices.Values([]string{passes}), func(stem string) error { return w.makePass(ctx, stem) }); err != nil {
		return err
	}
	return w.close(ctx)
}

// passworksCampaign is a campaign whose passes are made.
type passworksCampaign struct {
	passworksMaker
	path, passType string
	campaign       members
}

// close archives it, once its passes are there: nobody could take that back since.
func (w passworksCampaign) close(ctx context.Context) error {
	if w.campaign.text("state") != "archived" || w.DryRun {
		return nil
	}
	var now struct{ State string }
	err := w.call(ctx, http.MethodGet, w.path, nil, &now)
	if err == nil && now.State != "archived" {
		err = w.call(ctx, http.MethodPost, w.path+"/archive", nil, nil)
	}
	return w.toldOf("campaign", w.campaign.text("id"), "its state", err)
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
