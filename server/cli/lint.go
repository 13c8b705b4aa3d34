package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// lint judges pass files of any origin. Exit code 1 means that a phone would
// refuse one, or that one could not be read.
func lint(_ context.Context, args []string, stdout, stderr io.Writer) int {
	set := flag.NewFlagSet("lint", flag.ContinueOnError)
	asJSON := set.Bool("json", false, "print each finding as one line of JSON")
	notes := set.Bool("notes", false, "print advice, too, not only what goes wrong")
	files, flags := words(set, args)
	if code, done := parse(set, flags, stdout, stderr); done {
		return code
	}
	if len(files) == 0 {
		return report(stderr, "lint", fmt.Errorf("name a file: pocketpass lint FILE.pkpass"), usage)
	}
	code := ok
	for _, name := range files {
		found, err := lintFile(name)
		if err != nil {
			code = report(stderr, "lint", fmt.Errorf("%s: %w", name, err), failed)
			continue
		}
		if len(pkpass.Blocking(found)) > 0 {
			code = failed
		}
		for _, f := range found {
			if f.Severity == pkpass.Note && !*notes {
				continue
			}
			if err := printFinding(stdout, name, f, *asJSON); err != nil {
				return report(stderr, "lint", err, failed)
			}
		}
	}
	return code
}

func printFinding(w io.Writer, file string, f pkpass.Finding, asJSON bool) error {
	if asJSON {
		return printJSON(w, struct {
			File string `json:"file"`
			pkpass.Finding
		}{file, f})
	}
	_, err := fmt.Fprintf(w, "%s: %s: %s: %s\n    %s\n    remedy: %s\n", file, f.Severity, f.Path, f.Code, f.Effect, f.Remedy)
	return err
}

// lintFile judges one file, a pass or a bundle of passes.
func lintFile(name string) ([]pkpass.Finding, error) {
	data, err := readLimited(name)
	if err != nil {
		return nil, err
	}
	if !pkpass.IsMulti(data) {
		r, err := signer.Lint(data, time.Now())
		return r.Findings, err
	}
	reports, found, err := signer.LintMulti(data, time.Now())
	for _, entry := range slices.Sorted(maps.Keys(reports)) {
		for _, f := range reports[entry].Findings {
			f.Path = entry + "/" + f.Path
			found = append(found, f)
		}
	}
	return found, err
}

func readLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, pkpass.MaxMultiBytes+1))
}
