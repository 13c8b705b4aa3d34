package signer

import (
	"errors"
	"fmt"
)

// What can be wrong with handed-in material. The errors that this package
// returns match one of these with errors.Is and say in their own text what was
// found and what to do about it.
var (
	ErrSize         = errors.New("too large")
	ErrFormat       = errors.New("not key or certificate material")
	ErrPassword     = errors.New("wrong or missing password")
	ErrIterations   = errors.New("too many password iterations")
	ErrKind         = errors.New("not a pass type certificate")
	ErrReserved     = errors.New("reserved pass type identifier")
	ErrKey          = errors.New("no fitting private key")
	ErrIntermediate = errors.New("no fitting intermediate certificate")
	ErrValidity     = errors.New("outside the certificate's validity")
	ErrRenewal      = errors.New("certificate of another pass type or team")
)

// refusal is a sentence for a person that errors.Is recognises by its kind.
type refusal struct {
	kind error
	text string
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.kind }

func refuse(kind error, format string, args ...any) error {
	return &refusal{kind, fmt.Sprintf(format, args...)}
}
