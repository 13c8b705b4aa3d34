package passworks

import (
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/web"
	"pocketpass/store"
)

// registerPublic mounts what needs no credentials: the short addresses of pages, which
// lead to the long ones, and the pictures of assets.
func (s *Service) registerPublic(mux *http.ServeMux) {
	mux.Handle("GET "+prefix+"/d/{link}", web.HandleWith(s.shortLink, fail))
	mux.Handle("GET "+prefix+"/s/{pass}", web.HandleWith(s.shortPass, fail))
	mux.Handle("GET "+prefix+"/uploads/asset/{id}/original.png", web.HandleWith(s.original, fail))
}

// shortLink handles GET /passworks/d/{link} with any ending.
func (s *Service) shortLink(w http.ResponseWriter, r *http.Request) error {
	slug, ending := cutEnding(r.PathValue("link"))
	var l store.Link
	err := s.Issuer.View(r.Context(), func(tx store.Reader) (err error) {
		l, err = tx.LinkBySlug(slug)
		return err
	})
	if err != nil {
		return missing(err, "campaign")
	}
	return onward(w, r, s.Issuer.LinkURL(l)+ending)
}

// shortPass handles GET /passworks/s/{pass} with any ending.
func (s *Service) shortPass(w http.ResponseWriter, r *http.Request) error {
	public, ending := cutEnding(r.PathValue("pass"))
	page := ""
	err := s.Issuer.View(r.Context(), func(tx store.Reader) error {
		p, err := tx.PassByPublicID(public)
		if err != nil {
			return err
		}
		page, err = s.Issuer.PassURL(tx, p)
		return err
	})
	if err != nil {
		return missing(err, "pass")
	}
	return onward(w, r, page+ending)
}

// cutEnding takes ".pkpass" and the like off a name; names have no points.
func cutEnding(name string) (before, ending string) {
	if at := strings.IndexByte(name, '.'); at >= 0 {
		return name[:at], name[at:]
	}
	return name, ""
}

// onward leads to a long address with the parameters of the short one.
func onward(w http.ResponseWriter, r *http.Request, address string) error {
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	http.Redirect(w, r, address, http.StatusFound)
	return nil
}

// original handles GET /passworks/uploads/asset/{id}/original.png.
func (s *Service) original(w http.ResponseWriter, r *http.Request) error {
	id, ok := store.ParseUUID(r.PathValue("id"))
	if !ok {
		return notFound("asset")
	}
	var data []byte
	err := s.Issuer.View(r.Context(), func(tx store.Reader) error {
		it, err := tx.AnyItem(id)
		if err == nil && it.Shelf != shelfAssets {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		a, err := tx.Asset(it.Org, id)
		if err != nil {
			return err
		}
		data, err = tx.Blob(a.Whole)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return notFound("asset")
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "public, max-age=86400")
	_, err = w.Write(data)
	return err
}
