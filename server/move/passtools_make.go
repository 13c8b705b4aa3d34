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
	"strings"

	"pocketpass/server/compat/moved"
)

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
	// Those of all templates stand in one list by age.
	if err := m.oldestFirst("createdAt", maps.Keys(p.ofPass), func(stem string) error { return p.makePass(ctx, stem) }); err != nil {
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

func (p passToolsMaker) makePass(ctx context.Context, stem string) error {
	template := p.ofPass[path.Dir(stem)]
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
