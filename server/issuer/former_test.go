package issuer_test

import (
	"slices"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestFormer makes records again that another service made: they keep what they were
// called, and nothing is called the same twice.
func TestFormer(t *testing.T) {
	w := newWorld(t)
	old := store.Former{Service: "passworks", ID: "981b4e6d-4439-46a9-8df7-3ca55840f039"}
	c, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Moved", PassTypeIdentifier: w.campaign.PassTypeIdentifier, Former: old})
	must(t, err)
	design, err := w.Template(t.Context(), w.me, w.template.ID)
	must(t, err)
	e, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: c.ID, Name: "Moved", Design: design.Draft, Former: old})
	must(t, err)
	o := issuer.Order{Campaign: w.campaign.ID, Former: old, SerialNumber: "of another/issuer", Token: "abc.def~ghi/jkl=", PublicID: "kT4mZ8qLw2VbNc"}
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	token, err := w.Token(p)
	must(t, err)
	if c.Former != old || e.Template.Former != old || p.Former != old || p.PublicID != o.PublicID || p.SerialNumber != o.SerialNumber || token != o.Token {
		t.Errorf("made %+v, %+v, %+v", c.Former, e.Template.Former, p)
	}
	n, err := w.Takeover(t.Context(), w.me, w.campaign.ID)
	must(t, err)
	if want := (issuer.TakeoverCount{Imported: 1, Never: 1}); n != want {
		t.Errorf("phones are to call for %+v", n)
	}
	again := o
	again.SerialNumber, again.PublicID = "2", ""
	_, err = w.Issue(t.Context(), w.me, again)
	wantTaken(t, err, p.ID)
	_, err = w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: c.ID, Name: "Again", Design: design.Draft, Former: old})
	wantTaken(t, err, e.Template.ID)
	_, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Again", PassTypeIdentifier: c.PassTypeIdentifier, Former: old})
	wantTaken(t, err, c.ID)
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: c.ID, Template: e.Template.ID, PublicID: o.PublicID})
	wantRefused(t, err, issuer.Conflict, "template_unpublished")
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, PublicID: o.PublicID})
	wantRefused(t, err, issuer.Conflict, "already_exists")
	if got := issuer.Public(err); got.Fields[0].Path != "/publicId" {
		t.Errorf("refused is %s", got.Fields[0].Path)
	}
}

func wantTaken(t *testing.T, err error, by store.ID) {
	t.Helper()
	wantRefused(t, err, issuer.Conflict, "former_id_taken")
	if got := issuer.Public(err); !strings.Contains(got.Msg, by.Short()) || got.Fields[0].Path != "/formerId" {
		t.Errorf("%s does not name %s", got.Msg, by)
	}
}

func TestFormerRefused(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		former store.Former
		code   string
	}{
		"no service":        {store.Former{ID: "1"}, "former_service"},
		"service in words":  {store.Former{Service: "Pass Works", ID: "1"}, "former_service"},
		"no id":             {store.Former{Service: "passworks"}, "former_id"},
		"long id":           {store.Former{Service: "passworks", ID: strings.Repeat("é", 129)}, "former_id"},
		"control character": {store.Former{Service: "passworks", ID: "a\x00"}, "former_id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, Former: test.former})
			wantRefused(t, err, issuer.Invalid, test.code)
			_, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "x", PassTypeIdentifier: w.campaign.PassTypeIdentifier, Former: test.former})
			wantRefused(t, err, issuer.Invalid, test.code)
			_, err = w.AddAsset(t.Context(), w.me, issuer.Upload{Name: "x", Kind: "icon", Former: test.former})
			wantRefused(t, err, issuer.Invalid, test.code)
		})
	}
	for _, serial := range []string{"..", " ", strings.Repeat("1", 129)} {
		_, err := w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, SerialNumber: serial, Former: store.Former{Service: "kony", ID: "1"}})
		wantRefused(t, err, issuer.Invalid, "serial_number")
	}
}

func wantRefused(t *testing.T, err error, kind issuer.Kind, code string) {
	t.Helper()
	if got := issuer.Public(err); err == nil || got.Kind != kind || got.Code != code {
		t.Errorf("refused with %v, want %s", err, code)
	}
}

// TestFormerCode keeps the numbers of passes that moved here; those that are issued here
// go on behind the highest.
func TestFormerCode(t *testing.T) {
	w := newWorld(t)
	numbering := store.Numbering{Kind: store.Sequential, Digits: 4, Prefix: "C"}
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Numbering: &numbering}})
	must(t, err)
	for n, code := range []string{"C0002", "C0009", "by hand", "C0004", "", ""} {
		o := issuer.Order{Campaign: w.campaign.ID, Code: code}
		if code != "" {
			o.Former = store.Former{Service: "passworks", ID: code}
		}
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		if want := []string{"C0002", "C0009", "by hand", "C0004", "C0012", "C0013"}[n]; p.Code != want {
			t.Errorf("pass %d has the code %s, want %s", n, p.Code, want)
		}
	}
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, Code: "C0009", Former: store.Former{Service: "passworks", ID: "other"}})
	wantRefused(t, err, issuer.Conflict, "code_taken")
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, Code: "C0100"})
	wantRefused(t, err, issuer.Invalid, "code_not_given")
}

// TestFormerStanding issues passes that moved here as they stood elsewhere, in one commit
// and whatever their campaign issues by now.
func TestFormerStanding(t *testing.T) {
	w := newWorld(t)
	kind, paused, most := store.Redemption{Kind: store.Single}, store.Paused, int64(1)
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{State: &paused, CampaignSettings: issuer.CampaignSettings{Redemption: &kind, MaxIssued: &most}})
	must(t, err)
	yes, no := true, false
	for name, test := range map[string]struct {
		stand issuer.Standing
		uses  int64
		void  bool
	}{
		"as new":                  {issuer.Standing{}, 0, false},
		"void":                    {issuer.Standing{Voided: &yes}, 0, true},
		"redeemed":                {issuer.Standing{Past: []string{"till 4"}}, 1, true},
		"redeemed and void":       {issuer.Standing{Past: []string{""}, Voided: &yes}, 1, true},
		"redeemed and good again": {issuer.Standing{Past: []string{""}, Voided: &no}, 1, false},
		"redeemed three times":    {issuer.Standing{Past: []string{"one", "two", "three"}, Voided: &no}, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := issuer.Order{Campaign: w.campaign.ID, Stand: test.stand, Former: store.Former{Service: "passworks", ID: name}}
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			entries, _, err := w.Ledger(t.Context(), w.me, p.ID, store.Page{})
			must(t, err)
			var notes []string
			for _, e := range entries {
				if e.Action == store.Redeem {
					notes = append(notes, e.Note.Text)
				}
			}
			if p.Voided.IsZero() == test.void || int64(len(notes)) != test.uses || !slices.Equal(notes, test.stand.Past) {
				t.Errorf("it is void since %v and was redeemed with %q", p.Voided, notes)
			}
		})
	}
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID})
	wantRefused(t, err, issuer.Conflict, "campaign_paused")
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, Stand: issuer.Standing{Past: make([]string, 1001)}, Former: store.Former{Service: "passworks", ID: "1"}})
	wantRefused(t, err, issuer.Invalid, "too_many_redemptions")
}
