package pkpass

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/language"
)

// StringsFile is the name of the texts within a language's folder.
const StringsFile = "pass.strings"

const languageSuffix = ".lproj"

var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

// CheckLanguage returns nil for the tag of a language as folders spell it, with
// an optional script and region, each in its own case: "en", "zh-Hans", "pt-BR".
func CheckLanguage(tag string) error {
	if !languageForm.MatchString(tag) {
		return fmt.Errorf("%.40q is not a language tag; write it like en, pt-BR or zh-Hans", tag)
	}
	if _, err := language.Parse(tag); err != nil {
		return fmt.Errorf("%q is not a known language; write it like en, pt-BR or zh-Hans", tag)
	}
	return nil
}

// LanguageFolder returns the folder of a language: "en" lives in "en.lproj".
func LanguageFolder(tag string) string { return tag + languageSuffix }

// splitLanguage takes "en.lproj/logo.png" apart into "en" and "logo.png"; a
// file at the root has no language.
func splitLanguage(path string) (tag, name string) {
	folder, name, ok := strings.Cut(path, "/")
	if !ok {
		return "", path
	}
	tag, ok = strings.CutSuffix(folder, languageSuffix)
	if !ok {
		return "", path
	}
	return tag, name
}
