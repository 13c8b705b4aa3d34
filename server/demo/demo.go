// Package demo runs the whole life of a pass on one machine without an Apple
// account: a demo authority signs, a stand-in push service pushes, a simulated
// phone installs and follows. All of it is the real code over real sockets;
// going live swaps keys and addresses.
package demo

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"pocketpass/server/issuer"
	"pocketpass/server/simulator"
	"pocketpass/server/simulator/apns"
	"pocketpass/signer"
	"pocketpass/store"
	"pocketpass/store/kv/durable"
)

// PassTypeIdentifier and Team are what the demo signs for. No phone trusts them.
const (
	PassTypeIdentifier = "pass.demo.pocketpass"
	Team               = "POCKETDEMO"
)

// Stage is what the demo needs before the server starts: who signs and who pushes.
type Stage struct {
	Authority *signer.Authority
	Push      *apns.Service

	watcher atomic.Pointer[func(apns.Push)] // told of every push that was taken
}

// pool holds who may issue client certificates of the push service.
func pool(a *signer.Authority) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.Root)
	p.AddCert(a.Intermediate)
	return p
}

// AuthorityFile holds the demo authority within the data folder.
const AuthorityFile = "demo-authority.pem"

// Prepare loads the demo authority from the data folder, or makes one, and
// starts the push service.
func Prepare(data string, now func() time.Time) (*Stage, error) {
	authority, err := loadAuthority(filepath.Join(data, AuthorityFile), now())
	if err != nil {
		return nil, fmt.Errorf("demo authority: %w", err)
	}
	s := &Stage{Authority: authority}
	s.Push, err = apns.New(apns.Options{ClientCAs: pool(authority), OnPush: s.pushed, Now: now})
	if err == nil {
		err = s.Push.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("stand-in push service: %w", err)
	}
	return s, nil
}

func (s *Stage) pushed(p apns.Push) {
	if watch := s.watcher.Load(); watch != nil {
		(*watch)(p)
	}
}

func loadAuthority(path string, now time.Time) (*signer.Authority, error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		return signer.ParseAuthority(raw)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	a, err := signer.NewAuthority(rand.Reader, now)
	if err != nil {
		return nil, err
	}
	if raw, err = a.Marshal(); err != nil {
		return nil, err
	}
	return a, keep(path, raw)
}

// keep writes a file that is there whole or not at all, whenever the program or the
// machine stops.
func keep(path string, data []byte) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return durable.Replace(f.Name(), path)
}

// Close stops the push service.
func (s *Stage) Close() error { return s.Push.Close() }

// Identity makes a fresh identity of the demo authority for a pass type.
func (s *Stage) Identity(ctx context.Context, passType string, now time.Time) (*signer.Identity, error) {
	key, err := signer.NewKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf, err := s.Authority.Issue(rand.Reader, key.Public(), signer.Order{
		PassTypeIdentifier: passType, TeamIdentifier: Team, Organization: "Pocketpass Demo",
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
	})
	if err != nil {
		return nil, err
	}
	var m signer.Material
	m.Certificates = append(m.Certificates, leaf, s.Authority.Intermediate)
	id, _, err := signer.Assemble(ctx, m, key, nil, nil, now)
	return id, err
}

// Demo is a running demo: a sample pass and a phone.
type Demo struct {
	Campaign store.Campaign
	Pass     store.Pass

	issuer  *issuer.Issuer
	actor   issuer.Actor
	phone   *simulator.Phone
	hub     *hub
	baseURL string
	now     func() time.Time
	stop    func()         // ends watching
	telling sync.WaitGroup // pages being told of a change
}

// Start makes the sample campaign and pass, unless the data folder has them from
// before, and switches the phone on.
func (s *Stage) Start(ctx context.Context, i *issuer.Issuer, baseURL string, now func() time.Time) (*Demo, error) {
	d := &Demo{issuer: i, baseURL: baseURL, now: now, hub: newHub()}
	if err := d.sample(ctx, s); err != nil {
		return nil, fmt.Errorf("sample pass: %w", err)
	}
	d.phone = simulator.New(simulator.Config{Service: s.Push, Now: now, OnLine: d.hub.line,
		OnShow: func(simulator.Card) { d.hub.send("phone", d.phoneView()) }})
	unwatch := i.Watch(func(p store.Pass) {
		if p.ID == d.Pass.ID {
			d.telling.Go(d.sendServer)
		}
	})
	watch := func(p apns.Push) { d.hub.line(pushLine(p)) }
	s.watcher.Store(&watch)
	d.stop = func() { unwatch(); s.watcher.Store(nil) }
	return d, nil
}

// pushLine is the server's push as a line of the protocol. A push token is
// a secret of the device in full.
func pushLine(p apns.Push) simulator.Line {
	const shown = 6
	return simulator.Line{At: p.At, From: "server", To: "push", Method: http.MethodPost,
		Path: "/3/device/" + p.Token[:min(shown, len(p.Token))] + "…", Status: p.Status,
		Text: "The server tells the phone's push service that something changed. The push carries no data."}
}

// Close switches the phone off.
func (d *Demo) Close() {
	d.stop()
	d.telling.Wait()
	d.phone.Close()
}

// sample finds the demo's campaign and pass or makes them.
func (d *Demo) sample(ctx context.Context, s *Stage) error {
	err := d.issuer.View(ctx, func(r store.Reader) error {
		o, err := r.OrganisationNamed(store.DefaultOrganisation)
		d.actor = issuer.Actor{Org: o.ID, By: "demo"}
		return err
	})
	if err != nil {
		return err
	}
	d.Pass, err = d.issuer.PassNamed(ctx, d.actor, issuer.PassName{ExternalID: sampleExternalID})
	if err == nil {
		d.Campaign, err = d.issuer.Campaign(ctx, d.actor, d.Pass.Campaign)
		return err
	}
	if issuer.KindOf(err) != issuer.NotFound {
		return err
	}
	id, err := s.Identity(ctx, PassTypeIdentifier, d.now())
	if err != nil {
		return err
	}
	if _, err := d.issuer.AdoptIdentity(ctx, d.actor, "Demo authority", id); err != nil {
		return err
	}
	return d.issueSample(ctx)
}
