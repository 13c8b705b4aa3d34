package pkpass_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pocketpass/signer/pkpass"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func encode(t testing.TB, d *pkpass.Document) []byte {
	t.Helper()
	out, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameJSON compares what two texts mean; numbers by their digits.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	return reflect.DeepEqual(generic(t, a), generic(t, b))
}

func generic(t *testing.T, data []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}

func TestCleanDocumentsRoundTrip(t *testing.T) {
	files, _ := filepath.Glob("testdata/clean/*.json")
	if len(files) == 0 {
		t.Fatal("no documents")
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out := encode(t, mustParse(t, string(raw))); !sameJSON(t, raw, out) {
			t.Errorf("%s: came back as %s", file, out)
		}
	}
}

// everything returns a document with a value in every member of every struct,
// and an unknown key in each.
func everything() *pkpass.Document {
	d := new(pkpass.Document)
	fill(reflect.ValueOf(d).Elem())
	return d
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(false)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"any":[1,null]}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]json.RawMessage{"newKey": json.RawMessage(`{"b":1.50,"a":[]}`)}))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[pkpass.Value]() {
			v.Set(reflect.ValueOf(pkpass.Number("1.50")))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

func TestEveryMemberSurvives(t *testing.T) {
	d := everything()
	out := encode(t, d)
	if again := mustParse(t, string(out)); !reflect.DeepEqual(d, again) {
		t.Errorf("came back different:\n%s\n%s", out, encode(t, again))
	}
	golden := filepath.Join("testdata", "everything.json")
	var indented bytes.Buffer
	if err := json.Indent(&indented, out, "", "  "); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, indented.Bytes()) {
		t.Errorf("keys or their order changed; see %s and -update", golden)
	}
}

func TestEncodeExactly(t *testing.T) {
	tests := []struct{ name, in, out string }{
		{"nothing", `{}`, `{}`},
		{"no HTML escapes", `{"description":"\u003ca&b\u003e"}`, `{"description":"<a&b>"}`},
		{"escapes", `{"description":"\"\\\/\b\n\r\t\u0001é\u2028😀"}`, `{"description":"\"\\/\u0008\n\r\t\u0001é` + "\u2028😀\"}"},
		{"a lone surrogate", `{"description":"\ud800x"}`, "{\"description\":\"\ufffdx\"}"},
		{"known first, unknown sorted", `{"z":1,"a":{"y":1,"b":2},"voided":false}`, `{"voided":false,"a":{"y":1,"b":2},"z":1}`},
		{"null is absent", `{"voided":null,"nfc":null}`, `{}`},
		{"unknown null stays", `{"later":null}`, `{"later":null}`},
		{"empty lists stay", `{"barcodes":[],"generic":{"backFields":[{"dataDetectorTypes":[]}]}}`, `{"generic":{"backFields":[{"dataDetectorTypes":[]}]},"barcodes":[]}`},
		{"digits of values stay", `{"generic":{"backFields":[{"value":1.50},{"value":1e3},{"value":""}]}}`, `{"generic":{"backFields":[{"value":1.50},{"value":1e3},{"value":""}]}}`},
		{"whole numbers by value", `{"formatVersion":1.0,"associatedStoreIdentifiers":[3e8]}`, `{"formatVersion":1,"associatedStoreIdentifiers":[300000000]}`},
		{"last of equal keys", `{"description":"a","description":"b"}`, `{"description":"b"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := encode(t, mustParse(t, tt.in)); string(got) != tt.out {
				t.Errorf("got %s, want %s", got, tt.out)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", ``, "line 1"},
		{"syntax names the line", "{\n\"a\": ]\n}", "line 2, column 6"},
		{"not an object", `[]`, "not a JSON object"},
		{"type names the pointer", `{"storeCard":{"backFields":[{"key":1}]}}`, "/storeCard/backFields/0/key must be a string, not a number"},
		{"boolean in quotes", `{"voided":"true"}`, "/voided must be a boolean, not a boolean in quotes"},
		{"fraction", `{"formatVersion":1.5}`, "/formatVersion must be a whole number"},
		{"overlong integer", `{"associatedStoreIdentifiers":[1e300]}`, "whole number"},
		{"double out of range", `{"maxDistance":1e999}`, "range of a double"},
		{"null in a list", `{"locations":[null]}`, "/locations/0"},
		{"two values", `{}{}`, "line 1, column 3"},
		{"too deep", strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40), "nests deeper"},
		{"too long", `{"a":"` + strings.Repeat("x", pkpass.MaxDocument) + `"}`, "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := pkpass.ParseDocument([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestEncodeErrors(t *testing.T) {
	zero := 0.0
	tests := []struct {
		name string
		d    pkpass.Document
		want string
	}{
		{"not finite", pkpass.Document{MaxDistance: new(1 / zero)}, "maxDistance: +Inf"},
		{"not a number", pkpass.Document{Generic: &pkpass.Style{BackFields: []pkpass.Field{{Value: pkpass.Number("01")}}}}, `generic: backFields: 0: value: "01"`},
		{"empty number", pkpass.Document{Generic: &pkpass.Style{BackFields: []pkpass.Field{{Value: pkpass.Number("")}}}}, `"" is not a JSON number`},
		{"known key in Extra", pkpass.Document{Extra: map[string]json.RawMessage{"voided": json.RawMessage("true")}}, "voided: key is known"},
		{"bad JSON in Extra", pkpass.Document{Extra: map[string]json.RawMessage{"x": json.RawMessage("{")}}, "x: line 1"},
		{"bad userInfo", pkpass.Document{UserInfo: json.RawMessage("nope")}, "userInfo: line 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if out, err := tt.d.Encode(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %s, %v, want %q", out, err, tt.want)
			}
		})
	}
}

func TestInsideOtherJSON(t *testing.T) {
	type request struct {
		Document *pkpass.Document `json:"document"`
	}
	in := `{"document":{"formatVersion":1,"later":{"a":1}}}`
	var r request
	if err := json.Unmarshal([]byte(in), &r); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(r); err != nil || string(out) != in {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestEncodeFloats(t *testing.T) {
	for want, f := range map[string]float64{"0.1": 0.1, "1e-09": 1e-9, "1e+21": 1e21, "-500": -500} {
		out, err := (&pkpass.Document{MaxDistance: &f}).Encode()
		if err != nil || string(out) != `{"maxDistance":`+want+`}` {
			t.Errorf("got %s, %v, want %s", out, err, want)
		}
	}
}

func TestValueAccessors(t *testing.T) {
	tests := []struct {
		value   pkpass.Value
		json    string
		isText  bool
		literal string
	}{
		{pkpass.Text(`a"b`), `"a\"b"`, true, ""},
		{pkpass.Text(""), `""`, true, ""},
		{pkpass.Number("1.50"), `1.50`, false, "1.50"},
		{pkpass.Number("-3"), `-3`, false, "-3"},
		{pkpass.Number("1e-09"), `1e-09`, false, "1e-09"},
		{pkpass.Value{}, `null`, false, ""},
	}
	for _, tt := range tests {
		out, err := json.Marshal(tt.value)
		if err != nil || string(out) != tt.json {
			t.Errorf("got %s, %v, want %s", out, err, tt.json)
		}
		n, isNumber := tt.value.Number()
		if n.String() != tt.literal || isNumber != tt.value.IsNumber() || tt.value.IsText() != tt.isText {
			t.Errorf("%s: text %v, number %q %v", tt.json, tt.value.IsText(), n, isNumber)
		}
		var again pkpass.Value
		if err := json.Unmarshal(out, &again); err != nil || again != tt.value {
			t.Errorf("%s came back as %v, %v", out, again, err)
		}
	}
	if err := json.Unmarshal([]byte("true"), new(pkpass.Value)); err == nil {
		t.Error("a boolean is no value")
	}
}

func TestStyle(t *testing.T) {
	d := mustParse(t, readClean(t, "generic"))
	name, s := d.Style()
	if name != "generic" || s != d.Generic {
		t.Errorf("got %s", name)
	}
	d.Generic = nil
	if name, s = d.Style(); name != "posterGeneric" || s.FieldByKey("number").Value.String() != "1742" {
		t.Errorf("got %s", name)
	}
	if s.FieldByKey("absent") != nil {
		t.Error("found a field that is not there")
	}
	if name, s = new(pkpass.Document).Style(); name != "" || s != nil {
		t.Errorf("got %s", name)
	}
}

func FuzzDocument(f *testing.F) {
	files, _ := filepath.Glob("testdata/clean/*.json")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add(encode(f, everything()))
	f.Fuzz(func(t *testing.T, data []byte) {
		pkpass.Validate(nil, data, pkpass.Options{Now: now})
		d, err := pkpass.ParseDocument(data)
		if err != nil {
			t.Skip()
		}
		first, err := d.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if second := encode(t, mustParse(t, string(first))); !bytes.Equal(first, second) {
			t.Errorf("writing again changed the bytes:\n%s\n%s", first, second)
		}
		if clone := encode(t, d.Clone()); !bytes.Equal(first, clone) {
			t.Errorf("the clone differs:\n%s\n%s", first, clone)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	d := mustParse(b, readClean(b, "storeCard"))
	d.UserInfo = nil
	for i := range 4 {
		key := string(rune('a' + i))
		d.StoreCard.BackFields = append(d.StoreCard.BackFields, pkpass.Field{Key: key, Label: "Label", Value: pkpass.Text("Some text on the back")})
	}
	b.SetBytes(int64(len(encode(b, d))))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	raw := []byte(readClean(b, "storeCard"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pkpass.ParseDocument(raw); err != nil {
			b.Fatal(err)
		}
	}
}
