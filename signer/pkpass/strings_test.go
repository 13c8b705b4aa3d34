package pkpass_test

import (
	"maps"
	"strings"
	"testing"
	"unicode/utf16"

	"pocketpass/signer/pkpass"
)

func utf16Bytes(s string, bigEndian, bom bool) []byte {
	if bom {
		s = "\ufeff" + s
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if bigEndian {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestParseStrings(t *testing.T) {
	line := "\"Größe\" = \"Size 😀\";\n"
	want := pkpass.Strings{"Größe": "Size 😀"}
	tests := []struct {
		name string
		in   []byte
		want pkpass.Strings
	}{
		{"UTF-8", []byte(line), want},
		{"UTF-8 with mark", []byte("\ufeff" + line), want},
		{"UTF-16 big-endian", utf16Bytes(line, true, true), want},
		{"UTF-16 little-endian", utf16Bytes(line, false, true), want},
		{"UTF-16 big-endian, no mark", utf16Bytes(line, true, false), want},
		{"UTF-16 little-endian, no mark", utf16Bytes(line, false, false), want},
		{"empty", nil, pkpass.Strings{}},
		{"comments", []byte("/* \"no\" = \"no\"; */ // x\n\"a\"/**/=\"b\" ; // end"), pkpass.Strings{"a": "b"}},
		{"escapes", []byte(`"\"\\\n\r\t\x" = "\U00e9\ud83d\ude00";`), pkpass.Strings{"\"\\\n\r\tx": "é😀"}},
		{"many on a line, without quotes", []byte(`a.b=c;"d"="e"; `), pkpass.Strings{"a.b": "c", "d": "e"}},
		{"a line break in a text", []byte("\"a\" = \"b\nc\";"), pkpass.Strings{"a": "b\nc"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := pkpass.ParseStrings(tt.in)
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestParseStringsErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"semicolon", "\"a\" = \"b\"\n\"c\" = \"d\";", `line 2: ";" is missing`},
		{"equals sign", "\n\"a\" \"b\";", `line 2: "=" is missing`},
		{"closing quote", "\"a\" = \"b;\n", "line 1: value has no closing quote"},
		{"value", "\"a\" = ;", "line 1: value is missing"},
		{"key", "\n\n= \"a\";", "line 3: key is missing"},
		{"comment", "/* a", "comment is not closed"},
		{"end in an escape", `"a\`, "no closing quote"},
		{"encoding", "\"a\" = \"\xe4\";", "neither UTF-8 nor UTF-16"},
		{"odd UTF-16", "\xfe\xff\x00", "odd number"},
		{"size", strings.Repeat(" ", pkpass.MaxStrings+1), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := pkpass.ParseStrings([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestEncodeStrings(t *testing.T) {
	s := pkpass.Strings{"b": "Ä😀", "a\"\\": "x\ny\r"}
	want := utf16Bytes("\"a\\\"\\\\\" = \"x\\ny\\r\";\n\"b\" = \"Ä😀\";\n", true, true)
	if got := pkpass.EncodeStrings(s); string(got) != string(want) {
		t.Errorf("got %q", got)
	}
}

func FuzzStrings(f *testing.F) {
	f.Add([]byte("/* c */ \"a\" = \"b\\U00e9\";\n"))
	f.Add(pkpass.EncodeStrings(pkpass.Strings{"k": "v", "Ä": "\\\"\n"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := pkpass.ParseStrings(data)
		if err != nil {
			t.Skip()
		}
		if again, err := pkpass.ParseStrings(pkpass.EncodeStrings(s)); err != nil || !maps.Equal(s, again) {
			t.Errorf("%q came back as %q, %v", s, again, err)
		}
	})
}

func TestCheckLanguage(t *testing.T) {
	for _, tag := range []string{"en", "de", "pt-BR", "zh-Hans", "zh-Hant-TW", "es-419", "fil"} {
		if err := pkpass.CheckLanguage(tag); err != nil {
			t.Errorf("%s: %v", tag, err)
		}
	}
	for _, tag := range []string{"", "EN", "english", "de_DE", "de-de", "zh-hans", "qq", "en.lproj", "en-US-x"} {
		if pkpass.CheckLanguage(tag) == nil {
			t.Errorf("%q was accepted", tag)
		}
	}
}

func TestReadBundle(t *testing.T) {
	good := pkpass.EncodeStrings(pkpass.Strings{"a": "b"})
	var o pkpass.Options
	found := o.ReadBundle(pkpass.Bundle{
		"icon.png":              pkpass.NewFile(nil),
		"en.lproj/pass.strings": pkpass.NewFile(good),
		"de.lproj/pass.strings": pkpass.NewFile([]byte("\"a\" = \"c\";\n")),
		"fr.lproj/pass.strings": pkpass.NewFile([]byte("\"a\" = \"c\"\n")),
		"DE_de.lproj/logo.png":  pkpass.NewFile(nil),
		"personalization.json":  pkpass.NewFile([]byte(`{"description":7}`)),

		"it.lproj/Pass.strings":        pkpass.NewFile(good),
		"it.lproj/Localizable.STRINGS": pkpass.NewFile(good),
		"pass.strings":                 pkpass.NewFile(good),
		"es/pass.strings":              pkpass.NewFile(good), // folder_unknown
		"en.lproj/._pass.strings":      pkpass.NewFile(good), // junk_file
		"en.lproj/more/pass.strings":   pkpass.NewFile(good), // folder_unknown
	})
	pkpass.SortFindings(found)
	want := []string{
		"100 strings_malformed refused fr.lproj/pass.strings",
		"99 language_folder_invalid warning DE_de.lproj",
		"99 strings_misplaced warning it.lproj/Localizable.STRINGS",
		"99 strings_misplaced warning it.lproj/Pass.strings",
		"99 strings_misplaced warning pass.strings",
		"100 strings_without_bom warning de.lproj/pass.strings",
		"106 personalization_requirement_missing warning personalization.json",
	}
	if len(found) != len(want) {
		t.Fatalf("got %+v", found)
	}
	for i, f := range found {
		if got := strings.Join([]string{itoa(f.Check), f.Code, string(f.Severity), f.Path}, " "); got != want[i] {
			t.Errorf("got %s, want %s", got, want[i])
		}
	}
	if o.Strings["en"]["a"] != "b" || o.Strings["de"]["a"] != "c" || len(o.Strings) != 2 || len(o.Files) != 12 {
		t.Errorf("got %+v", o)
	}
}
