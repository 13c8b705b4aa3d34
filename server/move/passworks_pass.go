package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
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
	for _, group := range passworksGroups {
		if all := w.ownFields(doc, group); len(all) > 0 {
			out[group] = raw(all)
		}
	}
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

// ownFields are those of a group that differ from the campaign's, wherever that has them.
func (w passworksCampaign) ownFields(doc members, group string) (out []map[string]any) {
	type field struct {
		Key          string
		Value, Label *string
	}
	common := make(map[string]field)
	for _, g := range passworksGroups {
		var all []field
		_ = json.Unmarshal(w.campaign[g], &all)
		for _, f := range all {
			common[f.Key] = f
		}
	}
	var all []field
	_ = json.Unmarshal(doc[group], &all)
	for _, f := range all {
		c, known := common[f.Key]
		own := map[string]any{"key": f.Key}
		if !known || textOr(f.Value) != textOr(c.Value) {
			own["value"] = f.Value
		}
		if !known || textOr(f.Label) != textOr(c.Label) {
			own["label"] = f.Label
		}
		if len(own) > 1 {
			out = append(out, own)
		}
	}
	return out
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
