// Package post sends one message to one address: an e-mail over SMTP, or a text
// message through an HTTP gateway.
//
// It knows nothing of passes, queues or repetition: whoever calls it gives each
// message an ID, keeps it, and decides by the Kind of the Error whether and when to
// try again. Errors name neither the recipient nor a password, and never repeat
// what the other side wrote, which often does.
package post

import "fmt"

// Kind says what a failure asks for.
type Kind int

// The kinds. Temporary is what the same message may overcome later, Permanent what
// it never will, Configuration what the owner of the server has to repair first.
const (
	Temporary Kind = iota
	Permanent
	Configuration
)

// Error says why a message was not sent and what to do, for the owner.
type Error struct {
	Kind   Kind
	Code   string // of the other side, as "550 5.1.1" or "400 21211"; empty if it gave none
	Msg    string
	Remedy string
}

func (e *Error) Error() string {
	if e.Code != "" {
		return fmt.Sprintf("%s (%s): %s", e.Msg, e.Code, e.Remedy)
	}
	return e.Msg + ": " + e.Remedy
}

func permanent(code, msg, remedy string) *Error     { return &Error{Permanent, code, msg, remedy} }
func temporary(code, msg string) *Error             { return &Error{Temporary, code, msg, tryLater} }
func configuration(code, msg, remedy string) *Error { return &Error{Configuration, code, msg, remedy} }

const tryLater = "it is tried again later"
