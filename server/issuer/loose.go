package issuer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// maxGroups bounds the groups of a design.
const maxGroups = 100

// checkGroups wants runs of fields that are there and do not overlap, in their order.
func checkGroups(doc *pkpass.Document, groups []store.Group) error {
	if len(groups) > maxGroups {
		return invalid("/groups", "too_many_groups", "a design has up to %d groups; leave some out", maxGroups)
	}
	_, style := doc.Style()
	end := 0
	for n, g := range groups {
		if style == nil || g.Name == "" || g.At < end || g.Len < 0 || g.At+g.Len > len(style.BackFields) {
			return invalid(fmt.Sprintf("/groups/%d", n), "group_misplaced", "a group has a name and is a run of fields on the back, after the groups before it")
		}
		end = g.At + g.Len
	}
	return nil
}

// regroup puts own fields of a group in the place of the group's, of a document over which
// the pass's own was laid.
func (d *design) regroup(whole, own *pkpass.Document) *pkpass.Document {
	_, style := own.Style()
	_, merged := whole.Style()
	if len(d.groups) == 0 || style == nil || merged == nil {
		return whole
	}
	grouped := make(map[string][]pkpass.Field)
	for _, f := range style.BackFields {
		if name, ok := d.groupOf(f.Key); ok {
			grouped[name] = append(grouped[name], f)
		}
	}
	merged.BackFields = slices.DeleteFunc(merged.BackFields, func(f pkpass.Field) bool { // they were appended
		_, ok := d.groupOf(f.Key)
		return ok
	})
	for _, g := range slices.Backward(d.groups) {
		if fields := grouped[g.Name]; len(fields) > 0 {
			merged.BackFields = slices.Replace(merged.BackFields, g.At, g.At+g.Len, numbered(fields, g.Prefix)...)
		}
	}
	return whole
}

// groupOf is the group that the key of a pass's own field names.
func (d *design) groupOf(key string) (name string, ok bool) {
	at := strings.LastIndexByte(key, '/')
	if at < 0 {
		return "", false
	}
	return key[:at], slices.ContainsFunc(d.groups, func(g store.Group) bool { return g.Name == key[:at] })
}

// numbered are fields with keys of their own.
func numbered(fields []pkpass.Field, prefix string) []pkpass.Field {
	out := slices.Clone(fields)
	for n := range out {
		out[n].Key = fmt.Sprint(prefix, n)
	}
	return out
}

// settle finishes the document of a loose design whose placeholders are filled: texts
// become the numbers and dates that fields ask for, and what is empty is left out.
func (d *design) settle(doc *pkpass.Document) {
	if !d.loose {
		return
	}
	for _, style := range doc.Styles() {
		for _, group := range style.Groups() {
			for n := range *group {
				d.settleField(&(*group)[n])
			}
			*group = slices.DeleteFunc(*group, func(f pkpass.Field) bool {
				return f.Label == "" && f.Value.String() == "" && f.AttributedValue.String() == ""
			})
		}
	}
	if doc.Barcodes = slices.DeleteFunc(doc.Barcodes, func(b pkpass.Barcode) bool { return b.Message == "" }); len(doc.Barcodes) == 0 {
		doc.Barcodes = nil // which is left out; readers take an empty list for one with a first barcode
	}
	if doc.NFC != nil && (doc.NFC.Message == "" || doc.NFC.EncryptionPublicKey == "") {
		doc.NFC = nil
	}
	doc.RelevantDate, _ = d.date(doc.RelevantDate)
	if len(doc.AssociatedStoreIDs) == 0 {
		doc.AppLaunchURL = ""
	}
}

// settleField gives a field the kind of value that its style is for. A text that is
// none is shown as it is, without the style.
func (d *design) settleField(f *pkpass.Field) {
	if f.AttributedValue.String() == "" {
		f.AttributedValue = pkpass.Value{}
	}
	text := f.Value.String()
	if f.NumberStyle != "" || f.CurrencyCode != "" {
		if n := strings.TrimSpace(text); isNumber(n) {
			f.Value = pkpass.Number(json.Number(n))
		} else {
			f.NumberStyle, f.CurrencyCode = "", ""
		}
	}
	if !f.IsDate() {
		return
	}
	if date, ok := d.date(text); ok {
		f.Value = pkpass.Text(date)
		return
	}
	f.DateStyle, f.TimeStyle, f.IsRelative, f.IgnoresTimeZone = "", "", nil, nil
}

// looseDates are dates as people write them, beside those that Wallet reads.
var looseDates = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

// date is a date as Wallet reads it.
func (d *design) date(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.Truncate(time.Second).Format(time.RFC3339), true
	}
	for _, form := range looseDates {
		if at, err := time.ParseInLocation(form, text, cmp.Or(d.zone, time.UTC)); err == nil {
			return at.Truncate(time.Second).Format(time.RFC3339), true
		}
	}
	return "", false
}
