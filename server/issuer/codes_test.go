package issuer_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/signer/code"
	"pocketpass/store"
)

// signing makes the campaign's codes signed ones.
func (w *world) signing(t *testing.T, r store.Redemption) {
	t.Helper()
	yes := true
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{CampaignSettings: issuer.CampaignSettings{Redemption: &r, SignedCodes: &yes}})
	must(t, err)
}

// barcode is the text that a pass shows.
func (w *world) barcode(t *testing.T, p store.Pass) string {
	t.Helper()
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	return doc.Barcodes[0].Message
}

func (w *world) publicKey(uint8) ed25519.PublicKey { return w.CodeKeys(w.me)[0].Public }

func TestSignedCodeOnThePass(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	if got := w.barcode(t, p); got != p.SerialNumber {
		t.Errorf("without signed codes the barcode says %q", got)
	}
	w.signing(t, store.Redemption{Kind: store.Single})
	w.tamper(t, p, func(p *store.Pass, _ *store.Campaign) { p.Expires = start.Add(90 * time.Minute) })
	text := w.barcode(t, p)
	if text != w.barcode(t, p) {
		t.Error("the code differs from one time to the next")
	}
	got, err := code.Verify(text, w.publicKey, start)
	want := code.Code{Key: 1, SingleUse: true, Pass: uint64(p.ID), Campaign: uint64(p.Campaign), NotBefore: start, NotAfter: start.Add(2 * time.Hour)}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	d, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Scan: strings.ToLower(text) + "\r"}})
	if must(t, err); d.Pass.ID != p.ID || d.Entry.Code.Text != strings.ToLower(text)+"\r" {
		t.Errorf("redeemed %+v", d.Entry)
	}
}

func TestSignedCodesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	w.signing(t, store.Redemption{})
	p := w.issue(t)
	text := w.barcode(t, p)
	_, stranger, _ := ed25519.GenerateKey(nil)
	tests := []struct {
		name, text string
		who        issuer.Actor
		at         time.Duration
		kind       issuer.Kind
		want       string
	}{
		{"changed", text[:20] + "A2" + text[22:], w.me, 0, issuer.Invalid, "code_forged"},
		{"cut off", text[:40], w.me, 0, issuer.Invalid, "code_forged"},
		{"signed by somebody else", code.Sign(stranger, code.Code{Key: 1, Pass: uint64(p.ID), Campaign: uint64(p.Campaign)}), w.me, 0, issuer.Invalid, "code_forged"},
		{"another organisation's", text, issuer.Actor{Org: 77}, 0, issuer.Invalid, "code_forged"},
		{"before the pass was made", text, w.me, -time.Hour, issuer.Conflict, "code_early"},
		{"after it ended", text, w.me, 2 * time.Hour, issuer.Conflict, "code_expired"},
	}
	w.tamper(t, p, func(p *store.Pass, _ *store.Campaign) { p.Expires = start.Add(time.Hour) })
	tests[5].text = w.barcode(t, p)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.clock.set(start.Add(tt.at))
			_, err := w.Redeem(t.Context(), tt.who, issuer.Redeeming{Target: issuer.Target{Scan: tt.text}})
			refusal(t, err, tt.kind, tt.want)
		})
	}
}

// TestRevokedCodes walks the list by pages of two.
func TestRevokedCodes(t *testing.T) {
	w := newWorld(t)
	w.signing(t, store.Redemption{Kind: store.Single, KeepValid: true})
	good, voided, used, gone, undone := w.issue(t), w.issue(t), w.issue(t), w.issue(t), w.issue(t)
	_, err := w.Void(t.Context(), w.me, voided.ID, true)
	must(t, err)
	for _, p := range []store.Pass{used, undone} {
		_, err = w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
		must(t, err)
	}
	_, err = w.Undo(t.Context(), w.me, issuer.Undoing{Pass: undone.ID})
	must(t, err)
	must(t, w.Delete(t.Context(), w.me, gone.ID, nil))
	want := []uint64{uint64(voided.ID), uint64(used.ID), uint64(gone.ID)}

	var got []uint64
	since := store.ID(0)
	for range 2 {
		l, signature, err := w.RevokedCodes(t.Context(), w.me, since, 2)
		must(t, err)
		must(t, l.Verify(w.publicKey(1), signature))
		got = append(got, l.Passes...)
		since = store.ID(l.Next)
	}
	if since != 0 || len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("revoked %v, next %d, want %v", got, since, want)
	}
	w.tamper(t, good, func(_ *store.Pass, c *store.Campaign) { c.State = store.Invalid })
	l, _, err := w.RevokedCodes(t.Context(), w.me, 0, 10)
	if must(t, err); len(l.Campaigns) != 1 || l.Campaigns[0] != uint64(w.campaign.ID) {
		t.Errorf("campaigns %v", l.Campaigns)
	}
	w.tamper(t, good, func(_ *store.Pass, c *store.Campaign) { c.SignedCodes = false })
	if l, _, err = w.RevokedCodes(t.Context(), w.me, 0, 10); err != nil || len(l.Passes)+len(l.Campaigns) != 0 {
		t.Errorf("without signed codes: %+v, %v", l, err)
	}
}

// TestRevokedCodesOfATemplate: whoever makes a template invalid makes no record for each of its
// passes, and scanners without a network have to learn of them all the same.
func TestRevokedCodesOfATemplate(t *testing.T) {
	w := newWorld(t)
	w.signing(t, store.Redemption{Kind: store.Single})
	var want []uint64
	for n := range 7 {
		p := w.issue(t)
		want = append(want, uint64(p.ID))
		if n%3 == 0 { // these are on the list for another reason, too
			_, err := w.Void(t.Context(), w.me, p.ID, true)
			must(t, err)
		}
	}
	invalid := store.Invalid
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{State: &invalid})
	must(t, err)
	for _, limit := range []int{1, 2, 3, 7, 100} {
		var got []uint64
		for since, more := store.ID(0), true; more && len(got) < 20; more = since != 0 {
			l, signature, err := w.RevokedCodes(t.Context(), w.me, since, limit)
			must(t, err)
			must(t, l.Verify(w.publicKey(1), signature))
			if len(l.Passes) > limit {
				t.Fatalf("%d passes on a page of %d", len(l.Passes), limit)
			}
			got, since = append(got, l.Passes...), store.ID(l.Next)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by pages of %d: %v, want %v", limit, got, want)
		}
	}
}

func TestCodeKeysAreOfOneOrganisation(t *testing.T) {
	w := bare(t)
	mine, theirs := w.CodeKeys(w.me), w.CodeKeys(issuer.Actor{Org: w.me.Org + 1})
	if mine[0].Number != 1 || mine[0].Public.Equal(theirs[0].Public) || !mine[0].Public.Equal(w.CodeKeys(w.me)[0].Public) {
		t.Errorf("keys %v and %v", mine, theirs)
	}
}
