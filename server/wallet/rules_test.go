package wallet_test

import (
	"testing"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// TestPhoneSeesInvalidCampaign: a phone loses the barcode of its pass for ever.
func TestPhoneSeesInvalidCampaign(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, store.Campaign{}, servertest.Values{"stamps": 3})
	phone := s.Phone(t, p)
	if doc := phone.Shows(t, p).Document; len(doc.Barcodes) == 0 {
		t.Fatal("the pass had no barcode")
	}
	path := "/api/v1/campaigns/" + p.Campaign.Short()
	s.Patch(t, path, `{"state": "invalid"}`).Status(t, 200)
	doc := phone.WantUpdates(t, p, 1).Document
	if doc.Voided == nil || !*doc.Voided || doc.Barcodes != nil || doc.Barcode != nil {
		t.Errorf("voided %v, barcodes %v", doc.Voided, doc.Barcodes)
	}
	s.Patch(t, path, `{"state": "active"}`).Fails(t, 409, "state_move")
	s.Patch(t, "/api/v1/passes/"+p.ID.Short(), `{"values": {"stamps": 4}}`).Fails(t, 409, "campaign_invalid")
}

func TestPhoneSeesInvalidPass(t *testing.T) {
	s := servertest.New(t)
	p := s.Issue(t, store.Campaign{}, nil)
	phone := s.Phone(t, p)
	s.Post(t, "/api/v1/passes/"+p.ID.Short()+"/invalidate", nil).Status(t, 200)
	if doc := phone.WantUpdates(t, p, 1).Document; doc.Barcodes != nil {
		t.Errorf("barcodes %v", doc.Barcodes)
	}
}

// TestPhoneSeesExpiry: the date that the first installation sets reaches the phone.
func TestPhoneSeesExpiry(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	s.Patch(t, "/api/v1/campaigns/"+c.ID.Short(), `{"expiry": {"afterInstallDays": 7}}`).Status(t, 200)
	p := s.Issue(t, c, nil)
	phone := s.Phone(t, p)
	want := servertest.Start.Add(7 * 24 * time.Hour).Format(time.RFC3339)
	if got := phone.WantUpdates(t, p, 1).Document.ExpirationDate; got != want {
		t.Errorf("expires %q, want %q", got, want)
	}
	s.Advance(t, 7*24*time.Hour)
	events, _, err := s.Issuer.History(t.Context(), s.Actor, p.ID, store.Page{Reverse: true, Limit: 1})
	if err != nil || len(events) != 1 || events[0].Type != "pass.expired" {
		t.Errorf("history ends with %+v, %v", events, err)
	}
}

// TestPhoneSeesPlaces: the ones nearest to its holder.
func TestPhoneSeesPlaces(t *testing.T) {
	s := servertest.New(t)
	near := store.Point{Latitude: 50e6, Longitude: 10e6}
	p := s.Issue(t, store.Campaign{}, nil, func(o *issuer.Order) { o.Near = near })
	phone := s.Phone(t, p)
	var places []map[string]any
	for n := range 30 {
		places = append(places, map[string]any{"latitude": 30 + n, "longitude": 10})
	}
	s.Put(t, "/api/v1/campaigns/"+p.Campaign.Short()+"/places", map[string]any{"places": places}).Status(t, 200)
	shown := phone.WantUpdates(t, p, 1).Document.Locations
	if len(shown) != 10 || *shown[0].Latitude < 45 || *shown[9].Latitude > 55 {
		t.Errorf("%d places, from %v to %v", len(shown), *shown[0].Latitude, *shown[len(shown)-1].Latitude)
	}
}
