package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// request is what a handler is given: who asks, the parameters P of path and
// query, and the body B.
type request[P, B any] struct {
	issuer.Actor
	caller  access.Caller
	params  P
	body    B
	once    issuer.Idempotency
	ifMatch *int
}

// reply is what a handler answers with: a view to be encoded, a file, or none.
type reply[V any] struct {
	view     V
	status   int    // 0 means that of the operation
	tag      string // ETag
	location string // of what was created, below the prefix
}

func answer[V any](v V) (reply[V], error) { return reply[V]{view: v}, nil }

// raw is what huma is told that operations answer with. They write their answers
// themselves, for a body is then encoded once and an error reaches the log with its cause.
type raw struct{ Body func(huma.Context) }

// register adds an operation. huma reads and checks P and describes all of it;
// a body is decoded here, once and strictly, for huma would decode it twice, and
// what it has to satisfy is for package issuer to say.
func register[P, B, V any](s section, o operation, h func(context.Context, request[P, B]) (reply[V], error)) {
	described := s.describe(o, reflect.TypeFor[B](), reflect.TypeFor[V]())
	o = described.Metadata[rulesKey].(operation) // with its body
	huma.Register(s.huma, described, func(ctx context.Context, params *P) (*raw, error) {
		return &raw{func(huma.Context) {
			c := callOf(ctx)
			if c.err = serve(ctx, c, o, *params, h); c.err == nil {
				s.count(c)
			}
		}}, nil
	})
}

// count counts a call of a key, and of the campaign that it is about.
func (a *API) count(c *call) {
	name := c.r.PathValue("campaign")
	if name == "" && strings.HasPrefix(c.r.URL.Path, prefix+"/campaigns/") {
		name = c.r.PathValue("id")
	}
	if id, ok := parseID(name); ok {
		c.campaign = id
	}
	a.Issuer.Called(c.actor, c.campaign)
}

func serve[P, B, V any](ctx context.Context, c *call, o operation, params P, h func(context.Context, request[P, B]) (reply[V], error)) error {
	r := request[P, B]{caller: c.caller, params: params, Actor: c.actor}
	digest, err := readBody(c, o, &r.body)
	if err != nil {
		return err
	}
	if o.once {
		if r.once, err = idempotency(c.r, digest); err != nil {
			return err
		}
	}
	if o.match {
		r.ifMatch = ifMatch(c.r.Header.Get(headerIfMatch))
	}
	out, err := h(ctx, r)
	if err != nil {
		return err
	}
	return out.write(c.w, o)
}

// nothing is the body of a request without one, where it need not say anything.
const nothing = "{}"

// readBody reads the body and returns what a repeated request is known by.
func readBody[B any](c *call, o operation, body *B) (digest []byte, err error) {
	switch v := any(body).(type) {
	case *none:
		return nil, nil
	case *upload:
		return []byte(c.r.URL.RawQuery), v.open(c) // what follows is too large to be compared
	case form:
		return readForm(c.r, v)
	case feed:
		return readFeed(c.r, v)
	}
	if c.r.ContentLength == 0 && !o.body.Required {
		return []byte(nothing), nil
	}
	text, err := web.ReadJSONBody(c.w, c.r)
	if err != nil {
		return nil, err
	}
	*body, err = web.DecodeJSON[B](text)
	return text, err
}

func (out reply[V]) write(w http.ResponseWriter, o operation) error {
	return writeReply(w, o, reply[any]{out.view, out.status, out.tag, out.location})
}

// writeReply is one function for views of all types; compiled for each of them it takes a
// tenth of a megabyte.
func writeReply(w http.ResponseWriter, o operation, out reply[any]) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if out.tag != "" {
		h.Set("ETag", out.tag)
	}
	if out.location != "" {
		h.Set("Location", prefix+out.location)
	}
	status := cmp.Or(out.status, o.success())
	switch v := out.view.(type) {
	case none:
		w.WriteHeader(status)
		return nil
	case file:
		return v.write(w, status, o.media)
	}
	return web.WriteJSON(w, status, out.view)
}

func (f file) write(w http.ResponseWriter, status int, media string) error {
	h := w.Header()
	for name, values := range f.header {
		h[name] = values
	}
	h.Set("Content-Type", media)
	if f.stream != nil {
		w.WriteHeader(status)
		return f.stream(patient{w, patience(w)})
	}
	h.Set("Content-Length", strconv.Itoa(len(f.data)))
	w.WriteHeader(status)
	_, err := w.Write(f.data)
	return err
}

// Page selects a part of a list. It is exported because huma skips embedded
// structs that are not.
type Page struct {
	Cursor ref    `query:"cursor" doc:"nextCursor of the page before"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"How many items to return"`
	Order  string `query:"order" default:"newest" enum:"newest,oldest" doc:"Which come first"`
}

func (p Page) page() store.Page {
	return store.Page{After: p.Cursor.id, Limit: p.Limit, Reverse: p.Order == "newest"}
}

// list is one page of a list.
type list[T any] struct {
	Items      []T  `json:"items"`
	NextCursor *ref `json:"nextCursor,omitempty" doc:"Ask for the next page with it; missing on the last one"`
}

func listOf[R, T any](records []R, next store.ID, view func(R) T) list[T] {
	out := list[T]{Items: make([]T, 0, len(records))}
	for _, r := range records {
		out.Items = append(out.Items, view(r))
	}
	if next != 0 {
		out.NextCursor = &ref{next}
	}
	return out
}
