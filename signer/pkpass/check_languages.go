package pkpass

import (
	"maps"
	"path"
	"slices"
	"strings"
)

var (
	languageInvalid     = Finding{99, "language_folder_invalid", Warning, "", "Wallet does not find the texts and images of the folder", "name it by a language tag, like en.lproj or pt-BR.lproj"}
	stringsMisplaced    = Finding{99, "strings_misplaced", Warning, "", "Wallet does not read the file, holders see the keys or the untranslated texts", "put the texts of each language into a folder of its own, in a file that is spelt exactly so: en.lproj/pass.strings"}
	stringsMalformed    = Finding{100, "strings_malformed", Refused, "", "Wallet refuses the pass", "correct the strings file"}
	stringsWithoutBOM   = Finding{100, "strings_without_bom", Warning, "", "some readers show garbled text", "write the strings file as UTF-16 with a byte order mark"}
	stringsKeysDiffer   = Finding{101, "strings_keys_differ", Warning, "", "holders with this language see the key or another language instead of the text", "give the same keys in every strings file"}
	stringsKeyUnknown   = Finding{101, "strings_key_unknown", Warning, "", "holders see the key instead of a text", "add the key to the strings files, or write the text itself"}
	imageTwice          = Finding{102, "image_twice", Warning, "", "the image at the root is shown in every language", "keep the image either at the root or in the folders"}
	imageScalesDiffer   = Finding{103, "image_scales_differ", Warning, "", "the image is blurred or missing in one language", "give the same scales of an image in every folder"}
	defaultTextMissing  = Finding{104, "default_text_missing", Note, "", "holders whose language is missing see the key instead of a text", "add en.lproj, or use the texts of the main language as keys"}
	translationLacksOne = Finding{105, "change_message_translation", Warning, "", "the notice in this language does not say the new value", "put %@ into the translation, once"}
)

// ReadBundle fills Files, Strings and Personalization from the files of a
// bundle. What cannot be read is left out and comes back as findings.
func (o *Options) ReadBundle(b Bundle) []Finding {
	var j judge
	o.Files = slices.Sorted(maps.Keys(b))
	o.Strings = make(map[string]Strings)
	folders := make(map[string]bool)
	for _, file := range o.Files {
		tag, name := splitLanguage(file)
		if tag != "" && !folders[tag] {
			folders[tag] = true
			j.checkFolder(tag)
		}
		switch {
		case tag != "" && name == StringsFile:
			if s, ok := j.readStrings(file, b[file].Data); ok {
				o.Strings[tag] = s
			}
		case isStrings(name):
			j.report(stringsMisplaced, &place{name: file})
		case file == PersonalizationFile:
			o.Personalization = j.readPersonalization(b[file].Data)
		}
	}
	return j.found
}

// isStrings recognises a file that was meant to hold texts, at the root or in a
// language's folder.
func isStrings(name string) bool {
	return !strings.Contains(name, "/") && strings.EqualFold(path.Ext(name), path.Ext(StringsFile)) && !isJunk(name)
}

func (j *judge) checkFolder(tag string) {
	if err := CheckLanguage(tag); err != nil {
		j.report(languageInvalid, &place{name: LanguageFolder(tag)})
	}
}

func (j *judge) readStrings(file string, data []byte) (Strings, bool) {
	s, err := ParseStrings(data)
	if err != nil {
		rule := stringsMalformed
		rule.Remedy += ": " + err.Error()
		j.report(rule, &place{name: file})
		return nil, false
	}
	if !hasBOM(data) {
		j.report(stringsWithoutBOM, &place{name: file})
	}
	return s, true
}

func stringsPlace(tag string) *place {
	return &place{name: LanguageFolder(tag) + "/" + StringsFile}
}

func checkStringsKeys(j *judge) {
	if len(j.o.Strings) == 0 {
		return
	}
	all := make(map[string]bool)
	for _, s := range j.o.Strings {
		for key := range s {
			all[key] = true
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(j.o.Strings)) {
		j.checkLanguage(tag, j.o.Strings[tag], all)
	}
	j.checkTexts(all)
}

func (j *judge) checkLanguage(tag string, s Strings, all map[string]bool) {
	if len(s) < len(all) {
		missing := slices.Sorted(maps.Keys(all))
		missing = slices.DeleteFunc(missing, func(key string) bool { _, ok := s[key]; return ok })
		j.report(stringsKeysDiffer, stringsPlace(tag), missing[0])
	}
	for _, f := range j.fields {
		if t, ok := s[f.ChangeMessage]; ok && !hasPlaceholder(t) {
			j.report(translationLacksOne, stringsPlace(tag), f.ChangeMessage)
		}
	}
}

// checkTexts tells keys from plain text: a text that looks like an identifier
// and begins like one of the keys was meant as a key.
func (j *judge) checkTexts(all map[string]bool) {
	families := make(map[string]bool)
	bareKey := ""
	for key := range all {
		families[family(key)] = true
	}
	delete(families, "")
	for at, s := range j.d.Texts() {
		if all[s] {
			if bareKey == "" && family(s) != "" {
				bareKey = at
			}
			continue
		}
		if families[family(s)] {
			j.report(stringsKeyUnknown, &place{name: at}, s)
		}
	}
	if _, english := j.o.Strings["en"]; !english && bareKey != "" {
		j.report(defaultTextMissing, &place{name: bareKey})
	}
}

// family is what comes before the first separator of a text that looks like an
// identifier ("label" of label.stamps), and empty for any other text.
func family(s string) string {
	at := strings.IndexAny(s, "._")
	if at <= 0 || strings.ContainsAny(s, " @/\n") || strings.ContainsAny(s[len(s)-1:], "._") {
		return ""
	}
	return s[:at]
}

func (j *judge) isStringsKey(s string) bool {
	for _, texts := range j.o.Strings {
		if _, ok := texts[s]; ok {
			return true
		}
	}
	return false
}

// checkLocalImages compares the images of the folders with the root and with
// each other.
func checkLocalImages(j *judge) {
	root := make(map[string]bool)
	scales := make(map[string]map[string]bool)  // by image → folder and scale
	folders := make(map[string]map[string]bool) // by image → folders
	for _, file := range j.o.Files {
		tag, name := splitLanguage(file)
		image, scale := splitScale(name)
		switch {
		case image == "":
		case tag == "":
			root[image] = true
		default:
			addTo(scales, image, scale)
			addTo(folders, image, tag)
		}
	}
	for _, image := range slices.Sorted(maps.Keys(folders)) {
		j.checkLocalImage(image, root[image], slices.Sorted(maps.Keys(folders[image])), slices.Sorted(maps.Keys(scales[image])))
	}
}

func addTo(sets map[string]map[string]bool, key, element string) {
	if sets[key] == nil {
		sets[key] = make(map[string]bool)
	}
	sets[key][element] = true
}

func (j *judge) checkLocalImage(image string, atRoot bool, tags, scales []string) {
	for _, tag := range tags {
		at := path.Join(LanguageFolder(tag), image)
		if atRoot {
			j.report(imageTwice, &place{name: at + ".png"})
		}
		for _, scale := range scales {
			if file := at + scale + ".png"; !slices.Contains(j.o.Files, file) {
				j.report(imageScalesDiffer, &place{name: file})
			}
		}
	}
}
