package ui_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pocketpass/server"
	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
	"pocketpass/ui"
)

// arrives waits like until for what is true on another page, which the browser is on its
// way to. Leaving a page ends the waiting on it.
func (b *browser) arrives(t *testing.T, expression string) {
	t.Helper()
	var err error
	for range 5 {
		_, err = chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingTimeout(30*time.Second)))
		if err == nil || !strings.Contains(err.Error(), "navigated") && !strings.Contains(err.Error(), "Cannot find context") {
			break
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
}

// newLink starts a server with a link whose form asks for several things.
func newLink(t *testing.T, edits ...func(*issuer.NewLink)) (*servertest.Server, store.Campaign, store.Link) {
	t.Helper()
	s := servertest.New(t, servertest.Local(), servertest.Config(func(c *server.Config) { c.Enrol.ScriptsHost = "forms.localhost" }))
	c := s.Campaign(t, func(d *store.Design) {
		d.Fields = []store.Field{
			{Key: "seat", Ask: true, Label: "Favourite seat", Required: true},
			{Key: "birthday", Ask: true, Label: "Birthday", Type: store.DateField},
			{Key: "news", Ask: true, Label: "Tell me about new roasts", Type: store.BooleanField},
		}
	})
	title, text, consent := "Coffee club", "Every tenth cup is yours.\n\nFill in the form and add the card to your phone.",
		"I agree that the Corner Café keeps these details for as long as I have the card."
	n := issuer.NewLink{LinkSettings: issuer.LinkSettings{
		Asks:         &store.Asks{Name: store.Required, Email: store.Required, Phone: store.Optional},
		PageSettings: issuer.PageSettings{Title: &title, Text: &text, Consent: &consent},
	}}
	for _, edit := range edits {
		edit(&n)
	}
	made, err := s.Issuer.CreateLinks(t.Context(), s.Actor, c.ID, []issuer.NewLink{n}, issuer.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	return s, c, made[0]
}

// TestEnrolInBrowser fills in the form as people do: forgets something, is told what, and
// is on the page of the pass in the end.
func TestEnrolInBrowser(t *testing.T) {
	s, c, l := newLink(t)
	b := newBrowser(t, http.NotFoundHandler())
	b.url = s.BaseURL()
	drawn := `document.querySelector("#pass [data-key=stamps] dd") !== null`
	for _, tt := range []struct {
		name, scheme string
		width        int64
	}{{"enrol-phone", "light", 390}, {"enrol-dark", "dark", 390}, {"enrol", "light", 1280}} {
		b.open(t, "/c/"+l.Slug, tt.width, tt.scheme)
		b.until(t, drawn)
		b.until(t, `document.documentElement.scrollWidth <= innerWidth`)
		b.axe(t)
		b.shoot(t, tt.name)
	}
	b.run(t, chromedp.SetValue("#q1", "ada@example"), chromedp.SetValue("#q0", "Ada"), chromedp.SetValue("#q2", "030 1"), chromedp.Click("button.main"))
	b.arrives(t, `document.activeElement.id === "problems" && document.querySelectorAll("#problems li").length === 3`)
	b.until(t, `document.getElementById("q0").value === "Ada" && document.getElementById("q2").value === "030 1"`)
	b.until(t, drawn)
	b.axe(t)
	b.shoot(t, "enrol-problems")
	b.run(t, chromedp.SetValue("#q1", "ada@example.org"), chromedp.SetValue("#q2", "+49 30 123456"), chromedp.SetValue("#q3", "By the fire"),
		chromedp.SetValue("#q4", "1990-12-10"), chromedp.Click("#q5"), chromedp.Click("#consent"), chromedp.Click("button.main"))
	b.arrives(t, `location.pathname.startsWith("/p/")`)
	b.until(t, drawn)
	b.open(t, "/c/"+l.Slug, 1280, "light")
	b.until(t, `location.pathname.startsWith("/p/")`)
	b.clean(t)
	all, err := s.Issuer.Passes(t.Context(), s.Actor, store.PassFilter{Campaign: c.ID}, store.Page{Limit: 10})
	if err != nil || len(all.Passes) != 1 || string(all.Passes[0].Values["seat"]) != `"By the fire"` || string(all.Passes[0].Values["news"]) != "true" {
		t.Errorf("passes %+v, %v", all.Passes, err)
	}
}

// TestEnrolClosedInBrowser says in a sentence that there is nothing.
func TestEnrolClosedInBrowser(t *testing.T) {
	s, _, l := newLink(t)
	if err := s.Issuer.CloseLink(t.Context(), s.Actor, l.ID); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, http.NotFoundHandler())
	b.url = s.BaseURL()
	resp, err := http.Get(b.url + "/c/" + l.Slug)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusGone {
		t.Errorf("status %d", resp.StatusCode)
	}
	b.open(t, "/c/"+l.Slug, 390, "light")
	b.until(t, `document.querySelector(".notice h2").textContent === "This offer has ended"`)
	b.axe(t)
	b.shoot(t, "enrol-closed")
	b.open(t, "/c/"+l.Slug, 1280, "light")
	b.until(t, `(() => { const r = document.querySelector(".notice").getBoundingClientRect(); return Math.abs(r.left - (innerWidth - r.right)) < 30; })()`)
}

// TestEnrolScriptInBrowser: a script of the owner's runs on its own host, where the form
// leads to the pass, whose page has it, too; on the server's own host it does not run.
func TestEnrolScriptInBrowser(t *testing.T) {
	script, css := `document.title = "ours"`, `.enrol h1 { color: rgb(200, 30, 90) }`
	s, _, l := newLink(t, func(n *issuer.NewLink) { n.Script, n.Stylesheet, n.Kind = &script, &css, store.PersonalLink })
	b := newBrowser(t, http.NotFoundHandler())
	b.url = s.BaseURL()
	b.open(t, "/c/"+l.Slug, 1280, "light")
	b.until(t, `document.querySelector("#pass [data-key=stamps] dd") !== null && document.title !== "ours"`)
	b.until(t, `getComputedStyle(document.querySelector("h1")).color === "rgb(200, 30, 90)"`)
	b.url = strings.TrimSuffix(s.Issuer.LinkURL(l), "/c/"+l.Slug)
	b.open(t, "/c/"+l.Slug, 1280, "light")
	b.until(t, `document.title === "ours" && document.querySelector("#pass [data-key=stamps] dd") !== null`)
	b.run(t, chromedp.SetValue("#q0", "Ada"), chromedp.SetValue("#q1", "ada@example.org"), chromedp.SetValue("#q3", "1"), chromedp.Click("#consent"), chromedp.Click("button.main"))
	b.arrives(t, `location.pathname.startsWith("/p/") && location.origin === "`+b.url+`"`)
	b.arrives(t, `document.title === "ours" && document.querySelector("#pass [data-key=stamps] dd") !== null`)
	b.clean(t)
}

// TestEnrolWords: every language has every word.
func TestEnrolWords(t *testing.T) {
	raw, err := os.ReadFile("enrol/words.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 7 {
		t.Errorf("%d languages", len(all))
	}
	for lang, words := range all {
		if ui.PageLanguage(lang) != lang {
			t.Errorf("%s is not spoken", lang)
		}
		if !reflect.DeepEqual(keysOf(words), keysOf(all["en"])) || !reflect.DeepEqual(keysOf(words["wrong"].(map[string]any)), keysOf(all["en"]["wrong"].(map[string]any))) {
			t.Errorf("%s has other words than English", lang)
		}
		for _, state := range []ui.EnrolState{ui.EnrolClosed, ui.EnrolFull, ui.EnrolEarly, ui.EnrolPaused, ui.EnrolDeclined, ui.EnrolMailed, ui.EnrolBusy} {
			w := httptest.NewRecorder()
			if err := ui.EnrolPage(w, ui.EnrolPageData{Lang: lang, State: state}); err != nil {
				t.Fatal(err)
			}
			if says := words[string(state)]; !strings.Contains(w.Body.String(), `<h2 id="notice">`+says.(string)) {
				t.Errorf("%s, %s: the page lacks %q", lang, state, says)
			}
		}
	}
}

func keysOf(m map[string]any) map[string]bool {
	out := make(map[string]bool)
	for key, v := range m {
		out[key] = v != ""
	}
	return out
}
