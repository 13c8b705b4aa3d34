package move

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"
)

// passKitMaker makes an account again.
type passKitMaker struct {
	*Move
	sign         func(*http.Request)
	certificates map[string]string // their ids here by pass type
	passTypes    map[string]string // of the passes in a folder, by its name; of templates that are here
}

func makePassKit(ctx context.Context, m *Move) error {
	p := passKitMaker{m, passKitKey(m.Here.id, m.Here.secret, m.Here.now), make(map[string]string), make(map[string]string)}
	var certificates []struct{ ID, PassTypeID string }
	if err := p.call(ctx, http.MethodGet, "/v2/passbookCerts", nil, &certificates); err != nil {
		return err
	}
	for _, c := range certificates {
		p.certificates[c.PassTypeID] = c.ID
	}
	if err := m.eachOf("campaigns", func(_ string, c members) error { return p.makeCampaign(ctx, c) }); err != nil {
		return err
	}
	var known []string
	err := m.eachOf("templates", func(stem string, t members) error {
		known = append(known, stem)
		return p.makeTemplate(ctx, stem, t)
	})
	if err == nil {
		err = m.oldestFirst("createdAt", maps.Keys(p.passTypes), func(stem string) error { return p.makePass(ctx, stem) }) // of all templates: a search finds them by age
	}
	if err == nil {
		err = m.eachOf("templates", func(_ string, t members) error { return p.stand(ctx, "template", "/v2/templates/", t) })
	}
	if err == nil {
		err = m.eachOf("campaigns", func(_ string, c members) error { return p.stand(ctx, "campaign", "/v2/campaigns/", c) })
	}
	if err != nil {
		return err
	}
	return m.leaveOrphans("passes", "templates", known)
}

// call makes a request of the dialect.
func (p passKitMaker) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		body = raw(in)
	}
	answer, err := p.Here.send(ctx, method, passKitHere+path, "application/json", bytes.NewReader(body), p.sign)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// open is what a campaign or template is made with. One that is over, or invalid for
// ever, is neither before its passes are there.
func (p passKitMaker) open(kind string, doc members, names ...string) members {
	out := doc.only(append(names, "startDate", "endDate", "maxIssue", "status")...)
	if at, err := time.Parse(time.RFC3339, doc.text("endDate")); err == nil && at.Before(p.Here.now()) {
		delete(out, "endDate")
		p.note(kind, doc.text("name"), "its endDate is left out: it would end here at once, and void its passes")
	}
	if doc.text("status") == passKitInvalid {
		delete(out, "status")
	}
	return out
}

const passKitInvalid = "INVALID"

func (p passKitMaker) makeCampaign(ctx context.Context, c members) error {
	name := c.text("name")
	var dirs []string
	err := p.eachOf("templates", func(stem string, t members) error {
		if t.text("campaignName") == name {
			dirs = append(dirs, "passes/"+stem)
		}
		return nil
	})
	if err != nil {
		return err
	}
	passType, err := p.passTypeOf(dirs...)
	if err != nil {
		return p.leave("campaign", name, err)
	}
	there, err := p.Here.has(ctx, passKitHere+"/v2/campaigns/"+url.PathEscape(name), p.sign)
	if err != nil {
		return err
	}
	body := p.open("campaign", c, "name", "displayName", "description", "meta", "callbackUrl", "googleSerciveAccount", "googleIssuerId")
	if body["startDate"] == nil {
		body["startDate"] = raw(p.Here.now().UTC().Format(time.RFC3339))
	}
	body["passbookCertId"] = raw(p.certificates[passType])
	_, err = p.once("campaign", name, there, func() error { return p.call(ctx, http.MethodPost, "/v2/campaigns", body, nil) })
	return err
}

// stand makes a campaign or template invalid that was, once its passes are there: nobody
// could take that back since.
func (p passKitMaker) stand(ctx context.Context, kind, path string, doc members) error {
	if doc.text("status") != passKitInvalid || p.DryRun {
		return nil
	}
	path += url.PathEscape(doc.text("name"))
	var now members
	err := p.call(ctx, http.MethodGet, path, nil, &now)
	if refused, ok := errors.AsType[*Refused](err); ok && refused.Status == http.StatusNotFound {
		return nil // was left out
	}
	if err != nil || now.text("status") == passKitInvalid {
		return err
	}
	return p.toldOf(kind, doc.text("name"), "its state", p.call(ctx, http.MethodPut, path, doc.only("status"), nil))
}

func (p passKitMaker) makeTemplate(ctx context.Context, stem string, t members) error {
	name, dir := t.text("name"), "passes/"+stem
	passType, err := p.passTypeOf(dir)
	if err != nil {
		return errors.Join(p.leave("template", name, err), p.leaveWith("template", name, dir))
	}
	there, err := p.Here.has(ctx, passKitHere+"/v2/templates/"+url.PathEscape(name), p.sign)
	if err != nil {
		return err
	}
	usual, err := p.usualPictures(dir)
	if err != nil {
		return err
	}
	made, err := p.once("template", name, there, func() error { return p.launch(ctx, t, dir, usual) })
	if err != nil {
		return err
	}
	if !made && !there && !p.DryRun {
		return p.leaveWith("template", name, dir)
	}
	p.passTypes[dir] = passType
	return nil
}

// passKitParts are the parts of a form that hold pictures.
var passKitParts = map[string]string{"icon": "passbook-IconFile", "logo": "passbook-LogoFile", "strip": "passbook-StripFile",
	"footer": "passbook-FooterFile", "thumbnail": "passbook-ThumbFile", "background": "passbook-BgFile"}

// launch makes a template with the pictures that most of its passes have.
func (p passKitMaker) launch(ctx context.Context, t members, dir string, usual map[string]string) error {
	pictures, err := p.picturesOf(dir, usual)
	if err != nil {
		return err
	}
	for _, side := range []string{"passbookRedeem", "passbookLang", "passbookRedeemLang"} {
		if bytes.Contains(t[side], []byte(`File":`)) {
			p.note("template", t.text("name"), "pictures of %s cannot be had", side)
		}
	}
	body := p.open("template", t, "name", "campaignName", "language", "timezone", "meta", "dynamicKeys", "dynamicImageKeys",
		"passbook", "passbookRedeem", "passbookLang", "passbookRedeemLang")
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	err = form.WriteField("jsonBody", string(raw(body)))
	for kind, data := range pictures {
		part, failed := form.CreateFormFile(passKitParts[kind], kind+".png")
		if failed == nil {
			_, failed = part.Write(data)
		}
		err = errors.Join(err, failed)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return err
	}
	_, err = p.Here.send(ctx, http.MethodPost, passKitHere+"/v2/templates", form.FormDataContentType(), &out, p.sign)
	return err
}

// picturesOf are the largest of the usual pictures by their kinds, from the first pass that
// has each.
func (m *Move) picturesOf(dir string, usual map[string]string) (map[string][]byte, error) {
	out := make(map[string][]byte)
	stems, err := m.Folder.stems(dir, ".pkpass")
	if err != nil {
		return nil, err
	}
	for _, s := range stems[:min(len(stems), someFiles)] {
		f, err := m.readPassFile(dir + "/" + s + ".pkpass")
		if err != nil {
			continue // is told when the pass is made
		}
		for kind := range passKitParts {
			if name, data := f.largest(kind); out[kind] == nil && data != nil && usual[name] == hashName(string(data)) {
				out[kind] = data
			}
		}
	}
	return out, nil
}

// largest is the picture of a kind in the highest resolution, with the name of its file.
func (f *passFile) largest(kind string) (name string, data []byte) {
	for _, scale := range []string{"@3x", "@2x", ""} {
		name = kind + scale + ".png"
		if file, ok := f.files[name]; ok {
			return name, file.Data
		}
	}
	return "", nil
}
