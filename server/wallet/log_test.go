package wallet_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"pocketpass/server/servertest"
)

func logs(t *testing.T, lines ...string) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"logs": lines})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// lineOf is what was kept of the log for the pass's registration.
func (v *visit) lineOf(t *testing.T) string {
	t.Helper()
	if err := v.Issuer.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := v.Issuer.Registrations(t.Context(), v.Actor, v.pass.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("registrations: %v, %d", err, len(all))
	}
	return all[0].Log.Text
}

// TestLog takes any readable JSON and keeps hostile text as harmless text.
func TestLog(t *testing.T) {
	v := newVisit(t)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	hostile := "Get pass task (pass type " + v.pass.PassTypeIdentifier + ", serial number " + v.pass.SerialNumber +
		") \x1b[31m\r\nINFO fake=line <script>alert(1)</script> \u202e\x00" + strings.Repeat("x", 5000)
	for _, body := range []any{`{"logs": []}`, `{}`, `{"logs": null}`, `{"logs": ["a"], "more": 1}`, logs(t, hostile), `{"logs": "text"}`, `{"logs": [1, 1e999, null, {}]}`, `[]`, `null`} {
		empty(t, v.ask(t, http.MethodPost, "/wallet/v1/log", body).Status(t, http.StatusOK))
	}
	got := v.lineOf(t)
	if !strings.Contains(got, "<script>") || strings.ContainsAny(got, "\x1b\r\n\x00") || len(got) > 1000 {
		t.Errorf("kept %q of %d bytes", got, len(got))
	}
	for _, body := range []string{"", "logs", `{"logs": ["a"]`, `{"logs": []} more`} {
		empty(t, v.ask(t, http.MethodPost, "/wallet/v1/log", body).Status(t, http.StatusBadRequest))
	}
	empty(t, v.ask(t, http.MethodPost, "/wallet/v1/log", logs(t, strings.Repeat("x", 256<<10))).Status(t, http.StatusRequestEntityTooLarge))
}

// TestLogOfAnotherPass does not reach this one, and too many lines are cut.
func TestLogOfAnotherPass(t *testing.T) {
	v := newVisit(t)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	mine := "Get pass task (pass type " + v.pass.PassTypeIdentifier + ", serial number " + v.pass.SerialNumber + ")"
	for _, line := range []string{
		strings.Replace(mine, v.pass.SerialNumber, "another", 1),
		strings.Replace(mine, v.pass.PassTypeIdentifier, "pass.org.example.none", 1),
		"Register task (for device stranger, pass type " + v.pass.PassTypeIdentifier + ", serial number " + v.pass.SerialNumber + ")",
		"no names at all",
	} {
		v.ask(t, http.MethodPost, "/wallet/v1/log", logs(t, line)).Status(t, http.StatusOK)
	}
	many := make([]string, 101)
	for i := range many {
		many[i] = "noise"
	}
	many[100] = mine
	v.ask(t, http.MethodPost, "/wallet/v1/log", logs(t, many...)).Status(t, http.StatusOK)
	if got := v.lineOf(t); got != "" {
		t.Errorf("kept %q", got)
	}
	v.ask(t, http.MethodPost, "/wallet/v1/log", strings.Replace(string(logs(t, mine)), "[", "[1, null, ", 1)).Status(t, http.StatusOK)
	if got := v.lineOf(t); got != mine {
		t.Errorf("kept %q, want %q", got, mine)
	}
}

// TestLogIsRateLimited by address, and only the log and the personalisation are.
func TestLogIsRateLimited(t *testing.T) {
	v := newVisit(t)
	for n := range 51 {
		want := http.StatusOK
		if n == 50 {
			want = http.StatusTooManyRequests
		}
		v.ask(t, http.MethodPost, "/wallet/v1/log", `{"logs": []}`).Status(t, want)
	}
	v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Status(t, http.StatusOK)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	v.Advance(t, time.Second)
	v.ask(t, http.MethodPost, "/wallet/v1/log", `{"logs": []}`).Status(t, http.StatusOK)
}

// TestNoHeaderCanBeInjected: what comes from clients and from issuers does not
// begin a header of its own.
func TestNoHeaderCanBeInjected(t *testing.T) {
	v := newVisit(t)
	a := v.Anonymous().Get(t, "/p/x%0d%0aSet-Cookie:%20a=b.pkpass").Status(t, http.StatusNotFound)
	if a.Header.Get("Set-Cookie") != "" {
		t.Error("the path wrote a header")
	}
	p := v.Issue(t, servertestCampaign(), servertest.Values{"reward": "a\r\nSet-Cookie: a=b"})
	w := s2v(t, v.Server, p)
	if got := w.ask(t, http.MethodGet, w.latest(), nil, w.auth()).Status(t, http.StatusOK).Header.Get("Set-Cookie"); got != "" {
		t.Error("a value wrote a header")
	}
}
