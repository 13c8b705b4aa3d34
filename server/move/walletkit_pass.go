package move

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pocketpass/server/compat/moved"
)

func (w *walletKitMove) makePasses(ctx context.Context, dir string) error {
	stems, err := w.Folder.stems(dir, ".json", ".pkpass")
	if err != nil {
		return err
	}
	for _, s := range stems {
		if err := w.makePass(ctx, dir+"/"+s); err != nil {
			return err
		}
	}
	return nil
}

// makePass makes a pass again, of its file as far as that goes.
func (w *walletKitMove) makePass(ctx context.Context, stem string) error {
	p, err := w.walletKitAnswer(stem + ".json")
	if err != nil {
		return w.leave("pass", stem, err)
	}
	file, err := w.readPassFile(stem + ".pkpass")
	if err != nil {
		return w.leave("pass", stem, err)
	}
	r := moved.Record{SerialNumber: p.Answer.SentPass.SerialNo, AuthenticationToken: p.Answer.SentPass.AuthenticationToken}
	if file != nil {
		r.SerialNumber, r.AuthenticationToken = file.SerialNumber, file.AuthenticationToken
	}
	if r.ID = r.SerialNumber; r.ID == "" || file == nil && p.Request == nil {
		return w.leave("pass", stem, unfit("neither its file nor the request that made it was kept with the answer"))
	}
	if file != nil && file.PassTypeIdentifier != w.passType {
		return w.leave("pass", r.ID, unfit("it is of the type %s, and other passes of its template are of %s", file.PassTypeIdentifier, w.passType))
	}
	here, there, err := w.Here.passBySerial(ctx, w.passType, r.SerialNumber)
	if err != nil {
		return err
	}
	made, err := w.once("pass", r.ID, there, func() error { return w.issue(ctx, r, p, file) })
	if err != nil || file == nil || !made && !there || w.DryRun {
		return err
	}
	return w.catchUp(ctx, r, file, here)
}

func (w *walletKitMove) issue(ctx context.Context, r moved.Record, p walletKitPass, file *passFile) (err error) {
	body := w.request(p.Request)
	if file != nil {
		w.describe(body, file)
	}
	if r.Pictures, err = w.pictures(ctx, body); err != nil {
		return err
	}
	if file != nil {
		w.describePictures(body, r.Pictures, file)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = w.Here.again(ctx, walletKitTemplates+"/"+url.PathEscape(w.id), r, "application/json", raw, w.sign)
	return err
}

// request is one that made a pass without what sent it to somebody.
func (w *walletKitMove) request(of members) members {
	out := make(members)
	for name, value := range of {
		plain := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
		if !slices.Contains([]string{"sms", "email", "emailsubject", "emailbody", "emailname"}, plain) {
			out[name] = value
		}
	}
	return out
}

// describe has a request say what the file shows.
func (w *walletKitMove) describe(body members, file *passFile) {
	type pair struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	keys := []pair{}
	for key, value := range w.defaults() {
		if now, ok := file.values[key]; ok && !sameJSON(now, value) {
			keys = append(keys, pair{key, now})
		}
	}
	slices.SortFunc(keys, func(a, b pair) int { return cmp.Compare(a.Key, b.Key) })
	body["keys"] = raw(keys)
	delete(body, "location")
	if own, inherits := w.ownPlaces(file); inherits && len(own) > 0 {
		body["location"] = raw(own)
	}
	w.describeBarcode(body, file)
}

func (w *walletKitMove) describeBarcode(body members, file *passFile) {
	var b struct{ Format, Message, AltText string }
	if json.Unmarshal(w.template["barcode"], &b) != nil || b.Format == "" {
		return
	}
	delete(body, "barcode_message")
	delete(body, "barcode_alttext")
	if b.Format == "PKBarcodeFormatText" { // stands on the back
		defaults := w.defaults()
		for key, value := range file.values {
			if _, field := defaults[key]; !field && strings.HasPrefix(key, "barcode_text") {
				body["barcode_alttext"] = value
			}
		}
		return
	}
	shown := file.barcode()
	for name, texts := range map[string][2]string{"barcode_message": {shown.Message, b.Message}, "barcode_alttext": {shown.AltText, b.AltText}} {
		if texts[0] != texts[1] && texts[0] != "" {
			body[name] = raw(texts[0])
		}
	}
}

// defaults are the template's values by the keys of its fields.
func (w *walletKitMove) defaults() map[string]json.RawMessage {
	out := make(map[string]json.RawMessage)
	for _, group := range []string{"headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields"} {
		var fields []struct {
			Key   string
			Value json.RawMessage
		}
		if json.Unmarshal(w.template[group], &fields) == nil {
			for _, f := range fields {
				out[f.Key] = f.Value
			}
		}
	}
	return out
}

// walletKitPlace is a place in the spelling of WalletKit; reading takes Apple's as well.
type walletKitPlace struct {
	Latitude     float64  `json:"latitude"`
	Longitude    float64  `json:"longitude"`
	Altitude     *float64 `json:"altitude,omitempty"`
	RelevantText string   `json:"relevanttext,omitempty"`
}

func (p walletKitPlace) same(q walletKitPlace) bool { return sameJSON(raw(p), raw(q)) }

// ownPlaces are the places that a pass has beside those of its template; inherits is
// false, and they are all, if it does not begin with the template's.
func (w *walletKitMove) ownPlaces(file *passFile) (own []walletKitPlace, inherits bool) {
	var common []walletKitPlace
	_ = json.Unmarshal(w.template["location"], &common) // what the server answered
	for _, l := range file.Locations {
		var p walletKitPlace
		if json.Unmarshal(l, &p) == nil {
			own = append(own, p)
		}
	}
	if len(own) >= len(common) && slices.EqualFunc(own[:len(common)], common, walletKitPlace.same) {
		return own[len(common):], true
	}
	return own, false
}

// catchUp brings a pass that is here to what creating it could not say. It does nothing
// the second time.
func (w *walletKitMove) catchUp(ctx context.Context, r moved.Record, file *passFile, here pass) (err error) {
	if here.ID == "" {
		if here, _, err = w.Here.passBySerial(ctx, w.passType, r.SerialNumber); err != nil {
			return err
		}
	}
	if own, inherits := w.ownPlaces(file); !inherits {
		body := raw(map[string]any{"location_reset": true, "location": own})
		if err := w.replacePlaces(ctx, r, here, own, body); err != nil {
			return w.told(r.ID, "its places", err)
		}
	}
	if file.Voided && !here.Voided {
		return w.told(r.ID, "that it is void", w.Here.native(ctx, http.MethodPost, "/passes/"+here.ID+"/void", nil, nil))
	}
	return nil
}

func (w *walletKitMove) replacePlaces(ctx context.Context, r moved.Record, here pass, own []walletKitPlace, body []byte) error {
	var now struct{ Locations []walletKitPlace }
	if err := w.Here.native(ctx, http.MethodGet, "/passes/"+here.ID+"/pass.json", nil, &now); err != nil {
		return err
	}
	if slices.EqualFunc(now.Locations, own, walletKitPlace.same) {
		return nil
	}
	path := walletKitTemplates + "/" + url.PathEscape(w.id) + "?sno=" + url.QueryEscape(r.SerialNumber)
	_, err := w.Here.send(ctx, http.MethodPost, path, "application/json", bytes.NewReader(body), w.sign)
	return err
}

// told notes what the server would not take of a pass that it has.
func (m *Move) told(id, what string, err error) error {
	if r, ok := errors.AsType[*Refused](err); ok {
		m.note("pass", id, "%s could not be carried over: %v", what, r)
		return nil
	}
	return err
}
