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

// page handles GET /p/{public} and /p/{public}.pkpass.
func (s *Service) page(w http.ResponseWriter, r *http.Request) error {
	public := r.PathValue("public")
	if id, ok := strings.CutSuffix(public, fileSuffix); ok {
		d, err := s.Issuer.PublicDownload(r.Context(), id)
		if err != nil {
			return problem(err)
		}
		return WritePass(w, d)
	}
	v, err := s.preview(r)
	if err != nil {
		return err
	}
	lang, err := v.Speak(r.Header.Get("Accept-Language"))
	if err != nil {
		return err
	}
	if r.Method == http.MethodGet {
		s.Issuer.Viewed(v.Pass)
	}
	at := s.BaseURL + "/p/" + public
	return ui.PassPage(w, ui.PassPageData{
		Lang:         lang,
		Title:        title(v.Document),
		Organisation: v.Document.OrganizationName,
		Description:  v.Document.Description,
		PageURL:      at,
		PkpassURL:    at + fileSuffix,
		DocumentURL:  "/p/" + public + "/pass.json",
		Images:       images("/p/"+public+"/images/", v.Files),
		UserAgent:    r.UserAgent(),
		Demo:         v.Demo,
		Voided:       !v.Pass.Voided.IsZero(),
		Expired:      s.expired(v.Document),
	})
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
func (s *Service) document(w http.ResponseWriter, r *http.Request) error {
	v, err := s.preview(r)
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
func (s *Service) picture(w http.ResponseWriter, r *http.Request) error {
	v, err := s.preview(r)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	f, ok := v.Files[name]
	if _, image := pkpass.ParseImageName(name); !ok || !image {
		return problem(store.ErrNotFound)
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=60")
	_, err = w.Write(f.Data)
	return err
}

func (s *Service) preview(r *http.Request) (issuer.Preview, error) {
	public := r.PathValue("public")
	v, err := s.Issuer.Preview(r.Context(), func(tx store.Reader) (store.Pass, error) { return tx.PassByPublicID(public) })
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
