package passworks

// Routes are all endpoints with credentials, as README.md has them.
func Routes() (all []string) {
	for _, r := range new(Service).routes() {
		all = append(all, r.method+" "+r.path)
	}
	return append(all, "GET /ping")
}

// SetMaxSearched bounds how many passes a question reads and returns what puts it back.
func SetMaxSearched(most int) (restore func()) {
	old := maxSearched
	maxSearched = most
	return func() { maxSearched = old }
}
