package issuer_test

import (
	"strings"
	"sync"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func TestUpsert(t *testing.T) {
	w := newWorld(t)
	o := w.order("stamps", 1, "terms", "new")
	o.ExternalID = "customer-1"
	p, created, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	if !created {
		t.Error("the first is not created")
	}
	o.Values = values("stamps", 2)
	q, created, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	if created || q.ID != p.ID || string(q.Values["stamps"]) != "2" || string(q.Values["terms"]) != `"new"` {
		t.Errorf("the second: created %v, %+v", created, q)
	}
	again, _, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	if again.Version != q.Version || again.Edited != q.Edited {
		t.Error("the same again is a change")
	}
}

// TestConcurrentUpserts: twenty at once make one pass, and none is lost.
func TestConcurrentUpserts(t *testing.T) {
	w := newWorld(t)
	ids, made := make(map[store.ID]bool), 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			o := w.order("stamps", n)
			o.ExternalID = "one"
			p, created, err := w.Upsert(t.Context(), w.me, o)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[p.ID] = true
			if created {
				made++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || made != 1 {
		t.Errorf("%d passes, %d created, want 1 of both", len(ids), made)
	}
}

// TestUpsertWithATakenSerialNumber has to end: the serial number stays taken
// however often one looks.
func TestUpsertWithATakenSerialNumber(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.ExternalID, o.SerialNumber = "a", "S1"
	p, _, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	o.ExternalID = "b"
	_, _, err = w.Upsert(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "already_exists")
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
	o.ExternalID = "a" // free again, but the phones keep the serial number
	_, _, err = w.Upsert(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "already_exists")
	o.SerialNumber = ""
	q, created, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	if !created || q.ID == p.ID {
		t.Error("the external id of a deleted pass is not free")
	}
}

func TestUpsertInAnotherCampaign(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.ExternalID = "a"
	_, _, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	second, err := w.CreateCampaign(t.Context(), w.me, issuer.NewCampaign{Name: "Second", PassTypeIdentifier: passType})
	must(t, err)
	o.Campaign = second.ID
	_, _, err = w.Upsert(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "external_id_elsewhere")
	o.ExternalID = ""
	_, _, err = w.Upsert(t.Context(), w.me, o)
	refusal(t, err, issuer.Invalid, "external_id")
}

// TestUpsertHolder: an order for a pass that is there says who holds it, or what else
// is known of them, but does not hand it to another.
func TestUpsertHolder(t *testing.T) {
	w := newWorld(t)
	w.republish(t, strings.Replace(document, `"hello@cafe.example"`, `"for {{person.name|default:\"nobody\"}}"`, 1))
	upsert := func(h issuer.Holder) (store.Pass, error) {
		o := w.order()
		o.ExternalID, o.Holder = "card-1", h
		p, _, err := w.Upsert(t.Context(), w.me, o)
		return p, err
	}
	nobodys, err := upsert(issuer.Holder{})
	must(t, err)
	adas, err := upsert(w.orderFor("ada", "Ada").Holder)
	must(t, err)
	if adas.ID != nobodys.ID || adas.Holder == 0 || adas.Version == nobodys.Version {
		t.Fatalf("held by %s, version %v after %v", adas.Holder, adas.Version, nobodys.Version)
	}
	renamed, err := upsert(w.orderFor("ada", "Countess").Holder)
	must(t, err)
	if who, err := w.Person(t.Context(), w.me, adas.Holder); err != nil || who.Name != "Countess" || renamed.Holder != adas.Holder || renamed.Version == adas.Version {
		t.Errorf("%+v holds %+v, %v", who, renamed, err)
	}
	again, err := upsert(issuer.Holder{ID: adas.Holder})
	must(t, err)
	if again.Edited != renamed.Edited {
		t.Error("the same again is a change")
	}
	bob, err := w.CreatePerson(t.Context(), w.me, w.orderFor("bob", "Bob").Holder.Details, issuer.Idempotency{})
	must(t, err)
	for _, h := range []issuer.Holder{{ID: bob.ID}, w.orderFor("bob", "Robert").Holder} {
		_, err = upsert(h)
		refusal(t, err, issuer.Conflict, "holder_other")
	}
}

// TestUpsertRefusesDetailsOfTheHolder that issuing refuses, whether the pass is there or not.
func TestUpsertRefusesDetailsOfTheHolder(t *testing.T) {
	w := newWorld(t)
	there := w.order("stamps", 1)
	there.ExternalID = "there"
	p, _, err := w.Upsert(t.Context(), w.me, there)
	must(t, err)
	text := func(s string) *string { return &s }
	long := text(strings.Repeat("x", 70_000))
	tests := []struct {
		name, code string
		holder     issuer.Details
	}{
		{"long name", "person_name", issuer.Details{Name: long}},
		{"long address", "email", issuer.Details{Email: long}},
		{"address of two lines", "email", issuer.Details{Email: text("a@example.org\r\nBcc: b@example.org")}},
		{"long external id", "external_id", issuer.Details{ExternalID: long}},
		{"no number", "phone", issuer.Details{Phone: text("call me")}},
		{"no language", "language_unknown", issuer.Details{Language: text("shouting")}},
	}
	for _, tt := range tests {
		for _, external := range []string{"there", "new"} {
			o := w.order("stamps", 2)
			o.ExternalID, o.Holder = external, issuer.Holder{Details: tt.holder}
			_, _, err := w.Upsert(t.Context(), w.me, o)
			refusal(t, err, issuer.Invalid, tt.code)
		}
	}
	after, err := w.Pass(t.Context(), w.me, p.ID)
	must(t, err)
	if after.Edited != p.Edited || after.Holder != 0 {
		t.Errorf("a refused order changed the pass: %+v", after)
	}
	there.Holder = issuer.Holder{Details: issuer.Details{Phone: text("+49 (30) 123-456")}}
	p, _, err = w.Upsert(t.Context(), w.me, there)
	must(t, err)
	if person, err := w.Person(t.Context(), w.me, p.Holder); err != nil || person.Phone != "+4930123456" {
		t.Errorf("the number is kept as %q, %v", person.Phone, err)
	}
}
