package server

import (
	"encoding"
	"flag"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// envPrefix begins the name of every environment variable that is a setting.
const envPrefix = "POCKETPASS_"

// setting is one key of Config under its three names.
type setting struct {
	path   []string // of toml tags: ["push", "host"]
	index  []int    // of the struct field
	help   string
	secret bool
}

func (s setting) key() string  { return strings.Join(s.path, ".") }                               // push.host
func (s setting) env() string  { return envPrefix + strings.ToUpper(strings.Join(s.path, "_")) }  // POCKETPASS_PUSH_HOST
func (s setting) flag() string { return strings.ReplaceAll(strings.Join(s.path, "-"), "_", "-") } // push-host
func (s setting) in(cfg *Config) reflect.Value {
	return reflect.ValueOf(cfg).Elem().FieldByIndex(s.index)
}

// settings lists the keys of Config in its own order.
var settings = settingsOf(reflect.TypeFor[Config](), nil, nil)

// settingsOf walks a struct of settings; a nested struct is a section unless it
// reads itself from text.
func settingsOf(t reflect.Type, path []string, index []int) []setting {
	var out []setting
	for i := range t.NumField() {
		f := t.Field(i)
		s := setting{
			path:   append(path[:len(path):len(path)], f.Tag.Get("toml")),
			index:  append(index[:len(index):len(index)], i),
			help:   f.Tag.Get("help"),
			secret: f.Tag.Get("secret") == "true",
		}
		if f.Type.Kind() == reflect.Struct && !reflect.PointerTo(f.Type).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			out = append(out, settingsOf(f.Type, s.path, s.index)...)
			continue
		}
		out = append(out, s)
	}
	return out
}

// set parses text into v, as environment variables and flags are written:
// lists with commas, and pairs with an equals sign.
func set(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return setDuration(v, text)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		return setBool(v, text)
	case reflect.Int, reflect.Float64:
		return setNumber(v, text)
	case reflect.Slice:
		return setList(v, text)
	case reflect.Map:
		return setPairs(v, text)
	default:
		panic("setting of a type that cannot be written as text: " + v.Type().String())
	}
	return nil
}

func setDuration(v reflect.Value, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf("%q is not a duration: write it like 30s or 2m", text)
	}
	v.SetInt(int64(d))
	return nil
}

func setBool(v reflect.Value, text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	v.SetBool(b)
	return nil
}

func setNumber(v reflect.Value, text string) error {
	if v.Kind() == reflect.Int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		v.SetInt(int64(n))
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is not a number", text)
	}
	v.SetFloat(f)
	return nil
}

func setList(v reflect.Value, text string) error {
	list := reflect.Zero(v.Type())
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		element := reflect.New(v.Type().Elem()).Elem()
		if err := set(element, part); err != nil {
			return err
		}
		list = reflect.Append(list, element)
	}
	v.Set(list)
	return nil
}

// setPairs reads a map of texts to texts.
func setPairs(v reflect.Value, text string) error {
	pairs := reflect.MakeMap(v.Type())
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("%q is no pair: write it like name=value", part)
		}
		pairs.SetMapIndex(reflect.ValueOf(strings.TrimSpace(name)), reflect.ValueOf(strings.TrimSpace(value)))
	}
	v.Set(pairs)
	return nil
}

// Flags are the settings given on a command line. Load applies them last.
type Flags struct{ given []func(*Config) error }

// BindFlags adds a flag for every setting that is no secret. The texts are
// checked while fs parses, and kept for Load.
func BindFlags(fs *flag.FlagSet) *Flags {
	flags := &Flags{}
	for _, s := range settings {
		if s.secret {
			continue
		}
		fs.Var(&flagValue{setting: s, flags: flags}, s.flag(), s.help)
	}
	return flags
}

func (f *Flags) apply(cfg *Config) error {
	if f == nil {
		return nil
	}
	for _, give := range f.given {
		if err := give(cfg); err != nil {
			return err
		}
	}
	return nil
}

// flagValue is one setting as package flag wants it.
type flagValue struct {
	setting setting
	flags   *Flags
}

func (f *flagValue) Set(text string) error {
	give := func(cfg *Config) error { return set(f.setting.in(cfg), text) }
	f.flags.given = append(f.flags.given, give)
	var scratch Config
	return give(&scratch)
}

// String is the default that package flag prints; it also calls it on a zero value.
func (f *flagValue) String() string {
	if f == nil || f.flags == nil {
		return ""
	}
	cfg := DefaultConfig()
	v := f.setting.in(&cfg)
	if v.IsZero() {
		return ""
	}
	return fmt.Sprint(v.Interface())
}

// IsBoolFlag lets -log-access stand without a value.
func (f *flagValue) IsBoolFlag() bool {
	if f.flags == nil {
		return false
	}
	var scratch Config
	return f.setting.in(&scratch).Kind() == reflect.Bool
}
