package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"pocketpass/server/compat/moved"
)

func (w passworksCampaign) makePass(ctx context.Context, stem string) error {
	text, err := w.Folder.get(stem + ".json")
	if err != nil {
		return err
	}
	var doc members
	err = decode(stem+".json", text, &doc)
	var file *passFile
	if err == nil {
		file, err = w.readPassFile(stem + ".pkpass")
	}
	if err == nil && file != nil && file.PassTypeIdentifier != w.passType {
		err = unfit("it is of the type %s, and others of its campaign are of %s", file.PassTypeIdentifier, w.passType)
	}
	id := doc.text("id")
	if err != nil {
		return w.leave("pass", cmp.Or(id, stem), err)
	}
	r := moved.Record{ID: id, SerialNumber: doc.text("serial_number"), Code: doc.text("redeem_code"), AuthenticationToken: doc.text("authentication_token")}
	if file != nil {
		r.AuthenticationToken = file.AuthenticationToken
	}
	_, there, err := w.Here.passBySerial(ctx, w.passType, r.SerialNumber)
	if err != nil {
		return err
	}
	made, err := w.once("pass", id, there, func() error {
		_, err := w.Here.again(ctx, passworksHere+w.path+"/passes", r, "application/json", raw(map[string]any{"pass": w.request(doc)}), w.sign)
		return err
	})
	if made && r.AuthenticationToken == "" {
		w.note("pass", id, "its token is not known without its file, so phones that have it cannot ask for it here")
	}
	if err != nil || !made && !there || w.DryRun {
		return err
	}
	return w.toldOf("pass", id, "its redemptions", w.catchUp(ctx, doc))
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

// catchUp redeems a pass as often as it was, and makes it valid or void as it was.
func (w passworksCampaign) catchUp(ctx context.Context, doc members) error {
	id := doc.text("id")
	path := w.path + "/passes/" + url.PathEscape(id)
	var now members
	if err := w.call(ctx, http.MethodGet, path, nil, &now); err != nil {
		return err
	}
	comments, err := w.comments(id)
	if err != nil {
		return err
	}
	want := doc.count("redeemed_count")
	if want > mostRedeems {
		w.note("pass", id, "of its %d redemptions %d are made again", want, mostRedeems)
	}
	for n := now.count("redeemed_count"); n < min(want, mostRedeems); n++ {
		if string(now["voided"]) == "true" {
			if err := w.call(ctx, http.MethodPost, path+"/reset_redeem", nil, &now); err != nil {
				return err
			}
		}
		in := map[string]any{}
		if n < len(comments) && comments[n] != "" {
			in["pass"] = map[string]any{"comment": comments[n]}
		}
		if err := w.call(ctx, http.MethodPost, path+"/redeem", in, &now); err != nil {
			return err
		}
	}
	switch void := string(doc["voided"]) == "true"; {
	case void == (string(now["voided"]) == "true"):
		return nil
	case void:
		return w.call(ctx, http.MethodPatch, path, map[string]any{"pass": map[string]any{"voided": true, "push": false}}, nil)
	}
	return w.call(ctx, http.MethodPost, path+"/reset_redeem", nil, nil)
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
		out = append(out, textOr(r.Comment))
	}
	return out, nil
}

// toldOf notes what the server would not take of a record that it has.
func (m *Move) toldOf(kind, id, what string, err error) error {
	if r, ok := err.(*Refused); ok {
		m.note(kind, id, "%s could not be carried over: %s", what, fmt.Sprint(r))
		return nil
	}
	return err
}
