package passworks_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"pocketpass/server"
	"pocketpass/server/access"
	"pocketpass/server/compat/compattest"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// account is a client of the service.
type account struct {
	*servertest.Server
	record  compattest.Recorder
	headers []string
	icon    func() string // an asset that all campaigns share: preparing pictures takes its time
}

// base is where version 2 stands.
const base = "/passworks/v2"

func newAccount(t testing.TB, options ...servertest.Option) *account {
	t.Helper()
	a := &account{Server: servertest.New(t, options...)}
	a.headers = a.credentials(t, access.NewKey{Name: "till", Role: store.Admin})
	a.icon = sync.OnceValue(func() string { return a.asset(t, "icon", 87, 87) })
	a.record = compattest.Recorder{Service: "passworks", Caller: a.Anonymous(), Headers: a.headers, Masks: masks,
		Secrets: []string{strings.TrimPrefix(a.headers[0], "Authorization: Basic ")}}
	return a
}

var masks = []compattest.Mask{
	{Pattern: regexp.MustCompile(`/([cd])/[0-9a-z]{12}`), With: "/$1/<campaign>"},
	{Pattern: regexp.MustCompile(`/([ps])/[0-9A-Za-z]{14}`), With: "/$1/<pass>"},
	{Pattern: regexp.MustCompile(`("authentication_token": ")[^"]+`), With: "$1<token>"},
}

// credentials are the header of a new key.
func (a *account) credentials(t testing.TB, k access.NewKey) []string {
	t.Helper()
	key, secret, err := a.Access.Create(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return []string{basic(key.ID.Short(), secret)}
}

func basic(user, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// as is the same server with the key of another role.
func (a *account) as(t testing.TB, role store.Role) *account {
	out := *a
	out.headers = a.credentials(t, access.NewKey{Name: string(role), Role: role})
	return &out
}

// send makes a request that is not recorded. path is beneath version 2.
func (a *account) send(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return a.sendTo(t, method, base+path, body, headers...)
}

// sendTo is send with the whole path.
func (a *account) sendTo(t testing.TB, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return a.Anonymous().Send(t, method, path, body, append(a.headers, headers...)...)
}

// members is a JSON object.
type members = map[string]any

// with lays changes over o; nil takes a member away.
func with(o, changes members) members {
	out := make(members)
	for name, v := range o {
		out[name] = v
	}
	for name, v := range changes {
		if out[name] = v; v == nil {
			delete(out, name)
		}
	}
	return out
}

// form is an upload of an asset as the Ruby client sends it, and its media type.
func form(t testing.TB, kind string, file []byte) (body []byte, contentType string) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary("-----------RubyMultipartPost-2f5d50"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("asset[file]", kind+".png")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.WriteField("asset[asset_type]", kind); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), w.FormDataContentType()
}

// asset uploads a picture and returns its id.
func (a *account) asset(t testing.TB, kind string, width, height int) string {
	t.Helper()
	body, contentType := form(t, kind, compattest.Picture(width, height))
	return id(t, a.send(t, "POST", "/assets", body, "Content-Type: "+contentType).Status(t, 201))
}

// campaign makes a campaign and returns its id. An icon is uploaded unless body has one.
func (a *account) campaign(t testing.TB, collection string, body members) string {
	t.Helper()
	if _, ok := body["icon_id"]; !ok && body["template_id"] == nil {
		body = with(body, members{"icon_id": a.icon()})
	}
	return id(t, a.send(t, "POST", "/"+collection, members{root(collection): body}).Status(t, 201))
}

// pass issues a pass of a campaign and returns its id.
func (a *account) pass(t testing.TB, collection, campaign string, body members) string {
	t.Helper()
	return id(t, a.send(t, "POST", "/"+collection+"/"+campaign+"/passes", members{"pass": body}).Status(t, 201))
}

// root is the key of bodies of a collection.
func root(collection string) string {
	if r, ok := strings.CutSuffix(collection, "passes"); ok {
		return r + "pass"
	}
	return strings.TrimSuffix(collection, "s")
}

func id(t testing.TB, a *servertest.Answer) string {
	t.Helper()
	var made struct{ ID string }
	a.JSON(t, &made)
	if made.ID == "" {
		t.Fatalf("there is no id in %s", a.Body)
	}
	return made.ID
}

// object is the body of an answer.
func object(t testing.TB, a *servertest.Answer) (o members) {
	t.Helper()
	a.JSON(t, &o)
	return o
}

// list is the body of an answer that is an array.
func list(t testing.TB, a *servertest.Answer) (all []members) {
	t.Helper()
	a.JSON(t, &all)
	return all
}

// fails checks an error body to the byte. errors is the JSON of its last member.
func fails(t testing.TB, a *servertest.Answer, status int, message, errors string) {
	t.Helper()
	a.Status(t, status)
	code := 10000 + status
	if strings.Contains(errors, `"asset":["in use by`) {
		code = 10103
	}
	want, err := json.Marshal(struct {
		Status  int             `json:"status_code"`
		Code    int             `json:"error_code"`
		Message string          `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}{status, code, message, json.RawMessage(errors)})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(bytes.TrimSpace(a.Body)); got != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := a.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("an error of the type %q", got)
	}
}

// wire sends a request to a host and returns the answer as it came over the connection.
func (a *account) wire(t testing.TB, r *http.Request, host string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", a.Server.Server.Addr("listen"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r.Host, r.Close = host, true
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// limits has the rate limit kept.
func limits(c *server.Config) { c.Compat.PassworksLimits = true }
