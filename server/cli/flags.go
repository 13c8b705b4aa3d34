package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"pocketpass/signer/spelling"
)

// parse reads the flags of a verb that takes no further words. It returns the
// exit code and true when the verb is done already: help was asked for, or the
// command line is wrong.
func parse(fs *flag.FlagSet, args []string, stdout, stderr io.Writer) (code int, done bool) {
	fs.SetOutput(io.Discard)
	err := fs.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stdout, "Usage: pocketpass %s [flags]\n\n", fs.Name())
		fs.SetOutput(stdout)
		fs.PrintDefaults()
		return ok, true
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("%q is more than this verb takes; flags begin with --", fs.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "pocketpass %s: %s%s\n", fs.Name(), err, nearestFlag(fs, err))
		return usage, true
	}
	return ok, false
}

// nearestFlag completes package flag's message of an unknown flag.
func nearestFlag(fs *flag.FlagSet, err error) string {
	name, found := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !found {
		return ""
	}
	var known []string
	fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
	return spelling.DidYouMean(name, known)
}
