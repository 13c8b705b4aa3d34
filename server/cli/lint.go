package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"time"

	"pocketpass/server"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// lint judges pass files of any origin and says nothing of good ones. Exit code 1
// means that a phone would refuse one, or that one could not be read.
func lint(_ context.Context, args []string, stdout, stderr io.Writer) int {
	set := flag.NewFlagSet("lint", flag.ContinueOnError)
	asJSON := set.Bool("json", false, "print each finding as one line of JSON")
	notes := set.Bool("notes", false, "print advice, too, not only what goes wrong")
	verbose := set.Bool("verbose", false, "print a line about every pass, also a good one: verdict, identifiers, signer")
	files, flags := words(set, args)
	if code, done := parse(set, flags, stdout, stderr); done {
		return code
	}
	if len(files) == 0 {
		return report(stderr, "lint", fmt.Errorf("name a file: pocketpass lint FILE.pkpass"), usage)
	}
	out, code := lintPrinter{w: stdout, json: *asJSON, notes: *notes, verbose: *verbose}, ok
	for _, name := range files {
		data, err := readPassFile(name)
		if err != nil {
			code = report(stderr, "lint", fmt.Errorf("%s: %w", name, err), failed)
			continue
		}
		for _, l := range lintFile(name, data, time.Now()) {
			if len(pkpass.Blocking(l.Findings)) > 0 {
				code = failed
			}
			if err := out.print(l); err != nil {
				return report(stderr, "lint", err, failed)
			}
		}
	}
	return code
}

// linted is what was found in a file, or in one pass of a .pkpasses.
type linted struct {
	file   string
	bundle bool // the .pkpasses by itself
	signer.Report
}

// lintFile judges a .pkpass, or a .pkpasses and each pass in it. Errors are among
// the findings.
func lintFile(name string, data []byte, now time.Time) []linted {
	if !pkpass.IsMulti(data) {
		r, _ := signer.Lint(data, now)
		return []linted{{file: name, Report: r}}
	}
	reports, found, _ := signer.LintMulti(data, now)
	all := []linted{{file: name, bundle: true, Report: signer.Report{Findings: found}}}
	for _, r := range reports {
		all = append(all, linted{file: name + "/" + r.Name, Report: r})
	}
	return all
}

// readPassFile reads at most one byte more than is looked at, so that a file that
// is too large is found to be so.
func readPassFile(name string) ([]byte, error) {
	f, err := server.OpenGiven(name)
	if err != nil {
		return nil, causeOf(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, pkpass.MaxReadBytes+1))
	return data, causeOf(err)
}

// causeOf is err without the name of the file, which stands before it already.
func causeOf(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
