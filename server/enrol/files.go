package enrol

import (
	"net/http"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// own serves the stylesheet or the script of a link's owner.
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
	return web.WriteSource(w, r, media, tag[:32], text)
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
	return web.WritePNG(w, f.Data)
}

// shareImage handles GET /c/{link}/share.png: what messengers show with the address.
func (d door) shareImage(w http.ResponseWriter, r *http.Request) error {
	l, err := d.link(r)
	if err != nil {
		return err
	}
	return d.chosen(w, r, l)
}

// preview handles GET /c/{link}.png: the picture that stands for what comes of a link.
func (d door) preview(w http.ResponseWriter, r *http.Request, slug string) error {
	l, err := d.named(r, slug)
	if err != nil {
		return problem(err)
	}
	if l.Page.ShareImage != 0 {
		return d.chosen(w, r, l)
	}
	v, err := d.Issuer.LinkPreview(r.Context(), slug)
	if err != nil {
		return problem(err)
	}
	name := issuer.Portrait(v.Files)
	if name == "" {
		return problem(store.ErrNotFound)
	}
	return web.WritePNG(w, v.Files[name].Data)
}

// code handles GET /c/{link}.qrcode: the address of the page, to be scanned from a screen.
func (d door) code(w http.ResponseWriter, r *http.Request, slug string) error {
	l, err := d.named(r, slug)
	if err != nil {
		return problem(err)
	}
	data, err := issuer.QRPicture(d.Issuer.LinkURL(l))
	if err != nil {
		return err
	}
	return web.WritePNG(w, data)
}

// chosen is the picture that the owner of a link chose.
func (d door) chosen(w http.ResponseWriter, r *http.Request, l store.Link) error {
	var data []byte
	err := d.Issuer.View(r.Context(), func(s store.Reader) error {
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
	return web.WritePNG(w, data)
}

func (d door) link(r *http.Request) (store.Link, error) {
	l, err := d.named(r, r.PathValue("link"))
	return l, problem(err)
}

func (d door) named(r *http.Request, slug string) (l store.Link, err error) {
	err = d.Issuer.View(r.Context(), func(s store.Reader) error {
		l, err = s.LinkBySlug(slug)
		return err
	})
	return l, err
}

// share is the address of the picture that messengers show, the pass's own if the owner
// chose none.
func (d door) share(l store.Link, files pkpass.Bundle) string {
	root := d.origin() + "/c/" + l.Slug
	if l.Page.ShareImage != 0 {
		return root + "/share.png"
	}
	if name := issuer.Portrait(files); name != "" {
		return root + "/images/" + name
	}
	return ""
}
