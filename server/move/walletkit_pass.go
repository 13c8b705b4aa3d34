package move

import (
	"context"
	"encoding/json"
	"maps"
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
	file, err := w.readPassFileOf(stem+".pkpass", w.passType)
	if err != nil {
		return w.leave("pass", stem, err)
	}
	r := moved.Record{Created: when(p.Answer.SentPass.CreatedDate), SerialNumber: p.Answer.SentPass.SerialNo, AuthenticationToken: p.Answer.SentPass.AuthenticationToken}
	if file != nil {
		r.SerialNumber, r.AuthenticationToken = file.SerialNumber, file.AuthenticationToken
	}
	if r.ID = r.SerialNumber; r.ID == "" || file == nil && p.Request == nil {
		return w.leave("pass", stem, unfit("neither its file nor the request that made it was kept with the answer"))
	}
	_, err = w.oncePass(ctx, w.passType, r.ID, r, func() error { return w.issue(ctx, r, p, file) })
	return err
}

func (w *walletKitMove) issue(ctx context.Context, r moved.Record, p walletKitPass, file *passFile) (err error) {
	body := w.request(p.Request)
	if file != nil {
		r.Voided, r.AllPlaces = &file.Voided, w.describe(body, file)
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

// describe has a request say what the file shows. allPlaces is so if its places do not
// come after those of the template.
func (w *walletKitMove) describe(body members, file *passFile) (allPlaces bool) {
	type pair struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	keys := []pair{}
	all := w.defaults()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if now, ok := file.values[key]; ok && !sameJSON(now, all[key]) {
			keys = append(keys, pair{key, now})
		}
	}
	body["keys"] = raw(keys)
	own, inherits := w.ownPlaces(file)
	body["location"] = raw(own)
	w.describeBarcode(body, file)
	return !inherits
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
