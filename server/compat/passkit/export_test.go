package passkit

import "pocketpass/server/issuer"

// CallbackPace is that of the four callbacks.
func CallbackPace() issuer.Pace { return callbackForm{}.Pace() }

// Patterns are those of all routes, with their prefix.
func Patterns(s *Service) (out []string) {
	for _, all := range [][]route{s.routes(), s.public()} {
		for _, r := range all {
			out = append(out, under(r.pattern))
		}
	}
	return out
}

// SetMaxLooked bounds the passes that a search reads and returns what puts it back.
func SetMaxLooked(most int) (restore func()) {
	old := maxLooked
	maxLooked = most
	return func() { maxLooked = old }
}
