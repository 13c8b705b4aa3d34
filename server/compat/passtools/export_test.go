package passtools

// Routes are method and path of every endpoint, below the base.
func Routes() (out []string) {
	for _, r := range routes {
		out = append(out, r.method+" "+r.path)
	}
	return out
}
