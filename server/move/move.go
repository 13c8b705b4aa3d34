// Package move brings what an old service knows of an account over to a server of ours.
//
// First everything is read into a folder, through the service's own API and as its
// clients read it; what its owner kept may lie there already, and is enough where the
// service is gone. Then each record is made again by the request that made it there, with
// what clients never could choose beside it (package moved). What is here under the
// serial number or the id that it had is passed over: a move that broke off is repeated.
package move

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pocketpass/server/compat/moved"
)

// Move is one account that moves.
type Move struct {
	Service  string  // "walletkit"
	Old      *Old    // what is read; nil leaves it at what is in Folder
	Folder   *Folder // where that is kept
	Here     *Here
	PassType string    // of templates none of whose passes says it; empty lets the server choose
	DryRun   bool      // make nothing
	Out      io.Writer // for a line about each record that is not carried over whole

	summary Summary
}

// service is how records of one service are read and made.
type service struct {
	read func(context.Context, *Move) error
	make func(context.Context, *Move) error
	ends []string // of addresses that its clients have, before which Old.URL ends
}

var services = map[string]service{
	"walletkit": {readWalletKit, makeWalletKit, []string{"/v1/passes", "/v1"}},
	"kony":      {nil, makeKony, nil},
	"passkit":   {readPassKit, makePassKit, []string{"/v2", "/v1"}},
	"passworks": {readPassworks, makePassworks, []string{"/v2", "/v1"}},
	"passtools": {readPassTools, makePassTools, []string{"/v1"}},
}

// Services are the names of the services that can be moved from.
func Services() []string { return slices.Sorted(maps.Keys(services)) }

// Base is what Old.URL has to be, of an address that clients of the service have: some of
// them have one with a version, or with the first path.
func Base(service, address string) string {
	address = strings.TrimRight(address, "/")
	for _, end := range services[service].ends {
		if base, found := strings.CutSuffix(address, end); found {
			return base
		}
	}
	return address
}

// Run reads, if there is an old service to read, and makes. The summary counts what was
// done also when an error broke the move off; repeating it goes on.
func (m *Move) Run(ctx context.Context) (Summary, error) {
	if err := m.Read(ctx); err != nil {
		return m.summary, err
	}
	err := m.Here.open(ctx, m.Service, m.DryRun)
	if err == nil {
		err = services[m.Service].make(ctx, m)
		if closing := m.Here.close(context.WithoutCancel(ctx)); err == nil {
			err = closing
		}
	}
	if err != nil {
		return m.summary, fmt.Errorf("move from %s: %w", m.Service, err)
	}
	return m.summary, nil
}

// Read keeps what the old service has in the folder, if there is one to read.
func (m *Move) Read(ctx context.Context) error {
	m.summary = make(Summary)
	s, ok := services[m.Service]
	switch {
	case !ok:
		return fmt.Errorf("%q is no service to move from: choose one of %s", m.Service, strings.Join(Services(), ", "))
	case m.Old == nil:
		return nil
	case s.read == nil:
		return fmt.Errorf("%s never gave anything back: put what you have of it into a folder, and name that with --from", m.Service)
	}
	release, err := m.Folder.hold()
	if err != nil {
		return err
	}
	err = errors.Join(s.read(ctx, m), release())
	r, refused := errors.AsType[*Refused](err)
	switch {
	case err == nil:
		return nil
	case refused && r.Status == http.StatusUnauthorized:
		return fmt.Errorf("read %s: %w: --user and --key-file say what its clients sign with", m.Service, err)
	case refused && r.Status != http.StatusForbidden && !busy(r.Status):
		return fmt.Errorf("read %s: %w: is --url the address that its clients have?", m.Service, err)
	}
	return fmt.Errorf("read %s: %w", m.Service, err)
}

// oncePass makes a pass as once does, unless another one that is here has its serial number.
func (m *Move) oncePass(ctx context.Context, passType, id string, r moved.Record, do func() error) (made bool, err error) {
	there, err := m.Here.hasPass(ctx, passType, r)
	if _, taken := errors.AsType[*Refused](err); taken {
		return false, m.leave("pass", id, err)
	}
	if err != nil {
		return false, err
	}
	return m.once("pass", id, there, do)
}

// once makes a record unless it is there or nothing is to be made, and counts it. What
// refuses it is told and stops no other; an error means that nothing works any more.
func (m *Move) once(kind, id string, there bool, do func() error) (made bool, err error) {
	switch {
	case there:
		m.summary.of(kind).There++
		return false, nil
	case m.DryRun:
		m.summary.of(kind).Made++
		return false, nil
	}
	if err := do(); err != nil {
		return false, m.leave(kind, id, err)
	}
	m.summary.of(kind).Made++
	return true, nil
}
