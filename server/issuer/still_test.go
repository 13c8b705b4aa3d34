package issuer_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// showing is the document with another text on its back.
func showing(text string) string {
	return strings.Replace(document, `"hello@cafe.example"`, `"hello@cafe.example `+text+`"`, 1)
}

// TestRedeemUnseen: phones are told of a redemption that their pass shows, and of no other.
func TestRedeemUnseen(t *testing.T) {
	points, single := store.Redemption{Kind: store.Points}, store.Redemption{Kind: store.Single}
	valid := single
	valid.KeepValid = true
	for _, tt := range []struct {
		name, text string
		rules      store.Redemption
		action     store.Action
		amount     int64
		told       bool
	}{
		{"nothing of it", "", points, store.Earn, 3, false},
		{"its holder's name", `{{person.name|default:\"you\"}}`, points, store.Earn, 3, false},
		{"its balance", "{{account.balance}} points", points, store.Earn, 3, true},
		{"that it is void", "", single, store.Redeem, 0, true},
		{"nothing of it, used up and valid", "", valid, store.Redeem, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.rules(t, tt.rules)
			w.republish(t, showing(tt.text))
			p := w.issue(t)
			w.register(t, p, phoneNumber(1))
			w.clock.add(time.Second)
			out, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: tt.action, Amount: tt.amount})
			must(t, err)
			if out.Pass.Account.Uses+out.Pass.Account.Total == 0 || out.Pass.Edited != p.Edited+1 {
				t.Errorf("the pass is %+v", out.Pass)
			}
			if told := out.Pass.Version != p.Version; told != tt.told {
				t.Errorf("a new version: %v", told)
			}
			w.wantQueued(t, map[bool]int{true: 1}[tt.told])
			back, err := w.Undo(t.Context(), w.me, issuer.Undoing{Pass: p.ID})
			must(t, err)
			if told := back.Pass.Version != out.Pass.Version; told != tt.told {
				t.Errorf("a new version after it was taken back: %v", told)
			}
		})
	}
}

// TestRedeemSeenMeanwhile: the pass was looked at before its template showed the balance.
func TestRedeemSeenMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.rules(t, store.Redemption{Kind: store.Points})
	p := w.issue(t)
	e := &meddling{Engine: w.engine.Engine}
	w.engine.Engine = e
	e.before = func() { w.republish(t, showing("{{account.balance}} points")) }
	out, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}, Action: store.Earn, Amount: 3})
	e.before = nil
	must(t, err)
	if out.Pass.Version == p.Version {
		t.Error("no new version")
	}
}

// TestRedeemTurns: passes that were redeemed have another side, which says nothing of accounts.
func TestRedeemTurns(t *testing.T) {
	w := newWorld(t)
	d := w.design(t, document)
	d.Redeemed = &store.Design{Document: json.RawMessage(showing("with thanks"))}
	_, err := w.ChangeTemplate(t.Context(), w.me, w.template.ID, issuer.TemplateChange{Design: &d})
	must(t, err)
	_, err = w.PublishTemplate(t.Context(), w.me, w.template.ID, nil)
	must(t, err)
	p := w.issue(t)
	out, err := w.redeem(t, issuer.Redeeming{Target: issuer.Target{Pass: p.ID}})
	must(t, err)
	if out.Pass.Version == p.Version {
		t.Error("phones are not told that it was redeemed")
	}
	back, err := w.Undo(t.Context(), w.me, issuer.Undoing{Pass: p.ID})
	must(t, err)
	if back.Pass.Version == out.Pass.Version {
		t.Error("phones are not told that it was not")
	}
}
