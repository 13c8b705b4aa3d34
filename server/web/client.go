package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose X-Forwarded-For and X-Request-Id headers are
// believed. RFC 7239's Forwarded is not read: believing two headers lets a client
// set the one that the proxy leaves alone. Nor are scheme and host of a request:
// links begin with the base URL.
type Proxies []netip.Prefix

func (p Proxies) trust(addr netip.Addr) bool {
	for _, network := range p {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// origin is where a request comes from.
type origin struct {
	client  netip.Addr
	trusted bool // the peer is a trusted proxy
	direct  bool // no header says that a proxy passed it on
}

func (p Proxies) origin(r *http.Request) origin {
	o := origin{client: peer(r.RemoteAddr), direct: !forwarded(r.Header)}
	if o.trusted = p.trust(o.client); o.trusted {
		o.client = p.client(o.client, r.Header["X-Forwarded-For"])
	}
	return o
}

// who is the client as the log names it: local behind a socket that has no addresses.
func (o origin) who() string {
	if !o.client.IsValid() {
		return "local"
	}
	return o.client.String()
}

func peer(remote string) netip.Addr {
	addrPort, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return addrPort.Addr().Unmap().WithZone("")
}

// client walks the chain from its right end, which our own proxy wrote, to the
// left: the first address that is not a trusted proxy is the client. What cannot
// be read ends the walk, since whatever stands left of it is the client's own invention.
func (p Proxies) client(peer netip.Addr, lines []string) netip.Addr {
	found := peer
	for _, line := range slices.Backward(lines) {
		for rest, more := line, true; more; {
			var entry string
			entry, rest, more = cutLast(rest)
			addr, ok := hop(entry)
			if !ok {
				return found
			}
			if found = addr; !p.trust(addr) {
				return found
			}
		}
	}
	return found
}

// cutLast splits off what follows the last comma.
func cutLast(list string) (entry, rest string, more bool) {
	i := strings.LastIndexByte(list, ',')
	if i < 0 {
		return strings.TrimSpace(list), "", false
	}
	return strings.TrimSpace(list[i+1:]), list[:i], true
}

// hop reads an address with or without a port: 192.0.2.1, 192.0.2.1:80,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:80.
func hop(text string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		addrPort, errPort := netip.ParseAddrPort(text)
		if errPort != nil {
			return netip.Addr{}, false
		}
		addr = addrPort.Addr()
	}
	return addr.Unmap().WithZone(""), true
}

// forwarded reports any header that proxies are known to add.
func forwarded(h http.Header) bool {
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "Via", "X-Real-Ip", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}
