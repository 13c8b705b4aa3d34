package enrol_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// club is a campaign whose passes ask for a few things.
type club struct {
	*servertest.Server
	campaign store.Campaign
}

// newClub asks for a member's name, which is required, and for a birthday and a seat.
func newClub(t *testing.T, options ...servertest.Option) *club {
	t.Helper()
	s := servertest.New(t, options...)
	return &club{s, s.Campaign(t, func(d *store.Design) {
		d.Fields = []store.Field{
			{Key: "seat", Ask: true, Label: "Favourite seat", Required: true},
			{Key: "birthday", Ask: true, Label: "Birthday", Type: store.DateField},
			{Key: "cups", Ask: true, Label: "Cups a day", Type: store.IntegerField},
			{Key: "stamps", Type: store.IntegerField},
		}
	})}
}

// plain asks for nothing.
func newPlain(t *testing.T, options ...servertest.Option) *club {
	t.Helper()
	s := servertest.New(t, options...)
	return &club{s, s.Campaign(t)}
}

func (c *club) link(t *testing.T, edits ...func(*issuer.NewLink)) store.Link {
	t.Helper()
	n := issuer.NewLink{}
	for _, edit := range edits {
		edit(&n)
	}
	made, err := c.Issuer.CreateLinks(t.Context(), c.Actor, c.campaign.ID, []issuer.NewLink{n}, issuer.Idempotency{})
	if err != nil {
		t.Fatal(err)
	}
	return made[0]
}

func personal(n *issuer.NewLink) { n.Kind = store.PersonalLink }

func limited(most int64) func(*issuer.NewLink) { return func(n *issuer.NewLink) { n.Limit = &most } }

// rule changes what the campaign holds its passes to.
func (c *club) rule(t *testing.T, s issuer.CampaignSettings) {
	t.Helper()
	var err error
	if c.campaign, err = c.Issuer.ChangeCampaign(t.Context(), c.Actor, c.campaign.ID, issuer.CampaignChange{CampaignSettings: s}); err != nil {
		t.Fatal(err)
	}
}

// passes are those of the campaign, the oldest first.
func (c *club) passes(t *testing.T) []store.Pass {
	t.Helper()
	l, err := c.Issuer.Passes(t.Context(), c.Actor, store.PassFilter{Campaign: c.campaign.ID}, store.Page{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return l.Passes
}

func (c *club) wantPasses(t *testing.T, want int) []store.Pass {
	t.Helper()
	all := c.passes(t)
	if len(all) != want {
		t.Fatalf("%d passes, want %d", len(all), want)
	}
	return all
}

// visitor is a browser with cookies of its own.
type visitor struct {
	http *http.Client
	url  string
	head http.Header
}

func (c *club) visitor(t *testing.T, headers ...string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := *c.HTTP
	own.Jar = jar
	v := &visitor{http: &own, url: servertest.BaseURL, head: http.Header{}}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		v.head.Set(name, strings.TrimSpace(value))
	}
	return v
}

// page is what a visitor sees.
type page struct {
	status int
	header http.Header
	text   string
}

func (v *visitor) send(t *testing.T, method, path string, form url.Values) page {
	t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = v.url + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range v.head {
		r.Header[name] = values
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := v.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Header, string(text)}
}

func (v *visitor) get(t *testing.T, path string) page {
	t.Helper()
	return v.send(t, http.MethodGet, path, nil)
}

func (v *visitor) post(t *testing.T, path string, pairs ...string) page {
	t.Helper()
	form := url.Values{}
	for n := 0; n < len(pairs); n += 2 {
		form.Set(pairs[n], pairs[n+1])
	}
	return v.send(t, http.MethodPost, path, form)
}

func (p page) is(t *testing.T, status int, parts ...string) page {
	t.Helper()
	if p.status != status {
		t.Fatalf("status %d, want %d: %s", p.status, status, p.text)
	}
	for _, part := range parts {
		if !strings.Contains(p.text, part) {
			t.Errorf("the page lacks %q:\n%s", part, p.text)
		}
	}
	return p
}

func (p page) isNot(t *testing.T, parts ...string) page {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(p.text, part) {
			t.Errorf("the page has %q:\n%s", part, p.text)
		}
	}
	return p
}

// leads wants a redirect that matches want and returns where it leads.
func (p page) leads(t *testing.T, status int, want string) string {
	t.Helper()
	to := p.header.Get("Location")
	if p.status != status || !regexp.MustCompile("^"+want+"$").MatchString(to) {
		t.Fatalf("status %d to %q, want %d to %s: %s", p.status, to, status, want, p.text)
	}
	return to
}

const passPage = `/p/[0-9A-Za-z]{14}`

// value is that of an input of the form.
func (p page) value(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `"[^>]* value="([^"]*)"`).FindStringSubmatch(p.text)
	if found == nil {
		t.Fatalf("the form has no %s", name)
	}
	return found[1]
}
