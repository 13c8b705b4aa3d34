package issuer_test

import (
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

const (
	draft    = store.Unreleased
	active   = store.Active
	paused   = store.Paused
	archived = store.Archived
	dead     = store.Invalid
)

// wayTo lists the moves that lead from a draft to a state.
var wayTo = map[store.CampaignState][]store.CampaignState{
	draft: nil, active: {active}, paused: {active, paused}, archived: {archived}, dead: {active, dead},
}

func TestMoves(t *testing.T) {
	allowed := map[store.CampaignState]string{ // to where
		draft: "active archived", active: "paused archived invalid", paused: "active archived invalid", archived: "invalid", dead: "",
	}
	w := newWorld(t)
	for from, way := range wayTo {
		for to := range wayTo {
			t.Run(string(from+" to "+to), func(t *testing.T) {
				c := w.draft(t)
				for _, s := range way {
					must(t, w.move(t, c, s))
				}
				err := w.move(t, c, to)
				if from == to || strings.Contains(allowed[from], string(to)) {
					must(t, err)
					w.wantState(t, c, to)
					return
				}
				e := refusal(t, err, issuer.Conflict, "state_move")
				for _, word := range append(strings.Fields(allowed[from]), string(from)) {
					if !strings.Contains(e.Msg, word) {
						t.Errorf("%q does not name %s", e.Msg, word)
					}
				}
				w.wantState(t, c, from)
			})
		}
	}
	if err := w.move(t, w.draft(t), "open"); issuer.KindOf(err) != issuer.Invalid {
		t.Errorf("an unknown state: %v", err)
	}
}

func (w *world) draft(t testing.TB) store.ID {
	t.Helper()
	c, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "x", PassTypeIdentifier: passType, State: draft})
	must(t, err)
	return c.ID
}

func (w *world) move(t testing.TB, campaign store.ID, to store.CampaignState) error {
	_, err := w.ChangeCampaign(t.Context(), w.me, campaign, issuer.CampaignChange{State: &to})
	return err
}

func (w *world) wantState(t testing.TB, campaign store.ID, want store.CampaignState) {
	t.Helper()
	c, err := w.Campaign(t.Context(), w.me, campaign)
	must(t, err)
	if c.State != want {
		t.Errorf("the campaign is %s, want %s", c.State, want)
	}
}

// TestRepeatedState: to go where it is already is no change, not even of the ETag.
func TestRepeatedState(t *testing.T) {
	w := newWorld(t)
	before, err := w.Campaign(t.Context(), w.me, w.campaign.ID)
	must(t, err)
	must(t, w.move(t, w.campaign.ID, active))
	after, err := w.Campaign(t.Context(), w.me, w.campaign.ID)
	must(t, err)
	if after.Edited != before.Edited || after.Version != before.Version {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestDraftIssuesNothing(t *testing.T) {
	w := newWorld(t)
	c := w.draft(t)
	e, err := w.CreateTemplate(t.Context(), w.me, issuer.NewTemplate{Campaign: c, Name: "Card", Design: w.design(t, document)})
	must(t, err)
	_, err = w.PublishTemplate(t.Context(), w.me, e.Template.ID, nil)
	must(t, err)
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: c})
	refusal(t, err, issuer.Conflict, "campaign_draft")
	must(t, w.move(t, c, active))
	_, err = w.Issue(t.Context(), w.me, issuer.Order{Campaign: c})
	must(t, err)
}

// scannable is a card with all that a reader could take.
var scannable = strings.Replace(document, `"barcodes"`, `"nfc": {"message": "tap", "encryptionPublicKey": "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACXCHJJlZgFpo+jlPT0WbLZXo5kdK8yYw6aPm1ObzoWdw="},
	"barcode": {"format": "PKBarcodeFormatQR", "message": "", "messageEncoding": "iso-8859-1"}, "barcodes"`, 1)

func TestInvalidPass(t *testing.T) {
	w := newWorld(t)
	w.republish(t, scannable)
	p, other := w.issue(t), w.issue(t)
	w.wantVoid(t, p, false)
	w.register(t, p, phoneNumber(1))
	p, err := w.Invalidate(t.Context(), w.me, p.ID)
	must(t, err)
	w.wantQueued(t, 1)
	w.wantVoid(t, p, true)
	w.wantVoid(t, other, false)
	again, err := w.Invalidate(t.Context(), w.me, p.ID)
	must(t, err)
	if again.Edited != p.Edited {
		t.Error("a second time is a change")
	}
	w.wantFrozen(t, p, "pass_invalid")
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
}

// TestInvalidCampaign: one commit makes all its passes invalid, whatever becomes of them.
func TestInvalidCampaign(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.register(t, p, phoneNumber(1))
	tag := w.list(t, phoneNumber(1), "").Tag
	must(t, w.move(t, w.campaign.ID, dead))
	if got := w.list(t, phoneNumber(1), tag); len(got.SerialNumbers) != 1 {
		t.Errorf("the phone is told of %v", got.SerialNumbers)
	}
	w.view(t, func(r store.Reader) error {
		f, err := r.NextFanout()
		if err == nil && f.Campaign != w.campaign.ID {
			t.Errorf("fan-out %+v", f)
		}
		return err
	})
	w.wantVoid(t, p, true)
	w.wantFrozen(t, p, "campaign_invalid")
	_, err := w.Invalidate(t.Context(), w.me, p.ID)
	refusal(t, err, issuer.Conflict, "campaign_invalid")
	_, err = w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "campaign_invalid")
	name := "still editable"
	_, err = w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{Name: &name})
	must(t, err)
}

func (w *world) wantVoid(t testing.TB, p store.Pass, want bool) {
	t.Helper()
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	void := doc.Voided != nil && *doc.Voided
	if bare := doc.Barcodes == nil && doc.Barcode == nil && doc.NFC == nil; void != want || bare != want {
		t.Errorf("void %v, nothing to scan %v, want both %v", void, bare, want)
	}
}

// wantFrozen tries to change p.
func (w *world) wantFrozen(t testing.TB, p store.Pass, code string) {
	t.Helper()
	_, err := w.Update(t.Context(), w.me, p.ID, issuer.Change{Values: values("stamps", 9)})
	refusal(t, err, issuer.Conflict, code)
	_, err = w.Void(t.Context(), w.me, p.ID, true)
	refusal(t, err, issuer.Conflict, code)
}
