package passkit

import (
	"encoding/json"
	"maps"
	"net/mail"
	"reflect"
	"strconv"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// extras is what a pass has beside its values, as clients write it. It is kept with the
// pass, and its document and images are made of it.
type extras struct {
	Email  string                       `json:"recoveryEmail,omitempty"`
	Images map[string]string            `json:"dynamicImages,omitempty"` // paths by slot
	Back   map[string][]json.RawMessage `json:"dynamicBackfields,omitempty"`
	Pass   ownDoc                       `json:"passbook,omitzero"`
}

// ownDoc is what a pass has of its own for Wallet.
type ownDoc struct {
	Group        string          `json:"groupId,omitempty"`
	Background   string          `json:"bgColor,omitempty"`
	Label        string          `json:"labelColor,omitempty"`
	Foreground   string          `json:"fgColor,omitempty"`
	RelevantDate string          `json:"relevantDate,omitempty"`
	UserInfo     json.RawMessage `json:"userInfo,omitempty"`
	Locations    []placeDoc      `json:"locations,omitempty"`
	Beacons      []beaconDoc     `json:"beacons,omitempty"`
}

// extrasOf reads what is kept with a pass.
func extrasOf(p store.Pass) (x extras, err error) {
	if text := p.Meta[name]; text != "" {
		err = json.Unmarshal([]byte(text), &x)
	}
	return x, err
}

// kept is how extras are kept; empty if there is nothing.
func (x extras) kept() string {
	if reflect.ValueOf(x).IsZero() {
		return ""
	}
	return string(encode(x))
}

// read lays the members that are given over what there is.
func (x *extras) read(o object) error {
	if text, given, err := o.text("recoveryEmail"); err != nil {
		return err
	} else if given {
		if x.Email, err = readEmail("recoveryEmail", text); err != nil {
			return err
		}
	}
	if err := x.readImages(o); err != nil {
		return err
	}
	if err := x.readBack(o); err != nil {
		return err
	}
	own, err := o.object("passbook")
	if err != nil {
		return err
	}
	return x.Pass.read(own)
}

func readEmail(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 {
		return "", invalidField(field, "must be one e-mail address")
	}
	return text, nil
}

// readImages takes an empty path for none.
func (x *extras) readImages(o object) error {
	all, err := o.object("dynamicImages")
	if err != nil {
		return err
	}
	images, err := all.object("passbook")
	if err != nil || images == nil {
		return err
	}
	x.Images = maps.Clone(x.Images)
	for _, s := range slots {
		path, given, err := images.text(s.name)
		switch {
		case err != nil:
			return err
		case !given:
			continue
		case path == "":
			delete(x.Images, s.name)
			continue
		case !goodPath.MatchString(path):
			return invalidField("dynamicImages", "there is no image %.80q", path)
		}
		if x.Images == nil {
			x.Images = make(map[string]string)
		}
		x.Images[s.name] = path
	}
	if len(x.Images) == 0 {
		x.Images = nil
	}
	return nil
}

// over are the images of a pass whose extras were had: those of assets, which were given now,
// and of what there was all but those that are none any more.
func (x extras) over(had extras, was, assets map[string]store.ID) map[string]store.ID {
	out := make(map[string]store.ID, len(was)+len(assets))
	for slot, id := range was {
		if had.Images[slot] == "" || x.Images[slot] != "" {
			out[slot] = id
		}
	}
	maps.Copy(out, assets)
	return out
}

// readBack takes an empty list for the template's own group.
func (x *extras) readBack(o object) error {
	raw, _ := o.get("dynamicBackfields")
	all, err := readMap(raw, "dynamicBackfields")
	if err != nil || len(all) == 0 {
		return err
	}
	x.Back = maps.Clone(x.Back)
	if x.Back == nil {
		x.Back = make(map[string][]json.RawMessage)
	}
	for key, raw := range all {
		if string(raw) == "null" {
			continue
		}
		items, err := backItems(raw)
		if err != nil {
			return err
		}
		if x.Back[key] = items; len(items) == 0 {
			delete(x.Back, key)
		}
	}
	if len(x.Back) == 0 {
		x.Back = nil
	}
	return nil
}

// backItem is a field that a pass has on its back.
type backItem struct {
	Label   string          `json:"label,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
	Apple   *string         `json:"appleWallet,omitempty"` // instead of Value, on Apple's devices
	Android *string         `json:"androidPay,omitempty"`
}

func backItems(raw json.RawMessage) (out []json.RawMessage, err error) {
	all, _, err := object{"dynamicbackfields": raw}.objects("dynamicBackfields")
	if err != nil || len(all) > maxFields {
		return nil, invalidField("dynamicBackfields", "must map keys to arrays of up to %d fields", maxFields)
	}
	for _, o := range all {
		var b backItem
		if err := o.setText("label", &b.Label); err != nil {
			return nil, err
		}
		if value, given := o.get("value"); given {
			if _, scalar := textOf(value); !scalar {
				return nil, invalidField("dynamicBackfields.value", "must be a string, a number or a boolean")
			}
			b.Value = value
		}
		for member, to := range map[string]**string{"appleWallet": &b.Apple, "androidPay": &b.Android} {
			text, given, err := o.text(member)
			if err != nil {
				return nil, err
			}
			if given {
				*to = &text
			}
		}
		out = append(out, encode(b))
	}
	return out, nil
}

func (d *ownDoc) read(o object) error {
	if err := o.setText("groupId", &d.Group); err != nil {
		return err
	}
	if text, given, err := o.scalar("relevantDate", timeMust); err != nil || given {
		at, ok := readTime(text)
		if err == nil && text != "" && !ok {
			err = invalidField("relevantDate", timeMust)
		}
		if d.RelevantDate = writeTime(at); err != nil {
			return err
		}
	}
	for member, to := range map[string]*string{"bgColor": &d.Background, "labelColor": &d.Label, "fgColor": &d.Foreground} {
		c, given, err := o.colour(member)
		if err != nil {
			return err
		}
		if given {
			if *to = ""; c != nil {
				*to = c.hex()
			}
		}
	}
	if raw, given := o.get("userInfo"); given && !isEmpty(raw) {
		if _, err := readMap(raw, "userInfo"); err != nil {
			return err
		}
		d.UserInfo = raw
	}
	return o.near(&d.Locations, &d.Beacons)
}

// document is what extras add to the document of a pass of a style; nil if it is nothing.
func (x extras) document(style string) json.RawMessage {
	doc := &pkpass.Document{GroupingIdentifier: escaped(x.Pass.Group), RelevantDate: x.Pass.RelevantDate, UserInfo: escapedJSON(x.Pass.UserInfo),
		Locations: walletPlaces(x.Pass.Locations, escaped), Beacons: walletBeacons(x.Pass.Beacons, escaped)}
	if style != "boardingPass" && style != "eventTicket" { // Wallet groups no others
		doc.GroupingIdentifier = ""
	}
	if at, ok := readTime(x.Pass.RelevantDate); ok {
		doc.RelevantDate = writeTime(at)
	}
	for to, text := range map[*string]string{&doc.BackgroundColor: x.Pass.Background, &doc.LabelColor: x.Pass.Label, &doc.ForegroundColor: x.Pass.Foreground} {
		if c := parseColour(text); c != nil {
			*to = c.rgb()
		}
	}
	raw, err := doc.Encode()
	if err != nil {
		panic(err) // what it is made of was read before
	}
	if len(x.Back) > 0 {
		raw = withBack(raw, style, x.backFields())
	}
	if string(raw) == "{}" {
		return nil
	}
	return raw
}

// withBack adds fields on the back to a document of few members.
func withBack(raw json.RawMessage, style string, fields []pkpass.Field) json.RawMessage {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		panic(err) // a document of ours
	}
	if style == "" {
		style = "generic"
	}
	type item struct {
		Key   string       `json:"key"`
		Label string       `json:"label,omitempty"`
		Value pkpass.Value `json:"value"`
	}
	var items []item
	for _, f := range fields {
		items = append(items, item{f.Key, f.Label, f.Value})
	}
	members[style] = encode(map[string]any{"backFields": items})
	return encode(members)
}

// backFields are the fields of all groups, by keys that tell the engine the group.
func (x extras) backFields() (out []pkpass.Field) {
	for _, group := range sortedKeys(x.Back) {
		for n, raw := range x.Back[group] {
			var b backItem
			if err := json.Unmarshal(raw, &b); err != nil {
				panic(err) // kept by us
			}
			text, _ := textOf(b.Value)
			if b.Apple != nil {
				text = *b.Apple
			}
			out = append(out, pkpass.Field{Key: group + "/" + strconv.Itoa(n), Label: escaped(b.Label), Value: pkpass.Text(escaped(text))})
		}
	}
	return out
}

// escapedJSON keeps braces in texts from being taken for placeholders.
func escapedJSON(raw json.RawMessage) json.RawMessage {
	var v any
	if len(raw) == 0 || !mayHaveBraces(raw) || json.Unmarshal(raw, &v) != nil {
		return raw
	}
	return encode(escapedValue(v))
}

func mayHaveBraces(raw json.RawMessage) bool {
	return strings.Contains(string(raw), "{{") || strings.Contains(string(raw), `\u`)
}

func escapedValue(v any) any {
	switch v := v.(type) {
	case string:
		return escaped(v)
	case []any:
		for n := range v {
			v[n] = escapedValue(v[n])
		}
	case map[string]any:
		for key := range v {
			v[key] = escapedValue(v[key])
		}
	}
	return v
}
