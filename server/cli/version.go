package cli

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version prints one line: version, revision, Go and platform.
func version(_ context.Context, args []string, stdout, stderr io.Writer) int {
	if code, done := parse(flag.NewFlagSet("version", flag.ContinueOnError), args, stdout, stderr); done {
		return code
	}
	number, revision := build()
	fmt.Fprintf(stdout, "pocketpass %s (revision %s, %s %s/%s)\n", number, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return ok
}

// build returns what the Go command wrote into the executable.
func build() (number, revision string) {
	info, found := debug.ReadBuildInfo()
	if !found {
		return "unknown", "unknown"
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))] + revision
		case s.Key == "vcs.modified" && s.Value == "true":
			revision += "+changes"
		}
	}
	return cmp.Or(info.Main.Version, "unknown"), cmp.Or(revision, "unknown")
}
