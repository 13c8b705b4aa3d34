package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"pocketpass/server"
)

// serve runs the server until ctx ends. The address goes to stdout, in a line
// that scripts can wait for, and the log to stderr.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("serve")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	if err := run(ctx, cfg, stdout, stderr); err != nil {
		return report(stderr, "serve", err, failed)
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
		if err := welcome(stdout, a, cfg); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "listening on %s, reached at %s\n", s.Addr("listen"), s.BaseURL())
	return err
}

func welcome(stdout io.Writer, a *server.Appliance, cfg server.Config) error {
	number, _ := build()
	data, err := filepath.Abs(cfg.Data)
	if err != nil {
		return err
	}
	screen := server.Screen{Version: number, Address: a.BaseURL(), Data: data, Warning: a.Warning()}
	if cfg.AdminKey == "" {
		if screen.KeyCommand, err = keyCommand(data); err != nil {
			return err
		}
	}
	return server.Welcome(stdout, screen)
}

// keyCommand makes an admin key of the running server. Nothing but the data
// folder is needed to reach it.
func keyCommand(data string) (string, error) {
	program, err := os.Executable()
	return quoted(program) + " key create --role admin --name me --data " + quoted(data), err
}

// quoted is text as a shell takes it for one word.
func quoted(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
