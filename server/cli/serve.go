package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pocketpass/server"
)

// serve runs the server until ctx ends. The address goes to stdout, in a line
// that scripts can wait for, and the log to stderr.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	set := flag.NewFlagSet("serve", flag.ContinueOnError)
	file := set.String("config", "", "TOML file of settings; see config.example.toml")
	flags := server.BindFlags(set)
	if code, done := parse(set, args, stdout, stderr); done {
		return code
	}
	cfg, err := server.Load(server.Sources{File: *file, Environ: os.Environ(), Flags: flags})
	if err != nil {
		fmt.Fprintf(stderr, "pocketpass serve: %v\n", err)
		return usage
	}
	if err := run(ctx, cfg, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "pocketpass serve: %v\n", err)
		return failed
	}
	return ok
}

func run(ctx context.Context, cfg server.Config, stdout, stderr io.Writer) error {
	server.TuneMemory()
	log, err := server.NewLogger(stderr, cfg.Log)
	if err != nil {
		return err
	}
	number, _ := build()
	a, err := server.Open(ctx, cfg, server.Options{Log: log, Version: number, NoSync: noSync})
	if err != nil {
		return err
	}
	if err := greet(stdout, a, cfg); err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Run(ctx)
}

func greet(stdout io.Writer, a *server.Appliance, cfg server.Config) error {
	s := a.Server
	if a.First {
		number, _ := build()
		data, err := filepath.Abs(cfg.Data)
		if err != nil {
			return err
		}
		screen := server.Screen{Version: number, Address: s.BaseURL(), Data: data, HasKey: cfg.AdminKey != ""}
		if err := server.Welcome(stdout, screen); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "listening on %s, reached at %s\n", s.Addr("listen"), s.BaseURL())
	return err
}
