// Package simulator holds phones that speak the real protocols over real
// sockets: they install a pass from its link, register, take pushes, ask what is
// new, fetch, complain to the log and unregister, as Wallet does.
//
// The demo shows them, the tests drive them, the benchmarks multiply them. They
// know nothing of the server but its address in the pass. The push service that
// they listen to stands in package apns.
package simulator

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"pocketpass/server/simulator/apns"
	"pocketpass/signer"
	"pocketpass/signer/pkpass"
)

// Behaviour switches a phone from Wallet's good manners to bad ones.
type Behaviour struct {
	Offline    bool // nothing goes in or out; pushes wait at the push service
	UpdatesOff bool // automatic updates are switched off: pushes are ignored
	WrongToken bool // sends a wrong authentication token
	StaleTag   bool // never moves its tag on
	HeadFirst  bool // asks with HEAD before it fetches
	TwicePush  bool // acts on every push twice
	NeverFetch bool // asks what is new, then does nothing
}

// Config is what a phone needs. The zero value is a phone without a push service.
type Config struct {
	HTTP    *http.Client // nil means one of its own, with a timeout
	Service *apns.Service
	Now     func() time.Time // nil means time.Now
	OnLine  func(Line)       // told of every step; must not block
	OnShow  func(Card)       // told when a pass appears, changes or goes; must not block

	Library   string // device library identifier; empty means random
	PushToken string // hexadecimal; empty means random
}

// Line is one step of the conversation between phone, server and push service.
type Line struct {
	At     time.Time
	From   string // "phone", "server", "push"
	To     string
	Method string
	Path   string
	Status int
	Text   string // in plain words
}

// Notice is what the lock screen shows.
type Notice struct {
	At   time.Time
	Text string
}

// Card is a pass on a phone.
type Card struct {
	PassTypeIdentifier string
	SerialNumber       string
	Document           *pkpass.Document // nil after it was removed
	Files              pkpass.Bundle
	Notices            []Notice
	Updates            int // versions that replaced the first one

	service  string // webServiceURL
	token    string
	modified string // Last-Modified of this version
}

// Phone is one simulated phone. It is safe for concurrent use.
type Phone struct {
	Config
	ctx    context.Context // ends background work; a phone outlives the call that made it
	cancel context.CancelFunc
	hangUp func() // closes idle connections of a client of its own
	work   sync.WaitGroup

	mu        sync.Mutex
	behaviour Behaviour
	cards     map[[2]string]*Card // by pass type and serial number
	tags      map[string]string   // by pass type
	mute      func()              // ends the subscription to pushes
	busy      sync.Mutex          // one conversation at a time, as on a phone
}

// patience is how long a phone waits for an answer.
const patience = 30 * time.Second

// ErrRefused means that a phone would not take a pass.
var ErrRefused = errors.New("the phone refuses the pass")

// New switches a phone on. Close it.
func New(c Config) *Phone {
	own := c.HTTP == nil
	if own {
		c.HTTP = &http.Client{Transport: &http.Transport{}, Timeout: patience}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Library == "" {
		c.Library = random(16)
	}
	if c.PushToken == "" {
		c.PushToken = random(32)
	}
	p := &Phone{Config: c, hangUp: func() {}, cards: make(map[[2]string]*Card), tags: make(map[string]string)}
	if own {
		p.hangUp = c.HTTP.CloseIdleConnections
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.listen()
	return p
}

func random(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Close switches the phone off and waits until it is quiet. Nothing is unregistered.
func (p *Phone) Close() {
	p.deafen()
	p.mu.Lock() // a push that came just before has begun its work, or begins none
	p.cancel()
	p.mu.Unlock()
	p.work.Wait()
	p.hangUp()
}

// Behave changes the phone's manners. Coming back online it takes the pushes
// that waited.
func (p *Phone) Behave(b Behaviour) {
	p.mu.Lock()
	before := p.behaviour
	p.behaviour = b
	p.mu.Unlock()
	if b.Offline && !before.Offline {
		p.deafen()
	}
	if !b.Offline && before.Offline {
		p.listen()
	}
}

// Behaviour returns the phone's manners.
func (p *Phone) Behaviour() Behaviour {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.behaviour
}

func (p *Phone) listen() {
	if p.Service == nil {
		return
	}
	cancel := p.Service.Subscribe(p.PushToken, func(topic string) { p.background(func() { p.pushed(topic) }) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mute = cancel
}

func (p *Phone) deafen() {
	p.mu.Lock()
	mute := p.mute
	p.mute = nil
	p.mu.Unlock()
	if mute != nil {
		mute()
	}
}

func (p *Phone) background(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() == nil {
		p.work.Go(do)
	}
}

// Cards returns what the phone shows, in the order of serial numbers.
func (p *Phone) Cards() []Card {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Card, 0, len(p.cards))
	for _, c := range slices.SortedFunc(maps.Values(p.cards), func(a, b *Card) int { return cmp.Compare(a.SerialNumber, b.SerialNumber) }) {
		out = append(out, *c)
	}
	return out
}

// Card returns one pass.
func (p *Phone) Card(passType, serial string) (Card, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, ok := p.cards[[2]string{passType, serial}]
	if !ok {
		return Card{}, false
	}
	return *c, true
}

func (p *Phone) say(l Line) {
	l.At = p.Now()
	if p.OnLine != nil {
		p.OnLine(l)
	}
}

func (p *Phone) show(c Card) {
	if p.OnShow != nil {
		p.OnShow(c)
	}
}

// open reads a pass as Wallet does. The demo authority is as good as Apple here.
func open(data []byte, now time.Time) (*Card, error) {
	r, err := signer.Lint(data, now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if bad := pkpass.Blocking(r.Findings); len(bad) > 0 {
		return nil, fmt.Errorf("%w: %s (%s at %s)", ErrRefused, bad[0].Effect, bad[0].Code, bad[0].Path)
	}
	d := r.Document
	return &Card{PassTypeIdentifier: d.PassTypeIdentifier, SerialNumber: d.SerialNumber, Document: d,
		Files: r.Contents.Files, service: d.WebServiceURL, token: d.AuthenticationToken}, nil
}
