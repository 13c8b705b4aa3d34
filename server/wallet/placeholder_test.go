package wallet_test

import (
	"net/http"
	"slices"
	"testing"

	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
)

// TestOneValueEverywhere gives a value once, over HTTP, and looks for it on a phone: on
// the front, on the back and under the barcode, before and after one PATCH.
func TestOneValueEverywhere(t *testing.T) {
	s := servertest.New(t)
	c := s.Campaign(t)
	template := "/api/v1/templates/" + c.Template.Short()
	s.Patch(t, template, map[string]any{"design": map[string]any{
		"images": map[string]any{"icon": s.Asset(t, "icon").Short()},
		"document": map[string]any{
			"organizationName": "Airline", "description": "Boarding pass",
			"storeCard": map[string]any{
				"primaryFields": []any{map[string]any{"key": "gate", "label": "GATE", "value": "?", "changeMessage": "Now at gate %@"}},
				"backFields":    []any{map[string]any{"key": "how", "label": "How", "value": "Go to gate {{gate}}, {{name|default:\"dear guest\"}}"}},
			},
			"barcodes": []any{map[string]any{"format": "PKBarcodeFormatQR", "message": "{{serialNumber}}-{{gate|url}}", "messageEncoding": "iso-8859-1", "altText": "Gate {{gate}}"}},
		},
		"fields": []any{map[string]any{"key": "name"}},
	}}).Status(t, http.StatusOK)
	s.Post(t, template+"/publish", nil).Status(t, http.StatusOK)

	pass := s.Issue(t, c, servertest.Values{"gate": "A 1", "name": "Ada"})
	phone := s.Phone(t, pass)
	if got, want := gates(phone.Shows(t, pass)), []string{"A 1", "Go to gate A 1, Ada", pass.SerialNumber + "-A+1", "Gate A 1"}; !slices.Equal(got, want) {
		t.Errorf("the phone shows %q, want %q", got, want)
	}
	s.Patch(t, "/api/v1/passes/"+pass.ID.Short(), map[string]any{"values": map[string]any{"gate": "B 2"}}).Status(t, http.StatusOK)
	card := phone.WantUpdates(t, pass, 1)
	if got, want := gates(card), []string{"B 2", "Go to gate B 2, Ada", pass.SerialNumber + "-B+2", "Gate B 2"}; !slices.Equal(got, want) {
		t.Errorf("the phone shows %q, want %q", got, want)
	}
	if len(card.Notices) != 1 || card.Notices[0].Text != "Now at gate B 2" {
		t.Errorf("the lock screen says %+v", card.Notices)
	}
}

// gates are the places where the value has to be.
func gates(c simulator.Card) []string {
	d := c.Document
	return []string{d.StoreCard.PrimaryFields[0].Value.String(), d.StoreCard.BackFields[0].Value.String(), d.Barcodes[0].Message, d.Barcodes[0].AltText}
}
