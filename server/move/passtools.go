package move

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"pocketpass/server/compat/moved"
)

// The folder of an account of PassTools, all in the last revision of its API:
//
//	projects/{project}.json         answer to GET /project/{project}
//	templates/{template}.json       answer to GET /templates/{template} or GET /template/{template}
//	passes/{template}/{pass}.json   answer to GET /pass/{pass}
//	passes/{template}/{pass}.pkpass the pass
//	pictures/{hash of its address}  what the address of a picture led to
const (
	passToolsVersion = "/v1"
	passToolsHere    = "/passtools" + passToolsVersion
	passToolsPage    = 100 // items; the service gave no more
)

// passToolsKey puts a key where every client of the service put it.
func passToolsKey(key string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Api-Revision", "1.2")
		q := r.URL.Query()
		q.Set("api_key", key)
		r.URL.RawQuery = q.Encode()
	}
}

// number is an id that the service wrote as a number here and as a text there.
type number string

func (n *number) UnmarshalJSON(raw []byte) error {
	*n = number(strings.Trim(string(raw), `"`))
	return nil
}

func readPassTools(ctx context.Context, m *Move) error {
	r := passToolsReader{m, passToolsKey(m.Old.Key)}
	if err := r.readAll(ctx, "project", "/project", "projects", r.readProject); err != nil {
		return err
	}
	if err := r.readAll(ctx, "template", "/template/headers", "templateHeaders", r.readTemplate); err != nil {
		return err
	}
	return r.readAll(ctx, "pass", "/pass", "passes", r.readPass)
}

type passToolsReader struct {
	*Move
	sign func(*http.Request)
}

func (r passToolsReader) get(ctx context.Context, path string) ([]byte, error) {
	return r.Old.get(ctx, passToolsVersion+path, r.sign)
}

// passToolsItem is what lists say of everything.
type passToolsItem struct {
	ID, TemplateID number
	URL            string
}

// readAll visits a list page by page, oldest first, so that what is made meanwhile comes last.
func (r passToolsReader) readAll(ctx context.Context, kind, path, list string, visit func(context.Context, passToolsItem) error) error {
	for page, pages := 1, r.pages(kind, path); ; page++ {
		q := url.Values{"page": {strconv.Itoa(page)}, "pageSize": {strconv.Itoa(passToolsPage)}, "order": {"ID"}, "direction": {"ASC"}}
		raw, err := r.get(ctx, path+"?"+q.Encode())
		if err != nil {
			return err
		}
		var answer map[string]json.RawMessage
		var items []passToolsItem
		if err := decode("the list "+path, raw, &answer); err != nil {
			return err
		}
		if err := decode("the list "+path, answer[list], &items); err != nil {
			return err
		}
		ids := make([]string, len(items))
		for n, item := range items {
			ids[n] = string(item.ID)
		}
		more, err := pages.visit(ids, len(items) >= passToolsPage, func(n int) error { return visit(ctx, items[n]) })
		if !more || err != nil {
			return err
		}
	}
}

func (r passToolsReader) readProject(ctx context.Context, p passToolsItem) error {
	return r.keep("projects/"+fileName(string(p.ID))+".json", func() ([]byte, error) {
		return r.get(ctx, "/project/"+url.PathEscape(string(p.ID)))
	})
}

// readTemplate reads the document that would make a template, or what all revisions had.
func (r passToolsReader) readTemplate(ctx context.Context, t passToolsItem) error {
	name, id := "templates/"+fileName(string(t.ID))+".json", url.PathEscape(string(t.ID))
	err := r.keep(name, func() ([]byte, error) {
		raw, err := r.get(ctx, "/templates/"+id)
		if refused, ok := err.(*Refused); ok && refused.Status == http.StatusNotFound {
			return r.get(ctx, "/template/"+id)
		}
		return raw, err
	})
	if err != nil {
		return err
	}
	doc, err := r.passToolsTemplate(name)
	if err != nil {
		return err
	}
	return r.readPictures(ctx, "template", string(t.ID), doc.entries("headers"))
}

func (r passToolsReader) readPass(ctx context.Context, p passToolsItem) error {
	stem := "passes/" + fileName(string(p.TemplateID)) + "/" + fileName(string(p.ID))
	path := "/pass/" + url.PathEscape(string(p.ID))
	if err := r.keep(stem+".json", func() ([]byte, error) { return r.get(ctx, path) }); err != nil {
		return err
	}
	return r.keep(stem+".pkpass", func() ([]byte, error) {
		return r.Old.ask(ctx, http.MethodGet, r.Old.URL+passToolsVersion+path+"/download", nil, maxFile, r.sign)
	})
}

// readPictures keeps the pictures of a template as far as somebody has them; the service
// did without those that nobody had.
func (r passToolsReader) readPictures(ctx context.Context, kind, id string, headers map[string]passToolsEntry) error {
	for key, e := range headers {
		var address string
		if !strings.HasSuffix(key, "_image") || json.Unmarshal(e.Value, &address) != nil || !strings.HasPrefix(address, "http") {
			continue
		}
		if err := r.keepPicture(ctx, address); err != nil {
			if ctx.Err() != nil {
				return err
			}
			r.note(kind, id, "%s could not be had from %s: %v", key, address, err)
		}
	}
	return nil
}

// passToolsEntry is what a template or a pass says of a field or a header.
type passToolsEntry struct {
	Value  json.RawMessage `json:"value,omitempty"`
	Label  *string         `json:"label,omitempty"`
	Change *string         `json:"changeMessage,omitempty"`
}

// same says whether a pass says nothing else than its template.
func (e passToolsEntry) same(o passToolsEntry) bool {
	return (sameJSON(e.Value, o.Value) || len(e.Value) == 0) && textOr(e.Label) == textOr(o.Label) && textOr(e.Change) == textOr(o.Change)
}

func textOr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (m members) entries(name string) (out map[string]passToolsEntry) {
	_ = json.Unmarshal(m[name], &out) // what the service answered
	return out
}

func (m members) text(name string) (s string) {
	_ = json.Unmarshal(m[name], &s)
	return s
}

func (m members) number(name string) (n number) {
	if raw, ok := m[name]; ok {
		_ = n.UnmarshalJSON(raw)
	}
	return n
}

// passToolsTemplate is the document that makes a template again.
func (m *Move) passToolsTemplate(name string) (members, error) {
	raw, err := m.Folder.get(name)
	if err != nil {
		return nil, err
	}
	var doc members
	if err := decode(name, raw, &doc); err != nil || doc["templateHeader"] == nil {
		return doc, err
	}
	var head, model members
	if err := decode(name, doc["templateHeader"], &head); err != nil {
		return nil, err
	}
	if err := decode(name, doc["fieldsModel"], &model); err != nil {
		return nil, err
	}
	if model["headers"] == nil || model["fields"] == nil {
		return nil, unfit("%s was not answered in revision 1.2", name)
	}
	head["headers"], head["fields"] = model["headers"], model["fields"]
	return head, nil
}

// passToolsMaker makes an account again.
type passToolsMaker struct {
	*Move
	sign   func(*http.Request)
	ofPass map[string]passToolsParent // by the folder of its passes
}

// passToolsParent is a template that is here, as far as its passes need it.
type passToolsParent struct {
	passType string
	doc      members
}

func makePassTools(ctx context.Context, m *Move) error {
	p := passToolsMaker{m, passToolsKey(m.Here.id + "." + m.Here.secret), make(map[string]passToolsParent)}
	projects, err := m.Folder.stems("projects", ".json")
	if err != nil {
		return err
	}
	for _, stem := range projects {
		if err := p.makeProject(ctx, "projects/"+stem+".json"); err != nil {
			return err
		}
	}
	templates, err := m.Folder.stems("templates", ".json")
	if err != nil {
		return err
	}
	for _, stem := range templates {
		if err := p.makeTemplate(ctx, stem); err != nil {
			return err
		}
	}
	if err := p.makePasses(ctx); err != nil {
		return err
	}
	return p.leaveOrphans("passes", "templates", templates)
}

func (p passToolsMaker) makeProject(ctx context.Context, name string) error {
	text, err := p.Folder.get(name)
	if err != nil {
		return err
	}
	var doc struct {
		members
		Templates []passToolsItem
	}
	if err := decode(name, text, &doc.members); err != nil {
		return p.leave("project", name, err)
	}
	_ = json.Unmarshal(doc.members["templates"], &doc.Templates)
	id := string(doc.number("id"))
	var dirs []string
	for _, t := range doc.Templates {
		dirs = append(dirs, "passes/"+fileName(string(t.ID)))
	}
	passType, err := p.passTypeOf(dirs...)
	if err != nil {
		return p.leave("project", id, err)
	}
	there, err := p.Here.has(ctx, passToolsHere+"/project/"+url.PathEscape(id), p.sign)
	if err != nil {
		return err
	}
	path := passToolsHere + "/project"
	if external := doc.text("externalId"); external != "" {
		path += "/id/" + url.PathEscape(external)
	}
	body := doc.members.only("name", "description", "projectType", "settings")
	_, err = p.once("project", id, there, func() error {
		_, err := p.Here.again(ctx, path, moved.Record{ID: id, PassTypeIdentifier: passType}, "application/json", raw(body), p.sign)
		return err
	})
	return err
}

func (p passToolsMaker) makeTemplate(ctx context.Context, stem string) error {
	dir := "passes/" + stem
	doc, err := p.passToolsTemplate("templates/" + stem + ".json")
	if err != nil {
		return errors.Join(p.leave("template", stem, err), p.leaveWith("template", stem, dir))
	}
	id := string(doc.number("id"))
	passType, err := p.passTypeOf(dir)
	if err != nil {
		return errors.Join(p.leave("template", id, err), p.leaveWith("template", id, dir))
	}
	there, err := p.Here.has(ctx, passToolsHere+"/template/"+url.PathEscape(id), p.sign)
	if err != nil {
		return err
	}
	made, err := p.once("template", id, there, func() error { return p.launch(ctx, id, passType, doc) })
	if err != nil {
		return err
	}
	if !made && !there && !p.DryRun {
		return p.leaveWith("template", id, dir)
	}
	p.ofPass[dir] = passToolsParent{passType, doc}
	return nil
}

// makePasses makes those of all templates, because they stand in one list by age.
func (p passToolsMaker) makePasses(ctx context.Context) error {
	stems, err := p.oldestFirst("createdAt", slices.Collect(maps.Keys(p.ofPass))...)
	for _, stem := range stems {
		if err != nil {
			return err
		}
		err = p.makePass(ctx, stem, p.ofPass[path.Dir(stem)])
	}
	return err
}

func (p passToolsMaker) launch(ctx context.Context, id, passType string, doc members) error {
	path := passToolsHere + "/template"
	if project := doc.number("projectId"); project != "" && project != "0" {
		path += "/" + url.PathEscape(string(project))
	}
	if external := doc.text("externalId"); external != "" {
		path += "/id/" + url.PathEscape(external)
	}
	body := doc.only("name", "description", "type", "projectType", "headers", "fields", "disabled", "locations", "beacons", "expiryInfo")
	if doc.text("description") == "" {
		body["description"] = raw("")
	}
	pictures, err := p.pictures(doc.entries("headers"))
	if err != nil {
		return err
	}
	_, err = p.Here.again(ctx, path, moved.Record{ID: id, PassTypeIdentifier: passType, Pictures: pictures}, "application/json", raw(body), p.sign)
	return err
}

// pictures are those that headers name and that were kept.
func (p passToolsMaker) pictures(headers map[string]passToolsEntry) (map[string][]byte, error) {
	out := make(map[string][]byte)
	for key, e := range headers {
		var address string
		if !strings.HasSuffix(key, "_image") || json.Unmarshal(e.Value, &address) != nil {
			continue
		}
		data, err := p.Folder.get("pictures/" + hashName(address))
		if err != nil {
			return nil, err
		}
		if data != nil {
			out[address] = data
		}
	}
	return out, nil
}

func (p passToolsMaker) makePass(ctx context.Context, stem string, template passToolsParent) error {
	doc, file, err := p.readPass(stem, template.passType)
	id := string(doc.number("id"))
	if err == nil && file == nil && doc.text("serialNumber") == "" {
		err = unfit("neither the answer nor a file beside it says its serial number")
	}
	if err != nil {
		return p.leave("pass", cmp.Or(id, stem), err)
	}
	r := moved.Record{ID: id, SerialNumber: doc.text("serialNumber"), Created: when(doc.text("createdAt"))}
	if file != nil {
		r.SerialNumber, r.AuthenticationToken = file.SerialNumber, file.AuthenticationToken
	}
	made, err := p.oncePass(ctx, template.passType, id, r, func() error { return p.issue(ctx, r, doc, template.doc) })
	if made && file == nil {
		p.note("pass", id, "its token is not known without its file, so phones that have it cannot ask for it here")
	}
	return err
}

func (p passToolsMaker) issue(ctx context.Context, r moved.Record, doc, template members) (err error) {
	body := doc.only("locations", "beacons", "externalId")
	var own map[string]passToolsEntry
	for _, part := range []string{"headers", "fields"} {
		common, all := template.entries(part), doc.entries(part)
		differing := make(map[string]passToolsEntry)
		for key, e := range all {
			if !e.same(common[key]) {
				differing[key] = e
			}
		}
		if body[part] = raw(differing); part == "headers" {
			own = differing
		}
	}
	if r.Pictures, err = p.pictures(own); err != nil {
		return err
	}
	var tags []struct{ Tag, Name string }
	_ = json.Unmarshal(doc["tags"], &tags)
	if len(tags) > 0 {
		names := make([]string, 0, len(tags))
		for _, t := range tags {
			names = append(names, cmp.Or(t.Tag, t.Name))
		}
		body["tags"] = raw(names)
	}
	var public struct{ Type string }
	if json.Unmarshal(doc["publicUrl"], &public) == nil && public.Type != "" {
		body["publicUrl"] = raw(map[string]string{"type": public.Type})
	}
	path := passToolsHere + "/pass/" + url.PathEscape(string(doc.number("templateId")))
	_, err = p.Here.again(ctx, path, r, "application/json", raw(body), p.sign)
	return err
}
