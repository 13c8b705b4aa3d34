// Package issuer holds every rule of Pocketpass and makes every change, one
// file per operation, so that each stands once and every dialect is a
// translation of it.
//
// It is the only writer beside package access. It answers with an *Error whose
// Kind says what sort of refusal it is; status codes are the dialects' own.
//
// Dialects of old services need some things that no native operation offers, for there is
// a better way to the same end:
//
//   - Loose designs and their groups take any value, because those services did; a native
//     design declares its fields and refuses what nobody declared. The looks of redeemed
//     passes come with them.
//   - Items, Listing, Discontinue: lists of those services with names of their own. Natively
//     a campaign is what it is listed as.
//   - Amend and Reviser read requests that say how a pass is to be, not what to change of it,
//     and so need it as it is. IssueAll and UpdateMatching do many things in one commit and
//     answer with them; natively that is a job, whatever the number.
//   - Origin, Source, Former and Extra keep what those clients said, to be told it again.
package issuer

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"pocketpass/push"
	"pocketpass/server/secret"
	"pocketpass/store"
)

// Config is what an Issuer needs.
type Config struct {
	DB     *store.Store
	Master *secret.Master
	Log    *slog.Logger
	Now    func() time.Time // nil means the system's clock

	BaseURL     string // public address of the server, without a slash at the end
	ScriptsURL  string // that of pages of links with scripts of their owners; empty means that there are none
	Local       bool   // the address is this machine's alone, as in the demo
	CacheBytes  int64  // memory for sealed passes and prepared designs; 0 means 32 MiB
	Scratch     string // folder for uploads that wait to be converted; empty means the system's
	PushWorkers int    // pushes of one pass type under way at once; 0 means 64

	// Fetch gets a certificate's issuer from the address that it names, through
	// the guarded client. nil means offline.
	Fetch func(ctx context.Context, url string) ([]byte, error)
	// FetchPicture gets a picture of at most limit bytes from an address that a client
	// named, through the guarded client. An address that is not called is an *Error
	// with the code CodePictureRefused. nil means offline.
	FetchPicture func(ctx context.Context, address string, limit int64) ([]byte, error)
	// Courier calls receivers of events, through the guarded client. nil means offline.
	Courier Courier
	// Sender makes a push client that proves itself with a certificate.
	Sender func(tls.Certificate) Sender

	Mail Mailer // nil means that no mail is sent
	SMS  Texter // nil means that no text messages are
}

// Sender tells devices, through one pass type's connection to the push
// service, that something changed.
type Sender interface {
	Send(ctx context.Context, n push.Notification) push.Result
	Close() error
}

// Actor is on whose behalf a change is made.
type Actor struct {
	Org store.ID
	Key store.ID // zero for the appliance itself
	By  string   // for the history

	From netip.Addr // of a phone or visitor, for endpoints that ask and for nobody else; zero if it is not known

	quiet bool      // phones see it when they next ask, and are not told
	about *store.ID // campaign of the pass that was changed last, if the call is counted
}

// Counted is a for one call of an API, which Called counts for the campaign of the pass that
// it changes.
func (a Actor) Counted() Actor {
	a.about = new(store.ID)
	return a
}

// caller is who an idempotency key belongs to: the API key, or for those who act
// without one their organisation. Their ids are of one sequence.
func (a Actor) caller() store.ID { return cmp.Or(a.Key, a.Org) }

// Issuer makes every change. Use New.
type Issuer struct {
	cfg Config // not embedded: nobody reaches the database or the master key through an Issuer
	db  *store.Store

	identities identities
	sealed     *cache[sealKey, Download]
	designs    *cache[designKey, *design]
	signed     atomic.Int64
	pushed     [8]atomic.Int64 // by the place of the outcome in push.Outcomes
	seen       observations
	senders    senders
	listeners  listeners
	flood      push.Flood
	pushable   chan struct{} // wakes Deliver
	workable   chan struct{} // wakes Work
	postable   chan struct{} // wakes SendParcels
	sendable   chan struct{} // wakes SendEvents
	forms      map[string]Form
	revisers   map[string]Reviser
	decoding   chan struct{} // holds a place for each picture being decoded
	flushing   chan struct{} // holds the place of the one who writes what was observed
}

const (
	defaultCache   = 32 << 20
	defaultWorkers = 64

	// maxDecoding bounds how many pictures are decoded at once: each may need
	// some tens of megabytes.
	maxDecoding = 2
)

// New returns an Issuer. Run its workers with Run.
func New(c Config) *Issuer {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = defaultCache
	}
	if c.PushWorkers == 0 {
		c.PushWorkers = defaultWorkers
	}
	return &Issuer{
		cfg:      c,
		db:       c.DB,
		sealed:   newCache[sealKey, Download](c.CacheBytes * 3 / 4),
		designs:  newCache[designKey, *design](c.CacheBytes / 4),
		pushable: make(chan struct{}, 1),
		workable: make(chan struct{}, 1),
		postable: make(chan struct{}, 1),
		sendable: make(chan struct{}, 1),
		forms:    make(map[string]Form),
		revisers: make(map[string]Reviser),
		decoding: make(chan struct{}, maxDecoding),
		flushing: make(chan struct{}, 1),
	}
}

// update runs fn in a transaction and wakes the workers that drain the queues.
func (i *Issuer) update(ctx context.Context, fn func(store.Tx) error) error {
	err := i.db.Update(ctx, fn)
	if err != nil {
		return taken(err)
	}
	i.wake()
	return nil
}

func (i *Issuer) wake() {
	signal(i.pushable)
	if i.cfg.Mail != nil || i.cfg.SMS != nil {
		signal(i.postable)
	}
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

const codeTaken = "already_exists"

// taken makes a Conflict of a unique value that somebody else holds.
func taken(err error) error {
	if errors.Is(err, store.ErrExists) {
		return &Error{Kind: Conflict, Code: codeTaken, Msg: "the serial number or id is taken by another record; choose another or change that one", Err: err}
	}
	return err
}

// moment is a reading of the clock as records keep it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// once runs do unless an earlier request of this actor had the same key, and
// returns the record that came of it. Another request under a key that was
// used is Invalid. Without a key do simply runs.
func (i *Issuer) once(tx store.Tx, a Actor, m Idempotency, do func() (store.ID, error)) (id store.ID, replayed bool, err error) {
	if m.Key == "" {
		id, err = do()
		return id, false, err
	}
	if id, replayed, err = remembered(tx.Reader, a, m); replayed || err != nil {
		return id, replayed, err
	}
	if id, err = do(); err != nil {
		return 0, false, err
	}
	return id, false, tx.Remember(store.Remembered{Caller: a.caller(), Key: m.Key, Request: m.Request, Result: id, At: tx.Now})
}

// remembered is the record that came of an earlier request with the same key.
// Another request under the key is Invalid.
func remembered(r store.Reader, a Actor, m Idempotency) (id store.ID, found bool, err error) {
	if m.Key == "" {
		return 0, false, nil
	}
	old, err := r.Remembered(a.caller(), m.Key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	if err == nil && old.Request != m.Request {
		err = &Error{Kind: Invalid, Code: "idempotency_key_reused",
			Msg: "this Idempotency-Key came with another request before; use a new key for a new request"}
	}
	return old.Result, err == nil, err
}

// Idempotency makes a repeated request change nothing.
type Idempotency struct {
	Key     string // of the client; empty means none
	Request string // hash of method, path and body
}

// also is what a second thing that the same request does is known by.
func (m Idempotency) also(what string) Idempotency {
	if m.Key != "" {
		m.Key += " " + what
	}
	return m
}

// KeepAnswers is how long a repeated request is recognised.
const KeepAnswers = 24 * time.Hour
