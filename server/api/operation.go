package api

import (
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pocketpass/store"
)

// operation is what a line of the list in routes.go says of one call.
type operation struct {
	route    string       // method and path below the prefix
	id       string       // operationId
	roles    []store.Role // who may call it; one without roles does not start
	operator bool         // the key must be the operator's besides
	summary  string
	about    string
	status   int    // of success, 0 means 200
	also     int    // another status of success
	media    string // of an answer that is a file
	large    bool   // takes files as large as a whole import
	once     bool   // takes an Idempotency-Key
	match    bool   // takes If-Match
	tagged   bool   // answers with an ETag
	located  bool   // answers 201 and 202 with the Location of what was made
	example  any    // of the body

	body *huma.RequestBody // filled by describe
}

// section is a group of operations in the description.
type section struct {
	*API
	tag string
}

func (a *API) section(tag, about string) section {
	o := a.huma.OpenAPI()
	o.Tags = append(o.Tags, &huma.Tag{Name: tag, Description: about})
	return section{a, tag}
}

// Kinds of answers and bodies that are not JSON.
type (
	none struct{} // no content
	file struct { // bytes of the operation's media type
		data   []byte
		stream func(io.Writer) error // instead of data, of what may be long
		header http.Header
	}
)

// describe makes huma's form of o for a body and an answer of these types.
func (s section) describe(o operation, body, answer reflect.Type) huma.Operation {
	method, path, _ := strings.Cut(o.route, " ")
	if len(o.roles) == 0 {
		panic("api: " + o.route + " does not say who may call it")
	}
	registry := s.huma.OpenAPI().Components.Schemas
	o.body = o.requestBody(registry, body)
	return huma.Operation{
		OperationID: o.id, Method: method, Path: prefix + path, Tags: []string{s.tag},
		Summary: o.summary, Description: strings.TrimSpace(o.about + "\n\nThis is " + o.callers() + "."),
		DefaultStatus: o.success(), Security: []map[string][]string{{securityScheme: {}}},
		Extensions: map[string]any{"x-roles": o.roles, "x-operator": o.operator},
		Metadata:   map[string]any{rulesKey: o},
		Parameters: o.headers(),
		Responses:  o.responses(registry, answer),
		Errors:     o.errors(),
	}
}

const rulesKey = "operation"

func (o operation) success() int {
	if o.status == 0 {
		return http.StatusOK
	}
	return o.status
}

// callers says in words who may call o.
func (o operation) callers() string {
	if o.operator {
		return "for the operator's key only, the one in admin_key"
	}
	words := make([]string, 0, len(o.roles))
	for _, r := range o.roles {
		words = append(words, string(r))
	}
	if len(words) == 1 {
		return "for keys of the role " + words[0]
	}
	return "for keys of the roles " + strings.Join(words, ", ")
}

const (
	headerIdempotency = "Idempotency-Key"
	headerIfMatch     = "If-Match"
)

func (o operation) headers() (out []*huma.Param) {
	if o.once {
		longest := maxIdempotencyKey
		out = append(out, &huma.Param{Name: headerIdempotency, In: "header", Schema: &huma.Schema{Type: "string", MaxLength: &longest},
			Description: "Up to 255 printable characters of your choice. The same request with the same key, sent again within a day, creates nothing and is answered with the same record; another request with it is refused."})
	}
	if o.match {
		out = append(out, &huma.Param{Name: headerIfMatch, In: "header", Schema: &huma.Schema{Type: "string"},
			Description: "The ETag that you saw. If there was a change since, nothing is done and the answer is 412."})
	}
	return out
}

func (o operation) requestBody(r huma.Registry, body reflect.Type) *huma.RequestBody {
	if body == reflect.TypeFor[none]() {
		return nil
	}
	if feed, ok := reflect.New(body).Interface().(feed); ok {
		return &huma.RequestBody{Required: true, Content: feed.content()}
	}
	if body == reflect.TypeFor[upload]() {
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{mediaForm: {Schema: uploadSchema()}}}
	}
	media, schema := mediaJSON, (*huma.Schema)(nil)
	if form, ok := reflect.New(body).Interface().(form); ok {
		media, schema = mediaForm, form.schema()
	} else {
		schema = r.Schema(body, true, "")
	}
	return &huma.RequestBody{Required: !o.posts() || !optional(r, schema), Content: map[string]*huma.MediaType{media: {Schema: schema, Example: o.example}}}
}

func (o operation) posts() bool { return strings.HasPrefix(o.route, "POST ") }

// optional says whether a body says nothing that has to be said.
func optional(r huma.Registry, body *huma.Schema) bool {
	if body.Ref != "" {
		body = r.SchemaFromRef(body.Ref)
	}
	return body.Type == huma.TypeObject && len(body.Required) == 0
}

func (o operation) responses(r huma.Registry, view reflect.Type) map[string]*huma.Response {
	answer := &huma.Response{Description: http.StatusText(o.success()), Headers: map[string]*huma.Param{}}
	switch view {
	case reflect.TypeFor[none]():
	case reflect.TypeFor[file]():
		answer.Content = map[string]*huma.MediaType{o.media: {Schema: o.fileSchema()}}
	default:
		answer.Content = map[string]*huma.MediaType{mediaJSON: {Schema: r.Schema(view, true, "")}}
	}
	if o.tagged {
		answer.Headers["ETag"] = &huma.Param{Description: "For If-Match.", Schema: &huma.Schema{Type: "string"}}
	}
	out := map[string]*huma.Response{strconv.Itoa(o.success()): answer}
	if o.also != 0 {
		other := *answer
		other.Description, other.Headers = http.StatusText(o.also), maps.Clone(answer.Headers)
		out[strconv.Itoa(o.also)] = &other
	}
	for _, status := range []string{"201", "202"} {
		if made := out[status]; made != nil && o.located {
			made.Headers["Location"] = &huma.Param{Description: "Path of what was made; several have none.", Schema: &huma.Schema{Type: "string"}}
		}
	}
	return out
}

// waiting declares the header that package web gives to whom it turns away.
func waiting(all *huma.OpenAPI) {
	header := &huma.Param{Description: "Seconds after which to try again, where that is all it takes.", Schema: &huma.Schema{Type: "integer"}}
	for _, path := range all.Paths {
		for _, o := range []*huma.Operation{path.Get, path.Post, path.Put, path.Patch, path.Delete} {
			for _, status := range []string{"429", "503"} {
				if o != nil {
					o.Responses[status].Headers = map[string]*huma.Param{"Retry-After": header}
				}
			}
		}
	}
}

func (o operation) fileSchema() *huma.Schema {
	if o.media == mediaJSON {
		return &huma.Schema{Type: "object"}
	}
	return &huma.Schema{Type: "string", Format: "binary"}
}

// errors lists the statuses of problems that o can answer with.
func (o operation) errors() []int {
	all := map[int]bool{
		http.StatusUnauthorized: true, http.StatusForbidden: true, http.StatusNotFound: true, http.StatusUnprocessableEntity: true,
		http.StatusTooManyRequests: true, http.StatusInternalServerError: true, http.StatusServiceUnavailable: true,
	}
	if o.body != nil {
		all[http.StatusBadRequest], all[http.StatusRequestEntityTooLarge], all[http.StatusUnsupportedMediaType] = true, true, true
	}
	if !strings.HasPrefix(o.route, "GET ") {
		all[http.StatusConflict], all[http.StatusInsufficientStorage] = true, true
	}
	if o.match {
		all[http.StatusPreconditionFailed] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// schemaName names a schema after its type, without what the word says of its
// use here: passView is Pass.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "View")
}
