package pkpass_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pocketpass/signer/pkpass"
)

func TestManifest(t *testing.T) {
	b := bundleOf(map[string][]byte{"b": nil, "a": []byte("abc"), "de.lproj/\"x\\\x01ü": nil})
	const empty, abc = "da39a3ee5e6b4b0d3255bfef95601890afd80709", "a9993e364706816aba3e25717850c26c9cd0d89d"
	want := `{"a":"` + abc + `","b":"` + empty + `","de.lproj/\"x\\\u0001ü":"` + empty + `"}`
	if got := string(b.Manifest()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var parsed map[string]string
	if err := json.Unmarshal(b.Manifest(), &parsed); err != nil || len(parsed) != len(b) {
		t.Errorf("encoding/json reads %v, %v", parsed, err)
	}
	if got := string(pkpass.Bundle{}.Manifest()); got != "{}" {
		t.Errorf("the empty bundle gives %s", got)
	}
}

// randomBundle is a sound pass with more files of random names and content.
func randomBundle(t testing.TB, r *rand.Rand) pkpass.Bundle {
	files := goodFiles(t)
	for range r.IntN(30) {
		folder := []string{"", "en.lproj/", "zh-Hans.lproj/", "日本.lproj/"}[r.IntN(4)]
		data := make([]byte, r.IntN(5000))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		files[fmt.Sprintf("%sé %q-%d.dat", folder, 'x', r.IntN(1000))] = data
	}
	return bundleOf(files)
}

func TestArchiveRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		b, signature := randomBundle(t, r), []byte{byte(r.Uint32())}
		archive := mustArchive(t, b, signature)
		c, findings, err := pkpass.Read(archive, pkpass.Limits{})
		if err != nil || len(findings) > 0 {
			t.Fatalf("what was written reads with %v, %v", findings, err)
		}
		if !sameBytes(c.Files, b) || !bytes.Equal(c.Manifest, b.Manifest()) || !bytes.Equal(c.Signature, signature) {
			t.Fatal("what was written reads differently")
		}
		if again := mustArchive(t, c.Files, c.Signature); !bytes.Equal(again, archive) {
			t.Fatal("writing again changed the bytes")
		}
	}
}

func mustArchive(t testing.TB, b pkpass.Bundle, signature []byte) []byte {
	t.Helper()
	out, err := b.Archive(b.Manifest(), signature)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestArchiveLayout(t *testing.T) {
	archive := mustArchive(t, bundleOf(goodFiles(t)), []byte("DER"))
	if len(archive) != cap(archive) {
		t.Errorf("%d bytes in an allocation of %d", len(archive), cap(archive))
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if f.Method != zip.Store || f.Flags&8 != 0 || !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: method %d, flags %x, time %v", f.Name, f.Method, f.Flags, f.Modified)
		}
	}
	want := []string{"pass.json", "en.lproj/pass.strings", "icon.png", "icon@2x.png", "icon@3x.png", "manifest.json", "signature"}
	if !slices.Equal(names, want) {
		t.Errorf("order %q", names)
	}
}

func TestArchiveIsReadByOthers(t *testing.T) {
	b := randomBundle(t, rand.New(rand.NewPCG(3, 4)))
	archive := mustArchive(t, b, []byte("DER"))
	t.Run("archive/zip", func(t *testing.T) {
		r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range b {
			part, err := r.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if data, err := io.ReadAll(part); err != nil || !bytes.Equal(data, f.Data) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	path := filepath.Join(t.TempDir(), "a.pkpass")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"unzip", "-tqq", path}, {"python3", "-m", "zipfile", "-t", path}} {
		t.Run(command[0], func(t *testing.T) {
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("%s is not installed", command[0])
			}
			if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil || bytes.Contains(out, []byte("bad")) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func TestArchiveRefuses(t *testing.T) {
	tests := map[string]pkpass.Bundle{
		"manifest of its own":  {"manifest.json": pkpass.NewFile(nil)},
		"signature of its own": {"signature": pkpass.NewFile(nil)},
		"path that leaves":     {"../a": pkpass.NewFile(nil)},
		"empty name":           {"": pkpass.NewFile(nil)},
		"too large":            {"a": pkpass.NewFile(make([]byte, 10<<20))},
	}
	many := pkpass.Bundle{}
	for i := range 199 {
		many[fmt.Sprint(i)] = pkpass.NewFile(nil)
	}
	tests["too many files"] = many
	for name, b := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := b.Archive(nil, nil); err == nil {
				t.Error("was written")
			}
		})
	}
}

func TestCheckBundle(t *testing.T) {
	sound := bundleOf(goodFiles(t))
	if f := sound.Check(); len(f) > 0 {
		t.Errorf("a sound bundle gave %+v", f)
	}
	broken := bundleOf(map[string][]byte{"../a": nil, ".DS_Store": nil, "Signature": nil, "icon.png": nil})
	want := []string{"case_clash", "file_missing", "icon_scale_missing", "image_not_png", "junk_file", "path_parent"}
	if got := codesOf(broken.Check()); !slices.Equal(got, want) {
		t.Errorf("codes %v, want %v", got, want)
	}
	if !maps.EqualFunc(sound, bundleOf(goodFiles(t)), func(a, b pkpass.File) bool { return a.SHA1 == b.SHA1 }) {
		t.Error("checking changed the bundle")
	}
}

// benchmarkBundle has nine images of 20 kB together.
func benchmarkBundle() pkpass.Bundle {
	files := map[string][]byte{"pass.json": make([]byte, 2000)}
	for _, kind := range []pkpass.ImageKind{pkpass.Icon, pkpass.Logo, pkpass.Strip} {
		for scale := 1; scale <= pkpass.MaxScale; scale++ {
			files[pkpass.ImageName(kind, scale)] = make([]byte, 20_000/9)
		}
	}
	return bundleOf(files)
}

func BenchmarkManifest(b *testing.B) {
	bundle := benchmarkBundle()
	for b.Loop() {
		bundle.Manifest()
	}
}

func BenchmarkArchive(b *testing.B) {
	bundle, signature := benchmarkBundle(), make([]byte, 3000)
	manifest := bundle.Manifest()
	b.ReportAllocs()
	for b.Loop() {
		out, err := bundle.Archive(manifest, signature)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(out)))
	}
}
