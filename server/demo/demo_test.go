package demo_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"pocketpass/server/demo"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
)

// stage is a server with the demo on it.
type stage struct {
	*servertest.Server
	demo *demo.Demo
}

func start(t *testing.T, options ...servertest.Option) *stage {
	t.Helper()
	var d *demo.Demo
	mount := servertest.Mount(func(ctx context.Context, s *servertest.Server, mux *http.ServeMux) (err error) {
		if d, err = s.Stage.Start(ctx, s.Issuer, s.BaseURL(), s.Clock.Now); err == nil {
			d.Register(mux)
		}
		return err
	})
	s := servertest.New(t, append(options, mount, servertest.Bare(), servertest.Local())...)
	t.Cleanup(d.Close)
	return &stage{s, d}
}

// state is what the page is told.
type state struct {
	Pass struct{ ID, PublicID, SerialNumber, PageURL, PkpassURL string }
	Log  []struct {
		ID             int
		From, To, Text string
		Method, Path   string
		Status         int
	}
	Fields []struct {
		Key, Label, Type string
		Value            any
	}
	Findings []any
	Document map[string]any
	Images   map[string]string
	Phone    struct {
		Installed, Online bool
		Document          map[string]any
		Images            map[string]string
		Notices           []struct{ Text string }
	}
}

func (s *stage) state(t *testing.T) (out state) {
	t.Helper()
	s.Anonymous().Get(t, "/demo/state").Status(t, http.StatusOK).JSON(t, &out)
	return out
}

// tap does something with the phone.
func (s *stage) tap(t *testing.T, action string) *servertest.Answer {
	t.Helper()
	return s.Anonymous().Post(t, "/demo/phone", map[string]string{"action": action})
}

func (s *stage) change(t *testing.T, values servertest.Values) *servertest.Answer {
	t.Helper()
	return s.Anonymous().Post(t, "/demo/change", map[string]any{"values": values})
}

// stamps is the number on a card.
func stamps(doc map[string]any) any {
	card, _ := doc["storeCard"].(map[string]any)
	header, _ := card["headerFields"].([]any)
	if len(header) == 0 {
		return nil
	}
	return header[0].(map[string]any)["value"]
}

// TestState is all that a page needs to begin with, and no secret.
func TestState(t *testing.T) {
	s := start(t)
	got := s.state(t)
	if got.Pass.PublicID == "" || got.Pass.PkpassURL != got.Pass.PageURL+".pkpass" || stamps(got.Document) != 3.0 {
		t.Errorf("the state is %+v", got)
	}
	if got.Phone.Installed || !got.Phone.Online || len(got.Log) != 0 || len(got.Findings) != 0 {
		t.Errorf("in the beginning the phone is %+v, the log %v, the findings %v", got.Phone, got.Log, got.Findings)
	}
	if len(got.Fields) == 0 || got.Fields[0].Key != "stamps" || got.Fields[0].Type != "number" {
		t.Errorf("the fields are %+v", got.Fields)
	}
	s.tap(t, "install").Status(t, http.StatusOK)
	a := s.Anonymous().Get(t, "/demo/state")
	if strings.Contains(string(a.Body), "authenticationToken") {
		t.Error("the state tells the token of the pass")
	}
	if a := s.Anonymous().Get(t, "/").Status(t, http.StatusOK); !strings.Contains(string(a.Body), "<title>Pocketpass demo</title>") {
		t.Error("/ is not the demo's page")
	}
}

// TestStory goes through every button, and reads the protocol from the first
// request to the last.
func TestStory(t *testing.T) {
	s := start(t)
	s.tap(t, "install").Status(t, http.StatusOK)
	s.change(t, servertest.Values{"stamps": 4}).Status(t, http.StatusOK)
	s.Until(t, "the phone follows", func() bool { return stamps(s.state(t).Phone.Document) == 4.0 })
	got := s.state(t)
	if len(got.Phone.Notices) != 1 || got.Phone.Notices[0].Text != "You now have 4 stamps" {
		t.Errorf("the notices are %+v", got.Phone.Notices)
	}
	var talk []string
	for n, l := range got.Log {
		talk = append(talk, strings.TrimSpace(l.From+" → "+l.To+" "+l.Method))
		if l.ID != n+1 || l.Text == "" || l.Method != "" && l.Path == "" {
			t.Errorf("line %d is %+v", n+1, l)
		}
	}
	want := []string{"phone → server GET", "phone → server POST", "you → server PATCH", "server → push POST", "push → phone", "phone → server GET", "phone → server GET"}
	if strings.Join(talk, "\n") != strings.Join(want, "\n") {
		t.Errorf("they said\n%s\nwant\n%s", strings.Join(talk, "\n"), strings.Join(want, "\n"))
	}
	if l := got.Log[3]; !strings.HasPrefix(l.Path, "/3/device/") || len(l.Path) > 30 || l.Status != http.StatusOK {
		t.Errorf("the push is shown as %+v", l)
	}
	s.Anonymous().Post(t, "/demo/void", map[string]bool{"voided": true}).Status(t, http.StatusOK)
	s.Until(t, "the phone shows it void", func() bool { return s.state(t).Phone.Document["voided"] == true })
	s.Anonymous().Post(t, "/demo/void", map[string]bool{"voided": false}).Status(t, http.StatusOK)
	s.Until(t, "the phone shows it valid", func() bool { return s.state(t).Phone.Document["voided"] == nil })
	s.tap(t, "remove").Status(t, http.StatusOK)
	if s.state(t).Phone.Installed {
		t.Error("the pass is still on the phone")
	}
}

// TestOffline: the phone follows when it is back.
func TestOffline(t *testing.T) {
	s := start(t)
	s.tap(t, "install").Status(t, http.StatusOK)
	s.tap(t, "offline").Status(t, http.StatusOK)
	s.change(t, servertest.Values{"stamps": 5}).Status(t, http.StatusOK)
	s.Until(t, "the push was taken", func() bool { l := s.state(t).Log; return l[len(l)-1].To == "push" })
	if got := s.state(t).Phone; got.Online || stamps(got.Document) != 3.0 {
		t.Errorf("the phone is %+v", got)
	}
	s.tap(t, "refresh").Fails(t, http.StatusConflict, "phone")
	s.tap(t, "online").Status(t, http.StatusOK)
	s.Until(t, "the phone follows", func() bool { return stamps(s.state(t).Phone.Document) == 5.0 })
}

func TestRefusals(t *testing.T) {
	s := start(t)
	s.tap(t, "explode").Fails(t, http.StatusBadRequest, "action_unknown")
	s.change(t, servertest.Values{"none": 1}).Fails(t, http.StatusUnprocessableEntity, "field_unknown")
	s.change(t, servertest.Values{"stamps": []int{1}}).Fails(t, http.StatusUnprocessableEntity, "value_type")
	if l := s.state(t).Log; len(l) != 4 || !strings.HasPrefix(l[3].Text, "Refused: ") || l[3].To != "you" {
		t.Errorf("the log is %+v", l)
	}
	s.Anonymous().Post(t, "/demo/change", `{"value": {}}`).Fails(t, http.StatusBadRequest, "unknown_field")
	s.Anonymous().Get(t, "/demo/change").Status(t, http.StatusMethodNotAllowed)
}

// TestForeignPagesCannotPressButtons: a browser says where a request comes from.
func TestForeignPagesCannotPressButtons(t *testing.T) {
	s := start(t)
	body := map[string]string{"action": "install"}
	for _, path := range []string{"/demo/phone", "/demo/change", "/demo/void"} {
		for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"} {
			s.Anonymous().Post(t, path, body, header).Status(t, http.StatusForbidden)
		}
	}
	if s.state(t).Phone.Installed {
		t.Error("a foreign page installed the pass")
	}
	s.Anonymous().Post(t, "/demo/phone", body, "Sec-Fetch-Site: same-origin").Status(t, http.StatusOK)
}

func TestImages(t *testing.T) {
	s := start(t)
	s.tap(t, "install").Status(t, http.StatusOK)
	got := s.state(t)
	for _, images := range []map[string]string{got.Images, got.Phone.Images} {
		if len(images) < 9 { // icon, logo and strip in three sizes
			t.Errorf("%d images", len(images))
		}
		for name, path := range images {
			if a := s.Anonymous().Get(t, path).Status(t, http.StatusOK); !strings.HasPrefix(string(a.Body), "\x89PNG") {
				t.Errorf("%s is no PNG", name)
			}
		}
	}
	for _, path := range []string{"server/pass.json", "phone/pass.json", "phone/none.png", "moon/icon.png", "server/..%2f..%2fmaster.key"} {
		s.Anonymous().Get(t, "/demo/images/"+path).Fails(t, http.StatusNotFound, "not_found")
	}
}

// TestComesBack with its pass when it is started again on the same folder.
func TestComesBack(t *testing.T) {
	data := t.TempDir()
	first := start(t, servertest.Data(data))
	first.change(t, servertest.Values{"stamps": 7}).Status(t, http.StatusOK)
	before := first.state(t)
	first.Stop(t)
	second := start(t, servertest.Data(data))
	after := second.state(t)
	if after.Pass.PublicID != before.Pass.PublicID || stamps(after.Document) != 7.0 {
		t.Errorf("before %+v, after %+v", before.Pass, after.Pass)
	}
}

// TestSampleIsClean: the first pass that anybody sees has nothing to remark.
func TestSampleIsClean(t *testing.T) {
	s := start(t)
	r := s.Download(t, s.demo.Pass)
	_, found, err := s.Issuer.Document(t.Context(), issuer.Actor{Org: s.demo.Pass.Org}, s.demo.Pass.ID)
	if err != nil || len(found) != 0 {
		t.Errorf("findings %v, %v", found, err)
	}
	if !r.Signature.Demo {
		t.Error("the pass does not say that it is a demo")
	}
}

// TestDamagedAuthority is a sentence, not another authority.
func TestDamagedAuthority(t *testing.T) {
	data := t.TempDir()
	writeFile(t, data+"/"+demo.AuthorityFile, "nonsense")
	if _, err := demo.Prepare(data, servertest.NewClock(servertest.Start).Now); err == nil || !strings.Contains(err.Error(), "demo authority") {
		t.Errorf("the error is %v", err)
	}
	if _, err := demo.Prepare(data+"/none", servertest.NewClock(servertest.Start).Now); err == nil || errors.Is(err, context.Canceled) {
		t.Error("a folder that is not there was taken")
	}
}
