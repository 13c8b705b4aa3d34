package signer_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"testing"
	"time"

	"pocketpass/signer"
)

func TestStateAndWarning(t *testing.T) {
	w := newWorld(t)
	leafEnd := now.AddDate(1, 0, 0)
	id := w.assemble(t, w.issue(t, func(o *signer.Order) { o.NotAfter = leafEnd }))
	real := *id
	real.Demo = false
	const day = 24 * time.Hour
	tests := []struct {
		left  time.Duration
		state signer.State
		days  int
		due   bool
	}{
		{365 * day, signer.Active, 0, false},
		{60*day + time.Second, signer.Active, 0, false},
		{60 * day, signer.Expiring, 60, true},
		{30*day + time.Second, signer.Expiring, 60, true},
		{30 * day, signer.Expiring, 30, true},
		{14 * day, signer.Expiring, 14, true},
		{8 * day, signer.Expiring, 14, true},
		{7 * day, signer.Expiring, 7, true},
		{2 * day, signer.Expiring, 7, true},
		{day, signer.Expiring, 1, true},
		{0, signer.Expiring, 1, true},
		{-time.Second, signer.Expired, 0, true},
	}
	for _, tt := range tests {
		at := leafEnd.Add(-tt.left)
		if got := real.State(at); got != tt.state {
			t.Errorf("%s before the end: state %s, want %s", tt.left, got, tt.state)
		}
		if days, due := real.Warning(at); days != tt.days || due != tt.due {
			t.Errorf("%s before the end: warning %d %t, want %d %t", tt.left, days, due, tt.days, tt.due)
		}
		want := signer.Demo
		if tt.left < 0 {
			want = signer.Expired
		}
		if got := id.State(at); got != want {
			t.Errorf("%s before the end of a demo: state %s, want %s", tt.left, got, want)
		}
	}
}

func TestRenews(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name   string
		change func(*signer.Order)
		says   string
	}{
		{"next year", func(o *signer.Order) { o.NotBefore = now }, ""},
		{"with NFC", func(o *signer.Order) { o.NFC = true }, ""},
		{"another pass type", func(o *signer.Order) { o.PassTypeIdentifier = "pass.com.example.tea" }, "choose the same Pass Type ID"},
		{"another team", func(o *signer.Order) { o.TeamIdentifier = "ZZZZZZZZZZ" }, "same developer account"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := signer.Renews(w.id, w.assemble(t, w.issue(t, tt.change)))
			if tt.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, signer.ErrRenewal) {
				t.Fatalf("error %v", err)
			}
			contains(t, err.Error(), tt.says)
		})
	}
	real := *w.id
	real.Demo = false
	if err := signer.Renews(&real, w.id); !errors.Is(err, signer.ErrRenewal) {
		t.Errorf("a demo certificate renews a real one: %v", err)
	}
}

// TestTLS shows the identity to a server that demands a client certificate, as
// APNs does.
func TestTLS(t *testing.T) {
	w := newWorld(t)
	roots := x509.NewCertPool()
	roots.AddCert(w.authority.Root)
	client, server := net.Pipe()
	defer client.Close()
	defer server.Close()
	clock := func() time.Time { return now }
	secure := tls.Server(server, &tls.Config{
		Certificates: []tls.Certificate{w.id.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots, Time: clock,
	})
	done := make(chan error, 1)
	go func() { done <- secure.Handshake() }()
	// The server's certificate is not what is tested
	if err := tls.Client(client, &tls.Config{Certificates: []tls.Certificate{w.id.TLS()}, InsecureSkipVerify: true, Time: clock, MaxVersion: tls.VersionTLS12}).Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if peers := secure.ConnectionState().PeerCertificates; len(peers) != 2 || !bytes.Equal(peers[0].Raw, w.leaf.Raw) {
		t.Errorf("the server saw %d certificates", len(peers))
	}
}
