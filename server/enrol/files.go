package enrol

import (
	"net/http"
	"strings"

	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// own serves the stylesheet or the script of a link's owner as a file of its own, so
// that nothing in it can end an element of the page.
func (d door) own(w http.ResponseWriter, r *http.Request, slug, media string, which func(store.LinkPage) string) error {
	text, tag := "", ""
	err := d.Issuer.View(r.Context(), func(s store.Reader) error {
		l, err := s.LinkBySlug(slug)
		if err != nil {
			return err
		}
		if tag = which(l.Page); tag == "" {
			return store.ErrNotFound
		}
		data, err := s.Blob(tag)
		text = string(data)
		return err
	})
	if err != nil {
		return problem(err)
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "private, max-age=60")
	h.Set("ETag", `"`+tag[:32]+`"`)
	http.ServeContent(w, r, "", noTime, strings.NewReader(text))
	return nil
}

// document handles GET /c/{link}/pass.json: the sample that the page draws.
func (d door) document(w http.ResponseWriter, r *http.Request) error {
	l, err := d.link(r)
	if err != nil {
		return err
	}
	v, err := d.sample(r, l)
	if err != nil {
		return problem(err)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	return web.WriteJSON(w, http.StatusOK, v.Document)
}

// picture handles GET /c/{link}/images/{name…}.
func (d door) picture(w http.ResponseWriter, r *http.Request) error {
	v, err := d.Issuer.LinkPreview(r.Context(), r.PathValue("link"))
	if err != nil {
		return problem(err)
	}
	name := r.PathValue("name")
	f, ok := v.Files[name]
	if _, image := pkpass.ParseImageName(name); !ok || !image {
		return problem(store.ErrNotFound)
	}
	return png(w, f.Data)
}

// shareImage handles GET /c/{link}/share.png: what messengers show with the address.
func (d door) shareImage(w http.ResponseWriter, r *http.Request) error {
	l, err := d.link(r)
	if err != nil {
		return err
	}
	var data []byte
	err = d.Issuer.View(r.Context(), func(s store.Reader) error {
		a, err := s.Asset(l.Org, l.Page.ShareImage)
		if err != nil {
			return err
		}
		if len(a.Variants) == 0 {
			return store.ErrNotFound
		}
		data, err = s.Blob(a.Variants[len(a.Variants)-1].Blob) // the largest is the last
		return err
	})
	if err != nil {
		return problem(err)
	}
	return png(w, data)
}

func png(w http.ResponseWriter, data []byte) error {
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "private, max-age=60")
	_, err := w.Write(data)
	return err
}

func (d door) link(r *http.Request) (l store.Link, err error) {
	err = d.Issuer.View(r.Context(), func(s store.Reader) error {
		l, err = s.LinkBySlug(r.PathValue("link"))
		return err
	})
	return l, problem(err)
}

// shareable lists the pictures of a pass that stand for it, the best first.
var shareable = []string{"strip@3x.png", "strip@2x.png", "thumbnail@3x.png", "thumbnail@2x.png", "logo@3x.png", "logo@2x.png", "icon@3x.png"}

// share is the address of the picture that messengers show, the pass's own if the owner
// chose none.
func (d door) share(l store.Link, files pkpass.Bundle) string {
	root := d.origin() + "/c/" + l.Slug
	if l.Page.ShareImage != 0 {
		return root + "/share.png"
	}
	for _, name := range shareable {
		if _, ok := files[name]; ok {
			return root + "/images/" + name
		}
	}
	return ""
}
