package issuer_test

import (
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// TestScannedPatterns: barcodes whose message the template makes of what names the pass.
func TestScannedPatterns(t *testing.T) {
	tests := []struct{ name, message string }{
		{"address with the public id", "https://shop.example/{{publicId}}?from=wallet"},
		{"serial number between others", "{{campaign.name}}/{{serialNumber}}/{{stamps}}"},
		{"external id with something like an expression", "(.*)+{{externalId}}$"},
		{"two that name it", "{{externalId}}/{{publicId}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.republish(t, strings.Replace(document, `"message": ""`, `"message": "`+tt.message+`"`, 1))
			var all []store.Pass
			for _, id := range []string{"a-1", "a-11"} {
				o := w.order("stamps", 3)
				o.ExternalID = id
				p, err := w.Issue(t.Context(), w.me, o)
				must(t, err)
				all = append(all, p)
			}
			for _, p := range all {
				text := w.barcode(t, p)
				if strings.Contains(text, "{{") {
					t.Fatalf("the barcode says %q", text)
				}
				got, err := w.LookUp(t.Context(), w.me, issuer.Redeeming{Target: issuer.Target{Scan: text, Campaign: w.campaign.ID}})
				if must(t, err); got.Pass.ID != p.ID {
					t.Errorf("%q found %s, want %s", text, got.Pass.ExternalID, p.ExternalID)
				}
				for _, other := range []issuer.Redeeming{{Target: issuer.Target{Scan: text + "x"}}, {Target: issuer.Target{Scan: "x" + text}}} {
					_, err = w.LookUp(t.Context(), w.me, other)
					refusal(t, err, issuer.NotFound, "not_found")
				}
				_, err = w.LookUp(t.Context(), issuer.Actor{Org: 77}, issuer.Redeeming{Target: issuer.Target{Scan: text}})
				refusal(t, err, issuer.NotFound, "not_found")
			}
		})
	}
}
