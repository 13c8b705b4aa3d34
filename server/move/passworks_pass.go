package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"pocketpass/server/compat/moved"
)

func (w passworksCampaign) makePass(ctx context.Context, stem string) error {
	doc, file, err := w.readPass(stem, w.passType)
	id := doc.text("id")
	if err != nil {
		return w.leave("pass", cmp.Or(id, stem), err)
	}
	r := moved.Record{ID: id, Created: when(doc.text("created_at")), SerialNumber: doc.text("serial_number"), Code: doc.text("redeem_code"), AuthenticationToken: doc.text("authentication_token")}
	if file != nil {
		r.AuthenticationToken = file.AuthenticationToken
	}
	if r.Redeemed, err = w.redemptions(doc); err != nil {
		return w.leave("pass", id, err)
	}
	voided := string(doc["voided"]) == "true"
	r.Voided = &voided
	made, err := w.oncePass(ctx, w.passType, id, r, func() error {
		_, err := w.Here.again(ctx, passworksHere+w.path+"/passes", r, "application/json", raw(map[string]any{"pass": w.request(doc)}), w.sign)
		return err
	})
	if made && r.AuthenticationToken == "" {
		w.note("pass", id, "its token is not known without its file, so phones that have it cannot ask for it here")
	}
	return err
}

// request is what a pass has that its campaign has not.
func (w passworksCampaign) request(doc members) members {
	out := make(members)
	for _, name := range []string{"locations", "beacons", "user_info", "max_distance", "expiration_date", "relevant_date"} {
		if value, ok := doc[name]; ok && !sameJSON(value, orNull(w.campaign[name])) && !(name == "locations" && samePlaces(value, w.campaign[name])) {
			out[name] = value
		}
	}
	w.describeFields(doc, out)
	var shown, common struct {
		Format, Message string
		AltText         string `json:"alt_text"`
	}
	_ = json.Unmarshal(doc["barcode"], &shown) // what the service answered
	_ = json.Unmarshal(w.campaign["barcode"], &common)
	expected := cmp.Or(common.Message, w.campaign.text("code_fixed_value"), doc.text("redeem_code"))
	if w.campaign.text("code_type") == "per_pass" || shown.Format != common.Format || shown.Format != "none" && shown.Message != expected {
		out["barcode"] = doc["barcode"]
	}
	return out
}

func orNull(v json.RawMessage) json.RawMessage {
	if v == nil {
		return json.RawMessage("null")
	}
	return v
}

// samePlaces compares the places of a pass with those of a campaign, which have no names.
func samePlaces(a, b json.RawMessage) bool {
	type place struct {
		Latitude, Longitude float64
		Altitude            *float64
		Text                *string `json:"relevant_text"`
	}
	var x, y []place
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && bytes.Equal(raw(x), raw(y))
}

// passworksField is a field of a campaign or a pass.
type passworksField struct {
	Key          string
	Value, Label *string
}

// fields are those of a group.
func (m members) fields(group string) (all []passworksField) {
	_ = json.Unmarshal(m[group], &all) // what the service answered
	return all
}

// describeFields has a request say which fields of a pass differ from the campaign's,
// wherever that has them. Of a pass that lacks some, as it was made before they were, it says
// all that there are.
func (w passworksCampaign) describeFields(doc, request members) {
	common := make(map[string]passworksField)
	for _, group := range passworksGroups {
		for _, f := range w.campaign.fields(group) {
			common[f.Key] = f
		}
	}
	lacking := maps.Clone(common)
	for _, group := range passworksGroups {
		for _, f := range doc.fields(group) {
			delete(lacking, f.Key)
		}
	}
	if len(lacking) > 0 {
		request["merge"] = raw(false)
	}
	for _, group := range passworksGroups {
		var own []map[string]any
		for _, f := range doc.fields(group) {
			c, known := common[f.Key]
			if said := f.over(c, known); len(said) > 1 || len(lacking) > 0 {
				own = append(own, said)
			}
		}
		if len(own) > 0 {
			request[group] = raw(own)
		}
	}
}

// over is what a pass says of a field that its campaign has as c, or not at all. An empty
// text stands for none, which would be the campaign's.
func (f passworksField) over(c passworksField, known bool) map[string]any {
	own := map[string]any{"key": f.Key}
	switch {
	case !known:
		own["value"], own["label"] = f.Value, f.Label
		return own
	case textOr(f.Value) != textOr(c.Value):
		own["value"] = textOr(f.Value)
	}
	if textOr(f.Label) != textOr(c.Label) {
		own["label"] = textOr(f.Label)
	}
	return own
}

// mostRedeems bounds how many redemptions of one pass are made again.
const mostRedeems = 1000

// redemptions are as many as a pass had, with what tills said of them.
func (w passworksCampaign) redemptions(doc members) ([]string, error) {
	id, n := doc.text("id"), doc.count("redeemed_count")
	if n > mostRedeems {
		w.note("pass", id, "of its %d redemptions %d are made again", n, mostRedeems)
	}
	comments, err := w.comments(id)
	out := make([]string, max(0, min(n, mostRedeems)))
	copy(out, comments)
	return out, err
}

// comments are what tills said of redemptions, the first one first.
func (w passworksCampaign) comments(id string) (out []string, err error) {
	name := "redeems/" + fileName(id) + ".json"
	text, err := w.Folder.get(name)
	if err != nil || text == nil {
		return nil, err
	}
	var all []struct {
		Comment   *string
		CreatedAt string `json:"created_at"`
	}
	if err := decode(name, text, &all); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b struct {
		Comment   *string
		CreatedAt string `json:"created_at"`
	}) int {
		return cmp.Compare(a.CreatedAt, b.CreatedAt)
	})
	for _, r := range all {
		out = append(out, remark(textOr(r.Comment)))
	}
	return out, nil
}

// maxRemark is how much of a comment a redemption has room for, in characters.
const maxRemark = 500

// remark is a comment in one line.
func remark(text string) string {
	all := []rune(strings.Join(strings.FieldsFunc(text, unicode.IsControl), " "))
	return string(all[:min(len(all), maxRemark)])
}
