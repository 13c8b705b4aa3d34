package wallet_test

import (
	"fmt"
	"net/http"
	"testing"

	"go.uber.org/goleak"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	library   = "5f1e9a7bc0d24e8f9a3b6c1d2e4f5a6b"
	pushToken = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"
)

// visit is one pass of one server, and how a phone addresses it.
type visit struct {
	*servertest.Server
	pass  store.Pass
	token string // authentication token
}

// newVisit starts a server and issues a pass.
func newVisit(t testing.TB, options ...servertest.Option) *visit {
	t.Helper()
	s := servertest.New(t, options...)
	return s2v(t, s, s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 3}))
}

// s2v reads a pass's token from its file, as a phone does.
func s2v(t testing.TB, s *servertest.Server, p store.Pass) *visit {
	t.Helper()
	return &visit{s, p, s.Download(t, p).Document.AuthenticationToken}
}

func (v *visit) auth() string { return "Authorization: ApplePass " + v.token }

// device is the list's address, and what registrations begin with.
func (v *visit) device(library string) string {
	return "/wallet/v1/devices/" + library + "/registrations/" + v.pass.PassTypeIdentifier
}

func (v *visit) registration(library string) string {
	return v.device(library) + "/" + v.pass.SerialNumber
}

func (v *visit) latest() string {
	return "/wallet/v1/passes/" + v.pass.PassTypeIdentifier + "/" + v.pass.SerialNumber
}

// ask makes a request as a phone does: without a key.
func (v *visit) ask(t *testing.T, method, path string, body any, headers ...string) *servertest.Answer {
	t.Helper()
	return v.Anonymous().Send(t, method, path, body, headers...)
}

func (v *visit) register(t *testing.T, library, token string) *servertest.Answer {
	t.Helper()
	return v.ask(t, http.MethodPost, v.registration(library), fmt.Sprintf(`{"pushToken": %q}`, token), v.auth())
}

// devices are the registrations of the pass as the server keeps them.
func (v *visit) devices(t *testing.T) (out []store.Device) {
	t.Helper()
	all, err := v.Issuer.Registrations(t.Context(), v.Actor, v.pass.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		out = append(out, one.Device)
	}
	return out
}

// empty checks that an answer has no body, as phones want it.
func empty(t *testing.T, a *servertest.Answer) {
	t.Helper()
	if len(a.Body) > 0 {
		t.Errorf("the answer has a body: %s", a.Body)
	}
}

// TestMethods refuses what Apple's service does not have.
func TestMethods(t *testing.T) {
	v := newVisit(t)
	for _, tt := range []struct{ method, path string }{
		{http.MethodPut, v.registration(library)},
		{http.MethodGet, v.registration(library)},
		{http.MethodPost, v.device(library)},
		{http.MethodDelete, v.device(library)},
		{http.MethodPost, v.latest()},
		{http.MethodDelete, v.latest()},
		{http.MethodGet, v.latest() + "/personalize"},
		{http.MethodGet, "/wallet/v1/log"},
		{http.MethodPut, "/wallet/v1/log"},
		{http.MethodPost, "/p/" + v.pass.PublicID},
		{http.MethodDelete, "/p/" + v.pass.PublicID + ".pkpass"},
	} {
		a := v.ask(t, tt.method, tt.path, "{}", v.auth()).Status(t, http.StatusMethodNotAllowed)
		if a.Header.Get("Allow") == "" {
			t.Errorf("%s %s: the answer does not say what is allowed", tt.method, tt.path)
		}
	}
}

// TestUnknownPaths are not found, whatever follows /wallet.
func TestUnknownPaths(t *testing.T) {
	v := newVisit(t)
	for _, path := range []string{"/wallet", "/wallet/", "/wallet/v1", "/wallet/v2/log", "/wallet/v1/passes/" + v.pass.PassTypeIdentifier, v.latest() + "/", v.latest() + "/x/y"} {
		v.ask(t, http.MethodGet, path, nil, v.auth()).Status(t, http.StatusNotFound)
	}
}

// TestSlashes serves //v1 directly: phones are not known to follow redirects.
func TestSlashes(t *testing.T) {
	v := newVisit(t)
	double := func(path string) string { return "/wallet/" + path[len("/wallet"):] }
	v.ask(t, http.MethodPost, double(v.registration(library)), `{"pushToken": "`+pushToken+`"}`, v.auth()).Status(t, http.StatusCreated)
	v.ask(t, http.MethodGet, double(v.device(library)), nil).Status(t, http.StatusOK)
	v.CheckPass(t, v.ask(t, http.MethodGet, double(v.latest()), nil, v.auth()).Status(t, http.StatusOK).Body)
	v.ask(t, http.MethodPost, "/wallet//v1//log", `{"logs": []}`).Status(t, http.StatusOK)
	v.ask(t, http.MethodDelete, double(v.registration(library)), nil, v.auth()).Status(t, http.StatusOK)
}

// TestEscapedSegments are decoded once, after the path was split.
func TestEscapedSegments(t *testing.T) {
	v := newVisit(t)
	escaped := "/wallet/v1/devices/%35f1e9a7b/registrations/pass%2Eorg%2Eexample%2Ecard/" + v.pass.SerialNumber
	v.ask(t, http.MethodPost, escaped, `{"pushToken": "`+pushToken+`"}`, v.auth()).Status(t, http.StatusCreated)
	if got := v.devices(t); len(got) != 1 || got[0].Library != "5f1e9a7b" {
		t.Errorf("devices %+v, want 5f1e9a7b", got)
	}
	for _, path := range []string{
		v.registration("%2535f1"), // twice escaped is not decoded twice
		v.registration("a%2Fb"),   // a slash within a segment is no separator
		v.registration("a%00b"),
		v.registration("a%0d%0aSet-Cookie:%20x=1"),
	} {
		v.ask(t, http.MethodPost, path, `{"pushToken": "`+pushToken+`"}`, v.auth()).Status(t, http.StatusBadRequest)
	}
	if got := v.devices(t); len(got) != 1 {
		t.Errorf("%d devices are registered, want the one", len(got))
	}
}

// TestSchemeWord is read in any case, with one blank or more; nothing else is a token.
func TestSchemeWord(t *testing.T) {
	v := newVisit(t)
	for header, want := range map[string]int{
		"ApplePass " + v.token:        200,
		"applepass " + v.token:        200,
		"APPLEPASS  " + v.token:       200,
		"ApplePass":                   401,
		"ApplePass ":                  401,
		"Bearer " + v.token:           401,
		v.token:                       401,
		"ApplePass " + v.token + "x":  401,
		"ApplePass " + v.token[1:]:    401,
		"ApplePass " + v.token + " x": 401,
		"":                            401,
	} {
		v.ask(t, http.MethodGet, v.latest(), nil, "Authorization: "+header).Status(t, want)
	}
}
