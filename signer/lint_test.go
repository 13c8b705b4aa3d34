package signer_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// collection is the folder of good and broken files that the command line is
// tested with; -update writes it anew.
const collection = "../testdata/lint"

func goodStyles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("pkpass/testdata/clean/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("found %d clean documents: %v", len(files), err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return files
}

// lintAny judges a .pkpass or a .pkpasses with its passes.
func lintAny(data []byte, at time.Time) []pkpass.Finding {
	if !pkpass.IsMulti(data) {
		r, _ := signer.Lint(data, at)
		return r.Findings
	}
	reports, found, _ := signer.LintMulti(data, at)
	for _, r := range reports {
		found = append(found, r.Findings...)
	}
	pkpass.SortFindings(found)
	return found
}

// faults are the codes of what is more than advice, each once.
func faults(found []pkpass.Finding) []string {
	var out []string
	for _, f := range found {
		if f.Severity != pkpass.Note && !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	return out
}

// TestLintIsSilentOnGoodPasses has openssl and lint judge the same files, packed
// by the standard library and by Seal.
func TestLintIsSilentOnGoodPasses(t *testing.T) {
	w := newWorld(t)
	for _, style := range goodStyles(t) {
		t.Run(style, func(t *testing.T) {
			p := newParcel(t, style)
			s := newShop(t, w)
			for _, data := range [][]byte{p.pack(), p.sealed()} {
				r, err := signer.Lint(data, now)
				if err != nil || !slices.Equal(codes(r.Findings), []string{"signed_by_demo_authority"}) {
					t.Fatalf("found %+v, %v", r.Findings, err)
				}
				if r.Document.PassTypeIdentifier != passType || !r.Signature.SigningTime.Equal(now) {
					t.Errorf("read %+v", r.Document)
				}
				if out, err := s.verified(r.Contents.Signature, r.Contents.Manifest); err != nil {
					t.Errorf("openssl refuses it: %s", out)
				}
			}
			keep(t, "good-"+style+".pkpass", p.pack())
		})
	}
}

// sealed is the parcel as we pack it.
func (p *parcel) sealed() []byte {
	p.t.Helper()
	b := pkpass.Bundle{"pass.json": pkpass.NewFile([]byte(p.document))}
	for name, data := range p.files {
		b[name] = pkpass.NewFile(data)
	}
	data, err := signer.Seal(b, p.id, now)
	if err != nil {
		p.t.Fatal(err)
	}
	return data
}

func TestLintNamesTheFault(t *testing.T) {
	if n := len(brokenFiles()); n < 25 {
		t.Fatalf("%d broken files", n)
	}
	for _, b := range brokenFiles() {
		t.Run(b.name, func(t *testing.T) {
			data := b.build(t)
			found := lintAny(data, now)
			if got := strings.Join(faults(found), " "); got != b.codes {
				t.Errorf("found %s, want %s: %+v", got, b.codes, found)
			}
			for _, f := range found {
				whole := f.Check >= 1 && f.Check <= 112 && f.Effect != "" && f.Remedy != ""
				if !whole || strings.HasSuffix(f.Effect, ".") || strings.HasSuffix(f.Remedy, ".") {
					t.Errorf("incomplete finding %+v", f)
				}
			}
			keep(t, b.name, data)
		})
	}
}

// keep writes one file of the collection with -update.
func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	if !*update {
		return
	}
	if err := os.WriteFile(filepath.Join(collection, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCollection judges the files that lie in the collection and keeps its list
// in step: a line for each, its name and its codes.
func TestCollection(t *testing.T) {
	var want strings.Builder
	for _, style := range goodStyles(t) {
		fmt.Fprintf(&want, "good-%s.pkpass\n", style)
	}
	for _, b := range slices.SortedFunc(slices.Values(brokenFiles()), func(a, b brokenFile) int { return cmp.Compare(a.name, b.name) }) {
		fmt.Fprintf(&want, "%s %s\n", b.name, b.codes)
	}
	keep(t, "list.txt", []byte(want.String()))
	list, err := os.ReadFile(filepath.Join(collection, "list.txt"))
	if err != nil || string(list) != want.String() {
		t.Fatalf("list.txt is out of step, write it anew with -update: %v", err)
	}
	files, err := os.ReadDir(collection)
	if lines := strings.Count(string(list), "\n"); err != nil || len(files) != lines+1 {
		t.Errorf("%d files, but %d in the list: %v", len(files), lines, err)
	}
	for line := range strings.Lines(string(list)) {
		name, codes, _ := strings.Cut(strings.TrimSpace(line), " ")
		data, err := os.ReadFile(filepath.Join(collection, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(faults(lintAny(data, now)), " "); got != codes {
			t.Errorf("%s: found %q, want %q", name, got, codes)
		}
	}
}

// TestLintTrial: a pass for a trial may name a service on this machine, unless a
// real certificate signed it; an address that looks public has to be https.
func TestLintTrial(t *testing.T) {
	tests := []struct {
		name, service string
		sign          func(*parcel)
		want          []string
	}{
		{"trial at home", "http://127.0.0.1:8080/wallet", nil, nil},
		{"trial in public", "http://wallet.example.org", nil, []string{"web_service_url_insecure"}},
		{"foreign certificate", "https://10.0.0.7/wallet", func(p *parcel) {
			leaf, ca := chainWithAddress(p.t, p.w.key, p.w.otherKey, "http://example.com")
			p.message(func(m *message) { m.leaf, m.intermediate = leaf, ca })
		}, []string{"issuer_unknown", "web_service_url_private"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newParcel(t, "storeCard")
			p.edit("https://wallet.example.org", tt.service)
			if tt.sign != nil {
				tt.sign(p)
			}
			if got := faults(lintAny(p.pack(), now)); !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

// TestLintReadsWhatFits: members of a wrong type do not hide the others.
func TestLintReadsWhatFits(t *testing.T) {
	p := newParcel(t, "storeCard")
	p.edit(`"formatVersion": 1,`, `"formatVersion": 1, "voided": "false",`)
	p.edit(team, "ZZZZZZZZZZ")
	p.addImage("logo@2x.png", 400, 400)
	r, err := signer.Lint(p.pack(), now)
	want := []string{"team_mismatch", "image_size", "type_wrong_ignored"}
	if got := faults(r.Findings); err != nil || !slices.Equal(got, want) || r.Document.SerialNumber != "c-000417" {
		t.Errorf("found %v, want %v, %v", got, want, err)
	}
}

func TestLintAges(t *testing.T) {
	data := newParcel(t, "bus").pack()
	for at, want := range map[time.Time]string{
		end.AddDate(0, 0, -10): "certificate_expires_soon",
		end.AddDate(0, 0, 10):  "certificate_expired",
	} {
		found := lintAny(data, at)
		if !slices.Contains(codes(found), want) || len(faults(found)) > 0 {
			t.Errorf("at %s found %v", at, codes(found))
		}
	}
}

func TestLintErrors(t *testing.T) {
	r, err := signer.Lint([]byte("no archive"), now)
	if !errors.Is(err, pkpass.ErrNotZIP) || !slices.Equal(codes(r.Findings), []string{"archive_unreadable"}) {
		t.Errorf("found %+v, %v", r.Findings, err)
	}
	reports, found, err := signer.LintMulti([]byte("no archive"), now)
	if !errors.Is(err, pkpass.ErrNotZIP) || !slices.Equal(codes(found), []string{"archive_unreadable"}) || reports != nil {
		t.Errorf("found %+v, %v", found, err)
	}
}

func brokenFileNamed(t *testing.T, name string) []byte {
	t.Helper()
	for _, b := range brokenFiles() {
		if b.name == name {
			return b.build(t)
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

func TestLintMultiJudgesTen(t *testing.T) {
	reports, found, err := signer.LintMulti(brokenFileNamed(t, "eleven-passes.pkpasses"), now)
	if err != nil || !slices.Equal(codes(found), []string{"bundle_many"}) || len(reports) != pkpass.MaxMultiPasses {
		t.Errorf("%d reports, %v, %v", len(reports), found, err)
	}
}

func TestLintMultiNamesThePasses(t *testing.T) {
	reports, found, err := signer.LintMulti(brokenFileNamed(t, "broken-pass-inside.pkpasses"), now)
	if err != nil || len(found) > 0 || len(reports) != 2 {
		t.Fatalf("%d reports, %v, %v", len(reports), found, err)
	}
	for i, want := range []struct{ name, codes string }{{"a.pkpass", ""}, {"b.pkpass", "token_short"}} {
		r := reports[i]
		if r.Name != want.name || strings.Join(faults(r.Findings), " ") != want.codes || r.Contents.Files != nil {
			t.Errorf("report %d: %s, %v", i, r.Name, r.Findings)
		}
	}
}

func TestLintMultiNamesTwins(t *testing.T) {
	_, found, err := signer.LintMulti(brokenFileNamed(t, "one-pass-twice.pkpasses"), now)
	if err != nil || len(found) != 1 || found[0].Path != "b.pkpass" || !strings.Contains(found[0].Remedy, `"a.pkpass"`) {
		t.Errorf("found %+v, %v", found, err)
	}
}

// TestLintMemory: what a hostile file costs stays within a few times what the
// limits let in, and nothing is unpacked of what is beyond them.
func TestLintMemory(t *testing.T) {
	zeros := packed{"zeros", make([]byte, 40<<20)}
	bomb := archive(t, "", nil, []packed{zeros})
	large := newParcel(t, "bus")
	var names strings.Builder
	for n := range 60_000 {
		fmt.Fprintf(&names, `"%d":"",`, n)
	}
	large.manifest = func(string) string { return "{" + strings.TrimSuffix(names.String(), ",") + "}" }
	tests := []struct {
		name string
		data []byte
		most uint64 // bytes
	}{
		{"bomb", bomb, 1 << 20},
		{"bundle of bombs", archive(t, "", nil, []packed{{"a.pkpass", bomb}, {"b.pkpass", bomb}}), 4 << 20},
		{"manifest of a library", large.pack(), 8 << 20},
		{"nothing but an end", append([]byte("PK\x05\x06"), bytes.Repeat([]byte{0xff}, 18)...), 1 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := allocated()
			found := lintAny(tt.data, now)
			if used := allocated() - before; used > tt.most {
				t.Errorf("judging %d bytes took %d bytes of memory", len(tt.data), used)
			}
			if len(pkpass.Blocking(found)) == 0 {
				t.Error("was not refused")
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// FuzzLint: whatever the file, lint answers, with few words, each complete. To get
// far, run it with -fuzzminimizetime 5x.
func FuzzLint(f *testing.F) {
	files, err := filepath.Glob(collection + "/*.pkpass*")
	if err != nil || len(files) < 25 {
		f.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found := lintAny(data, now)
		if len(found) > 20_000 {
			t.Errorf("%d findings", len(found))
		}
		for _, x := range found {
			if x.Check == 0 || x.Code == "" || x.Effect == "" || x.Remedy == "" {
				t.Errorf("incomplete finding %+v", x)
			}
		}
	})
}
