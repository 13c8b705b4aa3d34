// Package cli is the command line: a table of verbs, their help and exit codes.
//
// It knows flags and what to print; what a verb does stands in the package that
// it calls. Each verb has a file of its own here.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"pocketpass/signer/spelling"
)

// Exit codes.
const (
	ok     = 0
	failed = 1
	usage  = 2
)

// verb is one word that can follow the program's name.
type verb struct {
	name, help string
	run        func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

// verbs is the table, in the order that help shows.
func verbs() []verb {
	return []verb{
		{"serve", "run the server", serve},
		{"demo", "run everything here, without an Apple account", demoVerb},
		{"key", "make, list and revoke API keys", key},
		{"cert", "request, import and list certificates", cert},
		{"import", "bring an account of an old service over", importVerb},
		{"lint", "say what is wrong with a pass file", lint},
		{"backup", "write everything into one file", backupVerb},
		{"restore", "verify a backup and put it back", restore},
		{"version", "print the version", version},
	}
}

// Main runs the verb that args begins with and returns the exit code: 0, 1 when
// it failed, 2 when the command line is wrong. The first SIGINT, SIGTERM or SIGHUP (a
// terminal that is closed) ends ctx, so that the verb can finish in order; the second
// ends the program.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := untilSignalled(ctx)
	defer stop()
	if len(args) == 0 {
		help(stderr)
		return usage
	}
	name, args := args[0], args[1:]
	if slices.Contains([]string{"help", "-h", "-help", "--help"}, name) {
		return helpFor(ctx, args, stdout, stderr)
	}
	for _, v := range verbs() {
		if v.name == name {
			return v.run(ctx, args, stdout, stderr)
		}
	}
	return unknown(name, stderr)
}

// subverb runs the second word of verbs that have some.
func subverb(ctx context.Context, name string, args []string, stdout, stderr io.Writer, all []verb) int {
	if len(args) > 0 {
		for _, v := range all {
			if v.name == args[0] {
				return v.run(ctx, args[1:], stdout, stderr)
			}
		}
	}
	w, code := stderr, usage
	if len(args) > 0 && strings.HasSuffix(args[0], "help") {
		w, code = stdout, ok
	}
	fmt.Fprintf(w, "Usage: pocketpass %s VERB [flags]\n\n", name)
	for _, v := range all {
		fmt.Fprintf(w, "  %-9s %s\n", v.name, v.help)
	}
	return code
}

// untilSignalled returns a context that the first signal ends. A second one means
// that somebody does not want to wait for an orderly end.
func untilSignalled(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		for {
			select {
			case <-signals:
				if ctx.Err() != nil {
					os.Exit(failed)
				}
				cancel()
			case <-done:
				return
			}
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel() }
}

// helpFor is help alone, or help VERB, which is VERB --help.
func helpFor(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stdout)
		return ok
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return v.run(ctx, []string{"--help"}, stdout, stderr)
		}
	}
	return unknown(args[0], stderr)
}

func help(w io.Writer) {
	fmt.Fprint(w, "Usage: pocketpass VERB [flags]\n\n")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  %-9s %s\n", v.name, v.help)
	}
	fmt.Fprint(w, "\npocketpass help VERB shows the flags of a verb.\n")
}

func unknown(name string, stderr io.Writer) int {
	known := []string{"help"}
	for _, v := range verbs() {
		known = append(known, v.name)
	}
	fmt.Fprintf(stderr, "pocketpass: unknown verb %q%s\n", name, spelling.DidYouMean(name, known))
	fmt.Fprintln(stderr, "pocketpass help lists the verbs.")
	return usage
}
