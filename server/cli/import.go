package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pocketpass/server"
	"pocketpass/server/move"
	"pocketpass/server/outbound"
)

// importVerb brings what an old service knows over to a data folder.
func importVerb(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var all []verb
	for _, service := range move.Services() {
		all = append(all, verb{service, "templates, campaigns and passes of " + service, func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
			return importFrom(ctx, service, args, stdout, stderr)
		}})
	}
	return subverb(ctx, "import", args, stdout, stderr, all)
}

// importFlags say what moves, and from where.
type importFlags struct {
	url, user, keyFile, from, save, passType *string
	dry                                      *bool
}

func newImportFlags(set *flag.FlagSet) importFlags {
	return importFlags{
		url:      set.String("url", "", "address of the old service, as its clients have it; without one nothing but --from is read"),
		user:     set.String("user", "", "brand, API key or user name there, where it has some"),
		keyFile:  set.String("key-file", "", "file that holds the secret, API key or password there"),
		from:     set.String("from", "", "folder of what was read before, or of what you kept yourself"),
		save:     set.String("save", "", "folder to keep in what is read, and to go on from; a temporary one if there is none"),
		passType: set.String("pass-type", "", "pass type identifier of templates none of whose passes says it"),
		dry:      set.Bool("dry-run", false, "say what would be made, and make nothing"),
	}
}

// check refuses what does not go together.
func (f importFlags) check() error {
	switch {
	case *f.from == "" && *f.url == "":
		return errors.New("say where everything is: --url ADDRESS of the old service, or --from FOLDER")
	case *f.from != "" && *f.url != "":
		return errors.New("--from reads a folder and --url the old service: with --save FOLDER the service completes what is in a folder")
	case *f.from != "" && *f.save != "":
		return errors.New("--save keeps what is read of --url; what is in --from is kept already")
	case *f.url == "":
		return nil
	}
	u, err := url.Parse(*f.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("--url %q is no address: write it like https://api.example.com/v1, with what you sign with in --user and --key-file", *f.url)
	}
	return nil
}

func importFrom(ctx context.Context, service string, args []string, stdout, stderr io.Writer) int {
	name := "import " + service
	s := newSettings(name)
	f := newImportFlags(s.set)
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	if err := f.check(); err != nil {
		return report(stderr, name, err, usage)
	}
	m, end, err := f.move(service, cfg, stdout)
	if err != nil {
		return report(stderr, name, err, failed)
	}
	code = with(ctx, cfg, name, stderr, func(c *client) error {
		m.Here = &move.Here{HTTP: c.http, URL: server.ControlURL}
		summary, err := m.Run(ctx)
		fmt.Fprint(stdout, summary)
		switch left := summary.Left(); {
		case err != nil && ctx.Err() != nil:
			return fmt.Errorf("it was stopped: run it again, and it goes on from here (%w)", err)
		case err != nil:
			return err
		case len(summary) == 0 && *f.url != "":
			return errors.New("there was nothing to move in that account")
		case len(summary) == 0:
			return errors.New("there was nothing to move: look where the files have to lie, in server/move/README.md")
		case left > 0:
			return fmt.Errorf("left out, for the reasons above: %d; run it again when they are mended", left)
		}
		return nil
	})
	if err := end(); err != nil {
		return report(stderr, name, err, failed)
	}
	return code
}

// move is what the flags ask for. Call end when it was done.
func (f importFlags) move(service string, cfg server.Config, stdout io.Writer) (m *move.Move, end func() error, err error) {
	m = &move.Move{Service: service, PassType: *f.passType, DryRun: *f.dry, Out: stdout}
	dir, open, forget := *f.from+*f.save, move.OpenFolder, func() error { return nil }
	if dir == "" {
		dir, open = filepath.Join(cfg.Data, "import-"+service), move.OwnFolder
		forget = func() error { return os.RemoveAll(dir) }
	}
	if info, err := os.Stat(dir); *f.from != "" && (err != nil || !info.IsDir()) {
		return nil, nil, fmt.Errorf("--from %s is no folder", dir)
	}
	if m.Folder, err = open(dir); err != nil {
		return nil, nil, err
	}
	if *f.url != "" {
		if m.Old, err = f.old(service, cfg, stdout); err != nil {
			return nil, nil, errors.Join(err, forget(), m.Folder.Close())
		}
	}
	return m, func() error { return errors.Join(forget(), m.Folder.Close()) }, nil
}

// importTimeout is how long an answer of an old service may take.
const importTimeout = time.Minute

func (f importFlags) old(service string, cfg server.Config, stdout io.Writer) (*move.Old, error) {
	var key string
	if *f.keyFile != "" {
		raw, err := server.ReadGiven(*f.keyFile, maxSecretFile)
		if err != nil {
			return nil, err
		}
		key = strings.TrimSpace(string(raw))
	}
	var allow []netip.Prefix
	for _, n := range cfg.Outbound.Allow {
		allow = append(allow, n.Prefix)
	}
	guarded := outbound.New(outbound.Options{Allow: allow, MaxRedirects: cfg.Outbound.MaxRedirects, Timeout: importTimeout})
	return &move.Old{
		URL: move.Base(service, *f.url), User: *f.user, Key: key, HTTP: &http.Client{Timeout: importTimeout},
		Elsewhere: func(ctx context.Context, address string, limit int64) ([]byte, error) {
			data, _, err := guarded.Get(ctx, address, limit)
			return data, refusal(err)
		},
		Waits: func(err error, d time.Duration) { fmt.Fprintf(stdout, "%v; asking again in %s\n", err, d) },
	}, nil
}

// refusal is what of a guarded call would not change by itself, in the words of a move.
func refusal(err error) error {
	if s, ok := errors.AsType[*outbound.StatusError](err); ok {
		return &move.Refused{Status: s.Status, Text: err.Error()}
	}
	if _, ok := errors.AsType[*outbound.Refused](err); ok || errors.Is(err, outbound.ErrTooLarge) {
		return &move.Refused{Text: err.Error()}
	}
	return err
}
