package move

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
