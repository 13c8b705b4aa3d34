package pkpass_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
)

// brokenArchives has one fault each; the reader must name it and nothing else.
var brokenArchives = []struct {
	name     string
	build    func(f *foreign) []byte
	code     string
	severity pkpass.Severity
	path     string
}{
	{"no document", without("pass.json"), "file_missing", pkpass.Refused, "pass.json"},
	{"document listed but missing", func(f *foreign) []byte {
		f.manifest = f.goodManifest()
		return without("pass.json")(f)
	}, "file_missing", pkpass.Refused, "pass.json"},
	{"no manifest", func(f *foreign) []byte { f.without = "manifest.json"; return f.pack() }, "file_missing", pkpass.Refused, "manifest.json"},
	{"no signature", func(f *foreign) []byte { f.without = "signature"; return f.pack() }, "file_missing", pkpass.Refused, "signature"},
	{"no icon", without("icon.png", "icon@2x.png", "icon@3x.png"), "icon_missing", pkpass.Refused, "icon.png"},
	{"icons in a language folder only", func(f *foreign) []byte {
		for _, name := range []string{"icon.png", "icon@2x.png", "icon@3x.png"} {
			f.files["en.lproj/"+name] = f.files[name]
			delete(f.files, name)
		}
		return f.pack()
	}, "icon_not_at_root", pkpass.Warning, "icon.png"},
	{"no large icon", without("icon@3x.png"), "icon_scale_missing", pkpass.Note, "icon@3x.png"},
	{"folder compressed instead of its content", wrapped, "wrapping_folder", pkpass.Refused, "my pass"},
	{"absolute path", with("/a.txt"), "path_absolute", pkpass.Refused, "/a.txt"},
	{"drive letter", with("C:a.txt"), "path_drive", pkpass.Refused, "C:a.txt"},
	{"path that leaves the archive", with("en.lproj/../../a.txt"), "path_parent", pkpass.Refused, "en.lproj/../../a.txt"},
	{"folder that leaves the archive", with("../"), "path_parent", pkpass.Refused, "../"},
	{"backslash", with(`en.lproj\a.txt`), "path_backslash", pkpass.Refused, `en.lproj\a.txt`},
	{"dot segment", with("./a.txt"), "path_dot", pkpass.Refused, "./a.txt"},
	{"empty segment", with("en.lproj//a.txt"), "path_dot", pkpass.Refused, "en.lproj//a.txt"},
	{"NUL in a name", with("a.txt\x00.png"), "path_control", pkpass.Refused, "a.txt\x00.png"},
	{"name in Latin-1", with("caf\xe9.txt"), "path_encoding", pkpass.Refused, "caf\xe9.txt"},
	{"symbolic link", func(f *foreign) []byte {
		f.files["notes.txt"] = []byte("/etc/passwd")
		f.header["notes.txt"] = func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }
		return f.pack()
	}, "symlink_entry", pkpass.Refused, "notes.txt"},
	{"entry for a folder", with("en.lproj/"), "directory_entry", pkpass.Note, "en.lproj/"},
	{"folder without meaning", file("images/readme.txt", "x"), "folder_unknown", pkpass.Warning, "images"},
	{"leftover of Finder", with(".DS_Store"), "junk_file", pkpass.Refused, ".DS_Store"},
	{"resource fork", with("__MACOSX/._icon.png"), "junk_file", pkpass.Refused, "__MACOSX/._icon.png"},
	{"leftover of Explorer, listed", file("Thumbs.db", "x"), "junk_file", pkpass.Note, "Thumbs.db"},
	{"unlisted file", with("notes.txt"), "unlisted_file", pkpass.Refused, "notes.txt"},
	{"listed file is missing", manifest(`"icon.png"`, `"logo.png": "`+strings.Repeat("0", 40)+`", "icon.png"`),
		"listed_file_missing", pkpass.Refused, "logo.png"},
	{"file changed after the manifest", func(f *foreign) []byte {
		f.manifest = f.goodManifest()
		return file("pass.json", `{"formatVersion":1 }`)(f)
	}, "hash_mismatch", pkpass.Refused, "pass.json"},
	{"hash in capitals", func(f *foreign) []byte {
		_, rest, _ := strings.Cut(f.goodManifest(), `"pass.json": `)
		return manifest(rest, strings.ToUpper(rest))(f)
	}, "hash_malformed", pkpass.Refused, "pass.json"},
	{"manifest with a trailing comma", manifest("}", ",}"), "manifest_malformed", pkpass.Refused, "manifest.json"},
	{"manifest is a list", func(f *foreign) []byte { f.manifest = "[]"; return f.pack() }, "manifest_malformed", pkpass.Refused, "manifest.json"},
	{"manifest is nested", manifest("{", `{"a": {}, `), "manifest_malformed", pkpass.Refused, "manifest.json"},
	{"manifest lists a file twice", manifest("{", `{"icon.png": "", `), "manifest_malformed", pkpass.Refused, "manifest.json"},
	{"text after the manifest", manifest("}", "} {}"), "manifest_malformed", pkpass.Refused, "manifest.json"},
	{"manifest with a byte order mark", manifest("{", "\ufeff{"), "manifest_malformed", pkpass.Refused, "manifest.json"},
	{"manifest lists the signature", manifest("{", `{"signature": "", `), "manifest_lists_itself", pkpass.Refused, "signature"},
	{"file packed twice", with("pass.json"), "duplicate_entry", pkpass.Refused, "pass.json"},
	{"names differ in case", file("Pass.json", "x"), "case_clash", pkpass.Refused, "pass.json"},
	{"scale suffix that does not exist", file("logo@1x.png", "x"), "image_unknown", pkpass.Warning, "logo@1x.png"},
	{"wrong case of an image", file("primarylogo@2x.png", "x"), "image_unknown", pkpass.Warning, "primarylogo@2x.png"},
	{"image that Wallet does not know", file("banner.png", "x"), "image_unknown", pkpass.Warning, "banner.png"},
	{"JPEG named PNG", file("logo.png", "\xff\xd8\xff\xe0 a JPEG by its first bytes"), "image_not_png", pkpass.Warning, "logo.png"},
	{"picture that is cut short", logo(func(p []byte) []byte { return p[:len(p)-12] }), "image_damaged", pkpass.Warning, "logo.png"},
	{"picture that ends with its header", logo(func(p []byte) []byte { return p[:33] }), "image_damaged", pkpass.Warning, "logo.png"},
	{"picture that was altered", logo(func(p []byte) []byte { p[45]++; return p }), "image_damaged", pkpass.Warning, "logo.png"},
	{"picture without pixels", logo(func(p []byte) []byte { return slices.Concat(p[:33], p[len(p)-12:]) }), "image_damaged", pkpass.Warning, "logo.png"},
	{"picture of no height", logo(func(p []byte) []byte {
		binary.BigEndian.PutUint32(p[20:], 0)
		binary.BigEndian.PutUint32(p[29:], crc32.ChecksumIEEE(p[12:29]))
		return p
	}), "image_damaged", pkpass.Warning, "logo.png"},
	{"more than 3 MB", func(f *foreign) []byte {
		noise := make([]byte, 3<<20)
		rand.NewChaCha8([32]byte{}).Read(noise)
		return file("noise.bin", string(noise))(f)
	}, "archive_large", pkpass.Note, ""},
	{"password", patched("pass.json", func(r []byte) { r[8] |= 1 }), "entry_encrypted", pkpass.Refused, "pass.json"},
	{"unknown compression", patched("pass.json", func(r []byte) { r[10] = 12 }), "entry_method", pkpass.Refused, "pass.json"},
	{"ZIP64 size", patched("pass.json", func(r []byte) { copy(r[42:], "\xff\xff\xff\xff") }), "entry_zip64", pkpass.Refused, "pass.json"},
	{"ZIP64 in the header alone", func(f *foreign) []byte {
		for _, name := range []string{"icon.png", "pass.json"} {
			f.header[name] = func(h *zip.FileHeader) { h.Extra = append([]byte("\x0a\x00\x02\x00NTzz\x10\x00"), make([]byte, 16)...) }
		}
		return bytes.Replace(f.pack(), []byte("zz\x10\x00"), []byte("\x01\x00\x10\x00"), 2)
	}, "entry_zip64", pkpass.Warning, "icon.png"},
	{"ZIP64 sizes in the header alone", func(f *foreign) []byte {
		out := f.pack()
		copy(out[bytes.Index(out, []byte("pass.json"))-12:], "\xff\xff\xff\xff\xff\xff\xff\xff")
		return out
	}, "entry_zip64", pkpass.Warning, "pass.json"},
	{"wrong checksum", patched("pass.json", func(r []byte) { r[16]++ }), "entry_damaged", pkpass.Refused, "pass.json"},
	{"declared too short", patched("pass.json", func(r []byte) { r[24]-- }), "entry_damaged", pkpass.Refused, "pass.json"},
	{"declared too long", patched("pass.json", func(r []byte) { r[24]++ }), "entry_damaged", pkpass.Refused, "pass.json"},
	{"broken compressed data", func(f *foreign) []byte {
		out := f.pack()
		at := bytes.Index(out, []byte("pass.json")) + len("pass.json")
		out[at] = 0x07 // a block type that does not exist
		return out
	}, "entry_damaged", pkpass.Refused, "pass.json"},
	{"another name in the local header", func(f *foreign) []byte {
		out := f.pack()
		out[bytes.Index(out, []byte("pass.json"))] = 'P'
		return out
	}, "entry_damaged", pkpass.Refused, "pass.json"},
	{"entry outside of the archive", patched("pass.json", func(r []byte) { r[44] = 0x70 }), "entry_damaged", pkpass.Refused, "pass.json"},
	{"entry inside another", overlap, "entry_overlap", pkpass.Refused, "b.txt"},
}

func without(names ...string) func(*foreign) []byte {
	return func(f *foreign) []byte {
		for _, name := range names {
			delete(f.files, name)
		}
		return f.pack()
	}
}

// with packs one more entry that the manifest does not list.
func with(name string) func(*foreign) []byte {
	return func(f *foreign) []byte {
		f.header[name] = func(h *zip.FileHeader) { h.NonUTF8 = true }
		f.more = append(f.more, name)
		return f.pack()
	}
}

// logo adds a logo whose PNG edit has spoilt.
func logo(edit func([]byte) []byte) func(*foreign) []byte {
	return func(f *foreign) []byte { return file("logo.png", string(edit(blankPNG(f.t, 160, 50))))(f) }
}

func file(name, content string) func(*foreign) []byte {
	return func(f *foreign) []byte {
		f.files[name] = []byte(content)
		return f.pack()
	}
}

// manifest replaces the first occurrence of text in the right manifest.
func manifest(text, by string) func(*foreign) []byte {
	return func(f *foreign) []byte {
		f.manifest = strings.Replace(f.goodManifest(), text, by, 1)
		return f.pack()
	}
}

// patched changes the directory's record of name.
func patched(name string, patch func(record []byte)) func(*foreign) []byte {
	return func(f *foreign) []byte {
		out := f.pack()
		patch(directoryRecord(f.t, out, name))
		return out
	}
}

func wrapped(f *foreign) []byte {
	sound, out := f.pack(), new(bytes.Buffer)
	r, err := zip.NewReader(bytes.NewReader(sound), int64(len(sound)))
	if err != nil {
		f.t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for _, entry := range r.File {
		entry.Name = "my pass/" + entry.Name
		if err := w.Copy(entry); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	return out.Bytes()
}

// overlap lets b.txt lie inside of a.txt, which holds a copy of it.
func overlap(f *foreign) []byte {
	stored := func(h *zip.FileHeader) { h.Method = zip.Store }
	f.header["a.txt"], f.header["b.txt"] = stored, stored
	f.files["a.txt"], f.files["b.txt"] = nil, []byte("inner")
	plain := f.pack()
	start := binary.LittleEndian.Uint32(directoryRecord(f.t, plain, "b.txt")[42:])
	f.files["a.txt"] = plain[start : int(start)+30+len("b.txt")+len("inner")]
	f.manifest = ""
	out := f.pack()
	outer := binary.LittleEndian.Uint32(directoryRecord(f.t, out, "a.txt")[42:])
	binary.LittleEndian.PutUint32(directoryRecord(f.t, out, "b.txt")[42:], outer+30+uint32(len("a.txt")))
	return out
}

func TestReadNamesTheFault(t *testing.T) {
	for _, tt := range brokenArchives {
		t.Run(tt.name, func(t *testing.T) {
			_, findings, err := pkpass.Read(tt.build(newForeign(t)), pkpass.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) != 1 {
				t.Fatalf("findings %+v, want only %s", findings, tt.code)
			}
			f := findings[0]
			if f.Code != tt.code || f.Severity != tt.severity || f.Path != tt.path {
				t.Errorf("got %s, %s at %q, want %s, %s at %q", f.Code, f.Severity, f.Path, tt.code, tt.severity, tt.path)
			}
			if f.Check < 1 || f.Effect == "" || f.Remedy == "" || strings.Contains(f.Remedy, "%!") {
				t.Errorf("incomplete finding %+v", f)
			}
		})
	}
}

func TestReadForeign(t *testing.T) {
	f := newForeign(t)
	c, findings, err := pkpass.Read(f.pack(), pkpass.Limits{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("a sound archive gave %v, %v", findings, err)
	}
	if !sameBytes(c.Files, bundleOf(f.files)) || string(c.Manifest) != f.goodManifest() || string(c.Signature) != "DER" {
		t.Errorf("read %v, manifest %s, signature %s", slices.Sorted(maps.Keys(c.Files)), c.Manifest, c.Signature)
	}
}

func TestReadJudgesAllFaultsAtOnce(t *testing.T) {
	f := newForeign(t)
	f.manifest = f.goodManifest()
	delete(f.files, "icon@3x.png")
	f.files["logo@4x.png"] = []byte("x")
	f.more = []string{"../evil", "pass.json"}
	out := f.pack()
	directoryRecord(t, out, "icon@2x.png")[16]++
	c, findings, err := pkpass.Read(out, pkpass.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"duplicate_entry", "entry_damaged", "icon_scale_missing", "image_unknown", "listed_file_missing", "path_parent", "unlisted_file"}
	if got := codesOf(findings); !slices.Equal(got, want) {
		t.Errorf("codes %v, want %v", got, want)
	}
	if string(c.Files["pass.json"].Data) != `{"formatVersion":1}` {
		t.Errorf("of two documents the second was kept: %s", c.Files["pass.json"].Data)
	}
	for _, name := range []string{"../evil", "icon@2x.png"} {
		if _, ok := c.Files[name]; ok {
			t.Errorf("%s is among the files", name)
		}
	}
}

func TestReadUnwraps(t *testing.T) {
	f := newForeign(t)
	c, _, err := pkpass.Read(wrapped(f), pkpass.Limits{})
	if err != nil || !sameBytes(c.Files, bundleOf(f.files)) {
		t.Errorf("files %v, %v", slices.Sorted(maps.Keys(c.Files)), err)
	}
}
