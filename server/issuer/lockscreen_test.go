package issuer_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// TestLockScreenOf compares two versions of one pass.
func TestLockScreenOf(t *testing.T) {
	const head = `{"organizationName": "Café", "storeCard": {"headerFields": [`
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	french := issuer.Locale{Language: "fr", Texts: pkpass.Strings{"Gate %@": "Porte %@", "closed": "fermée", "Café": "Le café"}}
	tests := []struct {
		name, before, after string
		on                  issuer.Locale
		want                []string
	}{
		{"nothing changed", `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, issuer.Locale{}, nil},
		{"only the changeMessage changed", `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, `{"key": "a", "value": 1, "changeMessage": "Now %@"}]}}`, issuer.Locale{}, nil},
		{"only the label changed", `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, `{"key": "a", "label": "A", "value": 1, "changeMessage": "%@"}]}}`, issuer.Locale{}, nil},
		{"a number became a text", `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, `{"key": "a", "value": "1", "changeMessage": "%@"}]}}`, issuer.Locale{}, []string{"1"}},
		{"the field moved", `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, `], "backFields": [{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, issuer.Locale{}, nil},
		{"a new field", `]}}`, `{"key": "a", "value": 1, "changeMessage": "Now %@"}]}}`, issuer.Locale{}, []string{"Now 1"}},
		{"a field that went", `{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, `]}}`, issuer.Locale{}, nil},
		{"no changeMessage", `{"key": "a", "value": 1}]}}`, `{"key": "a", "value": 2}]}}`, issuer.Locale{}, nil},
		{"in French", `{"key": "a", "value": "open", "changeMessage": "Gate %@"}]}}`, `{"key": "a", "value": "closed", "changeMessage": "Gate %@"}]}}`, french, []string{"Porte fermée"}},
		{"several in French", `]}}`, `{"key": "a", "value": 1, "changeMessage": "%@"}, {"key": "b", "value": 1, "changeMessage": "%@"}]}}`, french, []string{"Le café: your pass was updated"}},
		{"an amount in German", `]}}`, `{"key": "a", "value": 1234.5, "currencyCode": "EUR", "changeMessage": "%@"}]}}`, issuer.Locale{Language: "de"}, []string{"1.234,50\u00a0€"}},
		{"a share", `]}}`, `{"key": "a", "value": 0.25, "numberStyle": "PKNumberStylePercent", "changeMessage": "%@"}]}}`, issuer.Locale{}, []string{"25%"}},
		{"a time in Berlin", `]}}`, `{"key": "a", "value": "2026-06-02T16:30:00Z", "timeStyle": "PKDateStyleShort", "changeMessage": "%@"}]}}`, issuer.Locale{Language: "de", Zone: berlin}, []string{"18:30"}},
		{"a time that keeps to its zone", `]}}`, `{"key": "a", "value": "2026-06-02T16:30:00Z", "timeStyle": "PKDateStyleShort", "ignoresTimeZone": true, "changeMessage": "%@"}]}}`, issuer.Locale{Language: "de", Zone: berlin}, []string{"16:30"}},
		{"in the style that is not drawn", `]}, "posterGeneric": {"backFields": []}}`, `]}, "posterGeneric": {"backFields": [{"key": "a", "value": 1, "changeMessage": "%@"}]}}`, issuer.Locale{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, err := pkpass.ParseDocument([]byte(head + tt.before))
			must(t, err)
			after, err := pkpass.ParseDocument([]byte(head + tt.after))
			must(t, err)
			if got := issuer.LockScreenOf(before, after, tt.on); !slices.Equal(got.Lines, tt.want) {
				t.Errorf("%q, want %q", got.Lines, tt.want)
			}
		})
	}
}

// TestJobsForetellLockScreens in their previews, of the first passes that would be changed.
func TestJobsForetellLockScreens(t *testing.T) {
	w := newWorld(t)
	w.issue(t, "stamps", 3)
	passes := w.several(t, 6, "stamps", 0)
	w.register(t, passes[0], phoneNumber(1))
	p, err := w.PreviewJob(t.Context(), w.me, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(3)})
	must(t, err)
	if p.Change != 6 || len(p.Samples) != 5 {
		t.Fatalf("preview %+v", p)
	}
	for n, f := range p.Samples {
		devices := 0
		if n == 0 {
			devices = 1
		}
		if f.Pass != passes[n].ID || !slices.Equal(f.Lines, []string{"You now have 3 stamps"}) || f.Devices != devices || f.Silence != nil {
			t.Errorf("sample %d: %+v", n, f)
		}
	}
	p, err = w.PreviewJob(t.Context(), w.me, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: &issuer.Change{Values: values("terms", "new")}})
	must(t, err)
	if f := p.Samples[0]; !f.Visible || len(f.Lines) != 0 || f.Silence == nil {
		t.Errorf("a silent change: %+v", f)
	}
}

// TestMessageOutlivesChanges: what is judged together with other passes leaves the
// message of each alone, and a person's erasure takes it.
func TestMessageOutlivesChanges(t *testing.T) {
	w := newWorld(t)
	o := w.order("stamps", 0)
	o.Holder.Details = issuer.Details{Name: new("Ada")}
	held, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	plain := w.several(t, 3, "stamps", 0)
	for _, p := range []store.Pass{held, plain[0]} {
		_, _, err := w.SendMessage(t.Context(), w.me, p.ID, issuer.Message{Text: "Hello"}, issuer.Idempotency{})
		must(t, err)
	}
	wantCounts(t, w.run(t, issuer.NewJob{Kind: issuer.KindUpdate, Campaign: w.campaign.ID, Change: stamps(2)}), 4, 0, 0)
	for n, want := range []string{"Hello", "", ""} {
		now := w.now(t, plain[n].ID)
		doc, _, err := w.Document(t.Context(), w.me, now.ID)
		must(t, err)
		if shown := doc.StoreCard.FieldByKey("pocketpass.message"); now.Message != want || string(now.Values["stamps"]) != "2" || (shown != nil) != (want != "") {
			t.Errorf("pass %d says %q with %s stamps, and shows %+v", n, now.Message, now.Values["stamps"], shown)
		}
	}
	_, err = w.ErasePerson(t.Context(), w.me, w.now(t, held.ID).Holder)
	must(t, err)
	if now := w.now(t, held.ID); now.Message != "" {
		t.Errorf("after its holder was erased the pass says %q", now.Message)
	}
}

// TestMessageIsSentOnce: the same request again changes nothing and is answered alike.
func TestMessageIsSentOnce(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	once := issuer.Idempotency{Key: "k", Request: "r"}
	for range 2 {
		_, f, err := w.SendMessage(t.Context(), w.me, p.ID, issuer.Message{Text: "Hello", Again: true}, once)
		must(t, err)
		if !slices.Equal(f.Lines, []string{"Hello"}) || f.Devices != 1 {
			t.Errorf("forecast %+v", f)
		}
	}
	if now := w.now(t, p.ID); now.Edited != 1 || now.Message != "Hello" {
		t.Errorf("edited %d times, says %q", now.Edited, now.Message)
	}
	_, _, err := w.SendMessage(t.Context(), w.me, p.ID, issuer.Message{Text: "Hello"}, issuer.Idempotency{Key: "k", Request: "other"})
	refusal(t, err, issuer.Invalid, "idempotency_key_reused")
}

// TestMessageKeyIsReserved also in templates.
func TestMessageKeyIsReserved(t *testing.T) {
	w := newWorld(t)
	d := w.design(t, `{"organizationName": "x", "description": "x", "generic": {"backFields": [{"key": "pocketpass.message", "value": ""}]}}`)
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	refusal(t, err, issuer.Invalid, "key_reserved")
	d = w.design(t, document)
	d.Fields = []store.Field{{Key: "pocketpass.message"}}
	_, err = w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	refusal(t, err, issuer.Invalid, "key_reserved")
	o := w.order()
	o.Document = json.RawMessage(`{"storeCard": {"backFields": [{"key": "pocketpass.message", "value": ""}]}}`)
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Invalid, "key_reserved")
}
