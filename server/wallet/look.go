package wallet

import (
	"net/http"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/store"
)

func (d door) origin() string {
	if d.scripts {
		return d.ScriptsURL
	}
	return d.BaseURL
}

// here keeps passes whose pages have no script off the host for scripts.
func (d door) here(serve web.Handler) web.Handler {
	if !d.scripts {
		return serve
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		public, _, _ := strings.Cut(r.PathValue("public"), ".")
		look, err := d.look(r, public)
		if err == nil && look.Script == "" {
			err = store.ErrNotFound
		}
		if err != nil {
			return problem(err)
		}
		return serve(w, r)
	}
}

// look is what the page of a pass looks like: as that of its link.
func (d door) look(r *http.Request, public string) (look store.LinkPage, err error) {
	err = d.Issuer.View(r.Context(), func(tx store.Reader) error {
		look, err = lookOf(tx, public)
		return err
	})
	return look, err
}

func lookOf(tx store.Reader, public string) (store.LinkPage, error) {
	p, err := tx.PassByPublicID(public)
	if err != nil {
		return store.LinkPage{}, err
	}
	l, err := issuer.LinkOf(tx, p)
	return l.Page, err
}

// source is the address of what an owner wrote for a page, empty if there is nothing. It
// changes with the text, which browsers keep for a minute.
func source(path, blob string) string {
	if blob == "" {
		return ""
	}
	return path + "?" + blob[:12]
}

func (d door) script(path, blob string) string {
	if !d.scripts {
		return ""
	}
	return source(path, blob)
}

// own serves the stylesheet or the script of the page of a pass. Their addresses are of the
// pass, not of the link, whose own address may be for one person.
func (d door) own(w http.ResponseWriter, r *http.Request, public, media string, which func(store.LinkPage) string) error {
	tag, text := "", ""
	err := d.Issuer.View(r.Context(), func(tx store.Reader) error {
		look, err := lookOf(tx, public)
		if err != nil {
			return err
		}
		if tag = which(look); tag == "" {
			return store.ErrNotFound
		}
		text, err = issuer.LinkText(tx, tag)
		return err
	})
	if err != nil {
		return problem(err)
	}
	return web.WriteSource(w, r, media, tag[:32], text)
}
