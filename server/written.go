package server

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/BurntSushi/toml"
)

// demandKinds refuses values of another kind than their key wants, in words of TOML: the
// decoder's own are those of Go, and of what is no pairs it says nothing at all.
func demandKinds(path, text string) error {
	var anything map[string]any
	md, err := toml.Decode(text, &anything)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var errs []error
	for _, s := range settings {
		kinds, form := s.written()
		if section := s.path[:1]; len(s.path) > 1 && !fits(md.Type(section...), "Hash") {
			return fmt.Errorf("%s:%d: %s: write a section, as [%s] in a line of its own", path, keyLine(text, section), section[0], section[0])
		}
		if !fits(md.Type(s.path...), kinds...) {
			errs = append(errs, fmt.Errorf("%s:%d: %s: write %s", path, keyLine(text, s.path), s.key(), form))
		}
	}
	return errors.Join(errs...)
}

// fits says whether kind is one of wanted. What is not set has none, nor has a section whose
// keys are written with points.
func fits(kind string, wanted ...string) bool { return kind == "" || slices.Contains(wanted, kind) }

// written is how the value of s is written: the kinds of TOML, and what to tell.
func (s setting) written() (kinds []string, form string) {
	var scratch Config
	v, name := s.in(&scratch), s.path[len(s.path)-1]
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return []string{"String", "Integer"}, `a time in quotes, like "30s" or "2m"`
	}
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return []string{"String", "Integer"}, `a size in quotes, like "64KiB" or "10MiB"`
	}
	switch v.Kind() {
	case reflect.Bool:
		return []string{"Bool"}, "true or false, without quotes"
	case reflect.Int:
		return []string{"Integer"}, "a whole number without quotes"
	case reflect.Float64:
		return []string{"Float", "Integer"}, "a number without quotes"
	case reflect.Slice:
		return []string{"Array"}, fmt.Sprintf(`a list: %s = ["…", "…"]`, name)
	case reflect.Map:
		return []string{"Hash"}, fmt.Sprintf(`pairs: %s = { "…" = "…" }`, name)
	}
	return []string{"String"}, fmt.Sprintf(`text in quotes: %s = "…"`, name)
}
