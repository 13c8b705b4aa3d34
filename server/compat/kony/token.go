package kony

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"pocketpass/server/access"
	"pocketpass/store"
)

// authToken is the one of an admin call's head, under its name or that of the later
// product, or of its address.
func authToken(r *http.Request) string {
	return strings.TrimSpace(cmp.Or(r.Header.Get("authToken"), r.Header.Get("X-Device-AuthToken"), r.URL.Query().Get("authToken")))
}

// deviceToken is the second word of Authorization, whatever the first one is, or the only one.
func deviceToken(r *http.Request) string {
	switch words := strings.Fields(r.Header.Get("Authorization")); len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return words[1]
	}
}

// owner is the organisation whose authToken a device came with, 0 if it is none that
// opens device calls.
func (s *Service) owner(ctx context.Context, token string) (store.ID, error) {
	who, err := s.Access.Token(ctx, token)
	switch {
	case errors.Is(err, access.ErrDenied):
		return 0, nil
	case err != nil:
		return 0, err
	case !who.Devices || !who.May(uploaders...):
		return 0, nil
	}
	return who.Org, nil
}

// isKey says whether a token uploads too: whoever holds a pass can read the one in it.
func (s *Service) isKey(ctx context.Context, token string) (bool, error) {
	who, err := s.Access.Token(ctx, token)
	if errors.Is(err, access.ErrDenied) {
		return false, nil
	}
	return who.May(uploaders...), err
}
