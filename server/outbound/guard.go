package outbound

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Refused means that an address is not called, and says why and what to do.
type Refused struct {
	Address string // without path and query
	Reason  string
	Remedy  string
}

func (e *Refused) Error() string {
	return fmt.Sprintf("%q is not called: %s: %s", e.Address, e.Reason, e.Remedy)
}

// guard decides which addresses are called.
type guard struct {
	allow        []netip.Prefix
	maxRedirects int
	webPorts     bool
}

// Check reads an address that a user entered and returns a *Refused for what
// could never be called, so that it can be told when it is entered. It looks
// nothing up: what a name resolves to is checked when it is called.
func (c *Client) Check(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, &Refused{Address: "the address", Reason: "it cannot be read", Remedy: "write it like https://example.com/path"}
	}
	return u, c.guard.check(u)
}

func (g guard) check(u *url.URL) error {
	refuse := func(reason, remedy string) error {
		return &Refused{Address: u.Scheme + "://" + u.Host, Reason: reason, Remedy: remedy}
	}
	host := u.Hostname()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("only http and https are spoken", "write it like https://example.com/path")
	case host == "" || u.Opaque != "":
		return refuse("it names no host", "write it like https://example.com/path")
	case u.User != nil:
		return refuse("it holds a user or a password", "leave out what stands before the @")
	}
	port, err := portOf(u)
	if err != nil {
		return refuse("its port is no number from 1 to 65535", "leave the port out")
	}
	addr, err := netip.ParseAddr(host)
	if err == nil {
		return g.checkAddr(addr, port)
	}
	if endsInNumber(host) {
		return refuse("its host is a number in disguise", "write the address in full, as 192.0.2.1")
	}
	if strings.ContainsAny(host, "%:") {
		return refuse("its host cannot be read", "write a name or an address")
	}
	if local(host) && !g.allowed(loopback4) && !g.allowed(loopback6) {
		return refuse("it is "+inner(loopback4), "use a public address, or add 127.0.0.1 to [outbound] allow")
	}
	return nil
}

var loopback4, loopback6 = netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()

// local says whether a name means this machine wherever it is looked up (RFC 6761, section 6.3).
func local(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

func (g guard) allowed(addr netip.Addr) bool {
	return slices.ContainsFunc(g.allow, func(network netip.Prefix) bool { return network.Contains(addr.Unmap()) })
}

// checkAddr judges an address and port that is about to be connected to.
func (g guard) checkAddr(addr netip.Addr, port uint16) error {
	refuse := func(reason, remedy string) error {
		return &Refused{Address: netip.AddrPortFrom(addr, port).String(), Reason: reason, Remedy: remedy}
	}
	if addr.Zone() != "" {
		return refuse("it is tied to one network card", "use an address without %"+addr.Zone())
	}
	if g.allowed(addr) {
		return nil
	}
	if reason := inner(addr); reason != "" {
		return refuse("it is "+reason, "use a public address, or add "+addr.Unmap().String()+" to [outbound] allow")
	}
	if g.webPorts && port != 80 && port != 443 {
		return refuse("port "+strconv.Itoa(int(port))+" is not the web's", "leave the port out")
	}
	if !allowedPort(port) {
		return refuse("port "+strconv.Itoa(int(port))+" belongs to another service", "use 80, 443 or a port from 1024")
	}
	return nil
}

// allowedPort keeps the client from talking to mail servers and the like.
func allowedPort(port uint16) bool { return port == 80 || port == 443 || port >= 1024 }

func portOf(u *url.URL) (uint16, error) {
	switch text := u.Port(); {
	case text != "":
		n, err := strconv.ParseUint(text, 10, 16)
		if err == nil && n == 0 {
			err = strconv.ErrRange
		}
		return uint16(n), err
	case strings.HasSuffix(u.Host, ":"):
		return 0, strconv.ErrSyntax
	case u.Scheme == "http":
		return 80, nil
	}
	return 443, nil
}

// endsInNumber recognises what some resolvers read as an IPv4 address although it
// is not written as one: 2130706433, 0x7f.1, 0177.0.0.1, 127.1. No name of
// the public DNS ends so (WHATWG URL, "ends in a number").
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	label := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// control is called by the dialer for each address that it tries, after the name
// was resolved and before anything is sent.
func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return &Refused{Address: address, Reason: "it is no TCP address", Remedy: "use an http or https address"}
	}
	return g.checkAddr(target.Addr(), target.Port())
}

// redirect is asked before each redirect is followed; its address is checked
// like the first.
func (g guard) redirect(r *http.Request, via []*http.Request) error {
	if len(via) > g.maxRedirects {
		return &Refused{Address: r.URL.Scheme + "://" + r.URL.Host, Reason: "there are too many redirects", Remedy: "enter the address that they end at"}
	}
	return g.check(r.URL)
}
