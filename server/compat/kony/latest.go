package kony

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"pocketpass/server/issuer"
	"pocketpass/server/web"
	"pocketpass/signer/pkpass"
)

// latest handles GET /v1/passes/{bundle}/{serial}.
func (s *Service) latest(w http.ResponseWriter, r *http.Request) error {
	token := deviceToken(r)
	owner, err := s.owner(r.Context(), token)
	if err != nil {
		return err
	}
	d, notModified, err := s.Issuer.LatestPass(r.Context(), issuer.LatestQuestion{
		PassTypeIdentifier: r.PathValue("bundle"), SerialNumber: r.PathValue("serial"), Token: token, Owner: owner,
		Known: parseMark(r.Header.Get("If-Modified-Since")), From: web.Client(r), Head: r.Method == http.MethodHead,
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Last-Modified", d.Modified.Format(http.TimeFormat))
	h.Set("Cache-Control", "no-cache")
	if notModified {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", pkpass.MediaType)
	h.Set("Content-Disposition", attachment(r.PathValue("serial")+".pkpass"))
	h.Set("Content-Length", strconv.Itoa(len(d.Data)))
	_, err = w.Write(d.Data)
	return err
}

// attachment names a file in a header (RFC 6266), with a plain name for clients that
// know no other.
func attachment(name string) string {
	ascii := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\/%`, c) {
			return '_'
		}
		return c
	}, name)
	out := `attachment; filename="` + ascii + `"`
	if ascii != name {
		out += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return out
}
