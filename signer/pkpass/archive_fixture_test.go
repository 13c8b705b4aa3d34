package pkpass_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
)

// blankPNG is a transparent picture of w × h pixels.
func blankPNG(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// goodFiles is a small pass in which no check finds anything.
func goodFiles(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"pass.json":             []byte(`{"formatVersion":1}`),
		"icon.png":              blankPNG(t, 38, 38),
		"icon@2x.png":           blankPNG(t, 76, 76),
		"icon@3x.png":           blankPNG(t, 114, 114),
		"en.lproj/pass.strings": []byte(`"a" = "b";`),
	}
}

func bundleOf(files map[string][]byte) pkpass.Bundle {
	b := pkpass.Bundle{}
	for name, data := range files {
		b[name] = pkpass.NewFile(data)
	}
	return b
}

// foreign is a pass as another tool might write it, packed by the standard
// library, so that nothing of the writer under test is in it.
type foreign struct {
	t        testing.TB
	files    map[string][]byte
	manifest string                           // instead of the right one
	without  string                           // "manifest.json" or "signature"
	header   map[string]func(*zip.FileHeader) // last touches by entry name
	more     []string                         // names packed a second time, or outside of the manifest
}

func newForeign(t testing.TB) *foreign {
	return &foreign{t: t, files: goodFiles(t), header: map[string]func(*zip.FileHeader){}}
}

func (f *foreign) goodManifest() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		sum := sha1.Sum(f.files[name])
		lines = append(lines, `"`+strings.ReplaceAll(name, `\`, `\\`)+`": "`+hex.EncodeToString(sum[:])+`"`)
	}
	return "{" + strings.Join(lines, ", ") + "}"
}

// pack writes the entries sorted by name, deflated, with data descriptors.
func (f *foreign) pack() []byte {
	f.t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		f.add(w, name, f.files[name])
	}
	for _, name := range f.more {
		f.add(w, name, []byte("more"))
	}
	if f.manifest == "" {
		f.manifest = f.goodManifest()
	}
	for name, text := range map[string]string{"manifest.json": f.manifest, "signature": "DER"} {
		if name != f.without {
			f.add(w, name, []byte(text))
		}
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	return out.Bytes()
}

func (f *foreign) add(w *zip.Writer, name string, data []byte) {
	f.t.Helper()
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	if touch := f.header[name]; touch != nil {
		touch(h)
	}
	part, err := w.CreateHeader(h)
	if err == nil && !strings.HasSuffix(name, "/") {
		_, err = part.Write(data)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// directoryRecord returns the part of archive that is name's entry in the
// directory, to be patched in place.
func directoryRecord(t testing.TB, archive []byte, name string) []byte {
	t.Helper()
	at := bytes.LastIndex(archive, []byte(name))
	start := at - 46
	if at < 0 || !bytes.HasPrefix(archive[start:], []byte("PK\x01\x02")) {
		t.Fatalf("%q has no directory record", name)
	}
	return archive[start : at+len(name)]
}

func codesOf(findings []pkpass.Finding) []string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func sameBytes(a, b pkpass.Bundle) bool {
	return maps.EqualFunc(a, b, func(x, y pkpass.File) bool {
		return bytes.Equal(x.Data, y.Data) && x.SHA1 == y.SHA1 && x.CRC32 == y.CRC32
	})
}
