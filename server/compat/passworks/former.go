package passworks

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"

	"pocketpass/server/compat/moved"
	"pocketpass/store"
)

// What moved here from the service keeps the ids that clients have in their databases:
// they stand in for ours in everything that a client sends and is answered. Both are
// UUIDs, and ours are told from others by their ends, so that this is done on the text.
var (
	anyUUID = regexp.MustCompile(`[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`)
	ourUUID = regexp.MustCompile(`"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8000-706f636b6574"`)
)

// goodFormer says whether an id can stand where ours do.
func goodFormer(id string) bool {
	return len(id) == len("01234567-89ab-8def-0123-456789abcdef") && anyUUID.MatchString(id)
}

// former is what a record that moves here was called.
func (c call) former() (store.Former, error) {
	f := moved.Of(c.Context()).Former(origin)
	if f.ID != "" && !goodFormer(f.ID) {
		return f, invalid("id", "is not a UUID")
	}
	return f, nil
}

// serveFormer serves a call of an account to which something moved.
func (s *Service) serveFormer(c call, serve func(call) error) error {
	var count int64
	err := s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		count, err = r.Counter(c.actor.Org, store.CountFormer+origin)
		return err
	})
	if err != nil {
		return err
	}
	if count == 0 && moved.Of(c.Context()).ID == "" {
		return serve(c)
	}
	if err := s.readFormer(c); err != nil {
		return err
	}
	answer := &formerAnswer{ResponseWriter: c.ResponseWriter}
	c.ResponseWriter = answer
	if err := serve(c); err != nil {
		return err
	}
	return s.writeFormer(c, answer)
}

// readFormer puts our ids in the place of former ones in path, query and body.
func (s *Service) readFormer(c call) error {
	var body []byte
	kind, _, _ := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		var err error
		if body, err = io.ReadAll(c.Body); err != nil {
			return unreadable(err)
		}
	}
	return s.Issuer.View(c.Context(), func(r store.Reader) (err error) {
		ours := func(text []byte) []byte {
			return anyUUID.ReplaceAllFunc(text, func(id []byte) []byte {
				own, failed := ourID(r, c.actor.Org, string(id))
				if err == nil {
					err = failed
				}
				return []byte(own)
			})
		}
		for _, part := range []string{"campaign", "pass", "id"} {
			if text := c.PathValue(part); text != "" {
				c.SetPathValue(part, string(ours([]byte(text))))
			}
		}
		u := *c.URL
		u.RawQuery = string(ours([]byte(u.RawQuery)))
		if c.URL = &u; body != nil {
			c.Body = io.NopCloser(bytes.NewReader(ours(body)))
		}
		return err
	})
}

// ourID is our spelling of an id that clients have; the same if it is no former one.
func ourID(r store.Reader, org store.ID, text string) (string, error) {
	old := store.Former{Service: origin, ID: text}
	it, err := r.ItemByFormer(org, old)
	if err == nil {
		return it.ID.UUID(), nil
	}
	p, missing := r.PassByFormer(org, old)
	switch {
	case !errors.Is(err, store.ErrNotFound):
		return text, err
	case missing == nil:
		return p.ID.UUID(), nil
	case errors.Is(missing, store.ErrNotFound):
		return text, nil
	}
	return text, missing
}

// formerAnswer holds an answer of JSON back until its ids are put right.
type formerAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (a *formerAnswer) WriteHeader(status int)            { a.status = status }
func (a *formerAnswer) Write(p []byte) (n int, err error) { return a.body.Write(p) }

// writeFormer sends an answer with former ids in the place of ours.
func (s *Service) writeFormer(c call, a *formerAnswer) error {
	body, err := s.formerly(c, a.body.Bytes())
	if err != nil {
		return err
	}
	a.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if a.status != 0 {
		a.ResponseWriter.WriteHeader(a.status)
	}
	_, err = a.ResponseWriter.Write(body)
	return err
}

func (s *Service) formerly(c call, body []byte) (out []byte, err error) {
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		out, err = formerIDs(r, c.actor.Org, body)
		return err
	})
	return out, err
}

// formerIDs puts former ids in the place of ours.
func formerIDs(r store.Reader, org store.ID, body []byte) (out []byte, err error) {
	known := make(map[string][]byte)
	out = ourUUID.ReplaceAllFunc(body, func(quoted []byte) []byte {
		if old, ok := known[string(quoted)]; ok {
			return old
		}
		old := quoted
		if id, ok := store.ParseUUID(string(quoted[1 : len(quoted)-1])); ok {
			f, failed := r.FormerOf(org, id)
			if err == nil {
				err = failed
			}
			if text := f.Of(origin); text != "" {
				old = []byte(`"` + text + `"`)
			}
		}
		known[string(quoted)] = old
		return old
	})
	return out, err
}
