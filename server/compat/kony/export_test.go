package kony

// Patterns are those of all routes, beneath the prefix.
func Patterns(s *Service) (out []string) {
	for _, r := range s.routes(nil) {
		out = append(out, r.pattern)
	}
	return out
}
