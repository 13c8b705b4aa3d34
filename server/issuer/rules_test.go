package issuer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// set changes settings of the world's campaign.
func (w *world) set(t testing.TB, s issuer.CampaignSettings) store.Campaign {
	t.Helper()
	c, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: s})
	must(t, err)
	return c
}

// limit changes the limits of the world's template.
func (w *world) limit(t testing.TB, l issuer.TemplateLimits) {
	t.Helper()
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{TemplateLimits: l})
	must(t, err)
}

// TestIssuingHours: both ends belong to the time in which passes are issued.
func TestIssuingHours(t *testing.T) {
	opens, closes := start.Add(time.Hour), start.Add(2*time.Hour)
	limits := map[string]func(*world){
		"campaign": func(w *world) { w.set(t, issuer.CampaignSettings{Starts: &opens, Ends: &closes}) },
		"template": func(w *world) { w.limit(t, issuer.TemplateLimits{Starts: &opens, Ends: &closes}) },
	}
	tests := []struct {
		name, code string // code is without what has the limit
		at         time.Time
	}{
		{"before", "_not_started", opens.Add(-time.Millisecond)},
		{"at the start", "", opens},
		{"at the end", "", closes},
		{"after", "_ended", closes.Add(time.Millisecond)},
	}
	for what, apply := range limits {
		w := newWorld(t)
		apply(w)
		for _, tt := range tests {
			t.Run(what+" "+tt.name, func(t *testing.T) {
				w.clock.set(tt.at)
				_, err := w.Issue(t.Context(), w.me, w.order())
				if tt.code == "" {
					must(t, err)
					return
				}
				e := refusal(t, err, issuer.Conflict, what+tt.code)
				if !strings.Contains(e.Msg, "2026-03-01T1") {
					t.Errorf("%q does not say when", e.Msg)
				}
			})
		}
	}
}

func TestMovedEnd(t *testing.T) {
	w := newWorld(t)
	end, later := start.Add(time.Hour), start.Add(3*time.Hour)
	w.set(t, issuer.CampaignSettings{Ends: &end})
	must(t, w.db.Update(t.Context(), func(tx store.Tx) error {
		c, err := tx.Campaign(w.me.Org, w.campaign.ID)
		must(t, err)
		c.Rules.Ended = end
		return tx.PutCampaign(c)
	}))
	if c := w.set(t, issuer.CampaignSettings{Ends: &end}); c.Rules.Ended.IsZero() {
		t.Error("the same end is to come once more")
	}
	if c := w.set(t, issuer.CampaignSettings{Ends: &later}); !c.Rules.Ended.IsZero() {
		t.Error("the new end counts as over")
	}
	never := time.Time{}
	if c := w.set(t, issuer.CampaignSettings{Ends: &never}); !c.Rules.Ends.IsZero() {
		t.Error("the end is not taken away")
	}
}

// TestEndInThePast is taken for a slip, where a campaign is made and where it is
// changed; an end that has come may be said again.
func TestEndInThePast(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	past := issuer.CampaignSettings{Ends: &now}
	refused := func(err error) {
		t.Helper()
		if e := refusal(t, err, issuer.Invalid, "ends_past"); len(e.Fields) != 1 || e.Fields[0].Path != "/ends" || !strings.Contains(e.Msg, "pause") {
			t.Errorf("%+v", e)
		}
	}
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: past})
	refused(err)
	_, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Over", PassTypeIdentifier: w.campaign.PassTypeIdentifier, CampaignSettings: past})
	refused(err)
	meant := past
	meant.Past = true
	over, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Over", PassTypeIdentifier: w.campaign.PassTypeIdentifier, CampaignSettings: meant})
	if err != nil || !over.Rules.Ends.Equal(now) {
		t.Errorf("%+v: %v", over, err)
	}
	w.endAfter(t, time.Hour)
	ends := now.Add(time.Hour)
	if c := w.set(t, issuer.CampaignSettings{Ends: &ends, Description: new("over")}); c.Rules.Ended.IsZero() || c.Description != "over" {
		t.Errorf("%+v", c)
	}
}

func TestRulesAreRefused(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		path string
		s    issuer.CampaignSettings
	}{
		{"/description", issuer.CampaignSettings{Description: new(strings.Repeat("x", 1001))}},
		{"/language", issuer.CampaignSettings{Language: new("d e")}},
		{"/timeZone", issuer.CampaignSettings{TimeZone: new("Europe/Atlantis")}},
		{"/timeZone", issuer.CampaignSettings{TimeZone: new("Local")}},
		{"/ends", issuer.CampaignSettings{Starts: &start, Ends: &start}},
		{"/ends", issuer.CampaignSettings{Ends: new(time.Unix(-1, 0))}},
		{"/maxIssued", issuer.CampaignSettings{MaxIssued: new(int64(-1))}},
		{"/perPerson", issuer.CampaignSettings{PerPerson: new(-1)}},
		{"/unique", issuer.CampaignSettings{Unique: new(store.Contact("name"))}},
		{"/numbering/kind", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: "roman"}}},
		{"/numbering/digits", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Sequential, Digits: 19}}},
		{"/numbering/digits", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Random, Digits: 5}}},
		{"/numbering/digits", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.FromList, Digits: 5}}},
		{"/numbering/prefix", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Random, Prefix: "A"}}},
		{"/numbering/prefix", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Sequential, Prefix: "\n"}}},
		{"/numbering/next", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Sequential, Next: -1}}},
		{"/numbering/next", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Given, Next: 1}}},
		{"/numbering/fixed", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Fixed}}},
		{"/numbering/fixed", issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Sequential, Fixed: "x"}}},
		{"/expiry", issuer.CampaignSettings{Expiry: &store.ExpiryRule{At: start, AfterIssue: 1}}},
		{"/expiry/afterInstallDays", issuer.CampaignSettings{Expiry: &store.ExpiryRule{AfterInstall: 36501}}},
		{"/meta", issuer.CampaignSettings{Meta: raw(`[1]`)}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: tt.s})
			e := issuer.Public(err)
			if e.Kind != issuer.Invalid || len(e.Fields) != 1 || e.Fields[0].Path != tt.path {
				t.Errorf("%+v", e)
			}
			_, err = w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "x", PassTypeIdentifier: passType, CampaignSettings: tt.s})
			if e := issuer.Public(err); e.Kind != issuer.Invalid {
				t.Errorf("a new campaign: %+v", e)
			}
		})
	}
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Meta: raw(`{"x": "` + strings.Repeat("x", 16<<10) + `"}`)}})
	refusal(t, err, issuer.TooLarge, "meta_large")
}

// TestScarcePasses: of 64 tills that issue at once, as many succeed as there are
// passes, and each pass has a code of its own.
func TestScarcePasses(t *testing.T) {
	const tills, there = 64, 10
	list := make([]string, there)
	for n := range list {
		list[n] = fmt.Sprintf("CODE-%d", n)
	}
	tests := []struct {
		name, code string
		limit      func(t *testing.T, w *world)
	}{
		{"limit of the campaign", "campaign_full", func(t *testing.T, w *world) {
			w.set(t, issuer.CampaignSettings{MaxIssued: new(int64(there)), Numbering: &store.Numbering{Kind: store.Sequential}})
		}},
		{"limit of the template", "template_full", func(t *testing.T, w *world) {
			w.set(t, issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Random}})
			w.limit(t, issuer.TemplateLimits{MaxIssued: new(int64(there))})
		}},
		{"list of codes", "code_list_empty", func(t *testing.T, w *world) {
			w.set(t, issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.FromList}})
			_, err := w.AddCodes(t.Context(), w.me, w.campaign.ID, list)
			must(t, err)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.limit(t, w)
			codes := w.race(t, tills, tt.code)
			if len(codes) != there {
				t.Errorf("%d different codes, want %d", len(codes), there)
			}
			if tt.code == "code_list_empty" && !slices.Equal(slices.Sorted(maps.Keys(codes)), list) {
				t.Errorf("codes %v", codes)
			}
			all, err := w.Passes(t.Context(), w.me, store.PassFilter{Campaign: w.campaign.ID}, store.Page{})
			must(t, err)
			if len(all.Passes) != there {
				t.Errorf("%d passes, want %d", len(all.Passes), there)
			}
		})
	}
}

// race issues from n tills at once and returns the codes of the passes. Whoever
// gets none must be refused with code.
func (w *world) race(t *testing.T, n int, code string) map[string]bool {
	var mu sync.Mutex
	var wg sync.WaitGroup
	codes := make(map[string]bool)
	for range n {
		wg.Go(func() {
			p, err := w.Issue(t.Context(), w.me, w.order())
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				codes[p.Code] = true
			} else if e := issuer.Public(err); e.Kind != issuer.Conflict || e.Code != code {
				t.Errorf("%v, want %s", err, code)
			}
		})
	}
	wg.Wait()
	return codes
}

// TestCampaignIsSeen: what texts of passes may say of their campaign is a new version
// of them when it changes; what they cannot say is none.
func TestCampaignIsSeen(t *testing.T) {
	tests := []struct {
		name   string
		change issuer.CampaignChange
		seen   bool
	}{
		{"name", issuer.CampaignChange{Name: new("Bar")}, false}, // no text of these has it
		{"language", issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Language: new("de")}}, true},
		{"time zone", issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{TimeZone: new("Asia/Tokyo")}}, true},
		{"limit", issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{MaxIssued: new(int64(9))}}, false},
		{"state", issuer.CampaignChange{State: new(store.Paused)}, false},
		{"meta", issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Meta: raw(`{"a": 1}`)}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			before, err := w.Campaign(t.Context(), w.me, w.campaign.ID)
			must(t, err)
			after, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, tt.change)
			must(t, err)
			if seen := after.Version.Revision > before.Version.Revision; seen != tt.seen {
				t.Errorf("a new version: %v, want %v", seen, tt.seen)
			}
		})
	}
}

// TestTemplateLimitCountsTheOld: passes from before there was a limit count too.
func TestTemplateLimitCountsTheOld(t *testing.T) {
	w := newWorld(t)
	w.issue(t)
	must(t, w.Delete(t.Context(), w.me, w.issue(t).ID, nil))
	w.limit(t, issuer.TemplateLimits{MaxIssued: new(int64(3))})
	w.issue(t)
	_, err := w.Issue(t.Context(), w.me, w.order())
	e := refusal(t, err, issuer.Conflict, "template_full")
	if !strings.Contains(e.Msg, "has issued 3") {
		t.Errorf("%q does not say how many", e.Msg)
	}
	w.limit(t, issuer.TemplateLimits{MaxIssued: new(int64(0))})
	w.issue(t)
	w.limit(t, issuer.TemplateLimits{MaxIssued: new(int64(4))})
	_, err = w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "template_full")
}

// TestRefusedOrdersUseNothingUp: neither number nor code is lost.
func TestRefusedOrdersUseNothingUp(t *testing.T) {
	w := newWorld(t)
	w.set(t, issuer.CampaignSettings{MaxIssued: new(int64(2)), Numbering: &store.Numbering{Kind: store.FromList}})
	_, err := w.AddCodes(t.Context(), w.me, w.campaign.ID, []string{"A", "B", "C"})
	must(t, err)
	o := w.order()
	o.ExternalID = "x"
	first, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "already_exists")
	second := w.issue(t)
	if first.Code != "A" || second.Code != "B" {
		t.Errorf("codes %s and %s", first.Code, second.Code)
	}
	_, err = w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "campaign_full")
	w.view(t, func(r store.Reader) error {
		free, err := r.FreeCodes(w.campaign.ID)
		issued, failed := r.Counter(w.campaign.ID, store.CountIssued)
		must(t, failed)
		if free != 1 || issued != 2 {
			t.Errorf("%d codes are free, %d passes were issued", free, issued)
		}
		return err
	})
}

// TestUniqueContactIsKept: nobody comes to a second pass of a campaign at one address by
// taking on that of another.
func TestUniqueContactIsKept(t *testing.T) {
	w := newWorld(t)
	w.set(t, issuer.CampaignSettings{Unique: new(store.ByEmail)})
	hold := func(external, email, phone string) store.Pass {
		t.Helper()
		o := w.order()
		o.Holder.Details = issuer.Details{ExternalID: &external, Email: &email, Phone: &phone}
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		return p
	}
	ada, bob := hold("ada", "ada@b.example", "+4930123456"), hold("bob", "bob@b.example", "+4930654321")
	change := func(d issuer.Details) error {
		_, err := w.ChangePerson(t.Context(), w.me, bob.Holder, d, nil)
		return err
	}
	refusal(t, change(issuer.Details{Email: new("Ada@b.example")}), issuer.Conflict, "person_limit")
	must(t, change(issuer.Details{Phone: new("+4930123456")})) // which this campaign does not go by
	must(t, change(issuer.Details{Email: new("BOB@b.example")}))

	other, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Open", PassTypeIdentifier: passType})
	must(t, err)
	w.campaign = other
	w.publishNew(t, w.design(t, document))
	o := w.order()
	o.Holder = issuer.Holder{ID: bob.Holder, Details: issuer.Details{Email: new("ada@b.example")}}
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "person_limit")
	must(t, w.Delete(t.Context(), w.me, ada.ID, nil))
	must(t, change(issuer.Details{Email: new("ada@b.example")}))
}

func TestPersonLimit(t *testing.T) {
	ada := issuer.Details{ExternalID: new("ada"), Email: new("ada@b.example"), Phone: new("+4930123456")}
	twin := issuer.Details{ExternalID: new("twin"), Email: new("Ada@b.example"), Phone: new("+4930123456")}
	bob := issuer.Details{ExternalID: new("bob"), Email: new("bob@b.example"), Phone: new("+4930654321")}
	nameless := issuer.Details{ExternalID: new("nameless")}
	tests := []struct {
		name, code string // code refuses the last order, if any
		rules      issuer.CampaignSettings
		orders     []issuer.Details
	}{
		{"no limit", "", issuer.CampaignSettings{}, []issuer.Details{ada, ada, ada}},
		{"room left", "", issuer.CampaignSettings{PerPerson: new(2)}, []issuer.Details{ada, bob, ada}},
		{"as many as allowed", "person_limit", issuer.CampaignSettings{PerPerson: new(2)}, []issuer.Details{ada, ada, ada}},
		{"nobody", "person_missing", issuer.CampaignSettings{PerPerson: new(2)}, []issuer.Details{{}}},
		{"another address", "", issuer.CampaignSettings{Unique: new(store.ByEmail)}, []issuer.Details{ada, bob}},
		{"the same address", "person_limit", issuer.CampaignSettings{Unique: new(store.ByEmail)}, []issuer.Details{ada, ada}},
		{"the same address of another", "person_limit", issuer.CampaignSettings{Unique: new(store.ByEmail)}, []issuer.Details{ada, twin}},
		{"the same number of another", "person_limit", issuer.CampaignSettings{Unique: new(store.ByPhone)}, []issuer.Details{ada, twin}},
		{"no address", "person_contact", issuer.CampaignSettings{Unique: new(store.ByEmail)}, []issuer.Details{nameless}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.set(t, tt.rules)
			for n, d := range tt.orders {
				o := w.order()
				o.Holder.Details = d
				_, err := w.Issue(t.Context(), w.me, o)
				if tt.code == "" || n < len(tt.orders)-1 {
					must(t, err)
				} else if e := issuer.Public(err); e.Code != tt.code {
					t.Errorf("%v, want %s", err, tt.code)
				}
			}
		})
	}
}
