package pkpass_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"pocketpass/signer/pkpass"
)

// FuzzRead holds three properties of whatever comes in: the limits are kept,
// what was read can be written and reads the same again, and archive/zip, if
// it can read the file too, agrees on its content.
func FuzzRead(f *testing.F) {
	f.Add(newForeign(f).pack())
	f.Add(mustArchive(f, bundleOf(goodFiles(f)), []byte("DER")))
	for _, broken := range brokenArchives {
		if archive := broken.build(newForeign(f)); len(archive) < 10_000 {
			f.Add(archive)
		}
	}
	limits := pkpass.Limits{Packed: 1 << 20, Unpacked: 2 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := pkpass.Read(data, limits)
		if err != nil {
			return
		}
		total := len(c.Manifest) + len(c.Signature)
		for name, file := range c.Files {
			total += len(file.Data)
			compareToStandard(t, data, name, file.Data)
		}
		if total > 2<<20 {
			t.Fatalf("%d bytes were unpacked", total)
		}
		again, findings, err := pkpass.Read(mustArchive(t, c.Files, c.Signature), pkpass.Limits{})
		if err != nil || !sameBytes(again.Files, c.Files) {
			t.Fatalf("what was read cannot be written: %v, %v", findings, err)
		}
	})
}

func compareToStandard(t *testing.T, archive []byte, name string, want []byte) {
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return
	}
	for _, f := range r.File {
		if f.Name != name {
			continue
		}
		part, err := f.Open()
		if err != nil {
			return
		}
		if got, err := io.ReadAll(part); err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%s: archive/zip reads %q, we %q", name, got, want)
		}
		return
	}
}
