package signer_test

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// parcel is a pass before it is packed, right until a test breaks it. The archive
// is written by the standard library, so that nothing of ours is in its form.
type parcel struct {
	t        testing.TB
	w        world
	id       *signer.Identity
	document string
	files    map[string][]byte // beside pass.json, listed in the manifest
	manifest func(string) string
	sign     func(manifest []byte) []byte
	unlisted []packed          // packed after everything else
	without  string            // an entry that is left out
	changed  map[string][]byte // other bytes than the manifest says
	folder   string            // before all names
	entry    func(*zip.FileHeader)
}

type packed struct {
	name string
	data []byte
}

// newParcel is a pass of one of the clean documents, with the images of its style
// and texts in two languages.
func newParcel(t testing.TB, style string) *parcel {
	t.Helper()
	w := newWorld(t)
	p := &parcel{t: t, w: w, id: w.id, files: make(map[string][]byte), changed: make(map[string][]byte)}
	data, err := os.ReadFile(filepath.Join("pkpass", "testdata", "clean", style+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p.document = string(data)
	d, err := pkpass.ParseDocument(data)
	if err != nil {
		t.Fatal(err)
	}
	p.edit(d.PassTypeIdentifier, passType)
	p.edit(d.TeamIdentifier, team)
	p.addImage("icon.png", 38, 38)
	p.addImage("icon@2x.png", 76, 76)
	p.addImage("icon@3x.png", 114, 114)
	for name, size := range pictures[style] {
		p.addImage(name, size.Width, size.Height)
	}
	p.files["en.lproj/pass.strings"] = strings16(`"LEVEL" = "Level";`)
	p.files["de.lproj/pass.strings"] = strings16(`"LEVEL" = "Stufe";`)
	if d.NFC != nil {
		p.id = w.assemble(t, w.issue(t, func(o *signer.Order) { o.NFC = true }))
	}
	return p
}

// pictures are the images of the clean documents, beside the icon.
var pictures = map[string]map[string]pkpass.Size{
	"storeCard":    {"strip@2x.png": {Width: 750, Height: 288}, "strip@3x.png": {Width: 1125, Height: 432}},
	"coupon":       {"strip@2x.png": {Width: 750, Height: 288}},
	"eventTicket":  {"artwork@2x.png": {Width: 716, Height: 896}, "background@2x.png": {Width: 690, Height: 1010}},
	"generic":      {"artwork@2x.png": {Width: 716, Height: 896}, "thumbnail@2x.png": {Width: 180, Height: 180}},
	"boardingPass": {"footer@2x.png": {Width: 572, Height: 30}},
	"bus":          {},
}

func (p *parcel) addImage(name string, w, h int) { p.files[name] = picture(p.t, w, h) }

// picture is a PNG of one colour.
func picture(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&out, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.NRGBA{96, 56, 19, 255}})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// strings16 is the text of a strings file in UTF-16 with its mark.
func strings16(text string) []byte {
	out := []byte{0xfe, 0xff}
	for _, r := range text {
		out = append(out, byte(r>>8), byte(r))
	}
	return out
}

// edit replaces the first occurrence of old in the document.
func (p *parcel) edit(old, new string) {
	p.t.Helper()
	if !strings.Contains(p.document, old) {
		p.t.Fatalf("the document has no %q", old)
	}
	p.document = strings.Replace(p.document, old, new, 1)
}

// message signs the parcel by hand.
func (p *parcel) message(spoil func(*message)) {
	p.sign = func(manifest []byte) []byte {
		m := newMessageOver(p.w, manifest)
		spoil(m)
		return m.encode(p.t)
	}
}

// pack seals the parcel.
func (p *parcel) pack() []byte {
	p.t.Helper()
	b := pkpass.Bundle{"pass.json": pkpass.NewFile([]byte(p.document))}
	for name, data := range p.files {
		b[name] = pkpass.NewFile(data)
	}
	manifest := b.Manifest()
	if p.manifest != nil {
		manifest = []byte(p.manifest(string(manifest)))
	}
	signature := p.seal(manifest)
	var entries []packed
	for _, name := range slices.Sorted(maps.Keys(b)) {
		data := b[name].Data
		if other, ok := p.changed[name]; ok {
			data = other
		}
		entries = append(entries, packed{name, data})
	}
	entries = append(entries, packed{"manifest.json", manifest}, packed{"signature", signature})
	entries = slices.DeleteFunc(entries, func(e packed) bool { return e.name == p.without })
	return archive(p.t, p.folder, p.entry, append(entries, p.unlisted...))
}

func (p *parcel) seal(manifest []byte) []byte {
	if p.sign != nil {
		return p.sign(manifest)
	}
	return sign(p.t, p.id, manifest, now)
}

// archive packs entries, deflated unless touch says otherwise.
func archive(t testing.TB, folder string, touch func(*zip.FileHeader), entries []packed) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		h := &zip.FileHeader{Name: folder + e.name, Method: zip.Deflate}
		if touch != nil {
			touch(h)
		}
		part, err := w.CreateHeader(h)
		if err == nil && len(e.data) > 0 {
			_, err = part.Write(e.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// relative is an authority that calls itself like the demo's but has the test's
// key, to issue what the demo's refuses to; leaf is what it issued.
func relative(t testing.TB, w world, leaf *x509.Certificate) (issued, authority *x509.Certificate) {
	t.Helper()
	template := authorityTemplate()
	template.Subject = pkix.Name{CommonName: "Another authority", Organization: w.authority.Root.Subject.Organization}
	authority = create(t, template, template, w.otherKey, w.otherKey)
	return create(t, leaf, authority, w.key, w.otherKey), authority
}
