package walletkit

import (
	"crypto/subtle"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
	"pocketpass/ui"
)

// Short links are short enough to be guessed at, so an address may try only so often.
const (
	shortPerSecond = 5
	shortBurst     = 50
	shortClients   = 10_000
)

// registerLinks mounts the two links of a pass, which everybody may open who has them.
func (s *Service) registerLinks(mux *http.ServeMux) error {
	limiter, err := web.NewLimiter(shortPerSecond, shortBurst, shortClients, s.Now)
	if err != nil {
		return err
	}
	mux.Handle("GET "+prefix+"/p/{link}/{file}", web.HandleWith(s.file, fail))
	mux.Handle("GET "+prefix+"/s/{link}", web.RateLimit(limiter, web.HandleWith(s.short, fail)))
	return nil
}

// fileURL is where a pass is downloaded. Beside the random id of its page the link has
// the pass's own, so that it still says of a deleted pass that it was one.
func (s *Service) fileURL(p store.Pass) string {
	return s.BaseURL + prefix + "/p/" + p.ID.Short() + p.PublicID + "/" + url.PathEscape(p.SerialNumber) + ".pkpass"
}

// shortURL has less of what cannot be guessed: 47 bits.
func (s *Service) shortURL(p store.Pass) string { return s.BaseURL + prefix + "/s/" + shortLink(p) }

func shortLink(p store.Pass) string { return p.ID.Short() + p.PublicID[:shortSecret] }

const (
	shortLen    = 11 // of store.ID.Short
	shortSecret = 8  // of a public id
)

// file handles GET /walletkit/p/{link}/{serial}.pkpass.
func (s *Service) file(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	p, err := s.linked(r)
	if err != nil {
		return err
	}
	if !p.Deleted.IsZero() {
		return gone(w)
	}
	d, err := s.Issuer.PublicDownload(r.Context(), p.PublicID, web.Client(r), r.Method == http.MethodHead)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", pkpass.MediaType)
	h.Set("Content-Disposition", `attachment; filename="`+d.Name+`"`)
	h.Set("Last-Modified", d.Modified.Format(http.TimeFormat))
	h.Set("Content-Length", strconv.Itoa(len(d.Data)))
	_, err = w.Write(d.Data)
	return err
}

// linked is the pass of a download link, also a deleted one.
func (s *Service) linked(r *http.Request) (store.Pass, error) {
	p, err := s.behind(r, r.PathValue("link"), func(p store.Pass) string { return p.ID.Short() + p.PublicID })
	if err == nil && r.PathValue("file") != p.SerialNumber+".pkpass" {
		err = notFound
	}
	return p, err
}

// behind is the pass whose link this is, also a deleted one.
func (s *Service) behind(r *http.Request, link string, of func(store.Pass) string) (p store.Pass, err error) {
	id, ok := store.ParseShort(link[:min(shortLen, len(link))])
	if !ok {
		return p, notFound
	}
	err = s.Issuer.View(r.Context(), func(tx store.Reader) error {
		p, err = tx.AnyPass(id)
		return err
	})
	if err == nil && subtle.ConstantTimeCompare([]byte(link), []byte(of(p))) != 1 {
		err = notFound
	}
	return p, err
}

// secret keeps links out of caches and search engines.
func secret(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
}

// secretly is an answer whose headers secret sets last, whoever else set them.
type secretly struct{ http.ResponseWriter }

func (s secretly) Write(p []byte) (int, error) {
	secret(s.ResponseWriter)
	return s.ResponseWriter.Write(p)
}

func gone(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusGone)
	_, err := io.WriteString(w, "<!doctype html><title>Pass deleted</title><p>This pass was deleted.</p>\n")
	return err
}

// short handles GET /walletkit/s/{link}: Apple's devices go on to the file, people at
// others see the pass with a code to scan.
func (s *Service) short(w http.ResponseWriter, r *http.Request) error {
	secret(w)
	p, err := s.behind(r, r.PathValue("link"), shortLink)
	if err != nil {
		return err
	}
	if !p.Deleted.IsZero() {
		return gone(w)
	}
	v, err := s.Issuer.Preview(r.Context(), func(tx store.Reader) (store.Pass, error) { return tx.PassByPublicID(p.PublicID) })
	if err != nil {
		return err
	}
	if isApple(r.UserAgent()) {
		http.Redirect(w, r, s.fileURL(v.Pass), http.StatusFound)
		return nil
	}
	if web.OnOwnHost(r) {
		http.Redirect(w, r, s.shortURL(p), http.StatusFound)
		return nil
	}
	return ui.PassPage(secretly{w}, s.page(v, r.UserAgent()))
}

func (s *Service) page(v issuer.Preview, agent string) ui.PassPageData {
	at := "/p/" + v.Pass.PublicID
	images := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(v.Files)) {
		if _, ok := pkpass.ParseImageName(name); ok {
			images[name] = at + "/images/" + name
		}
	}
	return ui.PassPageData{Title: v.Document.Description, Organisation: v.Document.OrganizationName, Description: v.Document.Description,
		PageURL: s.shortURL(v.Pass), PkpassURL: s.fileURL(v.Pass), DocumentURL: at + "/pass.json", Images: images,
		UserAgent: agent, Demo: v.Demo, Voided: !v.Pass.Voided.IsZero()}
}

// isApple says whether a browser can open the file itself.
func isApple(agent string) bool {
	return slices.ContainsFunc([]string{"iPhone", "iPad", "iPod", "Macintosh"}, func(name string) bool { return strings.Contains(agent, name) })
}
