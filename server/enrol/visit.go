package enrol

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

// cookie is the name of a visitor's ticket.
const cookie = "pocketpass_link"

func ticket(r *http.Request) string {
	c, err := r.Cookie(cookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// remember gives the visitor the ticket for the pass that they got, for the addresses of
// this link alone: its page and its file, which have no common path.
func (d door) remember(w http.ResponseWriter, slug, ticket string, keep time.Duration) {
	if ticket == "" {
		return
	}
	for _, path := range []string{"/c/" + slug, "/c/" + slug + ".pkpass"} {
		http.SetCookie(w, &http.Cookie{Name: cookie, Value: ticket, Path: path, MaxAge: int(keep / time.Second),
			HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(d.origin(), "https:")})
	}
}

// meta is what the address of a visit says of where it comes from.
func meta(r *http.Request) map[string]string {
	out := make(map[string]string)
	for name, values := range r.URL.Query() {
		out[name] = values[0]
	}
	return out
}

// previewers are words in the User-Agent of programs that fetch an address to show what
// is there, and of those that collect them.
var previewers = regexp.MustCompile(`(?i)bot\b|bot/|crawl|spider|preview|facebookexternalhit|whatsapp|embedly|slurp|vkshare|skypeuri|google-safety|bingpreview`)

// looking says whether a request is not that of a person who goes to an address: a
// question without an answer, a preview, a page that is read ahead, or a part of another page.
func looking(r *http.Request) bool {
	h := r.Header
	ahead := h.Get("Sec-Purpose") + h.Get("Purpose") + h.Get("X-Purpose") + h.Get("X-Moz")
	mode := h.Get("Sec-Fetch-Mode")
	return r.Method == http.MethodHead || ahead != "" || mode != "" && mode != "navigate" || previewers.MatchString(r.UserAgent())
}
