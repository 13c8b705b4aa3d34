package cli

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"pocketpass/server"
)

// settings are the flags of a verb that works on a data folder.
type settings struct {
	set   *flag.FlagSet
	file  *string
	flags *server.Flags
	data  string // data folder where none is set; empty means that of DefaultConfig
}

func newSettings(verb string) settings {
	set := flag.NewFlagSet(verb, flag.ContinueOnError)
	return settings{set: set, file: set.String("config", "", "TOML file of settings; see config.example.toml"), flags: server.BindFlags(set)}
}

// load parses args and reads the settings. It returns true when the verb is done.
func (s settings) load(args []string, stdout, stderr io.Writer) (cfg server.Config, code int, done bool) {
	if code, done := parse(s.set, args, stdout, stderr); done {
		return cfg, code, true
	}
	cfg, err := server.Load(server.Sources{File: *s.file, Environ: os.Environ(), Flags: s.flags, Data: s.data})
	if err != nil {
		return cfg, report(stderr, s.set.Name(), err, usage), true
	}
	return cfg, ok, false
}

// report prints an error and returns the exit code.
func report(stderr io.Writer, verb string, err error, code int) int {
	fmt.Fprintf(stderr, "pocketpass %s: %v\n", verb, err)
	return code
}

// quiet logs only what went wrong: the output belongs to the verb.
func quiet(stderr io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}
