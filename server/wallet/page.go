package wallet

import (
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
	"pocketpass/ui"
)

const fileSuffix = ".pkpass"

// open handles GET /p/{public}, and with .pkpass, .png, .qrcode, .css or .js behind it what
// belongs to the pass. No public id has a point in it.
func (d door) open(w http.ResponseWriter, r *http.Request) error {
	public, ending, _ := strings.Cut(r.PathValue("public"), ".")
	switch "." + ending {
	case ".":
		return d.page(w, r)
	case fileSuffix:
		file, err := d.Issuer.PublicDownload(r.Context(), public, web.Client(r), r.Method == http.MethodHead)
		if err != nil {
			return problem(err)
		}
		return WritePass(w, file)
	case ".png":
		return d.portrait(w, r, public)
	case ".qrcode":
		return d.code(w, r, public)
	case ".css":
		return d.own(w, r, public, "text/css", func(p store.LinkPage) string { return p.Stylesheet })
	case ".js":
		if d.scripts {
			return d.own(w, r, public, "text/javascript", func(p store.LinkPage) string { return p.Script })
		}
	}
	return problem(store.ErrNotFound)
}

// portrait writes the picture that stands for a pass.
func (d door) portrait(w http.ResponseWriter, r *http.Request, public string) error {
	v, err := d.previewOf(r, public)
	if err != nil {
		return err
	}
	name := issuer.Portrait(v.Files)
	if name == "" {
		return problem(store.ErrNotFound)
	}
	return web.WritePNG(w, v.Files[name].Data)
}

// code writes the address of a pass's page, to be scanned from a screen.
func (d door) code(w http.ResponseWriter, r *http.Request, public string) error {
	if _, err := d.previewOf(r, public); err != nil {
		return err
	}
	data, err := issuer.QRPicture(d.origin() + "/p/" + public)
	if err != nil {
		return err
	}
	return web.WritePNG(w, data)
}

func (d door) page(w http.ResponseWriter, r *http.Request) error {
	public := r.PathValue("public")
	v, err := d.preview(r)
	if err != nil {
		return err
	}
	lang, err := v.Speak(r.Header.Get("Accept-Language"))
	if err == nil && lang == "" {
		lang, err = d.language(r, v.Pass)
	}
	if err != nil {
		return err
	}
	look, err := d.look(r, public)
	if err != nil {
		return problem(err)
	}
	if r.Method == http.MethodGet {
		d.Issuer.Viewed(v.Pass, web.Client(r))
	}
	at := d.origin() + "/p/" + public
	return ui.PassPage(w, ui.PassPageData{
		Lang:         lang,
		Title:        title(v.Document),
		Organisation: v.Document.OrganizationName,
		Description:  v.Document.Description,
		PageURL:      at,
		PkpassURL:    at + fileSuffix,
		DocumentURL:  "/p/" + public + "/pass.json",
		Images:       images("/p/"+public+"/images/", v.Files),
		Stylesheet:   source("/p/"+public+".css", look.Stylesheet),
		Script:       d.script("/p/"+public+".js", look.Script),
		UserAgent:    r.UserAgent(),
		Demo:         v.Demo,
		Voided:       !v.Pass.Voided.IsZero(),
		Expired:      d.expired(v.Document),
	})
}

// language is that of texts that have no other, empty for English.
func (d door) language(r *http.Request, p store.Pass) (lang string, err error) {
	err = d.Issuer.View(r.Context(), func(tx store.Reader) error {
		c, err := tx.Campaign(p.Org, p.Campaign)
		lang = c.Language
		return err
	})
	return lang, err
}

func title(d *pkpass.Document) string {
	if d.LogoText != "" {
		return d.LogoText
	}
	return d.Description
}

func (s *Service) expired(d *pkpass.Document) bool {
	at, err := pkpass.ParseDate(d.ExpirationDate)
	return err == nil && !at.After(s.Now())
}

// images maps the images of a bundle to where they are served.
func images(prefix string, files pkpass.Bundle) map[string]string {
	out := make(map[string]string)
	for name := range files {
		if _, ok := pkpass.ParseImageName(name); ok {
			out[name] = prefix + name
		}
	}
	return out
}

// document handles GET /p/{public}/pass.json. Whoever has the link can have the
// file, but the token that updates it is nothing for a page.
func (d door) document(w http.ResponseWriter, r *http.Request) error {
	v, err := d.preview(r)
	if err != nil {
		return err
	}
	if _, err := v.Speak(r.Header.Get("Accept-Language")); err != nil {
		return err
	}
	v.Document.AuthenticationToken = ""
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	return web.WriteJSON(w, http.StatusOK, v.Document)
}

// picture handles GET /p/{public}/images/{name…}.
func (d door) picture(w http.ResponseWriter, r *http.Request) error {
	v, err := d.preview(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	f, ok := v.Files[name]
	if _, image := pkpass.ParseImageName(name); !ok || !image {
		return problem(store.ErrNotFound)
	}
	return web.WritePNG(w, f.Data)
}

func (d door) preview(r *http.Request) (issuer.Preview, error) {
	return d.previewOf(r, r.PathValue("public"))
}

func (d door) previewOf(r *http.Request, public string) (issuer.Preview, error) {
	v, err := d.Issuer.Preview(r.Context(), func(tx store.Reader) (store.Pass, error) { return tx.PassByPublicID(public) })
	return v, problem(err)
}

// problem is what a visitor is told.
func problem(err error) error {
	if err == nil {
		return nil
	}
	if issuer.KindOf(err) == issuer.Internal && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	e := issuer.Public(err)
	return &web.Problem{Status: status(err), Code: e.Code, Detail: e.Msg, Err: err}
}
