package simulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
	"pocketpass/server/simulator/apns"
	"pocketpass/store"
)

// patient is a pass on a phone whose updates are to be explained.
type patient struct {
	*servertest.Server
	pass  store.Pass
	phone *servertest.Phone
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	s := servertest.New(t, servertest.Ticking())
	p := s.Issue(t, own, nil)
	return &patient{s, p, s.Phone(t, p)}
}

func (p *patient) change(t *testing.T) {
	t.Helper()
	p.Change(t, p.pass, servertest.Values{"stamps": int(p.Clock.Now().UnixMilli() % 1e6)})
}

func (p *patient) diagnose(t *testing.T) issuer.Diagnosis {
	t.Helper()
	d, err := p.Issuer.Diagnose(t.Context(), p.Actor, p.pass.ID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// wants waits until the pass's verdict is code and returns it. A verdict is
// a sentence with the next step.
func (p *patient) wants(t *testing.T, code string) issuer.Verdict {
	t.Helper()
	var d issuer.Diagnosis
	p.until(t, func() (string, bool) { d = p.diagnose(t); return d.Verdict.Code, d.Verdict.Code == code })
	if d.Verdict.Sentence == "" || d.Verdict.Next == "" || strings.HasSuffix(d.Verdict.Sentence, ".") {
		t.Errorf("the verdict %+v is no sentence with a next step", d.Verdict)
	}
	return d.Verdict
}

func (p *patient) until(t *testing.T, ready func() (string, bool)) {
	t.Helper()
	last := ""
	defer func() {
		if t.Failed() {
			t.Logf("the last verdict was %s; the phone did %q", last, p.phone.Said())
		}
	}()
	p.Until(t, "the verdict", func() (ok bool) { last, ok = ready(); return ok })
}

func TestVerdictUpToDate(t *testing.T) {
	p := newPatient(t)
	if v := p.wants(t, "up_to_date"); !strings.Contains(v.Sentence, "after its last change") {
		t.Errorf("of a pass that was just added: %q", v.Sentence)
	}
	p.change(t)
	p.phone.WantUpdates(t, p.pass, 1)
	if v := p.wants(t, "up_to_date"); !strings.Contains(v.Sentence, "fetched the newest version") || strings.Contains(v.Sentence, "notice") {
		t.Errorf("of a pass that was fetched: %q", v.Sentence)
	}
}

// TestVerdictSilent explains why nobody noticed.
func TestVerdictSilent(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	c := s.Campaign(t, func(d *store.Design) {
		d.Document = []byte(strings.NewReplacer(`, "changeMessage": "You now have %@ stamps"`, "", `, "changeMessage": "Your next reward: %@"`, "").Replace(string(d.Document)))
	})
	pass := s.Issue(t, c, nil)
	p := &patient{s, pass, s.Phone(t, pass)}
	p.change(t)
	p.phone.WantUpdates(t, pass, 1)
	if v := p.wants(t, "up_to_date"); !strings.Contains(v.Sentence, "no field has a changeMessage") || !strings.Contains(v.Next, "changeMessage") {
		t.Errorf("the verdict is %+v", v)
	}
}

func TestVerdictNotInstalledAndRemoved(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	p := &patient{s, s.Issue(t, own, nil), s.Phone(t)}
	p.wants(t, "not_installed")
	p.phone.Add(t, p.pass)
	p.wants(t, "up_to_date")
	if err := p.phone.Remove(t.Context(), p.pass.PassTypeIdentifier, p.pass.SerialNumber); err != nil {
		t.Fatal(err)
	}
	if v := p.wants(t, "removed"); !strings.Contains(v.Sentence, "removed on the device") {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestVerdictRegistrationRefused: a proxy drops the token, so the phone comes as far as
// the server and no further.
func TestVerdictRegistrationRefused(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	pass := s.Issue(t, own, nil)
	bare := &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		r.Header.Del("Authorization")
		return s.HTTP.Transport.RoundTrip(r)
	})}
	p := &patient{s, pass, s.PhoneWith(t, simulator.Config{HTTP: bare})}
	if _, err := p.phone.Install(t.Context(), s.PassLink(pass)); err == nil {
		t.Error("the phone registered without a token")
	}
	if v := p.wants(t, "not_installed"); !strings.Contains(v.Next, "401") || !strings.Contains(v.Next, "Authorization") {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestVerdictGone: the push service says that the phone left.
func TestVerdictGone(t *testing.T) {
	p := newPatient(t)
	p.Push.AnswerToken(p.phone.PushToken, apns.Answer{Status: 410, Reason: "Unregistered", Timestamp: p.Clock.Now().Add(time.Minute)})
	p.change(t)
	if v := p.wants(t, "removed"); !strings.Contains(v.Sentence, "Unregistered") {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestVerdictStayed: a 410 from before the phone registered does not count.
func TestVerdictStayed(t *testing.T) {
	p := newPatient(t)
	p.Push.AnswerToken(p.phone.PushToken, apns.Answer{Status: 410, Reason: "Unregistered", Timestamp: servertest.Start.Add(-time.Hour)})
	p.change(t)
	p.wants(t, "push_failed")
	if all, err := p.Issuer.Registrations(t.Context(), p.Actor, p.pass.ID); err != nil || len(all) != 1 {
		t.Errorf("%d registrations, %v, want the one", len(all), err)
	}
}

func TestVerdictTokenRefused(t *testing.T) {
	p := newPatient(t)
	p.phone.Behave(simulator.Behaviour{WrongToken: true})
	p.change(t)
	if v := p.wants(t, "token_refused"); !strings.Contains(v.Next, "Authorization") {
		t.Errorf("the verdict is %+v", v)
	}
	p.phone.Behave(simulator.Behaviour{})
	p.change(t)
	p.phone.WantUpdates(t, p.pass, 1)
	p.wants(t, "up_to_date") // what it complained of is past
}

// TestVerdictOfSeveralChanges in one second: Last-Modified runs ahead of the clock.
func TestVerdictOfSeveralChanges(t *testing.T) {
	p := newPatient(t)
	p.phone.Behave(simulator.Behaviour{WrongToken: true})
	for range 5 {
		p.change(t)
	}
	p.wants(t, "token_refused")
}

// TestVerdictTokenRefusedSilently: without a line in the log the refusal itself tells.
func TestVerdictTokenRefusedSilently(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	pass := s.Issue(t, own, nil)
	p := &patient{s, pass, s.PhoneWith(t, simulator.Config{HTTP: withoutLog(s)}, pass)}
	p.phone.Behave(simulator.Behaviour{WrongToken: true})
	p.change(t)
	if v := p.wants(t, "token_refused"); !strings.Contains(v.Sentence, "asked for the new version") {
		t.Errorf("the verdict is %+v", v)
	}
}

// withoutLog drops what phones log.
func withoutLog(s *servertest.Server) *http.Client {
	return &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/log") {
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		}
		return s.HTTP.Transport.RoundTrip(r)
	})}
}

func TestVerdictUpdateRefused(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	pass := s.Issue(t, own, nil)
	broken := spoiled(s, "/wallet/v1/passes/", func(_ *http.Response, b []byte) []byte { b[len(b)/2] ^= 1; return b })
	p := &patient{s, pass, s.PhoneWith(t, simulator.Config{HTTP: broken}, pass)}
	p.change(t)
	if v := p.wants(t, "update_refused"); !strings.Contains(v.Next, "lint") {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestVerdictUnexpectedAnswer: something before the server answers the list of
// changes, as a proxy that asks for a login.
func TestVerdictUnexpectedAnswer(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	pass := s.Issue(t, own, nil)
	p := &patient{s, pass, s.PhoneWith(t, simulator.Config{HTTP: login(s)}, pass)}
	p.change(t)
	if v := p.wants(t, "unexpected_answer"); !strings.Contains(v.Next, "reverse proxy") {
		t.Errorf("the verdict is %+v", v)
	}
}

// login answers questions for what is new with 401.
func login(s *servertest.Server) *http.Client {
	return &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/devices/") {
			return &http.Response{StatusCode: http.StatusUnauthorized, Body: http.NoBody, Request: r}, nil
		}
		return s.HTTP.Transport.RoundTrip(r)
	})}
}

// TestVerdictUnchanged: something before the server answers that nothing is new.
func TestVerdictUnchanged(t *testing.T) {
	p := behind(t, func() *http.Response {
		return &http.Response{StatusCode: http.StatusNotModified, Body: http.NoBody}
	})
	p.change(t)
	if v := p.wants(t, "unchanged"); !strings.Contains(v.Next, "caches passes") {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestVerdictDateIgnored: something before the server hands the first version out again.
func TestVerdictDateIgnored(t *testing.T) {
	var old []byte
	p := behind(t, func() *http.Response {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(old))}
	})
	d, err := p.Issuer.Download(t.Context(), p.Actor, p.pass.ID)
	if err != nil {
		t.Fatal(err)
	}
	old = d.Data
	p.change(t)
	if v := p.wants(t, "date_ignored"); !strings.Contains(v.Next, "If-Modified-Since") {
		t.Errorf("the verdict is %+v", v)
	}
}

// behind is a pass on a phone whose questions for passes something else answers.
func behind(t *testing.T, answer func() *http.Response) *patient {
	t.Helper()
	s := servertest.New(t, servertest.Ticking())
	pass := s.Issue(t, own, nil)
	proxy := &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		if !strings.HasPrefix(r.URL.Path, "/wallet/v1/passes/") {
			return s.HTTP.Transport.RoundTrip(r)
		}
		resp := answer()
		resp.Request, resp.Header = r, http.Header{}
		return resp, nil
	})}
	return &patient{s, pass, s.PhoneWith(t, simulator.Config{HTTP: proxy}, pass)}
}

// TestVerdictNotOnPhone: the removal of a pass never reached the server.
func TestVerdictNotOnPhone(t *testing.T) {
	s := servertest.New(t, servertest.Ticking())
	pass, other := s.Issue(t, own, nil), s.Issue(t, own, nil)
	deaf := &http.Client{Transport: between(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
		}
		return s.HTTP.Transport.RoundTrip(r)
	})}
	p := &patient{s, pass, s.PhoneWith(t, simulator.Config{HTTP: deaf}, pass, other)}
	if err := p.phone.Remove(t.Context(), pass.PassTypeIdentifier, pass.SerialNumber); err != nil {
		t.Fatal(err)
	}
	p.change(t)
	if v := p.wants(t, "not_on_phone"); !strings.Contains(v.Sentence, "no longer has this pass") {
		t.Errorf("the verdict is %+v", v)
	}
}

// TestVerdictNoPush: the change was made so that nobody is told.
func TestVerdictNoPush(t *testing.T) {
	p := newPatient(t)
	ch := issuer.Change{Values: map[string]json.RawMessage{"stamps": []byte("9")}, Quiet: true}
	if _, err := p.Issuer.Update(t.Context(), p.Actor, p.pass.ID, ch); err != nil {
		t.Fatal(err)
	}
	p.wants(t, "no_push")
}

// TestVerdictServerError: what the pass is made of cannot be read any more. The diagnosis,
// which reads it too, tells so all the same.
func TestVerdictServerError(t *testing.T) {
	p := newPatient(t)
	p.phone.Behave(simulator.Behaviour{Offline: true})
	p.change(t)
	err := p.Store.Update(t.Context(), func(tx store.Tx) error {
		broken, err := tx.Pass(p.Actor.Org, p.pass.ID)
		broken.Patch = []byte(`{"storeCard": `)
		return errors.Join(err, tx.PutPass(broken))
	})
	if err != nil {
		t.Fatal(err)
	}
	p.phone.Behave(simulator.Behaviour{})
	if v := p.wants(t, "server_error"); !strings.Contains(v.Next, "log") {
		t.Errorf("the verdict is %+v", v)
	}
}

func TestVerdictNotFetched(t *testing.T) {
	p := newPatient(t)
	p.phone.Behave(simulator.Behaviour{NeverFetch: true})
	p.change(t)
	p.wants(t, "not_fetched")
	if err := p.phone.Refresh(t.Context(), p.pass.PassTypeIdentifier); err != nil {
		t.Fatal(err)
	}
	p.wants(t, "told_nothing_new")
	p.phone.Behave(simulator.Behaviour{})
	p.change(t)
	p.phone.WantUpdates(t, p.pass, 1)
	p.wants(t, "up_to_date")
}

func TestVerdictPushWaiting(t *testing.T) {
	p := newPatient(t)
	p.Push.AnswerAll(apns.Answer{Delay: time.Hour})
	p.change(t)
	p.wants(t, "push_waiting")
}

func TestVerdictPushRetrying(t *testing.T) {
	for _, tt := range []struct {
		answer apns.Answer
		wait   time.Duration
	}{
		{apns.Answer{Status: 500, Reason: "InternalServerError", Times: 1}, 2 * time.Second},
		{apns.Answer{Status: 503, Reason: "ServiceUnavailable", RetryAfter: 90 * time.Second, Times: 1}, 3 * time.Minute},
		{apns.Answer{Status: 429, Reason: "TooManyRequests", Times: 1}, 2 * time.Minute},
		{apns.Answer{Status: 403, Reason: "BadCertificate", Times: 1}, 2 * time.Minute},
		{apns.Answer{Status: 400, Reason: "BadDeviceToken", Times: 1}, 2 * time.Hour},
	} {
		t.Run(tt.answer.Reason, func(t *testing.T) {
			p := newPatient(t)
			p.Push.AnswerAll(tt.answer)
			p.change(t)
			if v := p.wants(t, "push_retrying"); !strings.Contains(v.Sentence, "tried 1 times") || !strings.Contains(v.Sentence, "next try") {
				t.Errorf("the verdict is %+v", v)
			}
			p.Advance(t, tt.wait)
			p.phone.WantUpdates(t, p.pass, 1)
			p.wants(t, "up_to_date")
		})
	}
}

func TestVerdictPushFailed(t *testing.T) {
	p := newPatient(t)
	p.Push.AnswerAll(apns.Answer{Status: 413, Reason: "PayloadTooLarge", Times: 1})
	p.change(t)
	p.wants(t, "push_failed")
	p.change(t) // the next change is pushed again
	p.phone.WantUpdates(t, p.pass, 1)
	p.wants(t, "up_to_date")
}

func TestVerdictNotAsked(t *testing.T) {
	for name, b := range map[string]simulator.Behaviour{"offline": {Offline: true}, "updates off": {UpdatesOff: true}} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.phone.Behave(b)
			p.change(t)
			if v := p.wants(t, "not_asked"); !strings.Contains(v.Next, "automatic updates") {
				t.Errorf("the verdict is %+v", v)
			}
			p.phone.Behave(simulator.Behaviour{})
			if err := p.phone.Refresh(t.Context(), p.pass.PassTypeIdentifier); err != nil {
				t.Fatal(err)
			}
			p.wants(t, "up_to_date")
		})
	}
}

// TestVerdictFetchedByOne: two phones share an address, both know of the change, and one
// of them fetches.
func TestVerdictFetchedByOne(t *testing.T) {
	p := newPatient(t)
	other := p.Phone(t, p.pass)
	other.Behave(simulator.Behaviour{UpdatesOff: true, NeverFetch: true})
	p.phone.Behave(simulator.Behaviour{UpdatesOff: true})
	p.change(t)
	for _, phone := range []*servertest.Phone{other, p.phone} {
		if err := phone.Refresh(t.Context(), p.pass.PassTypeIdentifier); err != nil {
			t.Fatal(err)
		}
	}
	p.until(t, func() (string, bool) {
		var codes []string
		for _, d := range p.diagnose(t).Devices {
			codes = append(codes, d.Code)
		}
		return strings.Join(codes, " "), slices.Equal(codes, []string{"fetched_by_one", "fetched_by_one"})
	})
}
