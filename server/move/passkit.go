package move

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"pocketpass/server/compat/moved"
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
		err = p.makePasses(ctx)
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

// makePasses makes those of all templates, because a search finds them by age.
func (p passKitMaker) makePasses(ctx context.Context) error {
	stems, err := p.oldestFirst("createdAt", slices.Collect(maps.Keys(p.passTypes))...)
	for _, stem := range stems {
		if err != nil {
			return err
		}
		err = p.makePass(ctx, stem, p.passTypes[path.Dir(stem)])
	}
	return err
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

func (p passKitMaker) makePass(ctx context.Context, stem, passType string) error {
	doc, file, err := p.readPass(stem, passType)
	id := doc.text("id")
	if err != nil {
		return p.leave("pass", cmp.Or(id, stem), err)
	}
	r := moved.Record{ID: id, PublicID: id, SerialNumber: id, Created: when(doc.text("createdAt"))}
	if file != nil {
		r.SerialNumber, r.AuthenticationToken = file.SerialNumber, file.AuthenticationToken
	}
	made, err := p.oncePass(ctx, passType, id, r, func() error { return p.issue(ctx, r, doc, file) })
	if made && file == nil {
		p.note("pass", id, "its serial number and token are not known without its file, so phones that have it cannot ask for it here")
	}
	return err
}

func (p passKitMaker) issue(ctx context.Context, r moved.Record, doc members, file *passFile) error {
	body := doc.only("templateName", "userDefinedId", "recoveryEmail", "expiryDate", "isVoided", "isRedeemed", "isInvalid", "dynamicData", "dynamicBackfields", "passbook")
	var images struct{ Passbook map[string]string }
	_ = json.Unmarshal(doc["dynamicImages"], &images) // what the service answered
	own := make(map[string]string)
	for slot := range images.Passbook {
		if file == nil {
			break
		}
		_, data := file.largest(slot)
		if data == nil {
			continue
		}
		path, err := p.upload(ctx, data)
		if err != nil {
			return err
		}
		own[slot] = path
	}
	if len(own) > 0 {
		body["dynamicImages"] = raw(map[string]any{"passbook": own})
	}
	_, err := p.Here.again(ctx, passKitHere+"/v2/passes", r, "application/json", raw(body), p.sign)
	return err
}

// upload keeps a picture of a pass's own and returns its path.
func (p passKitMaker) upload(ctx context.Context, data []byte) (string, error) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreateFormFile("image", "image.png")
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, form.Close()); err != nil {
		return "", err
	}
	answer, err := p.Here.send(ctx, http.MethodPost, passKitHere+"/v2/images", form.FormDataContentType(), &out, p.sign)
	if err != nil {
		return "", err
	}
	var made struct{ Path string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return "", fmt.Errorf("upload a picture: %w", err)
	}
	return made.Path, nil
}
