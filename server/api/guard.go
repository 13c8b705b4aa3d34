package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pocketpass/server/access"
	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

// call is one request on its way through huma.
type call struct {
	caller access.Caller
	actor  issuer.Actor
	w      http.ResponseWriter
	r      *http.Request
	err    error // to be answered and logged

	campaign store.ID // that it turned out to be about, where its address does not say so
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// adapter mounts huma's operations on the server's mux, behind the check of who
// calls. known has the same routes once more: whatever else is asked for under
// the prefix, it says what is wrong with the address or the method.
type adapter struct {
	api        *API
	mux, known *http.ServeMux
}

// Handle is called by huma for each operation, after it has looked for a body to
// read by itself. It must not find ours, so that is described only now.
func (d *adapter) Handle(op *huma.Operation, next func(huma.Context)) {
	o := op.Metadata[rulesKey].(operation)
	op.RequestBody = o.body
	limit := d.api.MaxBody
	if o.body != nil && (o.body.Content[mediaForm] != nil || o.body.Content[mediaCSV] != nil) {
		limit = d.api.MaxUpload
	}
	if o.large {
		limit = d.api.MaxImport
	}
	h := web.LimitBody(limit, web.HandleWith(func(w http.ResponseWriter, r *http.Request) error {
		caller, err := d.api.authorise(r, o)
		if err != nil {
			return err
		}
		if err := checkQuery(r.URL.RawQuery); err != nil {
			return err
		}
		c := &call{caller: caller, actor: issuer.Actor{Org: caller.Org, Key: caller.Key, By: caller.Name}.Counted(), w: w}
		c.r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
		next(humago.NewContext(op, c.r, w))
		return c.err
	}, fail))
	d.mux.Handle(op.Method+" "+op.Path, h)
	d.known.Handle(op.Method+" "+op.Path, h)
}

// checkQuery refuses what would be left out, and a filter with it: who looks up an empty
// external id does not want to see all passes. An empty cursor is that of the first page.
func checkQuery(raw string) error {
	if _, err := url.ParseQuery(raw); err != nil {
		return invalid("query", "invalid_parameter", "the query of the address cannot be read: %v; percent-encode names and values", err)
	}
	for pair := range strings.SplitSeq(raw, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" && name != "cursor" && value == "" {
			return invalid("query."+name, "invalid_parameter", "query.%s is empty: give it a value, or leave it out", name)
		}
	}
	return nil
}

// ServeHTTP is for huma's own tests only, but part of its interface.
func (d *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.mux.ServeHTTP(w, r) }

// authorise finds out who calls and whether they may.
func (a *API) authorise(r *http.Request, o operation) (access.Caller, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Caller{}, refuse(http.StatusUnauthorized, "key_missing", "", "send an API key: Authorization: Bearer <id>.<secret>")
	}
	caller, err := a.Access.Token(r.Context(), strings.TrimSpace(token))
	if errors.Is(err, access.ErrLocked) {
		return caller, refuse(http.StatusForbidden, "organisation_locked", "", "the operator has locked this organisation; ask them to open it")
	}
	if errors.Is(err, access.ErrDenied) {
		return caller, refuse(http.StatusUnauthorized, "key_refused", "", "%s; send one that an admin created: Authorization: Bearer <id>.<secret>", err)
	}
	if err != nil {
		return caller, err
	}
	if !caller.May(o.roles...) || o.operator && !caller.Operator {
		return caller, refuse(http.StatusForbidden, "role", "", "a key of the role %s may not do this, which is %s", caller.Role, o.callers())
	}
	return caller, nil
}
