package storytest_test

import (
	"net/http"
	"strings"
	"sync"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// network leads phones to the servers of a story by their host names.
type network struct {
	home *servertest.Server

	mu        sync.Mutex
	servers   map[string]*servertest.Server // by host name
	forwarded map[string]bool               // hosts whose passes are fetched at home
}

// homeName is what stories call the server that they begin with.
const homeName = "passes"

func newNetwork(home *servertest.Server) *network {
	return &network{home: home, servers: map[string]*servertest.Server{hostOf(homeName): home}, forwarded: make(map[string]bool)}
}

func hostOf(name string) string { return name + ".example.org" }

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	s, known := n.servers[r.URL.Host]
	moved := n.forwarded[r.URL.Host] && strings.HasPrefix(r.URL.Path, "/wallet/v1/passes/")
	n.mu.Unlock()
	if !known || moved {
		s, r = n.home, r.Clone(r.Context())
		r.URL.Host = hostOf(homeName)
	}
	return s.HTTP.Transport.RoundTrip(r)
}

// at makes the requests from here on to another server, as its admin. One that is named
// for the first time is started, at https://NAME.example.org.
func (p *player) at(s *step, said []string) error {
	p.Helper()
	if len(said) != 1 {
		return faultf(s.number, "say which server: at old")
	}
	host := hostOf(said[0])
	p.network.mu.Lock()
	other, known := p.network.servers[host]
	p.network.mu.Unlock()
	if !known {
		other = servertest.New(p, servertest.Config(func(c *server.Config) { c.BaseURL = "https://" + host }))
		p.network.mu.Lock()
		p.network.servers[host] = other
		p.network.mu.Unlock()
	}
	p.Server, p.caller = other, other.Caller
	return nil
}

// forward has another server lead phones that fetch a pass from it to the first one.
func (p *player) forward(s *step, said []string) error {
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	if len(said) != 1 || p.network.servers[hostOf(said[0])] == nil {
		return faultf(s.number, "say which server, that was named before: forward old")
	}
	p.network.forwarded[hostOf(said[0])] = true
	return nil
}
