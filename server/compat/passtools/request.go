package passtools

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/store"
)

// call is one request.
type call struct {
	http.ResponseWriter
	*http.Request
	args  map[string]string // of the path
	rev   revision
	actor issuer.Actor

	query, form url.Values
	raw         []byte // body, if it is JSON
}

// serve finds the route of a request, reads it and lets its key in.
func (s *Service) serve(router *router, w http.ResponseWriter, r *http.Request) error {
	path, err := split(r.URL)
	if err != nil {
		return err
	}
	found, err := router.find(r.Method, path)
	if err != nil {
		return err
	}
	r.Pattern = found.method + " " + base + found.path
	c := &call{ResponseWriter: w, Request: r}
	if c.args, err = found.arguments(path); err != nil {
		return err
	}
	if err := c.read(); err != nil {
		return err
	}
	if found.roles != nil {
		if err := s.admit(c, found.roles); err != nil {
			return err
		}
	}
	if c.rev, err = readRevision(r.Header.Get("Api-Revision")); err != nil {
		return err
	}
	c.rev = max(c.rev, found.since)
	if err := found.serve(s, c); err != nil {
		return err
	}
	if found.roles != nil {
		s.Issuer.Called(c.actor, 0)
	}
	return nil
}

// admit finds out whose key came. The first one that came counts, whatever came besides.
func (s *Service) admit(c *call, roles []store.Role) error {
	who, err := s.caller(c)
	if errors.Is(err, access.ErrDenied) || err == nil && !who.May(roles...) {
		return unauthorized
	}
	c.actor = issuer.Actor{Org: who.Org, Key: who.Key, By: who.Name}.Counted()
	return err
}

func (s *Service) caller(c *call) (access.Caller, error) {
	const name = "api_key"
	if c.query.Has(name) {
		return s.Access.Token(c.Context(), c.query.Get(name))
	}
	if c.form.Has(name) {
		return s.formKey(c, c.form.Get(name))
	}
	user, password, ok := c.BasicAuth()
	if ok && password == "" {
		password = user
	}
	return s.Access.Token(c.Context(), password)
}

// formKey takes a key of a form as it is, or escaped once more, as Java clients do.
func (s *Service) formKey(c *call, key string) (access.Caller, error) {
	who, err := s.Access.Token(c.Context(), key)
	if plain, bad := url.QueryUnescape(key); errors.Is(err, access.ErrDenied) && bad == nil && plain != key {
		return s.Access.Token(c.Context(), plain)
	}
	return who, err
}

// read takes parameters and body apart, of every method.
func (c *call) read() error {
	contentType := c.Request.Header.Get("Content-Type")
	media, _, _ := mime.ParseMediaType(contentType)
	latin1 := isLatin1(contentType)
	c.query = parseForm(c.URL.RawQuery, latin1)
	if media == "multipart/form-data" {
		return c.readParts()
	}
	body, err := io.ReadAll(c.Body)
	if err != nil {
		return err
	}
	text := bytes.TrimSpace(body)
	bare := (media == "" || media == "text/plain") && len(text) > 0 && (text[0] == '{' || text[0] == '[')
	if bare || media == "application/json" || strings.HasSuffix(media, "+json") {
		c.raw = []byte(decoded(string(text), latin1))
		return nil
	}
	c.form = parseForm(string(text), latin1)
	return nil
}

// maxParts bounds the parts of a multipart body.
const maxParts = 100

func (c *call) readParts() error {
	parts, err := c.MultipartReader()
	if err != nil {
		return badRequest("the body is no multipart/form-data: %v", err)
	}
	c.form = make(url.Values)
	for range maxParts {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = c.readPart(p)
		}
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return err
		}
		if err != nil {
			return badRequest("the body is no multipart/form-data")
		}
	}
	return badRequest("the body has more than %d parts", maxParts)
}

func (c *call) readPart(p *multipart.Part) error {
	text, err := io.ReadAll(p)
	name := p.FormName()
	c.form[name] = append(c.form[name], decoded(string(text), false))
	return err
}

// param is a scalar parameter, of the query or else of a form.
func (c *call) param(name string) string {
	if c.query.Has(name) {
		return c.query.Get(name)
	}
	return c.form.Get(name)
}

// document is the JSON that a request carries, wherever it does; {} if it carries none. It
// is valid.
func (c *call) document() (json.RawMessage, error) {
	text := c.raw
	switch {
	case text != nil:
	case c.form.Has("json"):
		text = []byte(c.form.Get("json"))
	default:
		text = []byte(c.query.Get("json"))
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	switch {
	case len(text) == 0 || string(text) == "null":
		return json.RawMessage("{}"), nil
	case !json.Valid(text):
		return nil, badRequest("the JSON cannot be read")
	}
	return text, nil
}

// object is document for endpoints that want an object.
func (c *call) object() (map[string]json.RawMessage, error) {
	raw, err := c.document()
	if err != nil {
		return nil, err
	}
	return objectOf(raw, "the JSON")
}

// maxEntries is how many headers and fields a document may have of each: designs have
// fewer.
const maxEntries = 300

// entriesOf takes an object of headers or fields apart.
func entriesOf(raw json.RawMessage, what string) (map[string]json.RawMessage, error) {
	all, err := objectOf(raw, what)
	if err == nil {
		err = checkEntries(all, what)
	}
	return all, err
}

func checkEntries(all map[string]json.RawMessage, what string) error {
	if len(all) > maxEntries {
		return refuse(what, "there may be at most %d", maxEntries)
	}
	return nil
}

// objectOf takes an object apart.
func objectOf(raw json.RawMessage, what string) (out map[string]json.RawMessage, err error) {
	if json.Unmarshal(raw, &out) != nil || out == nil {
		return nil, badRequest("%s must be an object", what)
	}
	return out, nil
}

// revision is the minor number of Api-Revision: 0, 1 or 2.
type revision int

// readRevision takes a client that names none for one of the first.
func readRevision(header string) (revision, error) {
	if header == "" {
		return 0, nil
	}
	minor, ok := strings.CutPrefix(strings.TrimSpace(header), "1.")
	if !ok || !isDigits(minor) {
		return 0, badRequest("the Api-Revision must be 1.0, 1.1 or 1.2")
	}
	if n := slices.Index([]string{"0", "1"}, minor); n >= 0 {
		return revision(n), nil
	}
	return 2, nil
}
