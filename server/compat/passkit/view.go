package passkit

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// shownPass is the public view of a pass.
type shownPass struct {
	Wallet shownWallet `json:"appleWallet"`
	ID     string      `json:"id,omitempty"`  // of a bundle
	URL    string      `json:"url,omitempty"` // of a bundle: the page of the pass
}

type shownWallet struct {
	PassType    string                     `json:"passType"`
	DefaultLang string                     `json:"defaultLang"`
	Data        map[string]json.RawMessage `json:"data"`
	Images      map[string]string          `json:"images"`
	Locales     map[string]shownLocale     `json:"locales"`
}

type shownLocale struct {
	Text   map[string]string `json:"text"`
	Images map[string]string `json:"images,omitempty"`
}

// hidden are the keys of pass.json that are nobody's business.
var hidden = []string{"authenticationToken", "webServiceURL", "nfc", "userInfo", "passTypeIdentifier", "teamIdentifier", "barcode"}

// allow opens an answer to scripts of any page.
func (c call) allow() {
	c.ResponseWriter.Header().Set("Access-Control-Allow-Origin", "*")
}

// preflight handles OPTIONS of the public views.
func (s *Service) preflight(c call) error {
	c.allow()
	h := c.ResponseWriter.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "86400")
	return c.answer(struct{}{})
}

// showPass handles GET /v2/passes/{id}/json.
func (s *Service) showPass(c call) error {
	c.allow()
	v, _, err := s.shown(c)
	if err != nil {
		return err
	}
	return c.answer(v)
}

// bundlePass handles GET, POST and PUT of /v2/passes/{id}/bundle, which read alike.
func (s *Service) bundlePass(c call) error {
	c.allow()
	if strings.Contains(c.Request.Header.Get("Accept"), pkpass.MediaType) {
		return s.file(c, c.PathValue("id"))
	}
	v, p, err := s.shown(c)
	if err != nil {
		return err
	}
	v.ID, v.URL = p.PublicID, s.pageURL(p.PublicID)
	return c.answer(v)
}

// pageURL is where people see a pass.
func (s *Service) pageURL(id string) string { return s.BaseURL + prefix + "/p-" + id }

// preview is a pass with all that draws it.
func (s *Service) preview(c call, id string) (issuer.Preview, error) {
	v, err := s.Issuer.Preview(c.Context(), func(r store.Reader) (store.Pass, error) {
		p, err := r.PassByPublicID(id)
		if err == nil && (!p.Deleted.IsZero() || p.IsFile()) {
			err = store.ErrNotFound
		}
		return p, err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = notFound("Pass", id)
	}
	return v, err
}

func (s *Service) shown(c call) (v shownPass, p store.Pass, err error) {
	seen, err := s.preview(c, c.PathValue("id"))
	if err != nil {
		return v, p, err
	}
	p = seen.Pass
	var doc templateDoc
	err = s.Issuer.View(c.Context(), func(r store.Reader) error {
		t, err := r.Template(p.Org, p.Template)
		if err == nil {
			doc, _, err = sourceOf(r, t)
		}
		return err
	})
	if err != nil {
		return v, p, err
	}
	v.Wallet = shownWallet{DefaultLang: doc.Language, Images: map[string]string{}, Locales: map[string]shownLocale{}}
	if err := errors.Join(v.Wallet.describe(seen.Document), s.draw(&v.Wallet, seen)); err != nil {
		return v, p, err
	}
	for tag := range doc.Languages { // as the client spells it
		folder, _ := folderTag(tag)
		if l, ok := v.Wallet.Locales[folder]; ok {
			v.Wallet.Locales[tag] = l
		}
	}
	return v, p, nil
}

// describe is the document without its secrets, harmless where it is shown as HTML.
func (w *shownWallet) describe(doc *pkpass.Document) error {
	name, style := doc.Style()
	w.PassType = name
	out := doc.Clone()
	if len(out.Barcodes) == 0 { // clients look at the first of a list
		out.Barcodes = nil
	}
	if _, own := out.Style(); style != nil {
		for _, group := range own.Groups() {
			for n := range *group {
				harmless(&(*group)[n])
			}
		}
	}
	raw, err := out.Encode()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &w.Data); err != nil {
		return err
	}
	for _, key := range hidden {
		delete(w.Data, key)
	}
	if _, there := w.Data[name]; !there && name != "" {
		w.Data[name] = json.RawMessage("{}")
	}
	if _, there := w.Data["voided"]; !there {
		w.Data["voided"] = json.RawMessage("false")
	}
	return nil
}

// harmless writes what begins a tag as text: a client shows values as HTML.
func harmless(f *pkpass.Field) {
	if f.Value.IsText() {
		f.Value = pkpass.Text(unmarked(f.Value.String()))
	}
	if f.AttributedValue.IsText() {
		f.AttributedValue = pkpass.Text(links(f.AttributedValue.String()))
	}
	if f.Value.IsZero() && f.AttributedValue.IsZero() {
		f.Value = pkpass.Text("")
	}
}

func unmarked(text string) string { return strings.ReplaceAll(text, "<", "&lt;") }

var link = regexp.MustCompile(`(?i)<a href="(https?://[^"<>]*)">|</a>`)

// links keeps links to pages, and no other markup.
func links(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range link.FindAllStringIndex(text, -1) {
		b.WriteString(unmarked(text[last:at[0]]) + text[at[0]:at[1]])
		last = at[1]
	}
	return b.String() + unmarked(text[last:])
}

// draw adds pictures and languages.
func (s *Service) draw(w *shownWallet, seen issuer.Preview) error {
	for _, file := range slices.Sorted(maps.Keys(seen.Files)) {
		if image, ok := pkpass.ParseImageName(file); ok {
			if err := s.drawImage(w, seen.Pass.PublicID, image); err != nil {
				return err
			}
			continue
		}
		tag, ok := strings.CutSuffix(file, ".lproj/"+pkpass.StringsFile)
		if !ok {
			continue
		}
		texts, err := pkpass.ParseStrings(seen.Files[file].Data)
		if err != nil {
			return err
		}
		locale := w.locale(tag)
		for key, text := range texts {
			locale.Text[key] = unmarked(text)
			if plain := unmarked(key); plain != key {
				locale.Text[plain] = unmarked(text)
			}
		}
	}
	return nil
}

func (w *shownWallet) locale(tag string) shownLocale {
	l, ok := w.Locales[tag]
	if !ok {
		l = shownLocale{Text: map[string]string{}, Images: map[string]string{}}
		w.Locales[tag] = l
	}
	return l
}

func (s *Service) drawImage(w *shownWallet, id string, image pkpass.ImageFile) error {
	kind := string(image.Kind)
	if !slices.ContainsFunc(slots, func(s slot) bool { return s.name == kind }) {
		return nil
	}
	at := s.BaseURL + prefix + "/v2/passes/" + id + "/images/"
	if tag, ok := strings.CutSuffix(image.Folder, ".lproj"); ok {
		w.locale(tag).Images[kind] = at + tag + "/" + kind + ".png"
		return nil
	}
	w.Images[kind] = at + kind + ".png"
	return nil
}

// showImage handles GET /v2/passes/{id}/images/{slot}.png, also of a language: the largest
// that there is.
func (s *Service) showImage(c call) error {
	file := c.PathValue("file")
	seen, err := s.preview(c, c.PathValue("id"))
	if err != nil {
		return err
	}
	kind, ok := strings.CutSuffix(file, ".png")
	folder := ""
	if lang := c.PathValue("lang"); lang != "" {
		folder = pkpass.LanguageFolder(lang) + "/"
	}
	for scale := pkpass.MaxScale; ok && scale >= 1; scale-- {
		picture, found := seen.Files[folder+pkpass.ImageName(pkpass.ImageKind(kind), scale)]
		if !found {
			continue
		}
		h := c.ResponseWriter.Header()
		h.Set("Content-Type", "image/png")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("Content-Length", strconv.Itoa(len(picture.Data)))
		_, err := c.ResponseWriter.Write(picture.Data)
		return err
	}
	return refuse(http.StatusNotFound, "Image not found: %s", file)
}
