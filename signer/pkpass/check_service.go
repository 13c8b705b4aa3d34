package pkpass

import (
	"net/netip"
	"net/url"
	"strings"
)

// minToken is the length in characters below which Wallet refuses a token.
const minToken = 16

const headerSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

var (
	serviceURLInvalid  = Finding{42, "web_service_url_invalid", Warning, "", "the pass gets no updates", "give an absolute URL without blanks and with %-codes for what is not ASCII, like https://wallet.example.org"}
	serviceURLInsecure = Finding{42, "web_service_url_insecure", Warning, "", "phones do not register, so the pass gets no updates", "give an address that begins with https://"}
	serviceURLSlash    = Finding{42, "web_service_url_slash", Warning, "", "Wallet appends /v1 and asks under a path with two slashes", "remove the slash at the end"}
	serviceURLPrivate  = Finding{42, "web_service_url_private", Warning, "", "phones outside this network cannot reach the service, so the pass gets no updates", "use a public host name"}
	serviceIncomplete  = Finding{43, "web_service_incomplete", Warning, "", "the pass gets no updates", "give webServiceURL and authenticationToken, or neither"}
	tokenShort         = Finding{44, "token_short", Refused, "", "Wallet refuses the pass", "give an authenticationToken of at least 16 characters"}
	tokenUnsafe        = Finding{44, "token_unsafe", Warning, "", "requests of the phone may fail, because the token travels in a header", "use only letters, digits, - and _ in authenticationToken"}
	tokenChanged       = Finding{44, "token_changed", Warning, "", "installed passes keep their first token, so their requests are turned away", "keep the authenticationToken of the first version"}
)

func checkService(j *judge) {
	d := j.d
	switch {
	case d.WebServiceURL == "" && d.AuthenticationToken != "":
		j.report(serviceIncomplete, top("webServiceURL"))
	case d.WebServiceURL != "" && d.AuthenticationToken == "":
		j.report(serviceIncomplete, top("authenticationToken"))
	}
	if d.WebServiceURL != "" {
		j.checkServiceURL(d.WebServiceURL)
	}
	switch token := d.AuthenticationToken; {
	case token == "":
	case len(token) < minToken:
		j.report(tokenShort, top("authenticationToken"))
	case !consistsOf(token, headerSafe):
		j.report(tokenUnsafe, top("authenticationToken"))
	}
}

func (j *judge) checkServiceURL(s string) {
	at := top("webServiceURL")
	u, ok := absolute(s)
	if !ok || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		j.report(serviceURLInvalid, at)
		return
	}
	if strings.HasSuffix(s, "/") {
		j.report(serviceURLSlash, at)
	}
	private := isPrivateHost(u.Hostname())
	if j.o.LocalService && private {
		return
	}
	if u.Scheme != "https" {
		j.report(serviceURLInsecure, at)
	}
	if private {
		j.report(serviceURLPrivate, at)
	}
}

// absolute wants a scheme, and all encoded that a URL cannot hold: systems differ in
// whether they take the rest.
func absolute(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	return u, err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "" || u.Path != "") && !strings.ContainsFunc(s, outsideURLs)
}

func isAbsolute(s string) bool {
	_, ok := absolute(s)
	return ok
}

// outsideURLs tells what RFC 3986 has no place for.
func outsideURLs(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r) }

// isPrivateHost tells hosts that only this machine or this network reaches.
func isPrivateHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.IsGlobalUnicast() || ip.IsPrivate()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == host || last == "localhost" || last == "local" || last == "internal"
}
