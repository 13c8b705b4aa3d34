package issuer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"pocketpass/store"
)

var (
	goodLibrary   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,255}$`)
	goodPushToken = regexp.MustCompile(`^([0-9A-Fa-f]{2}){4,200}$`) // no more than package push sends to
)

// Registering is what a phone says when it wants to hear of a pass.
type Registering struct {
	Library            string // deviceLibraryIdentifier
	PassTypeIdentifier string
	SerialNumber       string
	Token              string // authentication token of the pass
	PushToken          string
	Wallet             string // which app asks, one of the Wallet… words

	Owner  store.ID // organisation whose key stands in for the token, 0 if none does
	Opaque bool     // Library is not as Apple makes it
	From   netip.Addr
}

// Register notes that a device has a pass. created is false if it was known; its
// push token is kept all the same, for this is how a device tells a new one.
// An unknown pass and a wrong token are both Denied; for an unknown pass that a key
// vouches for the device waits.
func (i *Issuer) Register(ctx context.Context, g Registering) (created bool, err error) {
	p, err := i.knock(ctx, g)
	waits := errors.Is(err, store.ErrNotFound)
	if err != nil && !waits {
		return false, fmt.Errorf("register: %w", err)
	}
	if err := checkDevice(g); err != nil {
		return false, err
	}
	if waits {
		return i.expect(ctx, g)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		if p, err = tx.AnyPass(p.ID); err != nil {
			return err
		}
		created, err = register(tx, p, g)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("register: %w", err)
	}
	if created {
		i.tell(p)
	}
	return created, nil
}

// knock finds the pass before there is a transaction that writes: whoever comes
// with a wrong token must not hold up those who may.
func (i *Issuer) knock(ctx context.Context, g Registering) (p store.Pass, err error) {
	err = i.db.View(ctx, func(r store.Reader) error {
		p, err = i.authorised(r, claimant{g.PassTypeIdentifier, g.SerialNumber, g.Token, g.Owner})
		return err
	})
	return p, err
}

func (g Registering) goodLibrary() bool {
	if g.Opaque {
		return g.Library != "" && utf8.RuneCountInString(g.Library) <= maxLibrary && printable(g.Library)
	}
	return goodLibrary.MatchString(g.Library)
}

// maxLibrary is the length of the longest deviceLibraryIdentifier, in characters.
const maxLibrary = 255

func checkDevice(g Registering) error {
	if !g.goodLibrary() {
		return invalid("/deviceLibraryIdentifier", "device_identifier", "a device library identifier has up to %d characters of A-Z a-z 0-9 . _ -", maxLibrary)
	}
	if !goodPushToken.MatchString(g.PushToken) {
		return invalid("/pushToken", "push_token", "pushToken is missing, or not 8 to 400 hexadecimal digits")
	}
	return nil
}

func register(tx store.Tx, p store.Pass, g Registering) (created bool, err error) {
	d, err := tx.Device(g.PassTypeIdentifier, g.Library)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	before := d
	d.PassTypeIdentifier, d.Library = g.PassTypeIdentifier, g.Library
	d.PushToken, d.Registered = g.PushToken, tx.Now
	if err := tx.PutDevice(d); err != nil {
		return false, err
	}
	if err := followToken(tx, before, d.PushToken); err != nil {
		return false, err
	}
	_, err = tx.Registration(p.ID, g.Library)
	if !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	return true, errors.Join(addRegistration(tx, p, g), noteInstall(tx, p))
}

// noteInstall notes on a pass that a device added it. The first one may be what its
// time begins with; the device then gets a version that says how long it lasts.
func noteInstall(tx store.Tx, p store.Pass) error {
	first := p.Devices.FirstAdded.IsZero()
	if p.Devices.LastAdded = tx.Now; !first {
		return tx.PutPass(p)
	}
	p.Devices.FirstAdded = tx.Now
	c, err := tx.Campaign(p.Org, p.Campaign)
	if err != nil {
		return err
	}
	days := c.Rules.Expiry.AfterInstall
	if days == 0 || p.Lasting || !p.Expires.IsZero() || !p.Deleted.IsZero() || p.IsFile() {
		return tx.PutPass(p)
	}
	p.Expires = afterDays(tx.Now, days)
	return saveSeen(tx, Actor{}, &p, eventUpdated, map[string]string{"why": "first installed", "expires": written(p.Expires)})
}

// followToken queues for a device's new token what its old one may not have
// brought: a push that waits, or one that the device has not come to ask about.
func followToken(tx store.Tx, before store.Device, token string) error {
	if before.PushToken == "" || before.PushToken == token {
		return nil
	}
	e, err := tx.PushEntry(before.PassTypeIdentifier, before.PushToken)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	missed := e.Revision
	if before.Pushed.At.After(before.Listed) {
		missed = max(missed, before.Pushed.Revision)
	}
	if missed == 0 {
		return nil
	}
	return tx.QueuePush(before.PassTypeIdentifier, token, missed)
}

// addRegistration gives the registration a number of its own from the counter of
// changes: a file that was added after a tag was given out may be older than the
// tag, and its device would never hear of what changed before.
func addRegistration(tx store.Tx, p store.Pass, g Registering) error {
	revision, err := tx.NextRevision()
	if err != nil {
		return err
	}
	countInstall(tx, p, g.Wallet, 1)
	return errors.Join(
		noteCall(tx, p.ID, true),
		tx.PutRegistration(store.Registration{Pass: p.ID, Library: g.Library, PassTypeIdentifier: p.PassTypeIdentifier,
			Template: p.Template, Campaign: p.Campaign, Revision: revision, Created: tx.Now, Wallet: g.Wallet}),
		tx.Count(p.Campaign, store.CountRegistered, 1),
		happened(tx, Actor{From: g.From}, p, eventInstalled, onDevice(p.ID, g.Library, g.Wallet)),
	)
}

// onDevice says of an installation what does not give the device away.
func onDevice(pass store.ID, library, wallet string) map[string]string {
	return map[string]string{"device": abbreviate(library), "wallet": cmp.Or(wallet, WalletApple), "registration": RegistrationID(pass, library)}
}

// RegistrationID names the registration of a device for a pass, a UUID: the same each time
// that the device adds the pass, and nothing that tells one pass of a device from another's.
func RegistrationID(pass store.ID, library string) string {
	sum := sha256.Sum256([]byte("registration\x00" + pass.Short() + "\x00" + library))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8, RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// Unregister notes that a device no longer has a pass. One that never had it is
// no error. An unknown pass and a wrong token are both Denied.
func (i *Issuer) Unregister(ctx context.Context, g Registering) error {
	p, err := i.knock(ctx, g)
	if errors.Is(err, store.ErrNotFound) {
		return i.forgetPending(ctx, g)
	}
	if err != nil {
		return fmt.Errorf("unregister: %w", err)
	}
	err = i.update(ctx, func(tx store.Tx) error {
		known, err := tx.Registration(p.ID, g.Library)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if p, err = tx.AnyPass(p.ID); err != nil {
			return err
		}
		return dropRegistration(tx, Actor{From: g.From}, p, known, "removed on the device")
	})
	if err != nil {
		return fmt.Errorf("unregister: %w", err)
	}
	i.tell(p)
	return nil
}

func dropRegistration(tx store.Tx, a Actor, p store.Pass, g store.Registration, why string) error {
	countInstall(tx, p, g.Wallet, -1)
	if p.Devices.FirstRemoved.IsZero() {
		p.Devices.FirstRemoved = tx.Now
	}
	p.Devices.LastRemoved = tx.Now
	detail := onDevice(p.ID, g.Library, g.Wallet)
	detail["why"] = why
	return errors.Join(
		tx.PutPass(p),
		tx.DeleteRegistration(p.PassTypeIdentifier, p.ID, g.Library),
		tx.Count(p.Campaign, store.CountRegistered, -1),
		happened(tx, a, p, eventUninstalled, detail),
	)
}

// abbreviate shortens an identifier that is a secret in full.
func abbreviate(library string) string {
	const shown = 6
	if len(library) <= shown {
		return library
	}
	return strings.ToValidUTF8(library[:shown], "") + "…"
}
