package issuer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/post"
	"pocketpass/store"
)

// office is a mailer that keeps what it is given and answers as it is told.
type office struct {
	mu     sync.Mutex
	mails  []post.Mail
	answer func(post.Mail) error // nil takes everything
}

func (o *office) Send(_ context.Context, m post.Mail) error {
	o.mu.Lock()
	o.mails = append(o.mails, m)
	answer := o.answer
	o.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(m)
}

func (o *office) got() []post.Mail {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]post.Mail(nil), o.mails...)
}

const reader = "ada.secret@example.org"

// newOffice is a world that sends mail, with a pass of somebody.
func newOffice(t *testing.T, answer func(post.Mail) error) (*world, *office, store.Pass) {
	t.Helper()
	o := &office{answer: answer}
	w := newWorld(t, func(c *issuer.Config) { c.Mail = o })
	order, name, email := w.order("stamps", 1), "Ada", reader
	order.Holder.Name, order.Holder.Email = &name, &email
	p, err := w.Issue(t.Context(), w.me, order)
	must(t, err)
	return w, o, p
}

var byMail = issuer.Sending{Kind: store.EmailParcel}

func (w *world) sendPass(t testing.TB, p store.Pass, s issuer.Sending) store.Parcel {
	t.Helper()
	out, err := w.SendPass(t.Context(), w.me, p.ID, s)
	must(t, err)
	return out
}

// deliverParcels runs the worker until a parcel is as wanted.
func (w *world) deliverParcels(t *testing.T, id store.ID, ready func(store.Parcel) bool) (p store.Parcel) {
	t.Helper()
	ctx, stop := contextDone(t)
	done := make(chan error, 1)
	go func() { done <- w.SendParcels(ctx) }()
	defer func() { stop(); must(t, <-done) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); ; {
		w.view(t, func(r store.Reader) (err error) {
			p, err = r.Parcel(w.me.Org, id)
			return err
		})
		if ready(p) {
			return p
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %+v", p)
		}
	}
}

// settled says whether the try of a number is over.
func settled(try int) func(store.Parcel) bool {
	return func(p store.Parcel) bool {
		return p.Attempts == try && (p.Error != "" || p.State != store.ParcelQueued)
	}
}

// TestPostIsClaimedFirst looks at the queue while a mail is under way: a crash now
// would send it again later, under the same id.
func TestPostIsClaimedFirst(t *testing.T) {
	var w *world
	var seen store.Parcel
	w, o, p := newOffice(t, func(post.Mail) error {
		return w.db.View(context.Background(), func(r store.Reader) error {
			all, _, err := r.Parcels(seen.Pass, store.Page{})
			seen = all[0]
			return err
		})
	})
	seen.Pass = p.ID
	sent := w.sendPass(t, p, byMail)
	w.deliverParcels(t, sent.ID, settled(1))
	if seen.State != store.ParcelQueued || seen.Attempts != 1 || seen.Due.Sub(w.clock.Now()) < 5*time.Minute {
		t.Errorf("under way: %+v", seen)
	}
	if m := o.got()[0]; m.ID != sent.ID.Short()+"@passes.example" || m.To != reader || m.Name != "Ada" {
		t.Errorf("%+v", m)
	}
}

// TestPostIsTriedForADay fails with what may pass and with what the owner has to repair.
func TestPostIsTriedForADay(t *testing.T) {
	for _, kind := range []post.Kind{post.Temporary, post.Configuration} {
		w, o, p := newOffice(t, func(post.Mail) error { return &post.Error{Kind: kind, Msg: "it is so", Remedy: "wait"} })
		sent := w.sendPass(t, p, byMail)
		tries, parcel := 0, sent
		var last time.Duration
		for parcel.State == store.ParcelQueued {
			tries++
			parcel = w.deliverParcels(t, sent.ID, settled(tries))
			if parcel.State != store.ParcelQueued {
				break
			}
			pause := parcel.Due.Sub(w.clock.Now())
			if pause < 45*time.Second || pause > 150*time.Minute || tries > 1 && tries < 8 && pause < last {
				t.Errorf("after try %d: %s after %s", tries, pause, last)
			}
			last = pause
			w.clock.set(parcel.Due)
			w.markUnsettled(t, parcel)
		}
		if age := w.clock.Now().Sub(sent.Created); parcel.State != store.ParcelFailed || age < 24*time.Hour || age > 27*time.Hour || tries < 12 || tries > 30 {
			t.Errorf("%s after %s and %d tries", parcel.State, age, tries)
		}
		for _, m := range o.got() {
			if m.ID != o.got()[0].ID || !m.Date.Equal(sent.Created) {
				t.Errorf("another id or date: %s, %s", m.ID, m.Date)
			}
		}
		w.wantEvent(t, p, "pass.delivery_failed")
		if w.log.count("parcel not sent") == 0 || w.log.count("ada.secret") > 0 {
			t.Error("the log lacks the reason or names the recipient")
		}
	}
}

// markUnsettled takes the last error away, so that the next one is seen to come.
func (w *world) markUnsettled(t *testing.T, p store.Parcel) {
	t.Helper()
	p.Error = ""
	must(t, w.db.Update(t.Context(), func(tx store.Tx) error { return tx.PutParcel(p) }))
}

func (w *world) wantEvent(t *testing.T, p store.Pass, kind string) {
	t.Helper()
	events, _, err := w.History(t.Context(), w.me, p.ID, store.Page{})
	must(t, err)
	n := 0
	for _, e := range events {
		if e.Type == kind {
			n++
		}
		if strings.Contains(fmt.Sprint(e.Detail), "@") {
			t.Errorf("an event names somebody: %+v", e)
		}
	}
	if n != 1 {
		t.Errorf("%d events %s", n, kind)
	}
}

// TestPassThatGoesMeanwhile deletes the pass while its mail is under way, and before
// it is: the address is not kept, and nothing is sent any more.
func TestPassThatGoesMeanwhile(t *testing.T) {
	var w *world
	var p store.Pass
	gone := make(chan struct{})
	w, o, p := newOffice(t, func(post.Mail) error {
		defer close(gone)
		return w.Delete(context.Background(), w.me, p.ID, nil)
	})
	w.sendPass(t, p, byMail)
	ctx, stop := contextDone(t)
	done := make(chan error, 1)
	go func() { done <- w.SendParcels(ctx) }()
	<-gone
	stop()
	must(t, <-done)
	w.view(t, func(r store.Reader) error {
		if all, _, err := r.Parcels(p.ID, store.Page{}); err != nil || len(all) > 0 || len(o.got()) != 1 {
			t.Errorf("left %+v, %v", all, err)
		}
		return nil
	})
}

func TestVoidPassIsNotSent(t *testing.T) {
	w, o, p := newOffice(t, nil)
	sent := w.sendPass(t, p, byMail)
	_, err := w.Void(t.Context(), w.me, p.ID, true)
	must(t, err)
	if got := w.deliverParcels(t, sent.ID, settled(1)); got.State != store.ParcelFailed || len(o.got()) > 0 {
		t.Errorf("%+v", got)
	}
	_, err = w.SendPass(t.Context(), w.me, p.ID, byMail)
	refusal(t, err, issuer.Conflict, "pass_void")
}

func TestRecipientLimits(t *testing.T) {
	w, _, p := newOffice(t, nil)
	for n := range 20 {
		w.sendPass(t, p, byMail)
		if n%3 == 2 {
			_, err := w.SendPass(t.Context(), w.me, p.ID, byMail)
			refusal(t, err, issuer.TooMany, "recipient_limit")
			w.clock.add(61 * time.Second)
		}
	}
	w.clock.add(time.Hour)
	_, err := w.SendPass(t.Context(), w.me, p.ID, byMail)
	if e := refusal(t, err, issuer.TooMany, "recipient_limit"); !strings.Contains(e.Msg, "20 messages within a day") {
		t.Error(e)
	}
	other := byMail
	other.To = "somebody@example.org"
	w.sendPass(t, p, other)
	w.clock.add(24 * time.Hour)
	w.sendPass(t, p, byMail)
}

func TestRepeatedSending(t *testing.T) {
	w, _, p := newOffice(t, nil)
	s := byMail
	s.Idempotency = issuer.Idempotency{Key: "k", Request: "r"}
	first := w.sendPass(t, p, s)
	if again := w.sendPass(t, p, s); again.ID != first.ID {
		t.Error("a repeated request is a second mail")
	}
}

func TestSendingsThatAreRefused(t *testing.T) {
	w, _, _ := newOffice(t, nil)
	p := w.issue(t)
	for want, s := range map[string]issuer.Sending{
		"no_recipient":     {Kind: store.EmailParcel},
		"recipient":        {Kind: store.EmailParcel, To: "a@example.org, b@example.org"},
		"delivery_kind":    {Kind: "pigeon"},
		"delivery_kind ":   {Kind: store.SMSParcel, Attach: true},
		"subject":          {Kind: store.EmailParcel, To: reader, Subject: "a\r\nBcc: b@example.org"},
		"subject ":         {Kind: store.EmailParcel, To: reader, Subject: strings.Repeat("x", 201)},
		"text_long":        {Kind: store.EmailParcel, To: reader, Text: strings.Repeat("x", 10_001)},
		"text_long ":       {Kind: store.SMSParcel, To: "+491711234567", Text: strings.Repeat("x", 1001)},
		"person_name":      {Kind: store.EmailParcel, To: reader, Name: "a\nb"},
		"language_unknown": {Kind: store.EmailParcel, To: reader, Language: "klingon!"},
	} {
		_, err := w.SendPass(t.Context(), w.me, p.ID, s)
		refusal(t, err, issuer.Invalid, strings.TrimSpace(want))
	}
	_, err := w.SendPass(t.Context(), w.me, p.ID, issuer.Sending{Kind: store.SMSParcel, To: "+491711234567"})
	refusal(t, err, issuer.Unavailable, "sms_not_configured")
	_, err = w.SendPass(t.Context(), issuer.Actor{Org: w.me.Org + 1}, p.ID, byMail)
	refusal(t, err, issuer.NotFound, "not_found")
}

// TestLettersOfACampaign: readers have the words of their language, else those of the
// campaign's, else the default; what those leave out is said in the usual ones.
func TestLettersOfACampaign(t *testing.T) {
	w, o, p := newOffice(t, nil)
	letter := store.Letter{Words: store.Words{Subject: "default", Text: "all others"}, Languages: map[string]store.Words{
		"de": {Subject: "deutsch", Text: "auf Deutsch"}, "de-CH": {Subject: "schweizerisch", Text: "z Bern"},
		"pl": {Text: "po polsku"}, "fr": {Subject: "français", Text: "en français"}}}
	w.set(t, issuer.CampaignSettings{Letter: &letter})
	for _, tt := range []struct{ campaign, reader, subject, text string }{
		{"", "de", "deutsch", "auf Deutsch"},
		{"", "de-AT", "deutsch", "auf Deutsch"},
		{"", "de-CH", "schweizerisch", "z Bern"},
		{"", "DE-ch", "schweizerisch", "z Bern"},
		{"", "ja", "default", "all others"},
		{"fr-CA", "ja", "français", "en français"},
		{"fr", "", "français", "en français"},
		{"fr", "pl", "Your pass: Stamp card", "po polsku"},
	} {
		w.set(t, issuer.CampaignSettings{Language: &tt.campaign})
		s := byMail
		s.Language, s.To = tt.reader, strings.ToLower(tt.reader)+tt.campaign+tt.subject[:3]+"@example.org"
		if !w.sentAs(t, o, p, s, tt.subject, tt.text) {
			t.Errorf("to a reader of %q, of a campaign in %q", tt.reader, tt.campaign)
		}
	}
	s := byMail
	s.Language, s.Text, s.To = "de", "of their own", "own@example.org"
	w.sentAs(t, o, p, s, "deutsch", "of their own")
}

// sentAs sends p and says whether the mail has a subject and a text.
func (w *world) sentAs(t *testing.T, o *office, p store.Pass, s issuer.Sending, subject, text string) bool {
	t.Helper()
	sent := w.sendPass(t, p, s)
	w.deliverParcels(t, sent.ID, settled(1))
	all := o.got()
	m := all[len(all)-1]
	if m.Subject == subject && strings.Contains(m.Text, text) {
		return true
	}
	t.Errorf("subject %q, want %q; text %q, want %q in it", m.Subject, subject, m.Text, text)
	return false
}

func TestLettersAreRefused(t *testing.T) {
	w := newWorld(t)
	many := make(map[string]store.Words)
	for n := range 21 {
		many[fmt.Sprintf("x-%d", n)] = store.Words{}
	}
	long := strings.Repeat("ü", 10_000)
	for want, l := range map[string]store.Letter{
		"/letter/subject":              {Words: store.Words{Subject: "a\nb"}},
		"/letter/languages":            {Languages: many},
		"/letter/languages/xx-deutsch": {Languages: map[string]store.Words{"xx-deutsch": {}}},
		"/letter/languages/DE":         {Languages: map[string]store.Words{"DE": {}}},
		"/letter/languages/de/text":    {Languages: map[string]store.Words{"de": {Text: long + "."}}},
		"/letter/languages/de/subject": {Languages: map[string]store.Words{"de": {Subject: strings.Repeat("x", 201)}}},
		"/letter/languages ":           {Words: store.Words{Text: long}, Languages: map[string]store.Words{"de": {Text: long}, "fr": {Text: "x"}}},
	} {
		_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Letter: &l}})
		if e := issuer.Public(err); err == nil || len(e.Fields) != 1 || e.Fields[0].Path != strings.TrimSpace(want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestLettersOfEachLanguage reads the usual texts: every part is there and says
// what it is about.
func TestLettersOfEachLanguage(t *testing.T) {
	w, o, p := newOffice(t, nil)
	subjects := make(map[string]bool)
	for asked, want := range map[string]string{"en": "en", "de-CH": "de", "es-MX": "es", "fr": "fr", "it": "it", "nl-BE": "nl", "pt-BR": "pt", "ja": "en"} {
		s := byMail
		s.Language, s.To, s.Name = asked, asked+"@example.org", "Grace & Co"
		sent := w.sendPass(t, p, s)
		w.deliverParcels(t, sent.ID, settled(1))
		all := o.got()
		m := all[len(all)-1]
		subjects[m.Subject] = true
		if m.Language != want || !strings.HasSuffix(m.Subject, "Stamp card") {
			t.Errorf("%s: in %s, subject %q", asked, m.Language, m.Subject)
		}
		link := "https://passes.example/p/" + p.PublicID
		for _, part := range []string{"Grace & Co", "Stamp card", "Café", link} {
			if !strings.Contains(m.Text, part) {
				t.Errorf("%s lacks %q:\n%s", asked, part, m.Text)
			}
		}
		if strings.Contains(m.Text+m.HTML, "%!") || !strings.Contains(m.HTML, "Grace &amp; Co") || strings.Count(m.HTML, link) < 3 || !strings.Contains(m.HTML, `lang="`+want+`"`) {
			t.Errorf("%s: %s", asked, m.HTML)
		}
	}
	if len(subjects) != 7 {
		t.Errorf("subjects %v", subjects)
	}
}
