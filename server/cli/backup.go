package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"pocketpass/server"
	"pocketpass/server/secret"
	"pocketpass/store"
	"pocketpass/store/backup"
	"pocketpass/store/kv"
)

// backupVerb writes everything into one file, while the server runs or not.
func backupVerb(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("backup")
	out := s.set.String("out", "-", "file to write; - is standard output")
	keyless := s.set.Bool("without-master-key", false, "leave the master key out; keep it elsewhere, for nothing can be signed without it")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	if *out == "-" && server.IsTerminal(stdout) {
		return report(stderr, "backup", errors.New("an archive is nothing for a terminal: name a file with --out, or send it on with > FILE"), usage)
	}
	return withData(ctx, cfg, "backup", stderr, func(c *client) error {
		path := "/control/backup"
		if *keyless {
			path += "?keys=without"
		}
		resp, err := c.open(ctx, http.MethodGet, path, "", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if *out == "-" {
			_, err := io.Copy(stdout, resp.Body)
			return err
		}
		return backup.Save(ctx, resp.Body, *out)
	})
}

// restore verifies a backup and puts it into the data folder. The server must
// not run; what is replaced is kept beside. With --check it verifies only, and the
// server may run.
func restore(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("restore")
	in := s.set.String("in", "-", "file to read; - is standard input")
	check := s.set.Bool("check", false, "only find out whether the backup can be restored; replace nothing")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	from := io.Reader(os.Stdin)
	if *in == "-" && server.IsTerminal(os.Stdin) {
		return report(stderr, "restore", errors.New("no backup comes from a terminal: name a file with --in, or pass one on with < FILE"), usage)
	}
	if *in != "-" {
		f, err := os.Open(*in)
		if err != nil {
			return report(stderr, "restore", err, failed)
		}
		defer f.Close()
		from = f
	}
	o := backup.RestoreOptions{Now: time.Now(), StoreVersion: store.Schema(), Check: checkRecords}
	if *check {
		m, err := backup.Prove(ctx, from, cfg.Data, o)
		if err != nil {
			return report(stderr, "restore", err, failed)
		}
		fmt.Fprintf(stdout, "the backup of %s is whole: all its records are sound\n", m.Time.Format(time.RFC3339))
		return ok
	}
	result, err := backup.Restore(ctx, from, cfg.Data, o)
	if err != nil {
		return report(stderr, "restore", err, failed)
	}
	fmt.Fprintf(stdout, "restored the backup of %s into %s\n", result.Manifest.Time.Format(time.RFC3339), cfg.Data)
	if result.Kept != "" {
		fmt.Fprintf(stdout, "what was there before is kept in %s\n", result.Kept)
	}
	remindOfKey(stdout, cfg, result.Manifest)
	return ok
}

// remindOfKey says what a data folder lacks whose backup was made without the
// master key.
func remindOfKey(stdout io.Writer, cfg server.Config, m backup.Manifest) {
	_, err := os.Stat(filepath.Join(cfg.Data, secret.FileName))
	if cfg.MasterKey == "" && !m.Has(secret.FileName) && errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(stdout, "the backup was made without the master key: put its %s into %s, or set master_key, before you start the server\n", secret.FileName, cfg.Data)
	}
}

// checkRecords compares every record of a restored database with its indexes.
func checkRecords(ctx context.Context, e kv.Engine) error {
	faults, err := store.CheckEngine(ctx, e)
	if err == nil && len(faults) > 0 {
		err = fmt.Errorf("%d records are damaged, the first: %s; use an older backup", len(faults), faults[0])
	}
	return err
}
