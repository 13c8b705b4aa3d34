package passtools

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pocketpass/store"
)

// route is an endpoint. In its path a segment in braces stands for anything, in those of
// numbers for digits.
type route struct {
	method, path string
	since        revision     // the oldest form that it has
	roles        []store.Role // nil lets everybody in
	serve        func(*Service, *call) error
}

// numbers are the names of segments that are ids.
var numbers = []string{"templateId", "passId", "locationId", "ticketId", "projectId", "layoutId"}

// router finds routes. A segment that some route spells out wins over one in braces, so
// that /pass/id/7 is never about the pass with the number "id".
type router struct {
	spelt map[string]*router
	any   *router
	ends  map[string]route // by method
}

func newRouter(all []route) *router {
	root := new(router)
	for _, r := range all {
		root.add(r)
	}
	return root
}

func (n *router) add(r route) {
	for _, part := range segments(r.path) {
		n = n.child(part)
	}
	if n.ends == nil {
		n.ends = make(map[string]route)
	}
	n.ends[r.method] = r
}

func (n *router) child(part string) *router {
	if part[0] == '{' {
		if n.any == nil {
			n.any = new(router)
		}
		return n.any
	}
	if n.spelt == nil {
		n.spelt = make(map[string]*router)
	}
	if n.spelt[part] == nil {
		n.spelt[part] = new(router)
	}
	return n.spelt[part]
}

// find is the route of a path that was split, notFound, or a refusal of the method.
func (n *router) find(method string, path []string) (route, error) {
	for _, part := range path {
		next := n.spelt[part]
		if next == nil {
			next = n.any
		}
		if next == nil {
			return route{}, notFound
		}
		n = next
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if r, ok := n.ends[method]; ok {
		return r, nil
	}
	if len(n.ends) == 0 {
		return route{}, notFound
	}
	return route{}, wrongMethod{slices.Sorted(maps.Keys(n.ends))}
}

// arguments are the segments that stand for something, by their names.
func (r route) arguments(path []string) (map[string]string, error) {
	out := make(map[string]string, 2)
	for n, part := range segments(r.path) {
		if part[0] != '{' {
			continue
		}
		name := part[1 : len(part)-1]
		if slices.Contains(numbers, name) && !isDigits(path[n]) {
			return nil, badRequest("%s must be a number", name)
		}
		out[name] = path[n]
	}
	return out, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// split takes the path of a request apart, which is below prefix, and decodes its segments
// afterwards: an escaped slash stays within one. Clients leave the slash after v1 out
// before project and tag, and append or double others.
func split(u *url.URL) ([]string, error) {
	parts := segments(strings.TrimPrefix(u.EscapedPath(), prefix))
	if len(parts) == 0 {
		return nil, notFound
	}
	switch version, glued := strings.CutPrefix(parts[0], "v1"); {
	case !glued || version != "" && version != "project" && version != "tag":
		return nil, notFound
	case version != "":
		parts[0] = version
	default:
		parts = parts[1:]
	}
	for n, part := range parts {
		raw, err := url.PathUnescape(part)
		if err != nil {
			return nil, badRequest("the path cannot be decoded")
		}
		parts[n] = decoded(raw, false)
	}
	return parts, nil
}
