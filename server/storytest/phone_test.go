package storytest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"pocketpass/server/servertest"
	"pocketpass/server/simulator"
	"pocketpass/signer/pkpass"
)

// phone is one of a story's, with the pass that it added last.
type phone struct {
	*servertest.Phone
	passType, serial string
}

const phoneSteps = "say phone NAME installs LINK, shows FIELD = TEXT, announces TEXT, is offline, is online, asks, or removes it"

// phone does what the holder of one does, or waits for what it shows. A phone is
// switched on when it is first named.
func (p *player) phone(s *step, said []string) error {
	p.Helper()
	if len(said) < 2 {
		return faultf(s.number, phoneSteps)
	}
	f, ok := p.phones[said[0]]
	if !ok {
		f = &phone{Phone: p.network.home.PhoneWith(p, simulator.Config{HTTP: &http.Client{Transport: p.network}})}
		p.phones[said[0]] = f
	}
	rest := strings.Join(said[2:], " ")
	if said[1] == "installs" {
		return f.installs(p, s, rest)
	}
	if f.serial == "" {
		return faultf(s.number, "phone %s has no pass", said[0])
	}
	switch said[1] {
	case "shows":
		return f.shows(p, s, rest)
	case "announces":
		f.waits(p, s, rest, func(c simulator.Card) string {
			if len(c.Notices) == 0 {
				return ""
			}
			return c.Notices[len(c.Notices)-1].Text
		})
		return nil
	case "is":
		f.Behave(simulator.Behaviour{Offline: rest == "offline"})
		return nil
	case "asks": // its holder pulls the pass down
		return inLine(s, f.Refresh(p.Context(), f.passType))
	case "removes":
		return inLine(s, f.Remove(p.Context(), f.passType, f.serial))
	}
	return faultf(s.number, phoneSteps)
}

// inLine says in which line something went wrong.
func inLine(s *step, err error) error {
	if err == nil {
		return nil
	}
	return fault{s.number, err}
}

func (f *phone) installs(p *player, s *step, link string) error {
	c, err := f.Install(p.Context(), link)
	f.passType, f.serial = c.PassTypeIdentifier, c.SerialNumber
	return inLine(s, err)
}

// shows waits until a field says something. A pass says besides whether it is voided,
// when it expires and what its barcode is.
func (f *phone) shows(p *player, s *step, said string) error {
	p.Helper()
	key, want, ok := strings.Cut(said, " =")
	want = strings.TrimSpace(want)
	if !ok {
		return faultf(s.number, "write shows FIELD = TEXT")
	}
	f.waits(p, s, want, func(c simulator.Card) string { return shown(c.Document, key) })
	return nil
}

func (f *phone) waits(p *player, s *step, want string, says func(simulator.Card) string) {
	p.Helper()
	card := func() string {
		c, _ := f.Card(f.passType, f.serial)
		return says(c)
	}
	f.Until(p, fmt.Sprintf("line %d: %q to read %q", s.number, card(), want), func() bool { return card() == want })
}

func shown(d *pkpass.Document, key string) string {
	switch {
	case d == nil:
		return "nothing"
	case key == "voided":
		return strconv.FormatBool(d.Voided != nil && *d.Voided)
	case key == "barcode" && len(d.Barcodes) > 0:
		return d.Barcodes[0].Message
	case key == "expires":
		return d.ExpirationDate
	}
	for _, style := range d.Styles() {
		if f := style.FieldByKey(key); f != nil {
			return f.Value.String()
		}
	}
	return "no field " + key
}
