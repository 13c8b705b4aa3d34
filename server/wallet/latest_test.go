package wallet_test

import (
	"bytes"
	"net/http"
	"strconv"
	"testing"
	"time"

	"pocketpass/server/servertest"
	"pocketpass/signer/pkpass"
)

func modified(t *testing.T, a *servertest.Answer) time.Time {
	t.Helper()
	at, err := time.Parse(http.TimeFormat, a.Header.Get("Last-Modified"))
	if err != nil {
		t.Fatalf("Last-Modified: %v", err)
	}
	return at
}

func TestLatest(t *testing.T) {
	v := newVisit(t)
	a := v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Status(t, http.StatusOK)
	r := v.CheckPass(t, a.Body)
	if r.Document.SerialNumber != v.pass.SerialNumber || r.Document.AuthenticationToken != v.token || r.Document.Voided != nil {
		t.Errorf("the pass is %+v", r.Document)
	}
	for name, want := range map[string]string{
		"Content-Type":           pkpass.MediaType,
		"Content-Disposition":    `attachment; filename="` + v.pass.SerialNumber + `.pkpass"`,
		"Cache-Control":          "no-store",
		"Content-Length":         strconv.Itoa(len(a.Body)),
		"X-Content-Type-Options": "nosniff",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	head := v.ask(t, http.MethodHead, v.latest(), nil, v.auth()).Status(t, http.StatusOK)
	empty(t, head)
	for _, name := range []string{"Content-Type", "Content-Length", "Last-Modified", "Content-Disposition"} {
		if got, want := head.Header.Get(name), a.Header.Get(name); got != want {
			t.Errorf("HEAD has %s: %q, GET has %q", name, got, want)
		}
	}
}

// TestNotModified compares whole seconds and ignores what is no date.
func TestNotModified(t *testing.T) {
	v := newVisit(t)
	at := modified(t, v.ask(t, http.MethodGet, v.latest(), nil, v.auth()))
	rfc850 := at.Format("Monday, 02-Jan-06 15:04:05 GMT")
	for since, want := range map[string]int{
		at.Format(http.TimeFormat):                304,
		at.Add(time.Hour).Format(http.TimeFormat): 304,
		rfc850: 304,
		at.Add(-time.Second).Format(http.TimeFormat): 200,
		"":                               200,
		"yesterday":                      200,
		"Mon, 99 Jun 2026 09:30:00 GMT":  200,
		at.Format(time.RFC3339):          200,
		strconv.FormatInt(at.Unix(), 10): 200,
		"Thu, 01 Jan 1970 00:00:00 GMT":  200,
		"Mon, 01 Jan 0001 00:00:00 GMT":  200,
		at.Format(http.TimeFormat) + "; length=123456": 200,
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := v.ask(t, method, v.latest(), nil, v.auth(), "If-Modified-Since: "+since)
			if a.Code != want {
				t.Errorf("%s, If-Modified-Since %q: status %d, want %d", method, since, a.Code, want)
			}
			if a.Code == http.StatusNotModified {
				empty(t, a)
				if got := modified(t, a); !got.Equal(at) {
					t.Errorf("a 304 says Last-Modified %s, want %s", got, at)
				}
			}
		}
	}
	v.ask(t, http.MethodGet, v.latest(), nil, "If-Modified-Since: "+at.Format(http.TimeFormat)).Status(t, http.StatusUnauthorized)
}

// TestLastModifiedGrows with every change, though the clock stands still.
func TestLastModifiedGrows(t *testing.T) {
	v := newVisit(t)
	last := v.ask(t, http.MethodGet, v.latest(), nil, v.auth())
	for stamps := 4; stamps < 9; stamps++ {
		v.Change(t, v.pass, servertest.Values{"stamps": stamps})
		a := v.ask(t, http.MethodGet, v.latest(), nil, v.auth(), "If-Modified-Since: "+last.Header.Get("Last-Modified")).Status(t, http.StatusOK)
		if !modified(t, a).After(modified(t, last)) {
			t.Errorf("Last-Modified went from %s to %s", modified(t, last), modified(t, a))
		}
		if got := v.CheckPass(t, a.Body).Document.StoreCard.FieldByKey("stamps").Value.String(); got != strconv.Itoa(stamps) {
			t.Errorf("the pass has %s stamps, want %d", got, stamps)
		}
		last = a
	}
	again := v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Status(t, http.StatusOK)
	if !modified(t, again).Equal(modified(t, last)) || !bytes.Equal(again.Body, last.Body) {
		t.Error("an unchanged pass has other bytes or another date")
	}
}

// TestWithdrawnPasses are served void: nothing can be deleted on a phone.
func TestWithdrawnPasses(t *testing.T) {
	v := newVisit(t)
	v.register(t, library, pushToken).Status(t, http.StatusCreated)
	tag, _ := v.list(t, library, "")
	if _, err := v.Issuer.Void(t.Context(), v.Actor, v.pass.ID, true); err != nil {
		t.Fatal(err)
	}
	v.wantVoided(t, true)
	if _, err := v.Issuer.Void(t.Context(), v.Actor, v.pass.ID, false); err != nil {
		t.Fatal(err)
	}
	v.wantVoided(t, false)
	if err := v.Issuer.Delete(t.Context(), v.Actor, v.pass.ID, nil); err != nil {
		t.Fatal(err)
	}
	v.wantVoided(t, true)
	if got, _ := v.list(t, library, tag.LastUpdated); len(got.SerialNumbers) != 1 {
		t.Errorf("the deleted pass is not listed as changed: %+v", got)
	}
	v.Anonymous().Get(t, "/p/"+v.pass.PublicID).Fails(t, 404, "not_found")
	v.Anonymous().Get(t, "/p/"+v.pass.PublicID+".pkpass").Fails(t, 404, "not_found")
	v.ask(t, http.MethodDelete, v.registration(library), nil, v.auth()).Status(t, http.StatusOK)
}

func (v *visit) wantVoided(t *testing.T, want bool) {
	t.Helper()
	d := v.CheckPass(t, v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Status(t, http.StatusOK).Body).Document
	if got := d.Voided != nil && *d.Voided; got != want {
		t.Errorf("voided is %t, want %t", got, want)
	}
}

// TestCannotSign tells phones to come again later.
func TestCannotSign(t *testing.T) {
	v := newVisit(t)
	at := v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Header.Get("Last-Modified")
	v.Advance(t, 400*24*time.Hour)
	empty(t, v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Status(t, http.StatusServiceUnavailable))
	v.ask(t, http.MethodGet, v.latest(), nil, v.auth(), "If-Modified-Since: "+at).Status(t, http.StatusNotModified)
	v.Anonymous().Get(t, "/p/"+v.pass.PublicID+".pkpass").Fails(t, 503, "certificate_expired")
	v.Anonymous().Get(t, "/p/"+v.pass.PublicID).Status(t, http.StatusOK)
	v.AddCertificate(t, servertest.PassTypeIdentifier)
	v.CheckPass(t, v.ask(t, http.MethodGet, v.latest(), nil, v.auth()).Status(t, http.StatusOK).Body)
}
