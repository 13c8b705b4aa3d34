package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"pocketpass/server"
	"pocketpass/server/web"
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
	return nil, errors.New(p.Detail)
}

// with runs a verb's work with a client and prints what goes wrong.
func with(ctx context.Context, cfg server.Config, verb string, stderr io.Writer, work func(*client) error) int {
	c, err := connect(ctx, cfg, stderr)
	if err != nil {
		return report(stderr, verb, err, failed)
	}
	if err := errors.Join(work(c), c.done()); err != nil {
		return report(stderr, verb, err, failed)
	}
	return ok
}

// printJSON writes v as one line.
func printJSON(w io.Writer, v any) error { return json.NewEncoder(w).Encode(v) }
