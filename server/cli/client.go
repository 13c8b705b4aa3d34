package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"pocketpass/server"
	"pocketpass/server/web"
	"pocketpass/store/backup"
)

// client calls the API of a data folder, whether a server has it open or not.
type client struct {
	http *http.Client
	done func() error
}

func connect(ctx context.Context, cfg server.Config, stderr io.Writer) (*client, error) {
	number, _ := build()
	c, done, err := server.Connect(ctx, cfg, server.Options{Log: quiet(stderr), Version: number})
	if err != nil {
		return nil, err
	}
	return &client{c, done}, nil
}

// call sends a JSON body, unless it is nil, and reads a JSON answer into out.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	return c.send(ctx, method, path, "application/json", &body, out)
}

func (c *client) send(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	resp, err := c.open(ctx, method, path, contentType, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// open makes a request and turns a refusal into its sentence.
func (c *client) open(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, server.ControlURL+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer resp.Body.Close()
	var p web.Problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Detail == "" {
		return nil, fmt.Errorf("the server answered %s", resp.Status)
	}
	return nil, refused{p}
}

// refused is a refusal, which says its reason alone.
type refused struct{ web.Problem }

func (r refused) Error() string { return r.Detail }

// hasDatabase says whether there is a database in the data folder, and its whole path.
func hasDatabase(cfg server.Config) (data string, has bool) {
	data, err := filepath.Abs(cfg.Data)
	if err != nil {
		data = cfg.Data
	}
	_, err = os.Stat(filepath.Join(data, backup.DefaultDatabase))
	return data, !errors.Is(err, fs.ErrNotExist)
}

// withData is with for a verb that only reads or saves: it takes no empty database, made
// at once, for the one that somebody named wrongly.
func withData(ctx context.Context, cfg server.Config, verb string, stderr io.Writer, work func(*client) error) int {
	if data, has := hasDatabase(cfg); !has {
		err := fmt.Errorf("there is no database in %s: name the data folder of the server with --data", data)
		return report(stderr, verb, err, failed)
	}
	return with(ctx, cfg, verb, stderr, work)
}

// with runs a verb's work with a client and prints what goes wrong, and whether the
// database is new.
func with(ctx context.Context, cfg server.Config, verb string, stderr io.Writer, work func(*client) error) int {
	data, has := hasDatabase(cfg)
	c, err := connect(ctx, cfg, stderr)
	if err != nil {
		return report(stderr, verb, err, failed)
	}
	if !has {
		fmt.Fprintf(stderr, "There was no database in %s; a new one was made.\n", data)
	}
	if err := errors.Join(work(c), c.done()); err != nil {
		return report(stderr, verb, err, failed)
	}
	return ok
}

// printJSON writes v as one line.
func printJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }
