package passworks

import (
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// The versions of the API, as paths have them.
const (
	v1 = "/v1"
	v2 = "/v2"
)

// call is one request of an account.
type call struct {
	http.ResponseWriter
	*http.Request
	actor    issuer.Actor
	operator bool
	version  string // v1 or v2
	kind     *kind  // of the collection in the path, nil if there is none
}

// answer writes v.
func (c call) answer(status int, v any) error { return web.WriteJSON(c.ResponseWriter, status, v) }

// gone answers a deletion.
func (c call) gone() error {
	return c.answer(http.StatusOK, struct {
		Errors []string `json:"errors"`
	}{[]string{}})
}

// id is the record that a part of the path names, under the name that the error has for
// it.
func (c call) id(part, what string) (store.ID, error) {
	id, ok := store.ParseUUID(c.PathValue(part))
	if !ok {
		return 0, notFound(what)
	}
	return id, nil
}

// keyed lets keys of some roles in.
func (s *Service) keyed(version string, k *kind, r route) http.Handler {
	return web.HandleWith(func(w http.ResponseWriter, req *http.Request) error {
		c, err := s.identify(w, req, version)
		if err != nil {
			return err
		}
		if !c.may(r.roles) {
			return forbidden
		}
		c.call.kind = k
		if err := s.serveFormer(c.call, r.serve); err != nil {
			return err
		}
		id, _ := store.ParseUUID(req.PathValue("campaign")) // which the handler has found
		s.Issuer.Called(c.actor, id)
		return nil
	}, fail)
}

// open lets everybody in who does not come with wrong credentials.
func (s *Service) open(version string, serve func(call) error) http.Handler {
	return web.HandleWith(func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get("Authorization") == "" {
			if err := s.count(w, web.Client(r).String(), unknownLimit); err != nil {
				return err
			}
			return serve(call{ResponseWriter: w, Request: r, version: version})
		}
		c, err := s.identify(w, r, version)
		if err != nil {
			return err
		}
		return serve(c.call)
	}, fail)
}

// identified is a call with the rights of its key.
type identified struct {
	call
	access.Caller
}

func (i identified) may(roles []store.Role) bool { return i.Caller.May(roles...) }

// identify finds out who calls, and counts that.
func (s *Service) identify(w http.ResponseWriter, r *http.Request, version string) (identified, error) {
	user, password, _ := r.BasicAuth()
	who, err := s.Access.Pair(r.Context(), strings.TrimSpace(user), strings.TrimSpace(password))
	if errors.Is(err, access.ErrLocked) {
		return identified{}, locked
	}
	if errors.Is(err, access.ErrDenied) {
		if err := s.count(w, web.Client(r).String(), unknownLimit); err != nil {
			return identified{}, err
		}
		return identified{}, unauthorized
	}
	if err != nil {
		return identified{}, err
	}
	if err := s.count(w, user, knownLimit); err != nil {
		return identified{}, err
	}
	actor := issuer.Actor{Org: who.Org, Key: who.Key, By: who.Name}.Counted()
	return identified{call{ResponseWriter: w, Request: r, actor: actor, operator: who.Operator, version: version}, who}, nil
}

// ping handles GET /ping.
func (s *Service) ping(c call) error {
	return c.answer(http.StatusOK, struct {
		Ping string `json:"ping"`
	}{"pong"})
}
