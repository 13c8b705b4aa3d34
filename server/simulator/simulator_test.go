package simulator_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
	"pocketpass/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// own is the campaign that a server makes by itself.
var own store.Campaign

// calls counts the requests of a phone by method and the last constant part of
// their path.
func calls(p *servertest.Phone) map[string]int {
	out := make(map[string]int)
	for _, l := range p.Lines() {
		switch {
		case l.Method == "":
		case strings.HasPrefix(l.Path, "/p/"):
			out["open"]++
		case strings.HasSuffix(l.Path, "/log"):
			out["log"]++
		case strings.HasPrefix(l.Path, "/wallet/v1/passes/"):
			out[l.Method+" pass"]++
		case l.Method == http.MethodGet:
			out["list"]++
		default:
			out[l.Method]++
		}
	}
	return out
}

func wantCalls(t *testing.T, p *servertest.Phone, want map[string]int) {
	t.Helper()
	got := calls(p)
	for name, n := range want {
		if got[name] != n {
			t.Errorf("%d × %s, want %d; the phone did %q", got[name], name, n, p.Said())
		}
	}
	for name, n := range got {
		if want[name] == 0 {
			t.Errorf("%d × %s, want none; the phone did %q", n, name, p.Said())
		}
	}
}

// TestStory installs, changes and removes a pass, and counts every request.
func TestStory(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, servertest.Values{"stamps": 3})
	phone := s.Phone(t, p)
	if got := phone.Shows(t, p); got.Document.StoreCard.FieldByKey("stamps").Value.String() != "3" || got.Updates != 0 || len(got.Notices) != 0 {
		t.Errorf("the phone shows %+v", got)
	}
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1})

	s.Change(t, p, servertest.Values{"stamps": 4})
	c := phone.WantUpdates(t, p, 1)
	if got := c.Document.StoreCard.FieldByKey("stamps").Value.String(); got != "4" {
		t.Errorf("the phone shows %s stamps, want 4", got)
	}
	wantNotices(t, c, "You now have 4 stamps")

	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Fatal(err)
	}
	if cards := phone.Cards(); len(cards) != 0 {
		t.Errorf("%d passes are left", len(cards))
	}
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1, "list": 1, "GET pass": 1, "DELETE": 1})
	if all, err := s.Issuer.Registrations(t.Context(), s.Actor, p.ID); err != nil || len(all) != 0 {
		t.Errorf("%d registrations are left, %v", len(all), err)
	}
	if err := phone.Remove(t.Context(), p.PassTypeIdentifier, p.SerialNumber); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

func wantNotices(t *testing.T, c simulator.Card, want ...string) {
	t.Helper()
	var got []string
	for _, n := range c.Notices {
		got = append(got, n.Text)
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("notices %q, want %q", got, want)
	}
}

// TestWithinASecond takes the fastest of three changes: a busy machine may hold up one.
func TestWithinASecond(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	fastest := time.Hour
	for n := 1; n <= 3; n++ {
		begun := time.Now()
		s.Change(t, p, servertest.Values{"stamps": n})
		phone.WantUpdates(t, p, n)
		fastest = min(fastest, time.Since(begun))
	}
	if fastest > time.Second {
		t.Errorf("a change took %s to the phone, want at most a second", fastest)
	}
}

// TestNotices shows the message of one field, one line for several, and nothing
// for a change that no field announces.
func TestNotices(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, servertest.Values{"stamps": 3})
	phone := s.Phone(t, p)
	for n, step := range []struct {
		values servertest.Values
		want   []string
	}{
		{servertest.Values{"seat": "At the bar"}, nil},
		{servertest.Values{"reward": "A cake"}, []string{"Your next reward: A cake"}},
		{servertest.Values{"reward": "A tea", "stamps": 9}, []string{"Your next reward: A cake", "Corner Café: your pass was updated"}},
		{servertest.Values{"stamps": 10, "seat": "By the door"}, []string{"Your next reward: A cake", "Corner Café: your pass was updated", "You now have 10 stamps"}},
	} {
		s.Change(t, p, step.values)
		wantNotices(t, phone.WantUpdates(t, p, n+1), step.want...)
	}
}

// TestTwoPasses of one type need one push and one question.
func TestTwoPasses(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	a, b := s.Issue(t, c, nil), s.Issue(t, c, nil)
	phone := s.Phone(t, a, b)
	s.Republish(t, c, servertest.Translate)
	phone.WantUpdates(t, a, 1)
	phone.WantUpdates(t, b, 1)
	if got := len(s.Push.Log(phone.PushToken)); got != 1 {
		t.Errorf("%d pushes, want 1", got)
	}
	wantCalls(t, phone, map[string]int{"open": 2, "POST": 2, "list": 1, "GET pass": 2})
}

// TestOffline: pushes wait at the push service, the last one only.
func TestOffline(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	phone.Behave(simulator.Behaviour{Offline: true})
	if _, err := phone.Install(t.Context(), s.PassLink(p)); !errors.Is(err, simulator.ErrOffline) {
		t.Errorf("installing offline: %v", err)
	}
	for stamps := 1; stamps <= 3; stamps++ {
		s.Change(t, p, servertest.Values{"stamps": stamps})
		s.Until(t, "the push was taken", func() bool { return len(s.Push.Log(phone.PushToken)) == stamps })
	}
	if got := phone.Shows(t, p).Updates; got != 0 {
		t.Errorf("%d updates came through", got)
	}
	phone.Behave(simulator.Behaviour{})
	c := phone.WantUpdates(t, p, 1)
	wantNotices(t, c, "You now have 3 stamps")
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1, "list": 1, "GET pass": 1})
}

func TestUpdatesOff(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	phone.Behave(simulator.Behaviour{UpdatesOff: true})
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.Until(t, "the push is ignored", func() bool { return strings.Contains(strings.Join(phone.Said(), ";"), "switched off") })
	if got := phone.Shows(t, p).Updates; got != 0 {
		t.Errorf("%d updates came through", got)
	}
	if err := phone.Refresh(t.Context(), p.PassTypeIdentifier); err != nil { // pulled down by the holder
		t.Fatal(err)
	}
	phone.WantUpdates(t, p, 1)
}

func TestHeadFirst(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	phone.Behave(simulator.Behaviour{HeadFirst: true})
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.WantUpdates(t, p, 1)
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1, "list": 1, "HEAD pass": 1, "GET pass": 1})
}

func TestTwicePush(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	phone.Behave(simulator.Behaviour{TwicePush: true})
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.Until(t, "the phone asked twice", func() bool { return calls(phone)["list"] == 2 })
	phone.WantUpdates(t, p, 1)
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1, "list": 2, "GET pass": 1})
}

// TestStaleTag gets the same list again, and the answer that nothing is newer.
func TestStaleTag(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	phone.Behave(simulator.Behaviour{StaleTag: true, TwicePush: true})
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.Until(t, "the phone complained", func() bool { return calls(phone)["log"] == 1 })
	phone.WantUpdates(t, p, 1)
	if said := phone.Said(); !strings.Contains(said[len(said)-1], "but the pass was unchanged") {
		t.Errorf("the phone did %q", said)
	}
}

func TestWrongToken(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t)
	phone.Behave(simulator.Behaviour{WrongToken: true})
	if _, err := phone.Install(t.Context(), s.PassLink(p)); err == nil {
		t.Error("a phone with a wrong token could register")
	}
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1, "log": 1})
}

func TestNeverFetch(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.Phone(t, p)
	phone.Behave(simulator.Behaviour{NeverFetch: true})
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.Until(t, "the phone asked", func() bool { return calls(phone)["list"] == 1 })
	wantCalls(t, phone, map[string]int{"open": 1, "POST": 1, "list": 1})
}

// TestRefusesBrokenPasses installs nothing that Wallet would not.
func TestRefusesBrokenPasses(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	for name, spoil := range map[string]func(*http.Response, []byte) []byte{
		"one bit":    func(_ *http.Response, b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"cut off":    func(_ *http.Response, b []byte) []byte { return b[:len(b)/2] },
		"a page":     func(*http.Response, []byte) []byte { return []byte("<h1>Login</h1>") },
		"media type": func(r *http.Response, b []byte) []byte { r.Header.Set("Content-Type", "application/zip"); return b },
		"status":     func(r *http.Response, b []byte) []byte { r.StatusCode = http.StatusNotFound; return b },
	} {
		t.Run(name, func(t *testing.T) {
			phone := s.PhoneWith(t, simulator.Config{HTTP: spoiled(s, "/p/", spoil)})
			if _, err := phone.Install(t.Context(), s.PassLink(p)); !errors.Is(err, simulator.ErrRefused) {
				t.Errorf("installing: %v, want a refusal", err)
			}
			if cards := phone.Cards(); len(cards) != 0 {
				t.Error("the pass is on the phone")
			}
		})
	}
}

// TestKeepsTheOldPass when the new version is broken, and tells the server why.
func TestKeepsTheOldPass(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, own, nil)
	phone := s.PhoneWith(t, simulator.Config{HTTP: spoiled(s, "/wallet/v1/passes/", func(_ *http.Response, b []byte) []byte { b[len(b)/2] ^= 1; return b })}, p)
	s.Change(t, p, servertest.Values{"stamps": 1})
	phone.Until(t, "the phone complained", func() bool { return calls(phone)["log"] == 1 })
	if c := phone.Shows(t, p); c.Updates != 0 || c.Document.StoreCard.FieldByKey("stamps").Value.String() != "0" {
		t.Errorf("the phone shows %+v", c.Document.StoreCard)
	}
}

// TestOwnClient: a phone that is given no client has one, and closes it.
func TestOwnClient(t *testing.T) {
	s := servertest.New(t, servertest.Local())
	p := s.Issue(t, own, nil)
	phone := simulator.New(simulator.Config{Service: s.Push, Now: s.Clock.Now})
	defer phone.Close()
	if c, err := phone.Install(t.Context(), s.PassLink(p)); err != nil || c.SerialNumber != p.SerialNumber {
		t.Errorf("installing: %v, %+v", err, c)
	}
}
