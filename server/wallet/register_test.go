package wallet_test

import (
	"net/http"
	"net/http/httputil"
	"strings"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/store"
)

func TestRegister(t *testing.T) {
	v := newVisit(t)
	empty(t, v.register(t, library, pushToken).Status(t, http.StatusCreated))
	empty(t, v.register(t, library, pushToken).Status(t, http.StatusOK))
	if got := v.devices(t); len(got) != 1 || got[0].PushToken != pushToken {
		t.Fatalf("devices %+v", got)
	}
	const next = "11fc13adff785122"
	v.register(t, library, next).Status(t, http.StatusOK) // how a device tells its new token
	if got := v.devices(t); len(got) != 1 || got[0].PushToken != next {
		t.Errorf("devices %+v, want the new token", got)
	}
	v.register(t, "second", next).Status(t, http.StatusCreated) // two devices may carry one token
	if got := v.devices(t); len(got) != 2 {
		t.Errorf("%d devices, want 2", len(got))
	}
}

// TestRegisterRefusals change nothing.
func TestRegisterRefusals(t *testing.T) {
	v := newVisit(t)
	good := `{"pushToken": "` + pushToken + `"}`
	for _, tt := range []struct {
		name, library, body, auth string
		want                      int
	}{
		{"no token", library, good, "X-No: token", 401},
		{"wrong token", library, good, "Authorization: ApplePass 0123456789abcdef0123", 401},
		{"no body", library, "", v.auth(), 400},
		{"no JSON", library, "pushToken", v.auth(), 400},
		{"cut off", library, `{"pushToken": "00`, v.auth(), 400},
		{"two values", library, good + good, v.auth(), 400},
		{"a list", library, "[]", v.auth(), 400},
		{"no push token", library, `{}`, v.auth(), 400},
		{"empty push token", library, `{"pushToken": ""}`, v.auth(), 400},
		{"push token is a number", library, `{"pushToken": 12345678}`, v.auth(), 400},
		{"push token is not hexadecimal", library, `{"pushToken": "../../etc/passwd"}`, v.auth(), 400},
		{"push token is too long", library, `{"pushToken": "` + strings.Repeat("a", 514) + `"}`, v.auth(), 400},
		{"device is too long", strings.Repeat("a", 256), good, v.auth(), 400},
		{"device has foreign characters", "a%20b", good, v.auth(), 400},
		{"body is too large", library, `{"x": "` + strings.Repeat("x", 64<<10) + `", "pushToken": "00fc13ad"}`, v.auth(), 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, v.ask(t, http.MethodPost, v.registration(tt.library), tt.body, tt.auth).Status(t, tt.want))
		})
	}
	if got := v.devices(t); len(got) != 0 {
		t.Errorf("a refused request registered %+v", got)
	}
}

// TestRegisterIsTolerant of what is not prescribed: members, media type, length.
func TestRegisterIsTolerant(t *testing.T) {
	v := newVisit(t)
	body := `{"pushToken": "` + pushToken + `", "deviceName": "Robin's", "more": {"a": [1]}}`
	v.ask(t, http.MethodPost, v.registration(library), body, v.auth(), "Content-Type: text/plain").Status(t, http.StatusCreated)
	v.register(t, strings.Repeat("a", 255), pushToken).Status(t, http.StatusCreated)
	v.register(t, "A-Z_0.9", pushToken).Status(t, http.StatusCreated)
}

func TestUnregister(t *testing.T) {
	v := newVisit(t)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	v.ask(t, http.MethodDelete, v.registration(library), nil).Status(t, http.StatusUnauthorized)
	v.ask(t, http.MethodDelete, v.registration(library), nil, "Authorization: ApplePass 0123456789abcdef0123").Status(t, http.StatusUnauthorized)
	if got := v.devices(t); len(got) != 1 {
		t.Fatal("a wrong token unregistered the device")
	}
	for range 2 { // the second time there is nothing to do
		empty(t, v.ask(t, http.MethodDelete, v.registration(library), nil, v.auth()).Status(t, http.StatusOK))
	}
	if got := v.devices(t); len(got) != 0 {
		t.Errorf("devices %+v are left", got)
	}
	err := v.Store.View(t.Context(), func(r store.Reader) error {
		_, err := r.Device(v.pass.PassTypeIdentifier, library)
		return err
	})
	if err != store.ErrNotFound {
		t.Errorf("the device's record: %v, want it gone with its last registration", err)
	}
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
}

// TestUnknownPassLooksLikeWrongToken compares whole answers, so that serial
// numbers cannot be probed.
func TestUnknownPassLooksLikeWrongToken(t *testing.T) {
	v := newVisit(t)
	type ways struct{ known, unknown, foreign string }
	nobody := strings.Replace(v.pass.SerialNumber, v.pass.SerialNumber[:8], "00000000", 1)
	of := func(path string) ways {
		return ways{path, strings.Replace(path, v.pass.SerialNumber, nobody, 1), strings.Replace(path, v.pass.PassTypeIdentifier, "pass.org.example.none", 1)}
	}
	for _, tt := range []struct {
		method string
		paths  ways
	}{
		{http.MethodPost, of(v.registration(library))},
		{http.MethodDelete, of(v.registration(library))},
		{http.MethodGet, of(v.latest())},
		{http.MethodHead, of(v.latest())},
	} {
		for name, auth := range map[string]string{"wrong": "ApplePass 0123456789abcdef0123", "none": ""} {
			want := v.wire(t, tt.method, tt.paths.known, auth)
			for _, path := range []string{tt.paths.unknown, tt.paths.foreign} {
				if got := v.wire(t, tt.method, path, auth); got != want {
					t.Errorf("%s, token %s: %q for %s, %q for a pass that exists", tt.method, name, got, path, want)
				}
			}
			if !strings.HasPrefix(want, "HTTP/1.1 401 ") {
				t.Errorf("%s, token %s: %q", tt.method, name, want)
			}
		}
	}
	v.ask(t, http.MethodGet, of(v.latest()).unknown, nil, v.auth()).Status(t, http.StatusUnauthorized) // another pass's token
}

// wire is an answer byte by byte, without the headers that differ by chance.
func (v *visit) wire(t *testing.T, method, path, auth string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, servertest.BaseURL+path, strings.NewReader(`{"pushToken": "00fc13ad"}`))
	if err != nil {
		t.Fatal(err)
	}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	resp, err := v.HTTP.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, name := range []string{"X-Request-Id", "Date"} {
		if len(resp.Header.Values(name)) != 1 {
			t.Errorf("the answer has %d headers %s", len(resp.Header.Values(name)), name)
		}
		resp.Header.Del(name)
	}
	dump, err := httputil.DumpResponse(resp, true)
	if err != nil {
		t.Fatal(err)
	}
	return string(dump)
}
