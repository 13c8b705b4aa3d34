package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// key makes, lists and revokes API keys; each answer is JSON.
func key(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return subverb(ctx, "key", args, stdout, stderr, []verb{
		{"create", "make a key and print it with its secret: --role admin|issuer|scanner|viewer --name NAME; --token takes over that of another service", createKey},
		{"list", "list the keys", listKeys},
		{"revoke", "end a key for ever: --id ID", revokeKey},
	})
}

func createKey(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("key create")
	role := s.set.String("role", "admin", "what its holder may do: admin, issuer, scanner or viewer")
	name := s.set.String("name", "command line", "whose key it is")
	token := s.set.String("token", "", "token of another service that is taken over as it is; empty makes one")
	signs := s.set.Bool("signs", false, "the token is <id>.<secret> of a service whose clients sign with the secret")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	return with(ctx, cfg, "key create", stderr, func(c *client) error {
		var out json.RawMessage
		err := c.call(ctx, http.MethodPost, "/api/v1/keys", newKey{*role, *name, *token, *signs}, &out)
		if err != nil {
			return err
		}
		return printJSON(stdout, out)
	})
}

type newKey struct {
	Role  string `json:"role"`
	Name  string `json:"name"`
	Token string `json:"token,omitempty"`
	Signs bool   `json:"signs,omitempty"`
}

func listKeys(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("key list")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	return withData(ctx, cfg, "key list", stderr, func(c *client) error { return printItems(ctx, c, "/api/v1/keys", stdout) })
}

func revokeKey(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := newSettings("key revoke")
	id := s.set.String("id", "", "id of the key")
	cfg, code, done := s.load(args, stdout, stderr)
	if done {
		return code
	}
	if *id == "" {
		return report(stderr, "key revoke", errors.New("which one? name it with --id; pocketpass key list shows the ids"), usage)
	}
	return withData(ctx, cfg, "key revoke", stderr, func(c *client) error {
		return c.call(ctx, http.MethodDelete, "/api/v1/keys/"+url.PathEscape(*id), nil, nil)
	})
}

// printItems prints every item of a list as one line of JSON.
func printItems(ctx context.Context, c *client, path string, stdout io.Writer) error {
	for cursor := ""; ; {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"nextCursor"`
		}
		if err := c.call(ctx, http.MethodGet, path+"?limit=200&cursor="+cursor, nil, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			if err := printJSON(stdout, item); err != nil {
				return err
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			return nil
		}
	}
}
