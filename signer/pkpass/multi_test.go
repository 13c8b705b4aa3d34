package pkpass_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pocketpass/signer/pkpass"
)

func namedPasses(t testing.TB, n int) []pkpass.NamedPass {
	pass := mustArchive(t, bundleOf(goodFiles(t)), []byte("DER"))
	var out []pkpass.NamedPass
	for i := range n {
		out = append(out, pkpass.NamedPass{Name: fmt.Sprintf("pass-%d.pkpass", i+1), Data: pass})
	}
	return out
}

func TestMultiRoundTrip(t *testing.T) {
	passes := namedPasses(t, 10)
	data, err := pkpass.Multi(passes)
	if err != nil {
		t.Fatal(err)
	}
	got, findings, err := pkpass.ReadMulti(data, pkpass.Limits{})
	if err != nil || len(findings) > 0 || !reflect.DeepEqual(got, passes) {
		t.Errorf("read %d passes, %v, %v", len(got), findings, err)
	}
	if !bytes.Equal(data[30:30+len("pass-1.pkpass")], []byte("pass-1.pkpass")) {
		t.Error("the first entry is not the first pass")
	}
	if again, err := pkpass.Multi(passes); err != nil || !bytes.Equal(again, data) {
		t.Errorf("a second time gave other bytes, %v", err)
	}
	if !pkpass.IsMulti(data) || pkpass.IsMulti(passes[0].Data) || pkpass.IsMulti([]byte("x")) {
		t.Error("passes and bundles of passes are not told apart")
	}
}

func TestMultiRefuses(t *testing.T) {
	tests := map[string][]pkpass.NamedPass{
		"nothing":         nil,
		"eleven passes":   namedPasses(t, 11),
		"same name twice": {{Name: "a.pkpass"}, {Name: "A.pkpass"}},
		"path":            {{Name: "a/b.pkpass"}},
		"other extension": {{Name: "a.zip"}},
		"no stem":         {{Name: ".pkpass"}},
		"hidden file":     {{Name: "..pkpass"}},
		"umlaut":          {{Name: "ü.pkpass"}},
		"long name":       {{Name: fmt.Sprintf("%050d.pkpass", 1)}},
		"151 MB":          {{Name: "a.pkpass", Data: make([]byte, 151_000_000)}},
	}
	for name, passes := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := pkpass.Multi(passes); err == nil {
				t.Error("was written")
			}
		})
	}
}

// packEntries is an archive of the standard library with stored entries.
func packEntries(t *testing.T, entries ...pkpass.NamedPass) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		part, err := w.CreateHeader(&zip.FileHeader{Name: e.Name})
		if err == nil && len(e.Data) > 0 {
			_, err = part.Write(e.Data)
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

func TestReadMultiNamesTheFault(t *testing.T) {
	good := namedPasses(t, 11)
	noSignature := newForeign(t)
	noSignature.without = "signature"
	tests := []struct {
		name    string
		entries []pkpass.NamedPass
		code    string
		path    string
		passes  int
	}{
		{"eleven passes", good, "bundle_many", "", 11},
		{"nothing", nil, "bundle_empty", "", 0},
		{"another file", append(good[:1:1], pkpass.NamedPass{Name: "readme.txt"}), "bundle_entry", "readme.txt", 1},
		{"unpacked pass", []pkpass.NamedPass{{Name: "a.pkpass/pass.json"}}, "bundle_entry", "a.pkpass/pass.json", 0},
		{"folder", append(good[:1:1], pkpass.NamedPass{Name: "a.pkpass/"}), "bundle_entry", "a.pkpass/", 1},
		{"not an archive", []pkpass.NamedPass{{Name: "a.pkpass", Data: []byte("x")}}, "bundle_pass_incomplete", "a.pkpass", 1},
		{"pass without signature", []pkpass.NamedPass{{Name: "a.pkpass", Data: noSignature.pack()}}, "bundle_pass_incomplete", "a.pkpass", 1},
		{"path", append(good[:1:1], pkpass.NamedPass{Name: "../a.pkpass"}), "path_parent", "../a.pkpass", 1},
		{"one name twice", []pkpass.NamedPass{good[0], good[0]}, "duplicate_entry", "pass-1.pkpass", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			passes, findings, err := pkpass.ReadMulti(packEntries(t, tt.entries...), pkpass.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) != 1 || findings[0].Code != tt.code || findings[0].Path != tt.path || findings[0].Severity != pkpass.Refused {
				t.Errorf("findings %+v, want %s at %q", findings, tt.code, tt.path)
			}
			if len(passes) != tt.passes {
				t.Errorf("%d passes, want %d", len(passes), tt.passes)
			}
		})
	}
}

func TestReadMultiSizes(t *testing.T) {
	big := pkpass.NamedPass{Name: "big.pkpass", Data: make([]byte, 151_000_000)}
	_, findings, err := pkpass.ReadMulti(packEntries(t, big), pkpass.Limits{})
	if err != nil || !slices.Contains(codesOf(findings), "bundle_large") {
		t.Errorf("got %v, %v", codesOf(findings), err)
	}
	if _, _, err := pkpass.ReadMulti(packEntries(t, big), pkpass.Limits{Packed: 1000}); !isLimit(err) {
		t.Errorf("got %v", err)
	}
	if _, _, err := pkpass.ReadMulti([]byte("x"), pkpass.Limits{}); !errors.Is(err, pkpass.ErrNotZIP) {
		t.Errorf("got %v", err)
	}
}
