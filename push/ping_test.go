package push

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// TestPingFindsSilentConnection needs half a minute of time, so it runs in a
// bubble, and inside the package to connect through a pipe.
func TestPingFindsSilentConnection(t *testing.T) {
	// In the bubble the clock sometimes leaps while TLS computes, and then a deadline
	// of a write passes that nothing was late for.
	const tries = 6
	var err error
	for range tries {
		synctest.Test(t, func(t *testing.T) { err = survivesSilence(t) })
		if err == nil {
			return
		}
	}
	t.Errorf("in none of %d tries; in the last: %v", tries, err)
}

func survivesSilence(t *testing.T) error {
	dials := 0
	l := newLine(func(ctx context.Context) (*http.ClientConn, *tls.Conn, error) {
		dials++
		return pipe(ctx, t, dials == 1)
	}, Options{Timeout: time.Hour, Now: time.Now})
	defer l.close()

	if err := roundTrip(t, l); err != nil { // answered by the first connection, which then falls silent
		return err
	}
	begun := time.Now()
	if err := roundTrip(t, l); err != nil {
		return err
	}
	if took := time.Since(begun); dials != 2 || took > 30*time.Second {
		return fmt.Errorf("answered after %v on connection %d, want the second within 30 s", took, dials)
	}
	return nil
}

func roundTrip(t *testing.T, l *line) error {
	t.Helper()
	ctx := context.WithValue(t.Context(), answerKey{}, &answer{})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://pipe/3/device/00", bytes.NewReader([]byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := l.RoundTrip(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// pipe connects to a server in memory that answers one request, or all.
func pipe(ctx context.Context, t *testing.T, once bool) (*http.ClientConn, *tls.Conn, error) {
	near, far := net.Pipe()
	go answerOn(tls.Server(far, &tls.Config{Certificates: []tls.Certificate{selfSigned(t)}, NextProtos: []string{"h2"}}), once)
	conn := tls.Client(near, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, nil, err
	}
	client, err := speakHTTP2(ctx, conn, "pipe:443")
	return client, conn, err
}

func answerOn(conn *tls.Conn, once bool) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	frames := http2.NewFramer(conn, conn)
	frames.WriteSettings()
	var head bytes.Buffer
	encoder := hpack.NewEncoder(&head)
	for answers := 0; ; {
		f, err := frames.ReadFrame()
		if err != nil {
			return
		}
		data, ok := f.(*http2.DataFrame)
		if !ok || !data.StreamEnded() || once && answers == 1 {
			continue // PINGs too stay without an answer
		}
		head.Reset()
		encoder.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
		frames.WriteHeaders(http2.HeadersFrameParam{
			StreamID: data.StreamID, BlockFragment: head.Bytes(), EndHeaders: true, EndStream: true,
		})
		answers++
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
