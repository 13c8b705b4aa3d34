package passkit

import (
	"maps"
	"slices"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/store"
)

// slot is a place for a picture.
type slot struct {
	name string // on passes, and as the engine calls it
	part string // of the name of a part of a form
	path func(*slotPaths) *string
}

// slotPaths are the addresses of a design's pictures as clients read them.
type slotPaths struct {
	Icon       string `json:"iconFile,omitempty"`
	Logo       string `json:"logoFile,omitempty"`
	Strip      string `json:"stripFile,omitempty"`
	Footer     string `json:"footerFile,omitempty"`
	Thumbnail  string `json:"thumbFile,omitempty"`
	Background string `json:"bgFile,omitempty"`
}

var slots = []slot{
	{"icon", "icon", func(p *slotPaths) *string { return &p.Icon }},
	{"logo", "logo", func(p *slotPaths) *string { return &p.Logo }},
	{"strip", "strip", func(p *slotPaths) *string { return &p.Strip }},
	{"footer", "footer", func(p *slotPaths) *string { return &p.Footer }},
	{"thumbnail", "thumb", func(p *slotPaths) *string { return &p.Thumbnail }},
	{"background", "bg", func(p *slotPaths) *string { return &p.Background }},
}

// target is where the picture of a part belongs.
type target struct {
	redeemed bool
	image    string // as the engine names images, "fr.lproj/strip"
	kind     string
}

// partTarget reads the name of a part in lower case: passbook-LogoFile,
// passbookRedeem-LogoFile, passbook-fr-LogoFile or passbookLang-fr-LogoFile.
func partTarget(part string) (t target, ok bool) {
	whose, rest, found := strings.Cut(part, "-")
	if !found {
		return t, false
	}
	switch whose {
	case "passbook", "passbooklang":
	case "passbookredeem", "passbookredeemlang":
		t.redeemed = true
	default:
		return t, false
	}
	lang := ""
	if at := strings.LastIndexByte(rest, '-'); at >= 0 {
		lang, rest = rest[:at], rest[at+1:]
	}
	kind, found := strings.CutSuffix(rest, "file")
	n := slices.IndexFunc(slots, func(s slot) bool { return s.part == kind })
	if !found || n < 0 {
		return t, false
	}
	t.kind, t.image = slots[n].name, slots[n].name
	if lang == "" {
		return t, true
	}
	folder, known := folderTag(lang)
	t.image = folder + ".lproj/" + t.kind
	return t, known
}

// pictures are the files of a form for a template of a style, by the engine's names.
func (f form) pictures(style string) map[string]issuer.Upload {
	out := make(map[string]issuer.Upload)
	for part, data := range f.files {
		t, ok := partTarget(part)
		if !ok {
			continue
		}
		name := t.image
		if t.redeemed {
			name = "redeemed/" + name
		}
		out[name] = issuer.Upload{Name: t.kind, Kind: t.kind, Style: issuer.ShownBy(style, t.kind), Data: data}
	}
	return out
}

// dropped are the pictures that a form names without bringing them.
func (f form) dropped() (out []target, err error) {
	for _, part := range f.updated {
		t, ok := partTarget(part)
		if !ok || f.files[part] != nil {
			continue
		}
		if t.image == "icon" && !t.redeemed {
			return nil, invalidField("updatedMultipart", "the icon cannot be deleted")
		}
		out = append(out, t)
	}
	return out, nil
}

// without takes pictures out of the images of a design.
func without(images map[string]store.ID, dropped []target, redeemed bool) map[string]store.ID {
	out := maps.Clone(images)
	for _, t := range dropped {
		if t.redeemed == redeemed {
			delete(out, t.image)
		}
	}
	return out
}

// redeemedToo says whether a form has pictures of the design for redeemed passes.
func (f form) redeemedToo() bool {
	for part := range f.files {
		if t, ok := partTarget(part); ok && t.redeemed {
			return true
		}
	}
	return false
}
