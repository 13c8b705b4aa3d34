package passworks

// Routes are all endpoints with credentials, as README.md has them.
func Routes() (all []string) {
	for _, r := range new(Service).routes() {
		all = append(all, r.method+" "+r.path)
	}
	return append(all, "GET /ping")
}
