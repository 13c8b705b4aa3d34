package outbound

import "net/netip"

// innerNetworks are the addresses that no public service has, from IANA's
// special-purpose registries (RFC 6890 and what followed), and why.
var innerNetworks = []struct {
	network netip.Prefix
	reason  string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "this machine itself (RFC 1122)"},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private address (RFC 1918)"},
	{netip.MustParsePrefix("100.64.0.0/10"), "an address within a provider (RFC 6598)"},
	{netip.MustParsePrefix("127.0.0.0/8"), "this machine itself (RFC 1122)"},
	{netip.MustParsePrefix("168.63.129.16/32"), "a cloud platform's inner address (Azure)"},
	{netip.MustParsePrefix("169.254.0.0/16"), "a link-local address (RFC 3927)"},
	{netip.MustParsePrefix("172.16.0.0/12"), "a private address (RFC 1918)"},
	{netip.MustParsePrefix("192.0.0.0/24"), "a protocol's own address (RFC 6890)"},
	{netip.MustParsePrefix("192.0.2.0/24"), "an address for documentation (RFC 5737)"},
	{netip.MustParsePrefix("192.88.99.0/24"), "a 6to4 relay (RFC 7526)"},
	{netip.MustParsePrefix("192.168.0.0/16"), "a private address (RFC 1918)"},
	{netip.MustParsePrefix("198.18.0.0/15"), "an address for measurements (RFC 2544)"},
	{netip.MustParsePrefix("198.51.100.0/24"), "an address for documentation (RFC 5737)"},
	{netip.MustParsePrefix("203.0.113.0/24"), "an address for documentation (RFC 5737)"},
	{netip.MustParsePrefix("224.0.0.0/4"), "a multicast address (RFC 5771)"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved address (RFC 1112)"},
	{netip.MustParsePrefix("::/128"), "this machine itself (RFC 4291)"},
	{netip.MustParsePrefix("::1/128"), "this machine itself (RFC 4291)"},
	{netip.MustParsePrefix("64:ff9b::/96"), "an IPv4 address behind NAT64 (RFC 6052)"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "an IPv4 address behind NAT64 (RFC 8215)"},
	{netip.MustParsePrefix("2001::/32"), "an IPv4 address behind Teredo (RFC 4380)"},
	{netip.MustParsePrefix("2001::/23"), "a protocol's own address (RFC 2928)"},
	{netip.MustParsePrefix("2001:db8::/32"), "an address for documentation (RFC 3849)"},
	{netip.MustParsePrefix("2002::/16"), "an IPv4 address behind 6to4 (RFC 3056)"},
	{netip.MustParsePrefix("3fff::/20"), "an address for documentation (RFC 9637)"},
	{netip.MustParsePrefix("fc00::/7"), "a private address (RFC 4193)"},
	{netip.MustParsePrefix("fe80::/10"), "a link-local address (RFC 4291)"},
	{netip.MustParsePrefix("ff00::/8"), "a multicast address (RFC 4291)"},
}

// globalUnicast is the only part of IPv6 that public addresses are given out of.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// inner returns why addr is no public address, or "" when it is one.
func inner(addr netip.Addr) string {
	if addr.Is4In6() {
		return "an IPv4 address written as IPv6"
	}
	for _, n := range innerNetworks {
		if n.network.Contains(addr) {
			return n.reason
		}
	}
	if !addr.Is4() && !globalUnicast.Contains(addr) {
		return "outside the public part of IPv6"
	}
	return ""
}
