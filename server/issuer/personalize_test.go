package issuer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// reward is a world whose passes offer a sign-up sheet.
func reward(t *testing.T) (*world, store.Pass) {
	w := newWorld(t)
	w.adopt(t, w.me, need(nfcIdentity(1)))
	d := w.design(t, strings.Replace(document, "{", `{"nfc": {"message": "m", "encryptionPublicKey": "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADZxgzLg=="},`, 1))
	d.Images["personalizationLogo"] = w.picture(t, "personalizationLogo")
	d.Personalization = json.RawMessage(`{"requiredPersonalizationFields": ["PKPassPersonalizationFieldName"], "description": "Join"}`)
	e, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: w.campaign.ID, Name: "Reward", Design: d})
	must(t, err)
	for _, f := range pkpass.Blocking(e.Findings) {
		t.Errorf("finding %+v", f)
	}
	_, err = w.PublishTemplate(t.Context(), w.me, e.Template.ID, nil)
	must(t, err)
	o := w.order()
	o.Template = e.Template.ID
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	return w, p
}

func nfcIdentity(key int) (*signer.Identity, error) {
	return identityWithNFC(key, passType, start.AddDate(0, -1, 0), start.AddDate(2, 0, 0))
}

func sheet(p store.Pass, name string) issuer.Personalizing {
	return issuer.Personalizing{PassTypeIdentifier: p.PassTypeIdentifier, SerialNumber: p.SerialNumber, PersonalToken: "token",
		Info: map[string]string{"fullName": name, "shoeSize": "44"}}
}

func TestPersonalize(t *testing.T) {
	w, p := reward(t)
	w.register(t, p, phoneNumber(1))
	before, _ := w.latest(t, p, time.Time{})
	if files := contents(t, before.Data).Files; len(files[pkpass.PersonalizationFile].Data) == 0 {
		t.Fatal("the pass offers no sheet")
	}
	signature, err := w.Personalize(t.Context(), sheet(p, "Robin"))
	must(t, err)
	_, found, err := signer.Verify(signature, []byte("token"))
	must(t, err)
	if bad := pkpass.Blocking(found); len(bad) > 0 {
		t.Errorf("signature: %+v", bad)
	}
	after, notModified := w.latest(t, p, before.Modified)
	if notModified {
		t.Fatal("the personal version is hidden")
	}
	for name := range contents(t, after.Data).Files {
		if strings.Contains(name, "personalization") {
			t.Errorf("the personal version holds %s", name)
		}
	}
	q, err := w.Pass(t.Context(), w.me, p.ID)
	must(t, err)
	if q.Person["fullName"] != "Robin" || len(q.Person) != 1 {
		t.Errorf("kept %v", q.Person)
	}
	w.wantQueued(t, 1)
}

// TestPersonalizeAgain: the same gives a signature and changes nothing, another
// holder is refused.
func TestPersonalizeAgain(t *testing.T) {
	w, p := reward(t)
	first, err := w.Personalize(t.Context(), sheet(p, "Robin"))
	must(t, err)
	q, err := w.Pass(t.Context(), w.me, p.ID)
	must(t, err)
	second, err := w.Personalize(t.Context(), sheet(p, "Robin"))
	must(t, err)
	if string(first) != string(second) {
		t.Error("the same second gave another signature")
	}
	_, err = w.Personalize(t.Context(), sheet(p, "Mallory"))
	refusal(t, err, issuer.Conflict, "personalized")
	again, err := w.Pass(t.Context(), w.me, p.ID)
	must(t, err)
	if again.Version != q.Version || again.Person["fullName"] != "Robin" {
		t.Errorf("the pass became %+v", again)
	}
}

// TestPersonalizedIsKnown: the sheet of a pass that nobody holds makes somebody new, by
// whom the pass is found, exported and emptied.
func TestPersonalizedIsKnown(t *testing.T) {
	w, p := reward(t)
	address := "robin@example.org"
	known, err := w.CreatePerson(t.Context(), w.me, issuer.Details{Email: &address}, issuer.Idempotency{})
	must(t, err)
	n := sheet(p, "Robin")
	n.Info["emailAddress"], n.Info["phoneNumber"] = address, "call me"
	_, err = w.Personalize(t.Context(), n)
	must(t, err)
	p = w.now(t, p.ID)
	if p.Holder == 0 || p.Holder == known.ID {
		t.Fatalf("the pass is held by %s, want somebody new", p.Holder)
	}
	k, err := w.ExportPerson(t.Context(), w.me, p.Holder)
	must(t, err)
	if k.Person.Name != "Robin" || k.Person.Email != address || k.Person.Phone != "" || len(k.Passes) != 1 || k.Passes[0].Pass.Person["phoneNumber"] != "call me" {
		t.Errorf("exported %+v", k)
	}
	_, err = w.ErasePerson(t.Context(), w.me, p.Holder)
	must(t, err)
	if left := w.now(t, p.ID); left.Person != nil || left.Holder != 0 {
		t.Errorf("left %v, held by %s", left.Person, left.Holder)
	}
}

func TestPersonalizeRefuses(t *testing.T) {
	w, p := reward(t)
	plain := w.issue(t)
	before := w.engine.updates.Load()
	for name, tt := range map[string]struct {
		kind issuer.Kind
		edit func(*issuer.Personalizing)
	}{
		"unknown pass":         {issuer.NotFound, func(n *issuer.Personalizing) { n.SerialNumber = "x" }},
		"pass without a sheet": {issuer.NotFound, func(n *issuer.Personalizing) { n.SerialNumber = plain.SerialNumber }},
		"no token":             {issuer.Invalid, func(n *issuer.Personalizing) { n.PersonalToken = "" }},
		"long token":           {issuer.Invalid, func(n *issuer.Personalizing) { n.PersonalToken = strings.Repeat("x", 513) }},
		"manifest for a token": {issuer.Invalid, func(n *issuer.Personalizing) {
			n.PersonalToken = `{"pass.json":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}`
		}},
		"token with a line end":  {issuer.Invalid, func(n *issuer.Personalizing) { n.PersonalToken = "token\n" }},
		"nothing at all":         {issuer.Invalid, func(n *issuer.Personalizing) { n.Info = nil }},
		"nothing that is known":  {issuer.Invalid, func(n *issuer.Personalizing) { n.Info = map[string]string{"shoeSize": "44"} }},
		"a blank and a country":  {issuer.Invalid, func(n *issuer.Personalizing) { n.Info = map[string]string{"fullName": " ", "ISOCountryCode": "DE"} }},
		"long name":              {issuer.Invalid, func(n *issuer.Personalizing) { n.Info["fullName"] = strings.Repeat("x", 513) }},
		"name that is not UTF-8": {issuer.Invalid, func(n *issuer.Personalizing) { n.Info["fullName"] = "\xff" }},
	} {
		n := sheet(p, "Robin")
		tt.edit(&n)
		if _, err := w.Personalize(t.Context(), n); issuer.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.engine.updates.Load() - before; n != 0 {
		t.Errorf("strangers began %d transactions that write", n)
	}
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
	if _, err := w.Personalize(t.Context(), sheet(p, "Robin")); issuer.KindOf(err) != issuer.NotFound {
		t.Errorf("deleted pass: %v", err)
	}
}

// TestDeletingForgetsThePerson: phones need the void version, not the holder's name.
func TestDeletingForgetsThePerson(t *testing.T) {
	w, p := reward(t)
	w.register(t, p, phoneNumber(1))
	_, err := w.Personalize(t.Context(), sheet(p, "Robin"))
	must(t, err)
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
	w.view(t, func(r store.Reader) error {
		left, err := r.AnyPass(p.ID)
		if left.Person != nil || left.Personalized.IsZero() {
			t.Errorf("left %v, personalised at %v", left.Person, left.Personalized)
		}
		return err
	})
	w.latest(t, p, time.Time{})
}
