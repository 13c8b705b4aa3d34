package server

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"pocketpass/server/compat/kony"
	"pocketpass/server/compat/passkit"
	"pocketpass/server/compat/passtools"
	"pocketpass/server/compat/passworks"
	"pocketpass/server/compat/walletkit"
	"pocketpass/server/web"
)

// services are the old services that answer, a line each: the name in [compat] hosts
// and the dialect, which stands under a path of its own.
var services = []struct {
	name string
	open func(a *Appliance, baseURL string) (web.Dialect, error)
}{
	{"walletkit", openWalletKit}, // /walletkit
	{"passtools", openPassTools}, // /passtools
	{"passkit", openPassKit},     // /passkit
	{"kony", openKony},           // /kpns/service/rest/passbook/iphone
	{"passworks", openPassworks}, // /passworks
}

func openWalletKit(a *Appliance, baseURL string) (web.Dialect, error) {
	s := walletkit.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: baseURL, Now: a.opts.Now, Log: a.opts.Log,
		OneObject: a.cfg.Compat.WalletKitObject, AnyFields: a.cfg.Compat.WalletKitAnyFields}
	return s.Dialect()
}

func openPassTools(a *Appliance, baseURL string) (web.Dialect, error) {
	s := passtools.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: baseURL, Now: a.opts.Now, Log: a.opts.Log}
	return s.Dialect()
}

func openPassKit(a *Appliance, baseURL string) (web.Dialect, error) {
	c := a.cfg.Compat
	s := passkit.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: baseURL, Now: a.opts.Now, Log: a.opts.Log,
		Ahead: c.PassKitAhead, PerSecond: float64(c.PassKitRate), Burst: c.PassKitBurst, MailOnIssue: c.PassKitMail}
	return s.Dialect()
}

func openKony(a *Appliance, _ string) (web.Dialect, error) {
	s := kony.Service{Issuer: a.Issuer, Access: a.Access, Log: a.opts.Log, Now: a.opts.Now, Verified: a.cfg.Compat.VerifyFiles}
	return s.Dialect()
}

func openPassworks(a *Appliance, baseURL string) (web.Dialect, error) {
	s := passworks.Service{Issuer: a.Issuer, Access: a.Access, BaseURL: baseURL, Now: a.opts.Now, Log: a.opts.Log,
		Limited: a.cfg.Compat.PassworksLimits, PushMerges: a.cfg.Compat.PassworksPushMerges,
		HidePasswords: a.cfg.Compat.HideChildPasswords}
	a.Issuer.AddForm(passworks.FormName, passworks.Callback{Access: a.Access})
	return s.Dialect()
}

// dialects opens every service.
func (a *Appliance) dialects(baseURL string) (*web.Dialects, error) {
	var all []web.Dialect
	for _, s := range services {
		d, err := s.open(a, baseURL)
		if err != nil {
			return nil, err
		}
		d.Name = s.name
		all = append(all, d)
	}
	var err error
	a.services, err = web.NewDialects(a.cfg.Compat.Hosts, all...)
	return a.services, err
}

// validateCompat wants hosts that serve nothing else, and services that there are.
func (c Config) validateCompat() error {
	const key = "compat.hosts"
	var known []string
	for _, s := range services {
		known = append(known, s.name)
	}
	u, err := url.Parse(c.BaseURL)
	errs := []error{
		demand(c.Compat.PassKitAhead == 0 || c.Compat.PassKitAhead >= time.Millisecond, "compat.passkit_ahead: %s is too short: write it with a unit, like 24h", c.Compat.PassKitAhead),
		demand(c.Compat.PassKitRate >= 0, "compat.passkit_rate: %d is negative: write 0 for no limit", c.Compat.PassKitRate),
		demand(c.Compat.PassKitBurst >= 0, "compat.passkit_burst: %d is negative: give at least 1, or 0 for the usual one", c.Compat.PassKitBurst),
	}
	for _, host := range slices.Sorted(maps.Keys(c.Compat.Hosts)) {
		service := c.Compat.Hosts[host]
		errs = append(errs,
			validateHostName(key, host),
			demand(slices.Contains(known, service), "%s: %q is no old service: write %s", key, service, strings.Join(known, ", ")),
			demand(err != nil || u.Hostname() != host, "%s: %q is the host of base_url: old services answer there by path already", key, host),
			demand(c.Enrol.ScriptsHost != host, "%s: %q is enrol.scripts_host: give each a host name of its own", key, host),
			demand(c.TLS.Mode != TLSACME || slices.Contains(c.TLS.Hosts, host), "%s: %q is not among tls.hosts: add it there", key, host),
		)
	}
	return errors.Join(errs...)
}
