package access

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"pocketpass/store"
)

// ErrToken means that a token of another service cannot be taken over.
var ErrToken = errors.New("a token to take over has 8 to 256 characters and no blanks, and no other key has it")

// adopt makes k answer to a token of another service as it is, of which only the hash
// is kept.
func adopt(k *store.Key, token string) error {
	if len(token) < 8 || len(token) > 256 || strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return ErrToken
	}
	k.External, k.Given = adoptedID(token), hash(token)
	return nil
}

// adoptedID leads from a token to its key; an admin key's id never has a blank.
func adoptedID(token string) string { return "token " + hash(token) }

func (a *Access) adopted(ctx context.Context, token string) (Caller, error) {
	return a.pair(ctx, adoptedID(token), token)
}
