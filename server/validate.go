package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"pocketpass/push"
)

// Validate checks every setting and returns all that is wrong in one error, a
// line each, which names the key and what to write instead.
func (c Config) Validate() error {
	return errors.Join(
		validateBaseURL(c.BaseURL),
		validateListen("listen", c.Listen),
		demand(c.Data != "", "data: is empty: name a folder"),
		demand(len(c.Organisation) <= 120, "organisation: has more than 120 bytes: choose a shorter name"),
		demand(!strings.ContainsFunc(c.Organisation, unicode.IsControl), "organisation: has control characters, as a line break: write the name in one line"),
		validateProxies(c.TrustedProxies),
		validateAdminKey(c.AdminKey),
		c.HTTP.validate(),
		c.TLS.validate(c.BaseURL),
		c.Log.validate(),
		optional(c.Metrics.Listen, func(s string) error { return validateListen("metrics.listen", s) }),
		c.Limits.validate(),
		c.Push.validate(),
		demand(c.Cache.Sealed >= 1<<20, "cache.sealed: %s is too little: give at least 1MiB", c.Cache.Sealed),
		c.Outbound.validate(),
		optional(c.Enrol.ScriptsHost, c.validateScriptsHost),
		c.Mail.validate(),
		c.SMS.validate(),
		c.validateCompat(),
	)
}

// demand returns an error of the given text unless ok.
func demand(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// optional checks text unless it is empty.
func optional(text string, check func(string) error) error {
	if text == "" {
		return nil
	}
	return check(text)
}

func validateBaseURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("base_url: %q is not a web address: write it like https://passes.example.com", text)
	}
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "443"), 10, 16)
	if err != nil || port == 0 || strings.HasSuffix(u.Host, ":") || strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' }) {
		return fmt.Errorf("base_url: %q has a host or a port that phones cannot ask for: write it like https://passes.example.com, and other letters than those of ASCII as xn--…", text)
	}
	if u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("base_url: %q has more than a scheme and a host: give the server a host name of its own", text)
	}
	return nil
}

func validateListen(key, text string) error {
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err == nil && (host == "" || host == "localhost") {
		return nil
	}
	if _, errAddr := netip.ParseAddr(host); err != nil || errAddr != nil {
		return fmt.Errorf("%s: %q is not an address and port: write it like 127.0.0.1:8080 or :443", key, text)
	}
	return nil
}

// validateProxies refuses to trust everybody, which would let any client choose
// the address that it is known by.
func validateProxies(networks []Network) error {
	for _, n := range networks {
		if n.Bits() == 0 {
			return fmt.Errorf("trusted_proxies: %s is everybody: name the proxy's own address", n)
		}
	}
	return nil
}

// validateAdminKey never repeats the key.
func validateAdminKey(key Secret) error {
	if key == "" {
		return nil
	}
	id, secret, ok := strings.Cut(string(key), ".")
	return demand(ok && id != "" && secret != "", "admin_key: has not the form <id>.<secret>: write an id, a point and a secret")
}

func (c HTTPConfig) validate() error {
	return errors.Join(
		positive("http.read_header_timeout", c.ReadHeaderTimeout),
		positive("http.read_timeout", c.ReadTimeout),
		positive("http.write_timeout", c.WriteTimeout),
		positive("http.idle_timeout", c.IdleTimeout),
		positive("http.drain_timeout", c.DrainTimeout),
		demand(c.DrainDelay >= 0, "http.drain_delay: %s is negative: write 0s or more", c.DrainDelay),
		demand(c.MaxHeader >= 4<<10 && c.MaxHeader <= 1<<20, "http.max_header: %s is out of range: write 4KiB to 1MiB", c.MaxHeader),
	)
}

// positive refuses 0, which would wait for ever, and the nanoseconds that a
// number without a unit is read as.
func positive(key string, d time.Duration) error {
	return demand(d >= time.Millisecond, "%s: %s is too short: write it with a unit, like 30s", key, d)
}

func (c TLSConfig) validate(baseURL string) error {
	var own error
	switch c.Mode {
	case TLSOff:
		return demand(c.CertFile == "" && c.KeyFile == "", "tls.mode: is %q although there are tls.cert_file and tls.key_file: write %q, or leave them out", TLSOff, TLSFiles)
	case TLSFiles:
		own = demand(c.CertFile != "" && c.KeyFile != "", "tls.cert_file, tls.key_file: mode %q needs both: name the PEM files", TLSFiles)
	case TLSACME:
		own = c.validateACME(baseURL)
	default:
		return fmt.Errorf("tls.mode: %q is unknown: write off, files or acme", c.Mode)
	}
	return errors.Join(own,
		demand(!strings.HasPrefix(baseURL, "http://"), "base_url: %q is not https although tls.mode is %q: write it with https://", baseURL, c.Mode),
		optional(c.HTTPListen, func(s string) error { return validateListen("tls.http_listen", s) }),
	)
}

func (c TLSConfig) validateACME(baseURL string) error {
	errs := []error{
		demand(len(c.Hosts) > 0, "tls.hosts: mode %q needs the names to get certificates for: list them", TLSACME),
		validateHTTPS("tls.acme_directory", c.ACMEDirectory),
		demand(c.Email == "" || strings.Contains(c.Email, "@"), "tls.email: %q is not an e-mail address", c.Email),
	}
	for _, host := range c.Hosts {
		errs = append(errs, validateHostName("tls.hosts", host))
	}
	if u, err := url.Parse(baseURL); err == nil && baseURL != "" {
		errs = append(errs, demand(slices.Contains(c.Hosts, u.Hostname()), "tls.hosts: the host of base_url, %q, is not among them: add it", u.Hostname()))
	}
	return errors.Join(errs...)
}

// validateHostName accepts a full name in lower case, as it is compared with what clients ask for.
func validateHostName(key, host string) error {
	_, errAddr := netip.ParseAddr(host)
	allowed := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.'
	}
	plain := strings.IndexFunc(host, func(r rune) bool { return !allowed(r) }) < 0
	labels := strings.Split(host, ".")
	return demand(errAddr != nil && plain && len(labels) > 1 && !slices.Contains(labels, ""),
		"%s: %q is not a host name: write it in full and in lower case, like passes.example.com", key, host)
}

func validateHTTPS(key, text string) error {
	u, err := url.Parse(text)
	return demand(err == nil && u.Scheme == "https" && u.Hostname() != "", "%s: %q is no address: write it like %s", key, text, defaultAuthority)
}

func (c LogConfig) validate() error {
	var level slog.Level
	return errors.Join(
		demand(level.UnmarshalText([]byte(c.Level)) == nil, "log.level: %q is unknown: write debug, info, warn or error", c.Level),
		demand(slices.Contains([]string{"auto", "text", "json"}, c.Format), "log.format: %q is unknown: write auto, text or json", c.Format),
	)
}

func (c LimitsConfig) validate() error {
	return errors.Join(
		demand(c.Body >= 1<<10, "limits.body: %s is too little: give at least 1KiB", c.Body),
		demand(c.Upload >= c.Body, "limits.upload: %s is less than limits.body: give at least as much", c.Upload),
		demand(c.Import >= c.Upload, "limits.import: %s is less than limits.upload: give at least as much", c.Import),
		demand(c.InFlight > 0, "limits.in_flight: %d would refuse everything: give at least 1", c.InFlight),
		demand(c.Rate >= 0, "limits.rate: %g is negative: write 0 for no limit", c.Rate),
		demand(c.RateBurst > 0, "limits.rate_burst: %d would refuse everything: give at least 1", c.RateBurst),
		demand(c.RateClients > 0, "limits.rate_clients: %d remembers nobody: give at least 1", c.RateClients),
		demand(c.ChildOrganisations >= 0, "limits.child_organisations: %d is negative: write 0 for none", c.ChildOrganisations),
	)
}

// validatePushHost refuses what calls could not be made below.
func validatePushHost(text string) error {
	u, err := url.Parse(text)
	return demand(err == nil && u.Scheme == "https" && *u == url.URL{Scheme: u.Scheme, Host: u.Host} && u.Hostname() != "",
		"push.host: %q is not the address of a push service: write it like https://api.push.apple.com", text)
}

func (c PushConfig) validate() error {
	kinds := []string{string(push.Background), string(push.Absent)}
	return errors.Join(
		optional(c.Host, validatePushHost),
		demand(slices.Contains(kinds, c.PushType), "push.push_type: %q is unknown: write %s", c.PushType, strings.Join(kinds, " or ")),
		demand(c.Priority == 5 || c.Priority == 10, "push.priority: %d is not allowed: write 5 or 10", c.Priority),
	)
}

// validateScriptsHost wants a name that serves nothing else, so that a script is a stranger
// to everything but the page that it stands on.
func (c Config) validateScriptsHost(host string) error {
	const key = "enrol.scripts_host"
	u, err := url.Parse(c.BaseURL)
	return errors.Join(
		validateHostName(key, host),
		demand(err != nil || u.Hostname() != host, "%s: %q is the host of base_url: give scripts a host name of their own", key, host),
		demand(c.TLS.Mode != TLSACME || slices.Contains(c.TLS.Hosts, host), "%s: %q is not among tls.hosts: add it there", key, host),
	)
}

func (c OutboundConfig) validate() error {
	return errors.Join(
		positive("outbound.timeout", c.Timeout),
		demand(c.MaxBody > 0, "outbound.max_body: 0 reads nothing: write a size like 10MiB"),
		demand(c.MaxRedirects >= 0, "outbound.max_redirects: %d is negative: write 0 for none", c.MaxRedirects),
	)
}
