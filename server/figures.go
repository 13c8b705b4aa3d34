package server

import (
	"fmt"
	"io"

	"pocketpass/push"
	"pocketpass/server/issuer"
	"pocketpass/store/kv/boltkv"
)

// figures tells Prometheus what the database and the issuer have counted.
type figures struct {
	db     *boltkv.DB
	issuer *issuer.Issuer
}

func (f figures) write(w io.Writer) {
	s := f.db.Stats()
	figure(w, "gauge", "pocketpass_store_file_bytes", "Size of the database file.", s.FileBytes)
	figure(w, "gauge", "pocketpass_store_free_bytes", "Part of the database file that is free to be used again.", int64(s.FreePages)*int64(s.PageBytes))
	figure(w, "counter", "pocketpass_store_commits_total", "Commits that reached the disk.", s.Commits)
	figure(w, "counter", "pocketpass_store_updates_total", "Changes; several may share a commit.", s.Updates)
	figure(w, "counter", "pocketpass_passes_signed_total", "Passes signed; what the cache served is not among them.", f.issuer.Signed())
	family(w, "counter", "pocketpass_pushes_total", "Pushes by what came of them.")
	for _, o := range push.Outcomes {
		fmt.Fprintf(w, "pocketpass_pushes_total{outcome=%q} %d\n", o, f.issuer.Pushed(o))
	}
}

// figure writes a family that is one number.
func figure(w io.Writer, kind, name, help string, n int64) {
	family(w, kind, name, help)
	fmt.Fprintf(w, "%s %d\n", name, n)
}

// family writes the lines that go before the numbers of a name.
func family(w io.Writer, kind, name, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}
