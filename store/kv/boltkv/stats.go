package boltkv

// Stats is the state of the engine at one moment, for metrics. Counts run from
// the opening of the file.
type Stats struct {
	FileBytes    int64 // length of the file; parts may not be allocated yet
	PageBytes    int
	FreePages    int   // may be used by the next commit
	PendingPages int   // free once the snapshots that see them have ended
	OpenViews    int   // snapshots open now
	Views        int   // snapshots begun
	Updates      int64 // calls of Update
	Commits      int64 // transactions that reached the disk; fewer than Updates when calls share
	Waiting      int   // calls of Update that stand in line
}

// Stats returns figures that are cheap to get.
func (d *DB) Stats() Stats {
	b := d.bolt.Stats()
	s := Stats{
		PageBytes:    d.pageSize,
		FreePages:    b.FreePageN,
		PendingPages: b.PendingPageN,
		OpenViews:    b.OpenTxN,
		Views:        b.TxN,
		Updates:      d.updates.Load(),
		Commits:      d.commits.Load(),
		Waiting:      d.turn.len(),
	}
	if info, err := d.file.Stat(); err == nil {
		s.FileBytes = info.Size()
	}
	return s
}
