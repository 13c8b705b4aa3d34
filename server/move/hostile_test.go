package move_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pocketpass/server/move"
)

// service is an old service that answers by path; what it has no answer for is an empty list.
type service map[string]string

func (s service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, known := s[r.URL.Path]
	if to, ok := strings.CutPrefix(text, "to "); ok {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	if !known {
		text = "[]"
	}
	_, _ = io.WriteString(w, text)
}

// reader reads what a service answers into a folder.
func reader(t *testing.T, name, dir string, answers http.Handler) (m *mover, elsewhere *[]string) {
	t.Helper()
	s := httptest.NewServer(answers)
	t.Cleanup(s.Close)
	elsewhere = new([]string)
	m = newMover(t, name, &move.Old{URL: s.URL, User: "user", Key: "secret", HTTP: s.Client(),
		Wait: func(context.Context, time.Duration) error { return nil },
		Elsewhere: func(_ context.Context, address string, _ int64) ([]byte, error) {
			*elsewhere = append(*elsewhere, address)
			return nil, &move.Refused{Text: "not called"}
		}}, dir, nil)
	return m, elsewhere
}

// TestCutOff keeps nothing of an answer that broke off or is somebody's page, so that it
// is asked for again.
func TestCutOff(t *testing.T) {
	dir := t.TempDir()
	broken := service{"/v1/passes": `[{"id": "a"}, {"id": "b"}]`, "/v1/passes/a": `[{"id": "a", "descr`, "/v1/passes/b": `[{"id": "b"}]`}
	m, _ := reader(t, "walletkit", dir, broken)
	if err := m.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.told.String(); !strings.Contains(got, "template a is left out: the answer is no JSON") || strings.Contains(got, "template b is left out") || !strings.Contains(got, "template b: none of its passes come along") {
		t.Errorf("it told %s", got)
	}
	write(t, filepath.Join(dir, "passes", "b", "1.json"), []byte(`{"url": "PAGE", "sent_pass": {"serial_no": "1"}}`))
	broken["/v1/passes/a"] = `[{"id": "a"}]`
	m, _ = reader(t, "walletkit", dir, broken)
	write(t, filepath.Join(dir, "passes", "b", "1.json"), []byte(`{"url": "`+m.Old.URL+`/page", "sent_pass": {"serial_no": "1"}}`))
	if err := m.Read(t.Context()); err != nil || !strings.Contains(m.told.String(), "the answer is no pass") || strings.Contains(m.told.String(), "template a is left out") || strings.Contains(m.told.String(), "template b") {
		t.Errorf("%v, %s", err, &m.told)
	}
	for name, want := range map[string]bool{"templates/a.json": true, "templates/b.json": true, "passes/b/1.pkpass": false} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	m, _ = reader(t, "walletkit", dir, service{"/v1/passes": `[{"id": "a"}, {"i`})
	if err := m.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "the list of templates cannot be read") || !strings.Contains(err.Error(), "is --url the address") {
		t.Errorf("a list that breaks off: %v", err)
	}
}

// TestDamagedFolder tells of each file that is damaged or missing, and makes the rest.
func TestDamagedFolder(t *testing.T) {
	k, dir := kit{newAccount(t)}, t.TempDir()
	k.fill(t)
	if err := newMover(t, "passkit", k.old(t, "/passkit"), dir, nil).Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(dir, "passes", "*", "*.json"))
	if err != nil || len(all) != 4 {
		t.Fatal(all, err)
	}
	write(t, all[0], []byte("null"))
	file := strings.TrimSuffix(all[2], "json") + "pkpass"
	if err := errors.Join(os.Remove(all[1]), os.Remove(file), os.Mkdir(file, 0o700)); err != nil {
		t.Fatal(err)
	}
	told := newMover(t, "passkit", nil, dir, newHome(t)).run(t, "campaign 1 made 0 there 0 left pass 1 made 0 there 3 left template 2 made 0 there 0 left")
	for n, want := range []string{"says no id", "there is no passes/", "cannot be read: it is no file"} {
		stem := strings.TrimSuffix(filepath.Base(all[n]), ".json")
		if !strings.Contains(told, stem) || !strings.Contains(told, want) {
			t.Errorf("%s: it told %s", want, told)
		}
	}
}

// TestSamePage stops at a list whose pages are all the same, and says that something may
// be missing.
func TestSamePage(t *testing.T) {
	records := func(n int, form string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf(form, i)
		}
		return strings.Join(out, ",")
	}
	from := 0
	for name, answers := range map[string]http.Handler{
		"passworks": service{"/v2/templates": "[" + records(50, `{"id": "t-%d"}`) + "]"},
		"passtools": service{"/v1/project": `{"projects": [` + records(100, `{"id": %d}`) + `]}`, "/v1/template/headers": `{"templateHeaders": []}`, "/v1/pass": `{"passes": []}`},
		"passkit": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/passes" {
				from++
				fmt.Fprintf(w, `{"nextFrom": %d, "data": [{"id": "p", "templateName": "t"}]}`, from)
				return
			}
			service{}.ServeHTTP(w, r)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := reader(t, name, t.TempDir(), answers)
			if err := m.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := m.told.String(); strings.Count(got, "nothing that was not on one before it") != 1 {
				t.Errorf("it told %s", got)
			}
		})
	}
}

// TestNamedAddress asks the service's own host for what records name there, also if it is
// an inner one, and leaves all others to the guarded client.
func TestNamedAddress(t *testing.T) {
	asset := func(id, address string) string { return fmt.Sprintf(`{"id": %q, "asset_url": %q}`, id, address) }
	for name, test := range map[string]struct {
		address string // HOST is the service's own
		more    service
		asked   []string
		told    string
	}{
		"its own":             {"HOST/a.png", service{"/a.png": "\x89PNG\r\n\x1a\n"}, nil, ""},
		"its own, and on":     {"HOST/a.png", service{"/a.png": "to /b.png", "/b.png": "\x89PNG\r\n\x1a\n"}, nil, ""},
		"its own, elsewhere":  {"HOST/a.png", service{"/a.png": "to http://169.254.169.254/key"}, []string{"http://169.254.169.254/key"}, "not called"},
		"round and round":     {"HOST/a.png", service{"/a.png": "to /a.png"}, nil, "on and on"},
		"somebody else's":     {"http://10.0.0.1/a.png", nil, []string{"http://10.0.0.1/a.png"}, "not called"},
		"another port":        {"http://127.0.0.1:1/a.png", nil, []string{"http://127.0.0.1:1/a.png"}, "not called"},
		"a file":              {"file:///etc/passwd", nil, []string{"file:///etc/passwd"}, "not called"},
		"a page, no picture":  {"HOST/a.png", service{"/a.png": "<!doctype html>"}, nil, "no picture"},
		"its own, with a key": {"http://u:p@HOSTNAME/a.png", service{"/a.png": "\x89PNG\r\n\x1a\n"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			answers := make(service)
			for path, text := range test.more {
				answers[path] = text
			}
			m, asked := reader(t, "passworks", t.TempDir(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, _, _ := r.BasicAuth(); strings.HasSuffix(r.URL.Path, ".png") && user == "user" {
					t.Error("the key went with the address of a picture")
				}
				answers.ServeHTTP(w, r)
			}))
			address := strings.NewReplacer("HOSTNAME", strings.TrimPrefix(m.Old.URL, "http://"), "HOST", m.Old.URL).Replace(test.address)
			answers["/v2/assets"] = "[" + asset("1", address) + "]"
			if err := m.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := m.told.String(); strings.Join(*asked, " ") != strings.Join(test.asked, " ") || !strings.Contains(got, test.told) || test.told == "" && got != "" {
				t.Errorf("it asked %q elsewhere and told %s", *asked, got)
			}
		})
	}
}

// TestSameFolder has a second move read into the folder of one that is under way.
func TestSameFolder(t *testing.T) {
	dir := t.TempDir()
	m, _ := reader(t, "walletkit", dir, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		second, _ := reader(t, "walletkit", dir, make(service))
		if err := second.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "another import is using this folder") {
			t.Errorf("the second one reads with %v", err)
		}
		_, _ = io.WriteString(w, "[]")
	}))
	if err := m.Read(t.Context()); err != nil {
		t.Error(err)
	}
	if err := m.Read(t.Context()); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// TestSlow gives up on a service that never gets to the end of an answer.
func TestSlow(t *testing.T) {
	m, _ := reader(t, "walletkit", t.TempDir(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "[")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	m.Old.HTTP.Timeout = 20 * time.Millisecond
	if err := m.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "broke off") || !strings.Contains(err.Error(), "Timeout") && !strings.Contains(err.Error(), "deadline") {
		t.Errorf("read with %v", err)
	}
}
