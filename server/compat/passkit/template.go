package passkit

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// templateDoc is what is kept of a template as clients write it. Its name, its campaign,
// its dates and its limits are the engine's.
type templateDoc struct {
	Language  string                 `json:"language"`
	Timezone  float64                `json:"timezone"` // hours east of UTC
	Meta      json.RawMessage        `json:"meta,omitempty"`
	Keys      []keyDoc               `json:"dynamicKeys"`
	ImageKeys map[string]imageKeyDoc `json:"dynamicImageKeys,omitempty"` // by slot
	Pass      designDoc              `json:"passbook"`
	Redeemed  *designDoc             `json:"passbookRedeem,omitempty"`
	Languages map[string]languageDoc `json:"passbookLang,omitempty"`
	Others    map[string]languageDoc `json:"passbookRedeemLang,omitempty"` // of Redeemed
}

// keyDoc declares a value of passes.
type keyDoc struct {
	Key      string          `json:"key"`
	Type     string          `json:"type"`
	Default  json.RawMessage `json:"defaultValue"`
	Editable bool            `json:"isEditable"`
}

// imageKeyDoc says what a pass may do with a picture. It binds nobody.
type imageKeyDoc struct {
	Dynamic  bool `json:"isDynamic"`
	Editable bool `json:"isEditable"`
}

// usualLanguage is that of templates that name none.
const usualLanguage = "en"

// read lays the members that are given over the template.
func (t *templateDoc) read(o object) error {
	if err := o.setText("language", &t.Language); err != nil {
		return err
	}
	if t.Language == "" {
		t.Language = usualLanguage
	}
	if !goodLanguage.MatchString(t.Language) {
		return invalidField("language", "must be a language tag like en")
	}
	zone, err := o.number("timezone")
	if err != nil || zone != nil && math.Abs(*zone) > 24 {
		return invalidField("timezone", "must be a number of hours")
	}
	if zone != nil {
		t.Timezone = *zone
	}
	meta, err := o.meta()
	if err != nil {
		return err
	}
	if meta != nil {
		t.Meta = *meta
	}
	for _, step := range []func(object) error{t.readKeys, t.readImageKeys, t.readDesigns} {
		if err := step(o); err != nil {
			return err
		}
	}
	if t.Languages, err = readLanguages(o, "passbookLang", t.Languages); err != nil {
		return err
	}
	if t.Others, err = readLanguages(o, "passbookLangRedeem", t.Others); err != nil {
		return err
	}
	t.Others, err = readLanguages(o, "passbookRedeemLang", t.Others)
	return err
}

func (t *templateDoc) readKeys(o object) error {
	all, given, err := o.objects("dynamicKeys")
	if err != nil || !given {
		return err
	}
	t.Keys = nil
	for _, item := range all {
		k := keyDoc{Type: "string"}
		if err := item.setText("key", &k.Key); err != nil {
			return err
		}
		if k.Key == "" {
			return missingField("dynamicKeys.key")
		}
		if err := item.setText("type", &k.Type); err != nil {
			return err
		}
		if raw, has := item.get("defaultValue"); has {
			if _, scalar := textOf(raw); !scalar {
				return invalidField("dynamicKeys.defaultValue", "must be a string, a number, a boolean or null")
			}
			k.Default = raw
		}
		editable, err := item.boolean("isEditable")
		if err != nil {
			return err
		}
		k.Editable = editable != nil && *editable
		t.Keys = append(t.Keys, k)
	}
	return nil
}

func (t *templateDoc) readImageKeys(o object) error {
	all, err := o.object("dynamicImageKeys")
	if err != nil || all == nil {
		return err
	}
	keys := maps.Clone(t.ImageKeys)
	if keys == nil {
		keys = make(map[string]imageKeyDoc)
	}
	for _, member := range []string{"passbook", "passbookImages"} {
		images, err := all.object(member)
		if err != nil {
			return err
		}
		for _, s := range slots {
			item, err := images.object(s.name)
			if err != nil {
				return err
			}
			if item == nil {
				continue
			}
			k := keys[s.name]
			for name, to := range map[string]*bool{"isDynamic": &k.Dynamic, "isEditable": &k.Editable} {
				b, err := item.boolean(name)
				if err != nil {
					return err
				}
				if b != nil {
					*to = *b
				}
			}
			keys[s.name] = k
		}
	}
	if len(keys) > 0 {
		t.ImageKeys = keys
	}
	return nil
}

func (t *templateDoc) readDesigns(o object) error {
	pass, err := o.object("passbook")
	if err != nil {
		return err
	}
	if err := t.Pass.read(pass); err != nil {
		return err
	}
	redeemed, err := o.object("passbookRedeem")
	if err != nil || t.Redeemed == nil && !redeemed.says() {
		return err
	}
	var doc designDoc
	if t.Redeemed != nil {
		doc = *t.Redeemed
	}
	t.Redeemed = &doc
	return t.Redeemed.read(redeemed)
}

// says whether an object has more than lists and objects without members: clients send
// such for what does not exist.
func (o object) says() bool {
	for _, raw := range o {
		if !isEmpty(raw) {
			return true
		}
	}
	return false
}

// design is the template as the engine keeps it, without pictures.
func (t *templateDoc) design(organisation string) (store.Design, error) {
	d, err := t.Pass.engine(t, organisation)
	if err != nil {
		return d, err
	}
	d.Strings = translations(t.Languages)
	if t.Redeemed == nil {
		return d, nil
	}
	other, err := t.Redeemed.over(t.Pass).engine(t, organisation)
	if err != nil {
		return d, err
	}
	other.Strings = maps.Clone(d.Strings)
	for tag, texts := range translations(t.Others) {
		other.Strings[tag] = texts
	}
	d.Redeemed = &other
	return d, nil
}

// fields declare the values of passes with what they are without.
func (t *templateDoc) fields() (out []store.Field) {
	for _, k := range t.Keys {
		if slices.ContainsFunc(out, func(f store.Field) bool { return f.Key == k.Key }) {
			continue
		}
		text, _ := textOf(k.Default)
		out = append(out, store.Field{Key: k.Key, Default: escaped(text)})
	}
	return out
}

// engine is a design as the engine keeps it.
func (d designDoc) engine(t *templateDoc, organisation string) (store.Design, error) {
	doc := &pkpass.Document{
		OrganizationName: placeholders(d.OrgName), Description: placeholders(d.Description), LogoText: placeholders(d.LogoText),
		AssociatedStoreIDs: d.Stores, AppLaunchURL: placeholders(d.AppLaunchURL), RelevantDate: placeholders(d.RelevantDate),
		Locations: walletPlaces(d.Locations, placeholders), Beacons: walletBeacons(d.Beacons, placeholders),
	}
	if doc.OrganizationName == "" {
		doc.OrganizationName = escaped(organisation)
	}
	for to, c := range map[*string]*colour{&doc.BackgroundColor: d.Background, &doc.LabelColor: d.Label, &doc.ForegroundColor: d.Foreground} {
		if c != nil {
			*to = c.rgb()
		}
	}
	if d.MaxDistance != nil {
		metres := float64(*d.MaxDistance)
		doc.MaxDistance = &metres
	}
	if d.NFC != nil {
		doc.NFC = &pkpass.NFC{Message: placeholders(d.NFC.Message), EncryptionPublicKey: d.NFC.Key}
	}
	for _, b := range d.Barcodes {
		if code := b.wallet(); code.Message != "" {
			doc.Barcodes = append(doc.Barcodes, code)
		}
	}
	style, groups := d.style()
	switch d.Type {
	case "boardingPass":
		doc.BoardingPass = style
	case "coupon":
		doc.Coupon = style
	case "eventTicket":
		doc.EventTicket = style
	case "storeCard":
		doc.StoreCard = style
	default:
		doc.Generic = style
	}
	raw, err := doc.Encode()
	return store.Design{Document: raw, Fields: t.fields(), Loose: true, Offset: int(math.Round(t.Timezone * 60)), Groups: groups}, err
}

// style are the fields of a design, and which of those on the back a pass may replace.
func (d designDoc) style() (*pkpass.Style, []store.Group) {
	out := new(pkpass.Style)
	if d.Type == "boardingPass" {
		var known bool
		if out.TransitType, known = constant(transits, "PKTransitType", d.TransitType); !known {
			out.TransitType = transits["generic"]
		}
	}
	taken := make(keys)
	to := map[string]*[]pkpass.Field{"header": &out.HeaderFields, "primary": &out.PrimaryFields, "secondary": &out.SecondaryFields, "auxiliary": &out.AuxiliaryFields}
	for _, s := range d.sections() {
		for n, f := range s.fields {
			*to[s.name] = append(*to[s.name], f.wallet(taken.fresh(key(f, fmt.Sprint(s.name, n))), s.name != "primary"))
		}
	}
	var groups []store.Group
	for n, g := range d.Back {
		at := len(out.BackFields)
		for m, f := range g.Default {
			out.BackFields = append(out.BackFields, f.wallet(taken.fresh(key(f, fmt.Sprintf("back%d_%d", n, m))), false))
		}
		if g.Key != "" {
			groups = append(groups, store.Group{Name: g.Key, At: at, Len: len(g.Default), Prefix: fmt.Sprintf("back%d_", n)})
		}
	}
	return out, groups
}

func key(f fieldDoc, usual string) string {
	if f.Item != "" {
		return f.Item
	}
	return usual
}
