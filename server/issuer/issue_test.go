package issuer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func TestIssue(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t, "stamps", 3)
	if len(p.SerialNumber) != 36 || len(p.PublicID) != 14 || p.Campaign != w.campaign.ID || p.Template != w.template.ID || !p.Created.Equal(start) {
		t.Errorf("issued %+v", p)
	}
	doc, found, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	if got := doc.StoreCard.FieldByKey("stamps").Value.String(); got != "3" || len(doc.Barcodes) != 1 || doc.Barcodes[0].Message != p.SerialNumber {
		t.Errorf("stamps %s, barcodes %+v", got, doc.Barcodes)
	}
	for _, f := range found {
		t.Errorf("finding %+v", f)
	}
	if doc.TeamIdentifier != team || doc.WebServiceURL != "https://passes.example/wallet" || len(doc.AuthenticationToken) < 16 {
		t.Errorf("team %s, service %s", doc.TeamIdentifier, doc.WebServiceURL)
	}
	events, _, err := w.History(t.Context(), w.me, p.ID, store.Page{})
	must(t, err)
	if len(events) != 1 || events[0].Type != "pass.created" || events[0].By != "test" {
		t.Errorf("history %+v", events)
	}
}

func TestIssueRefuses(t *testing.T) {
	w := newWorld(t)
	taken, err := w.Issue(t.Context(), w.me, issuer.Order{Campaign: w.campaign.ID, SerialNumber: "S1", ExternalID: "e1"})
	must(t, err)
	tests := []struct {
		name, code string
		kind       issuer.Kind
		path       string
		edit       func(*issuer.Order)
	}{
		{"unknown campaign", "not_found", issuer.NotFound, "", func(o *issuer.Order) { o.Campaign = 99 }},
		{"unknown template", "unknown_template", issuer.Invalid, "/template", func(o *issuer.Order) { o.Template = 99 }},
		{"unknown field", "field_unknown", issuer.Invalid, "/values/nope", func(o *issuer.Order) { o.Values = values("nope", 1) }},
		{"value of another type", "value_type", issuer.Invalid, "/values/stamps", func(o *issuer.Order) { o.Values = values("stamps", []int{1}) }},
		{"null value", "value_type", issuer.Invalid, "/values/stamps", func(o *issuer.Order) { o.Values = values("stamps", nil) }},
		{"large content", "content_large", issuer.TooLarge, "", func(o *issuer.Order) { o.Values = values("terms", strings.Repeat("x", 33<<10)) }},
		{"tags", "too_many_tags", issuer.Invalid, "/tags", func(o *issuer.Order) { o.Tags = make([]string, 16) }},
		{"long tag", "tag", issuer.Invalid, "/tags/0", func(o *issuer.Order) { o.Tags = []string{strings.Repeat("x", 256)} }},
		{"tag with a zero byte", "tag", issuer.Invalid, "/tags/0", func(o *issuer.Order) { o.Tags = []string{"a\x00b"} }},
		{"serial number", "serial_number", issuer.Invalid, "/serialNumber", func(o *issuer.Order) { o.SerialNumber = "a/b" }},
		{"long serial number", "serial_number", issuer.Invalid, "/serialNumber", func(o *issuer.Order) { o.SerialNumber = strings.Repeat("1", 65) }},
		{"short token", "authentication_token", issuer.Invalid, "/authenticationToken", func(o *issuer.Order) { o.Token = "short" }},
		{"external id", "external_id", issuer.Invalid, "/externalId", func(o *issuer.Order) { o.ExternalID = "a\nb" }},
		{"key of the server", "key_reserved", issuer.Invalid, "/document/serialNumber", func(o *issuer.Order) { o.Document = json.RawMessage(`{"serialNumber":"x"}`) }},
		{"voided by document", "key_reserved", issuer.Invalid, "/document/voided", func(o *issuer.Order) { o.Document = json.RawMessage(`{"voided":true}`) }},
		{"document that is a list", "document_malformed", issuer.Invalid, "/document", func(o *issuer.Order) { o.Document = json.RawMessage(`[]`) }},
		{"what a phone would refuse", "pass_refused", issuer.Invalid, "", func(o *issuer.Order) {
			o.Document = json.RawMessage(`{"expirationDate":"tomorrow"}`)
		}},
		{"unknown picture", "unknown_asset", issuer.Invalid, "/images/strip", func(o *issuer.Order) { o.Images = map[string]store.ID{"strip": 99} }},
		{"picture out of the folder", "image_folder", issuer.Invalid, "/images/..~1icon", func(o *issuer.Order) {
			o.Images = map[string]store.ID{"../icon": w.picture(t, "icon")}
		}},
		{"taken serial number", "already_exists", issuer.Conflict, "/serialNumber", func(o *issuer.Order) { o.SerialNumber = taken.SerialNumber }},
		{"taken external id", "already_exists", issuer.Conflict, "/externalId", func(o *issuer.Order) { o.ExternalID = taken.ExternalID }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := w.order()
			tt.edit(&o)
			_, err := w.Issue(t.Context(), w.me, o)
			e := refusal(t, err, tt.kind, tt.code)
			if tt.path != "" && (len(e.Fields) != 1 || e.Fields[0].Path != tt.path) {
				t.Errorf("fields %+v, want the path %s", e.Fields, tt.path)
			}
		})
	}
	list, err := w.Passes(t.Context(), w.me, store.PassFilter{Campaign: w.campaign.ID}, store.Page{})
	must(t, err)
	if len(list.Passes) != 1 {
		t.Errorf("%d passes after all refusals, want the first", len(list.Passes))
	}
}

func TestIdempotency(t *testing.T) {
	w := newWorld(t)
	o := w.order("stamps", 1)
	o.Idempotency = issuer.Idempotency{Key: "k", Request: "a"}
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	again, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	if again.ID != p.ID {
		t.Error("the same request made two passes")
	}
	o.Idempotency.Request = "b"
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Invalid, "idempotency_key_reused")
	other := w.me
	other.Key++
	if p2, err := w.Issue(t.Context(), other, o); err != nil || p2.ID == p.ID {
		t.Errorf("another caller's key is its own: %v", err)
	}
	ctx, stop := contextDone(t)
	w.clock.add(issuer.KeepAnswers + time.Second)
	stop()
	must(t, w.Run(ctx)) // housekeeping runs once more at the end
	p3, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	if p3.ID == p.ID {
		t.Error("an answer is remembered for longer than it should")
	}
}

// TestKeylessActorsAreTheirOrganisations: two without an API key do not share what is
// remembered of their requests.
func TestKeylessActorsAreTheirOrganisations(t *testing.T) {
	w := newWorld(t)
	var other store.Organisation
	must(t, w.db.Update(t.Context(), func(tx store.Tx) (err error) {
		if other.ID, err = tx.NewID(); err != nil {
			return err
		}
		other.Name = "other"
		return tx.PutOrganisation(other)
	}))
	once := issuer.Idempotency{Key: "k", Request: "a"}
	made := make(map[store.ID]bool)
	for _, org := range []store.ID{w.me.Org, other.ID, w.me.Org} {
		p, err := w.CreatePerson(t.Context(), issuer.Actor{Org: org}, issuer.Details{Name: new("Ada")}, once)
		must(t, err)
		made[p.ID] = true
	}
	if len(made) != 2 {
		t.Errorf("%d people, want one of each organisation", len(made))
	}
}

// TestReplayAfterAPublication: what the order would be refused for today does not matter.
func TestReplayAfterAPublication(t *testing.T) {
	w := newWorld(t)
	o := w.order("stamps", 1)
	o.Idempotency = issuer.Idempotency{Key: "k", Request: "a"}
	p, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	w.republish(t, strings.ReplaceAll(document, `"stamps"`, `"points"`))
	again, err := w.Issue(t.Context(), w.me, o)
	must(t, err)
	if again.ID != p.ID {
		t.Error("the same request made two passes")
	}
	o.Idempotency.Key = "another"
	_, err = w.Issue(t.Context(), w.me, o)
	refusal(t, err, issuer.Invalid, "field_unknown")
}

func TestConcurrentIssues(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			o := w.order("stamps", n)
			o.ExternalID = fmt.Sprint(n)
			if _, err := w.Issue(t.Context(), w.me, o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	seen := make(map[uint64]bool)
	list, err := w.Passes(t.Context(), w.me, store.PassFilter{Campaign: w.campaign.ID}, store.Page{})
	must(t, err)
	for _, p := range list.Passes {
		seen[p.Version.Revision] = true
	}
	if len(list.Passes) != 64 || len(seen) != 64 {
		t.Errorf("%d passes with %d revisions, want 64 of both", len(list.Passes), len(seen))
	}
}

func TestPausedCampaignIssuesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	for _, state := range []store.CampaignState{store.Paused, store.Archived} {
		_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{State: &state})
		must(t, err)
		_, err = w.Issue(t.Context(), w.me, w.order())
		refusal(t, err, issuer.Conflict, "campaign_"+string(state))
		if _, err := w.Download(t.Context(), w.me, p.ID); err != nil {
			t.Errorf("%s: a pass that exists is not served: %v", state, err)
		}
	}
	back := store.Active
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{State: &back})
	refusal(t, err, issuer.Conflict, "state_move")
}

// TestFullDisk: the refusal says so, reading goes on, and there is no trace later.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	p := w.issue(t)
	w.engine.broken.Store(true)
	_, err := w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Full, "storage_full")
	_, err = w.Download(t.Context(), w.me, p.ID)
	must(t, err)
	w.engine.broken.Store(false)
	list, err := w.Passes(t.Context(), w.me, store.PassFilter{Campaign: w.campaign.ID}, store.Page{})
	must(t, err)
	if len(list.Passes) != 1 {
		t.Errorf("%d passes, want the one from before", len(list.Passes))
	}
}
