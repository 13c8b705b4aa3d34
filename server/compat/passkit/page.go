package passkit

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
	"pocketpass/store"
	"pocketpass/ui"
)

// passPage handles GET /p-{id}: the page of a pass, and its file where it is asked for by
// name or by a device that opens it.
func (s *Service) passPage(c call) error {
	id, ok := strings.CutPrefix(c.PathValue("page"), "p-")
	if !ok {
		return refuse(http.StatusNotFound, "Unknown path or method: %s %s", c.Method, c.URL.EscapedPath())
	}
	if bare, ok := strings.CutSuffix(id, ".pkpass"); ok {
		return s.file(c, bare)
	}
	if strings.Contains(c.Request.Header.Get("Accept"), pkpass.MediaType) {
		return s.file(c, id)
	}
	v, err := s.preview(c, id)
	if err != nil {
		return err
	}
	if isApple(c.UserAgent()) && v.Document.Voided == nil {
		return s.file(c, id)
	}
	if web.OnOwnHost(c.Request) {
		secret(c.ResponseWriter)
		http.Redirect(c.ResponseWriter, c.Request, s.pageURL(id), http.StatusFound)
		return nil
	}
	return ui.PassPage(secretly{c.ResponseWriter}, s.page(v, c.UserAgent()))
}

// secretly is an answer that no cache and no search engine keeps.
type secretly struct{ http.ResponseWriter }

func (w secretly) Write(p []byte) (int, error) {
	secret(w.ResponseWriter)
	return w.ResponseWriter.Write(p)
}

func secret(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex")
}

func (s *Service) page(v issuer.Preview, agent string) ui.PassPageData {
	at := "/p/" + v.Pass.PublicID
	images := make(map[string]string)
	for _, file := range slices.Sorted(maps.Keys(v.Files)) {
		if _, ok := pkpass.ParseImageName(file); ok {
			images[file] = at + "/images/" + file
		}
	}
	return ui.PassPageData{Title: v.Document.Description, Organisation: v.Document.OrganizationName, Description: v.Document.Description,
		PageURL: s.pageURL(v.Pass.PublicID), PkpassURL: s.pageURL(v.Pass.PublicID) + ".pkpass", DocumentURL: at + "/pass.json", Images: images,
		UserAgent: agent, Demo: v.Demo, Voided: v.Document.Voided != nil && *v.Document.Voided}
}

// isApple says whether a device opens the file itself.
func isApple(agent string) bool {
	return slices.ContainsFunc([]string{"iPhone", "iPad", "iPod"}, func(name string) bool { return strings.Contains(agent, name) })
}

// file answers with the signed pass.
func (s *Service) file(c call, id string) error {
	d, err := s.Issuer.PublicDownload(c.Context(), id, web.Client(c.Request), c.Request.Method == http.MethodHead)
	if errors.Is(err, store.ErrNotFound) {
		return notFound("Pass", id)
	}
	if err != nil {
		return err
	}
	secret(c.ResponseWriter)
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", pkpass.MediaType)
	h.Set("Content-Disposition", `attachment; filename="`+d.Name+`"`)
	h.Set("Last-Modified", d.Modified.Format(http.TimeFormat))
	h.Set("Content-Length", strconv.Itoa(len(d.Data)))
	_, err = c.ResponseWriter.Write(d.Data)
	return err
}

// fragment is the page that finds the id of a pass behind the # of its own address. It
// works without its script, too, for whoever reads it.
const fragment = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Pass</title>
<p>This page opens the pass that is named in its address.</p>
<script>` + fragmentScript + `</script>
</html>
`

const fragmentScript = `var m=/^#\/p\/([A-Za-z0-9]+)$/.exec(location.hash);if(m)location.replace(location.pathname.replace(/\/~\/?$/,"/p-"+m[1]))`

// fragmentPolicy lets that script run and nothing else.
var fragmentPolicy = func() string {
	sum := sha256.Sum256([]byte(fragmentScript))
	return "default-src 'none'; frame-ancestors 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// fragmentPage handles GET /~/.
func (s *Service) fragmentPage(c call) error {
	h := c.ResponseWriter.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", fragmentPolicy)
	_, err := io.WriteString(c.ResponseWriter, fragment)
	return err
}
