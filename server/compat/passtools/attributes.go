package passtools

import (
	"cmp"
	"encoding/json"
	"strings"
)

// The attributes of a field or a header, in the shape of each revision. A client of the
// last one refuses those that it does not know.
type (
	legacyAttributes struct {
		Change    *string         `json:"changeMessage"`
		Place     string          `json:"fieldType"`
		Alignment string          `json:"textAlignment,omitempty"` // from 1.1 on, of fields
		Label     string          `json:"label"`
		Required  bool            `json:"required"`
		Value     json.RawMessage `json:"value"`
	}

	fieldAttributes struct {
		Format      string          `json:"formatType"`
		NumberStyle string          `json:"numberStyle,omitempty"`
		Currency    string          `json:"currencyCode,omitempty"`
		Change      *string         `json:"changeMessage"`
		Order       int64           `json:"order"`
		Place       string          `json:"fieldType"`
		Alignment   string          `json:"textAlignment,omitempty"`
		Value       json.RawMessage `json:"value"`
		Label       string          `json:"label"`
		Required    bool            `json:"required"`
		HideEmpty   bool            `json:"hideEmpty"`
	}

	headerAttributes struct {
		Format    string          `json:"formatType"`
		Change    *string         `json:"changeMessage"`
		Place     string          `json:"fieldType"`
		Value     json.RawMessage `json:"value"`
		Label     string          `json:"label"`
		Required  bool            `json:"required"`
		HideEmpty bool            `json:"hideEmpty"`
	}

	templateHeaderAttributes struct {
		Format int             `json:"formatType"` // a number here
		Label  *string         `json:"label,omitempty"`
		Change *string         `json:"changeMessage,omitempty"`
		Place  string          `json:"fieldType"`
		Value  json.RawMessage `json:"value"`
	}
)

// attributes is an entry as a revision shows it.
func (r revision) attributes(key string, e entry) any {
	if r < 2 {
		return r.legacy(key, e)
	}
	if ofHeaders(e.Place) {
		return headerAttributes{formatString, e.Change, e.Place, shownValue(key, e, r), text(e.Label), e.Required, e.HideEmpty}
	}
	f := fieldAttributes{Format: e.format(), Change: e.Change, Order: e.Order, Place: e.Place,
		Value: shownValue(key, e, r), Label: text(e.Label), Required: e.Required, HideEmpty: e.HideEmpty}
	switch {
	case f.Format == formatNumber && e.NumberStyle != "":
		f.NumberStyle = "PKNumberStyle" + e.NumberStyle
	case f.Format == formatCurrency:
		f.Currency = e.Currency
	}
	if e.Place != placeBack {
		f.Alignment = "textAlignment" + cmp.Or(e.Alignment, "Natural")
	}
	return f
}

func (r revision) legacy(key string, e entry) legacyAttributes {
	a := legacyAttributes{Change: e.Change, Place: legacyPlaces[e.Place], Label: text(e.Label), Required: e.Required, Value: shownValue(key, e, r)}
	isHeader := ofHeaders(e.Place)
	if isHeader && e.Label == nil {
		a.Label = key
	}
	if r == 1 && !isHeader {
		a.Alignment = "PKTextAlignment" + cmp.Or(e.Alignment, "Left")
	}
	return a
}

// inTemplate is an entry as a template of the last revision shows it.
func inTemplate(key string, e entry) any {
	if ofHeaders(e.Place) {
		return templateHeaderAttributes{1, e.Label, e.Change, e.Place, shownValue(key, e, 2)}
	}
	return revision(2).attributes(key, e)
}

// shownValue is a value with the type that it was given with.
func shownValue(key string, e entry, r revision) json.RawMessage {
	if isNull(e.Value) {
		return json.RawMessage(`""`)
	}
	if key == transitType && r == 2 {
		return json.RawMessage(strings.Replace(string(e.Value), "PKT", "t", 1))
	}
	return e.Value
}
