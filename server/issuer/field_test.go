package issuer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// ticket mentions its values, its holder and its dates all over.
const ticket = `{"organizationName": "Café", "description": "Ticket of {{guest}}", "storeCard": {
	"headerFields": [{"key": "price", "label": "PRICE", "value": "{{price}}", "currencyCode": "EUR"}],
	"primaryFields": [{"key": "guest", "label": "GUEST", "value": "{{guest|upper}}"}],
	"secondaryFields": [{"key": "house", "label": "HOUSE", "value": "Main house"}, {"key": "day", "label": "DAY", "value": "{{day}}", "dateStyle": "PKDateStyleShort"}],
	"backFields": [{"key": "greeting", "label": "hello", "value": "Dear {{guest}}, see you at {{house}} on {{day|date:long}}"}]},
	"barcodes": [{"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "iso-8859-1", "altText": "{{guest}} {{seat|default:\"\"}}"}]}`

// fields declares what the ticket shows.
func fields(more ...store.Field) []store.Field {
	return append([]store.Field{
		{Key: "guest", Required: true},
		{Key: "price", Type: store.MoneyField, Default: "1250"},
		{Key: "day", Type: store.DateField, Default: "2026-05-01"},
		{Key: "house", Fixed: true},
		{Key: "seat"},
	}, more...)
}

// stage is a world whose template shows tickets.
func stage(t testing.TB, edits ...func(*store.Design)) *world {
	t.Helper()
	w := newWorld(t)
	w.reissue(t, ticket, edits...)
	return w
}

// reissue puts another document with the same fields in force.
func (w *world) reissue(t testing.TB, document string, edits ...func(*store.Design)) {
	t.Helper()
	d := w.design(t, document)
	d.Fields = fields()
	for _, edit := range edits {
		edit(&d)
	}
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	must(t, err)
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	must(t, err)
}

// shown is pass.json of a pass, and what is found of it.
func (w *world) shown(t testing.TB, p store.Pass) (string, []pkpass.Finding) {
	t.Helper()
	doc, found, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	raw, err := doc.Encode()
	must(t, err)
	return string(raw), found
}

func (w *world) wantShown(t testing.TB, p store.Pass, parts ...string) {
	t.Helper()
	raw, _ := w.shown(t, p)
	for _, part := range parts {
		if !strings.Contains(raw, part) {
			t.Errorf("%s is not in %s", part, raw)
		}
	}
}

func TestValueAppearsEverywhere(t *testing.T) {
	w := stage(t)
	p := w.issue(t, "guest", "Ada", "seat", "{{guest}}")
	w.wantShown(t, p, `"description":"Ticket of Ada"`, `"value":"ADA"`, `"value":12.50`, `"value":"2026-05-01T00:00:00Z"`,
		`"Dear Ada, see you at Main house on May 1, 2026"`, `"altText":"Ada {{guest}}"`)
	p = w.change(t, p, "guest", "Grace", "price", 99, "day", "2026-06-02")
	w.wantShown(t, p, `"Ticket of Grace"`, `"value":"GRACE"`, `"value":0.99`, `June 2, 2026`, `"altText":"Grace {{guest}}"`)
	if _, found := w.shown(t, p); len(pkpass.Blocking(found)) > 0 {
		t.Error(found)
	}
}

func TestValuesAreOfTheirType(t *testing.T) {
	all := func(d *store.Design) {
		d.Fields = fields(store.Field{Key: "n", Type: store.NumberField}, store.Field{Key: "i", Type: store.IntegerField}, store.Field{Key: "at", Type: store.DateTimeField},
			store.Field{Key: "yes", Type: store.BooleanField}, store.Field{Key: "mail", Type: store.EmailField}, store.Field{Key: "tel", Type: store.PhoneField}, store.Field{Key: "web", Type: store.URLField})
	}
	w := stage(t, all)
	good := []any{"guest", "Ada", "n", 1.5, "i", -3, "at", "2026-05-01T18:30:00+02:00", "yes", false, "mail", "ada@example.org", "tel", "+49 30 123456", "web", "https://example.org/a"}
	w.issue(t, good...)
	for _, bad := range []struct {
		key   string
		value any
	}{
		{"guest", true}, {"guest", nil}, {"price", 12.5}, {"price", "12"}, {"price", 1e300}, {"day", "2026-02-30"}, {"day", "2026-05-01T10:00:00Z"}, {"n", "1.5"},
		{"i", 1.5}, {"i", int64(9007199254740992)}, {"at", "2026-05-01"}, {"yes", "yes"}, {"mail", "Ada <ada@example.org>"}, {"tel", "call me"}, {"web", "example.org"}, {"web", "/a"},
	} {
		t.Run(fmt.Sprint(bad.key, bad.value), func(t *testing.T) {
			_, err := w.Issue(t.Context(), w.me, w.order("guest", "Ada", bad.key, bad.value))
			e := refusal(t, err, issuer.Invalid, "value_type")
			if e.Fields[0].Path != "/values/"+bad.key {
				t.Errorf("path %s", e.Fields[0].Path)
			}
		})
	}
	_, err := w.Issue(t.Context(), w.me, w.order("guest", "Ada", "gust", "x"))
	refusal(t, err, issuer.Invalid, "field_unknown")
}

func TestRequiredField(t *testing.T) {
	w := stage(t)
	for _, o := range []issuer.Order{w.order(), w.order("guest", ""), w.order("seat", "A1")} {
		_, err := w.Issue(t.Context(), w.me, o)
		refusal(t, err, issuer.Invalid, "value_required")
	}
	p := w.issue(t, "guest", "Ada")
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: map[string]json.RawMessage{"guest": json.RawMessage("null")}})
	refusal(t, err, issuer.Invalid, "value_required")
}

func TestBadFields(t *testing.T) {
	w := newWorld(t)
	many := make([]store.Field, 101)
	for n := range many {
		many[n].Key = fmt.Sprint("f", n)
	}
	for code, declared := range map[string][]store.Field{
		"field_key":           {{Key: ""}},
		"field_twice":         {{Key: "a"}, {Key: "a"}},
		"field_type":          {{Key: "a", Type: "colour"}},
		"field_default":       {{Key: "a", Type: store.MoneyField, Default: "12.50"}},
		"field_fixed":         {{Key: "a", Fixed: true, Required: true, Default: "x"}},
		"field_fixed_empty":   {{Key: "a", Fixed: true}},
		"field_label":         {{Key: "a", Label: "a\nb"}},
		"too_many_fields":     many,
		"field_default_large": {{Key: "a", Default: strings.Repeat("x", 5000)}},
	} {
		d := w.design(t, document)
		d.Fields = declared
		_, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: w.campaign.ID, Name: "x", Design: d})
		e := refusal(t, err, issuer.Invalid, code)
		if !strings.HasPrefix(e.Fields[0].Path, "/design/fields") {
			t.Errorf("%s: path %s", code, e.Fields[0].Path)
		}
	}
}

// TestTemplateWithAnUndefinedPlaceholder can be edited and not be published.
func TestTemplateWithAnUndefinedPlaceholder(t *testing.T) {
	w := stage(t)
	d := w.design(t, strings.Replace(ticket, "Dear {{guest}}", "Dear {{gest}} {{seat}}", 1))
	d.Fields = fields()
	e, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	must(t, err)
	codes := fmt.Sprint(e.Findings)
	for _, want := range []string{"placeholder_undefined refused pass.json#/storeCard/backFields/0/value", "guest", "placeholder_without_default warning"} {
		if !strings.Contains(codes, want) {
			t.Errorf("%s is not in %s", want, codes)
		}
	}
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	refusal(t, err, issuer.Invalid, "pass_refused")
}

// TestPlaceholderWithoutValue keeps a pass from being issued, and from being changed
// to one.
func TestPlaceholderWithoutValue(t *testing.T) {
	w := stage(t)
	w.reissue(t, strings.Replace(ticket, "Dear {{guest}}", "Dear {{guest}} on seat {{seat}} of {{person.name|default:nobody}}", 1))
	_, err := w.Issue(t.Context(), w.me, w.order("guest", "Ada"))
	if e := refusal(t, err, issuer.Invalid, "pass_refused"); !strings.Contains(fmt.Sprint(e.Findings), "placeholder_without_value") {
		t.Error(e.Findings)
	}
	o := w.order("guest", "Ada", "seat", "A1")
	o.Holder = issuer.Holder{Details: issuer.Details{Name: new("Ada King")}}
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.wantShown(t, p, "Dear Ada on seat A1 of Ada King")
}

// TestFixedField shows the template's value on every pass that follows it.
func TestFixedField(t *testing.T) {
	w := stage(t)
	_, err := w.Issue(t.Context(), w.me, w.order("guest", "Ada", "house", "Mine"))
	refusal(t, err, issuer.Invalid, "field_fixed")
	follower := w.issue(t, "guest", "Ada")
	_, err = w.Update(t.Context(), w.me, follower.ID, issuer.Change{Values: values("house", "Mine")})
	refusal(t, err, issuer.Invalid, "field_fixed")

	o := w.order("guest", "Grace", "house", "Mine")
	o.Pinned = true
	pinned, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.wantShown(t, pinned, `"value":"Mine"`, "see you at Mine")

	w.reissue(t, strings.Replace(ticket, "Main house", "New house", 1))
	w.wantShown(t, follower, `"value":"New house"`, "see you at New house")
	w.wantShown(t, pinned, `"value":"Mine"`)
}

// TestMerge brings a pinned pass to the revision in force: the template's values
// over it, its own ones kept.
func TestMerge(t *testing.T) {
	w := stage(t)
	o := w.order("guest", "Grace", "house", "Mine", "price", 300)
	o.Pinned = true
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.reissue(t, strings.Replace(ticket, "Main house", "New house", 1))
	pinned := true
	p, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Pinned: &pinned})
	must(t, err)
	w.wantShown(t, p, `"value":"New house"`, `"value":"GRACE"`, `"value":3.00`)
	if p.Pinned != 3 || p.Values["house"] != nil {
		t.Errorf("pinned to %d with %v", p.Pinned, p.Values)
	}
}

// TestTranslatedPlaceholder gives each pass texts of its own, and tells phones of a
// change that only one language shows.
func TestTranslatedPlaceholder(t *testing.T) {
	w := stage(t, func(d *store.Design) {
		d.Strings = map[string]map[string]string{
			"de": {"hello": "Hallo {{seat|default:Gast}}", "Ticket of {{guest}}": "Karte von {{guest}}, {{day|date:long}}"},
			"fr": {"hello": "Bonjour", "Ticket of {{guest}}": "Billet de {{guest}}, {{price|money:EUR}}"},
		}
	})
	p := w.issue(t, "guest", "Ada")
	texts := func() string {
		d, err := w.Download(t.Context(), w.me, p.ID)
		must(t, err)
		c, _, err := pkpass.Read(d.Data, pkpass.Limits{})
		must(t, err)
		de, err := pkpass.ParseStrings(c.Files["de.lproj/pass.strings"].Data)
		must(t, err)
		fr, err := pkpass.ParseStrings(c.Files["fr.lproj/pass.strings"].Data)
		must(t, err)
		return fmt.Sprint(de, fr)
	}
	if got, want := texts(), "map[Ticket of Ada:Karte von Ada, 1. Mai 2026 hello:Hallo Gast] map[Ticket of Ada:Billet de Ada, 12,50\u00a0€ hello:Bonjour]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	before := p.Version.Revision
	p = w.change(t, p, "seat", "A1")
	if p.Version.Revision == before {
		t.Error("no phone was told of a change that Germans see")
	}
	if got := texts(); !strings.Contains(got, "Hallo A1") {
		t.Error(got)
	}
}

// TestJobOverTexts changes many passes whose texts are made of several values.
func TestJobOverTexts(t *testing.T) {
	w := stage(t)
	w.reissue(t, strings.Replace(ticket, "Dear {{guest}}", "Dear {{guest}} on seat {{seat}}", 1))
	var passes []store.Pass
	for n := range 20 {
		passes = append(passes, w.issue(t, "guest", fmt.Sprint("Guest ", n), "seat", "old"))
	}
	ch := issuer.Change{Values: values("seat", "A1")}
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: &ch}), 20, 0, 0)
	for n, p := range passes {
		w.wantShown(t, p, fmt.Sprintf("Dear Guest %d on seat A1", n))
	}
}

// TestMergeJobTakesFixedValues brings all pinned passes of a template to the revision in force.
func TestMergeJobTakesFixedValues(t *testing.T) {
	w := stage(t)
	follower := w.issue(t, "guest", "Ada")
	var pinned []store.Pass
	for range 3 {
		o := w.order("guest", "Grace", "house", "Mine")
		o.Pinned = true
		p, err := w.Issue(t.Context(), w.me, o)
		must(t, err)
		pinned = append(pinned, p)
	}
	w.reissue(t, strings.Replace(ticket, "Main house", "New house", 1))
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindMerge, Template: w.template.ID}), 3, 0, 1)
	for _, p := range append(pinned, follower) {
		w.wantShown(t, p, `"value":"New house"`)
	}
}

// TestRenamedCampaign gives passes a new version if they show the name, and only then.
func TestRenamedCampaign(t *testing.T) {
	w := stage(t)
	p := w.issue(t, "guest", "Ada")
	version := func() (v store.Version) {
		w.view(t, func(r store.Reader) (err error) { v, err = r.EffectiveVersion(p); return err })
		return v
	}
	rename := func(name string) {
		_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{Name: &name})
		must(t, err)
	}
	before := version()
	rename("Summer")
	if version() != before {
		t.Error("phones are told of a name that they do not show")
	}
	w.reissue(t, strings.Replace(ticket, "Dear {{guest}}", "Dear {{guest}} of {{campaign.name}}", 1))
	before = version()
	rename("Winter")
	if version() == before {
		t.Error("phones are not told of a name that they show")
	}
	w.wantShown(t, p, "Dear Ada of Winter")
	before = version()
	rename("Winter")
	if version() != before {
		t.Error("the same name is a new version")
	}
}
