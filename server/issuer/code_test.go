package issuer_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

func raw(text string) *json.RawMessage {
	m := json.RawMessage(text)
	return &m
}

// numbered is a world whose campaign numbers its passes.
func numbered(t *testing.T, n store.Numbering) *world {
	t.Helper()
	w := newWorld(t)
	w.set(t, issuer.CampaignSettings{Numbering: &n})
	return w
}

// scanned is what the barcodes of a pass say.
func (w *world) scanned(t *testing.T, p store.Pass) []string {
	t.Helper()
	doc, _, err := w.Document(t.Context(), w.me, p.ID)
	must(t, err)
	var out []string
	for _, b := range doc.Barcodes {
		out = append(out, b.Message)
	}
	return append(out, doc.Barcode.Message)
}

func TestNumbering(t *testing.T) {
	tests := []struct {
		name      string
		numbering store.Numbering
		code      string // of the second pass
		barcode   string
	}{
		{"no numbering", store.Numbering{}, ``, ``},
		{"running", store.Numbering{Kind: store.Sequential}, `2`, `2`},
		{"padded", store.Numbering{Kind: store.Sequential, Prefix: "C-", Digits: 8}, `C-00000002`, `C-00000002`},
		{"from a number on", store.Numbering{Kind: store.Sequential, Digits: 2, Next: 99}, `100`, `100`},
		{"fixed", store.Numbering{Kind: store.Fixed, Fixed: "HELLO", Digits: 4}, `0002`, `HELLO`},
		{"random", store.Numbering{Kind: store.Random}, `[2-9A-HJ-KM-NP-Z]{10}`, ``},
		{"random of a length", store.Numbering{Kind: store.Random, Digits: 6}, `[2-9A-HJ-KM-NP-Z]{6}`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := numbered(t, tt.numbering)
			first, second := w.issue(t), w.issue(t)
			if !regexp.MustCompile("^"+tt.code+"$").MatchString(second.Code) || first.Code == second.Code && tt.code != "" {
				t.Errorf("codes %q and %q", first.Code, second.Code)
			}
			want := second.Code
			switch {
			case tt.barcode != "":
				want = tt.barcode
			case want == "":
				want = second.SerialNumber
			}
			if got := w.scanned(t, second); !slices.Equal(got, []string{want, want}) {
				t.Errorf("barcodes say %q, want %q", got, want)
			}
		})
	}
}

// TestNumbersAreNotReused: those of deleted passes are gone.
func TestNumbersAreNotReused(t *testing.T) {
	w := numbered(t, store.Numbering{Kind: store.Sequential})
	must(t, w.Delete(t.Context(), w.me, w.issue(t).ID, nil))
	if p := w.issue(t); p.Code != "2" {
		t.Errorf("code %s after the first was deleted, want 2", p.Code)
	}
}

func TestNumberingStays(t *testing.T) {
	w := newWorld(t)
	must(t, w.Delete(t.Context(), w.me, w.issue(t).ID, nil))
	_, err := w.ChangeCampaign(t.Context(), w.me, w.campaign.ID, issuer.CampaignChange{
		CampaignSettings: issuer.CampaignSettings{Numbering: &store.Numbering{Kind: store.Random}}})
	refusal(t, err, issuer.Conflict, "numbering_in_use")
	w.set(t, issuer.CampaignSettings{Numbering: &store.Numbering{}}) // the same
}

func TestGivenCodes(t *testing.T) {
	w := numbered(t, store.Numbering{Kind: store.Given})
	order := func(code string) issuer.Order {
		o := w.order()
		o.Code = code
		return o
	}
	p, err := w.Issue(t.Context(), w.me, order("Tür 7"))
	must(t, err)
	if got := w.scanned(t, p); got[0] != "Tür 7" {
		t.Errorf("barcodes say %q", got)
	}
	tests := []struct {
		name, code, refusal string
		kind                issuer.Kind
	}{
		{"none", "", "code_missing", issuer.Invalid},
		{"taken", "Tür 7", "code_taken", issuer.Conflict},
		{"control character", "a\x00b", "code", issuer.Invalid},
		{"long", strings.Repeat("x", 129), "code", issuer.Invalid},
		{"not in the barcode's encoding", "門", "pass_refused", issuer.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.Issue(t.Context(), w.me, order(tt.code))
			e := refusal(t, err, tt.kind, tt.refusal)
			if tt.refusal != "pass_refused" && (len(e.Fields) != 1 || e.Fields[0].Path != "/code") {
				t.Errorf("fields %+v", e.Fields)
			}
		})
	}
	must(t, w.Delete(t.Context(), w.me, p.ID, nil))
	_, err = w.Issue(t.Context(), w.me, order("Tür 7")) // free again
	must(t, err)
	other := newWorld(t)
	o := other.order()
	o.Code = "x"
	_, err = other.Issue(t.Context(), other.me, o)
	refusal(t, err, issuer.Invalid, "code_not_given")
}

// TestUpsertByTwoWithACode: who loses the race for the external id changes the pass.
func TestUpsertByTwoWithACode(t *testing.T) {
	w := numbered(t, store.Numbering{Kind: store.Given})
	o := w.order("stamps", 1)
	o.ExternalID, o.Code = "e", "c"
	_, created, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	_, again, err := w.Upsert(t.Context(), w.me, o)
	must(t, err)
	if !created || again {
		t.Errorf("created %v, then %v", created, again)
	}
	o.ExternalID = "f"
	_, _, err = w.Upsert(t.Context(), w.me, o)
	refusal(t, err, issuer.Conflict, "code_taken")
}

func TestListOfCodes(t *testing.T) {
	w := numbered(t, store.Numbering{Kind: store.FromList})
	_, err := w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "code_list_empty")
	add := func(want issuer.AddedCodes, codes ...string) {
		t.Helper()
		got, err := w.AddCodes(t.Context(), w.me, w.campaign.ID, codes)
		must(t, err)
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	add(issuer.AddedCodes{Added: 2, Known: 1, Free: 2}, "B", "A", "B")
	if p := w.issue(t); p.Code != "B" {
		t.Errorf("code %s, want the first of the list", p.Code)
	}
	add(issuer.AddedCodes{Added: 1, Known: 2, Free: 2}, "A", "B", "C") // one waits, one has a pass
	add(issuer.AddedCodes{Free: 2})
	many := make([]string, 2500)
	for n := range many {
		many[n] = fmt.Sprint("N", n)
	}
	add(issuer.AddedCodes{Added: 2500, Free: 2502}, many...)
	add(issuer.AddedCodes{Known: 2500, Free: 2502}, many...)
	for _, want := range []string{"A", "C", "N0", "N1"} {
		if p := w.issue(t); p.Code != want {
			t.Errorf("code %s, want %s", p.Code, want)
		}
	}
}

func TestCodesAreRefused(t *testing.T) {
	w := numbered(t, store.Numbering{Kind: store.FromList})
	_, err := w.AddCodes(t.Context(), w.me, w.campaign.ID, []string{"A", "a\tb"})
	e := refusal(t, err, issuer.Invalid, "code")
	if e.Fields[0].Path != "/1" {
		t.Errorf("fields %+v", e.Fields)
	}
	_, err = w.AddCodes(t.Context(), w.me, w.campaign.ID, []string{""})
	refusal(t, err, issuer.Invalid, "code")
	_, err = w.AddCodes(t.Context(), w.me, w.campaign.ID, make([]string, 100_001))
	refusal(t, err, issuer.TooLarge, "too_many_codes")
	_, err = w.AddCodes(t.Context(), issuer.Actor{Org: 99}, w.campaign.ID, []string{"A"})
	refusal(t, err, issuer.NotFound, "not_found")
	_, err = w.Issue(t.Context(), w.me, w.order())
	refusal(t, err, issuer.Conflict, "code_list_empty")
	other := newWorld(t)
	_, err = other.AddCodes(t.Context(), other.me, other.campaign.ID, []string{"A"})
	refusal(t, err, issuer.Conflict, "numbering_not_list")
}

// TestOwnBarcodes: a message of the pass's own is shown, and found by tills.
func TestOwnBarcodes(t *testing.T) {
	for _, n := range []store.Numbering{{Kind: store.Sequential}, {Kind: store.Fixed, Fixed: "HELLO"}} {
		t.Run(string(n.Kind), func(t *testing.T) {
			w := numbered(t, n)
			o := w.order()
			o.Document = barcodes("OWN", "OWN", "TWO", strings.Repeat("x", 1025))
			p, err := w.Issue(t.Context(), w.me, o)
			must(t, err)
			if got := w.scanned(t, p); got[0] != "OWN" || p.Code != "1" {
				t.Errorf("barcodes say %q, the code is %s", got, p.Code)
			}
			w.wantFound(t, p, map[string]bool{"OWN": true, "TWO": true, "1": true, strings.Repeat("x", 1025): false, "HELLO": false})
			change := barcodes("NEW")
			p, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Document: &change})
			must(t, err)
			w.wantFound(t, p, map[string]bool{"OWN": false, "NEW": true, "1": true})
			_, err = w.Update(t.Context(), w.me, p.ID, issuer.Change{Document: raw("null")})
			must(t, err)
			w.wantFound(t, p, map[string]bool{"NEW": false, "1": true})
		})
	}
}

func barcodes(messages ...string) json.RawMessage {
	var all []map[string]string
	for _, m := range messages {
		all = append(all, map[string]string{"format": "PKBarcodeFormatQR", "message": m, "messageEncoding": "iso-8859-1"})
	}
	text, err := json.Marshal(map[string]any{"barcodes": all})
	if err != nil {
		panic(err)
	}
	return text
}

func (w *world) wantFound(t *testing.T, p store.Pass, texts map[string]bool) {
	t.Helper()
	w.view(t, func(r store.Reader) error {
		for text, want := range texts {
			found, _, err := r.PassesScanned(w.me.Org, text, store.Page{})
			must(t, err)
			if got := len(found) == 1 && found[0].ID == p.ID; got != want {
				t.Errorf("found by %.20q: %v, want %v", text, got, want)
			}
		}
		return nil
	})
}
