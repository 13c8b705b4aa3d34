package issuer

import (
	"errors"
	"fmt"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
	"pocketpass/store/kv"
)

// Kind says what sort of refusal an error is. Dialects turn it into their own
// status codes.
type Kind int

// The kinds. What nobody classified is Internal.
const (
	Internal     Kind = iota
	Invalid           // the request cannot be right as it is
	NotFound          // no such thing, or not yours
	Conflict          // not in the state that it is in now
	Precondition      // changed since the caller read it
	Unavailable       // cannot be done until somebody repairs something, as a certificate
	Denied            // wrong token
	TooLarge          // over a limit
	Full              // no room left on the disk; the same request may do later
	TooMany           // too often; the same request may do later
)

// Error is a refusal that the caller may read.
type Error struct {
	Kind     Kind
	Code     string           // stable, snake_case
	Msg      string           // what is wrong and what to do
	Fields   []FieldError     // where, for Invalid
	Findings []pkpass.Finding // what Wallet would refuse
	Stands   *Stands          // the redemption that is in the way
	Err      error            // the cause, for the log only
}

// FieldError is what is wrong with one field of a request.
type FieldError struct {
	Path string `json:"path"` // JSON pointer into the request, "/values/stamps"
	Msg  string `json:"message"`
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Msg, e.Err)
	}
	return e.Msg
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf classifies err. What nobody classified is Internal.
func KindOf(err error) Kind { return Public(err).Kind }

const codeInternal = "internal"

// Public returns what a caller may be told of err: never the cause of an
// internal error.
func Public(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &Error{Kind: NotFound, Code: "not_found", Msg: "there is no such thing here; check the id"}
	case errors.Is(err, kv.ErrFull):
		return &Error{Kind: Full, Code: "storage_full",
			Msg: "the disk of the server is full and nothing was changed; make room on it and send the request again"}
	case errors.Is(err, kv.ErrFailed):
		return &Error{Kind: Unavailable, Code: "storage_failed",
			Msg: "the disk of the server failed, so nothing can be changed, only read; repair the disk, restart the server and look whether this change was made"}
	}
	return &Error{Kind: Internal, Code: codeInternal, Msg: "something went wrong on our side; the log has the details under this request id"}
}

func invalid(path, code, format string, args ...any) *Error {
	msg := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Code: code, Msg: msg, Fields: []FieldError{{Path: path, Msg: msg}}}
}

// pointer is the JSON pointer (RFC 6901) to a member of a request.
func pointer(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(n))
	}
	return b.String()
}

func conflict(code, format string, args ...any) *Error {
	return &Error{Kind: Conflict, Code: code, Msg: fmt.Sprintf(format, args...)}
}

// missing makes NotFound of a reference in a request that leads nowhere.
func missing(err error, path, what string) error {
	if errors.Is(err, store.ErrNotFound) {
		return invalid(path, "unknown_"+what, "there is no such %s; list them to find its id", what)
	}
	return err
}

// refused reports what Wallet would refuse, if anything.
func refused(found []pkpass.Finding) error {
	blocking := pkpass.Blocking(found)
	if len(blocking) == 0 {
		return nil
	}
	e := &Error{Kind: Invalid, Code: "pass_refused", Findings: blocking,
		Msg: "a phone would refuse this pass: " + blocking[0].Effect + "; " + blocking[0].Remedy}
	for _, f := range blocking {
		e.Fields = append(e.Fields, FieldError{Path: f.Path, Msg: f.Effect + "; " + f.Remedy})
	}
	return e
}
