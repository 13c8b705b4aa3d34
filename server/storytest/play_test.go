package storytest_test

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pocketpass/server"
	"pocketpass/server/servertest"
)

// player is a story under way.
type player struct {
	testing.TB
	*servertest.Server // that requests go to
	caller             servertest.Caller
	network            *network
	names              map[string]string // what was captured
	phones             map[string]*phone
	receivers          map[string]*receiver
}

// play plays a story on a server of its own. The organisation has a certificate and an
// admin key, and nothing else. Receivers of webhooks are on this machine.
func play(t testing.TB, name, story string) {
	t.Helper()
	p := &player{TB: t, names: make(map[string]string), phones: make(map[string]*phone), receivers: make(map[string]*receiver)}
	p.Server = servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Outbound.Allow = []server.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")}}
	}))
	p.caller, p.network = p.Caller, newNetwork(p.Server)
	p.names["passType"], p.names["site"] = servertest.PassTypeIdentifier, p.BaseURL()
	steps, err := parse(story)
	for n := 0; err == nil && n < len(steps); n++ {
		if t.Failed() {
			return
		}
		err = p.play(steps[n])
	}
	if err != nil {
		t.Fatal(fmt.Errorf("%s:%w", name, err))
	}
}

// verbs are the steps that are no requests.
var verbs = map[string]func(*player, *step, []string) error{
	"as":       (*player).as,
	"at":       (*player).at,
	"clock":    (*player).clock,
	"forward":  (*player).forward,
	"phone":    (*player).phone,
	"receiver": (*player).receiver,
	"table":    (*player).table,
}

func (p *player) play(s *step) error {
	p.Helper()
	if n, words, err := s.count("race"); err != nil || n > 0 {
		return p.all(err, s, words, n)
	}
	n, words, err := s.count("repeat")
	for k := 1; err == nil && k <= max(n, 1); k++ {
		p.names["n"] = strconv.Itoa(k)
		err = p.once(s, words)
	}
	return err
}

func (p *player) once(s *step, words []string) error {
	p.Helper()
	if words[0] == "until" {
		return p.until(s, words[1:])
	}
	verb, ok := verbs[words[0]]
	if !ok {
		return p.all(nil, s, words, 1)
	}
	said := make([]string, 0, len(words))
	for _, w := range words[1:] {
		w, err := p.fill(s.number, w)
		if err != nil {
			return err
		}
		said = append(said, w)
	}
	return verb(p, s, said)
}

// until repeats a request until the answer is as expected.
func (p *player) until(s *step, words []string) (err error) {
	p.Helper()
	const patience = 2 * time.Minute // only a failing story waits so long
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for last := time.Now().Add(patience); time.Now().Before(last); <-tick.C {
		if err = p.all(nil, s, words, 1); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%w, after %v", err, patience)
}

// fill puts what was captured in the place of $name and ${name}; $$ is a dollar.
func (p *player) fill(number int, text string) (string, error) {
	missing := ""
	out := os.Expand(text, func(name string) string {
		if name == "$" {
			return name
		}
		v, ok := p.names[name]
		if !ok {
			missing = name
		}
		return v
	})
	if missing != "" {
		return "", faultf(number, "nothing is called $%s", missing)
	}
	return out, nil
}

// as makes the requests from here on with another key, or with none.
func (p *player) as(s *step, said []string) error {
	if len(said) != 1 {
		return faultf(s.number, "say who: as admin, as nobody, or as $key")
	}
	switch said[0] {
	case "admin":
		p.caller = p.Caller
	case "nobody":
		p.caller = p.Anonymous()
	default:
		p.caller = p.Caller
		p.caller.Key = said[0]
	}
	return nil
}

// clock moves the server's clock on.
func (p *player) clock(s *step, said []string) error {
	d, err := time.ParseDuration(strings.Join(said, " "))
	if err != nil {
		return fault{s.number, err}
	}
	p.Advance(p, d)
	return nil
}
