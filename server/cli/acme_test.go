package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// secured is a server that gets its certificates from Pebble.
type secured struct {
	*program
	at   string // where it speaks TLS
	log  *output
	told chan struct{} // closed when the log has ended
}

// serve starts the server on a data folder. Pebble's questions reach it where tlsPort and
// httpPort, its own, are Pebble's; without httpPort it does not answer over plain HTTP.
func (p *pebble) serve(t *testing.T, data string, tlsPort, httpPort int) secured {
	t.Helper()
	s := secured{at: fmt.Sprintf("127.0.0.1:%d", tlsPort), log: &output{}, told: make(chan struct{})}
	plain := "" // flags of serve
	if httpPort > 0 {
		plain = fmt.Sprintf("127.0.0.1:%d", httpPort)
	}
	s.program = startProgram(t, "serve", "--data", data, "--listen", s.at, "--base-url", "https://"+p.name(),
		"--tls-mode", "acme", "--tls-hosts", p.name()+",other.example", "--tls-http-listen", plain,
		"--tls-acme-directory", p.directory(), "--tls-acme-ca-file", p.caFile)
	go func() {
		defer close(s.told)
		io.Copy(s.log, s.stderr)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("server:\n%s", s.log)
		}
	})
	return s
}

// end asks the server to stop and expects it to do so in order.
func (s secured) end(t *testing.T) {
	t.Helper()
	s.Process.Signal(syscall.SIGTERM)
	<-s.told
	if err := s.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

// says waits for a text in the log.
func (s secured) says(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the log", func() error {
		if !strings.Contains(s.log.String(), want) {
			return fmt.Errorf("it lacks %q", want)
		}
		return nil
	})
}

// leaf is what the server shows for a name to a client that trusts nothing but roots.
func (s secured) leaf(name string, roots *x509.CertPool) (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", s.at, &tls.Config{ServerName: name, RootCAs: roots})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// serial is the number of the certificate that a client is shown in the end.
func (s secured) serial(t *testing.T, name string, roots *x509.CertPool) (number string) {
	t.Helper()
	eventually(t, "a certificate for "+name, func() error {
		leaf, err := s.leaf(name, roots)
		if err == nil {
			number = leaf.SerialNumber.String()
		}
		return err
	})
	return number
}

// TestACMEOverTLS proves the name on the port that serves, at an authority that refuses
// every fourth nonce.
func TestACMEOverTLS(t *testing.T) {
	t.Parallel()
	ca, data := startPebble(t, pebbleOptions{nonces: 25}), filepath.Join(shortFolder(t), "data")
	roots := ca.roots(t)
	s := ca.serve(t, data, ca.tlsPort, 0)
	first := s.serial(t, "passes.example", roots)
	if again := s.serial(t, "passes.example", roots); again != first {
		t.Error("each client is shown another certificate")
	}
	for _, name := range []string{"evil.example", "a.passes.example", ""} {
		if _, err := s.leaf(name, roots); err == nil {
			t.Errorf("%q got a certificate", name)
		}
	}
	s.end(t)
	again := ca.serve(t, data, ca.tlsPort, 0)
	if _, err := again.leaf("passes.example", roots); err != nil {
		t.Errorf("the first client after a restart: %v", err)
	}
	if got := again.serial(t, "passes.example", roots); got != first {
		t.Error("a restart asked for a new certificate")
	}
	again.end(t)
}

// TestACMEOverHTTP proves the name on the port that sends everybody else on.
func TestACMEOverHTTP(t *testing.T) {
	t.Parallel()
	ca, data := startPebble(t, pebbleOptions{}), filepath.Join(shortFolder(t), "data")
	s := ca.serve(t, data, freePort(t), ca.httpPort) // Pebble asks for TLS where nobody is
	s.serial(t, "passes.example", ca.roots(t))
	plain := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := plain.Get(fmt.Sprintf("http://127.0.0.1:%d/p/abc?x=1", ca.httpPort))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if to := resp.Header.Get("Location"); resp.StatusCode != 308 || to != "https://passes.example/p/abc?x=1" {
		t.Errorf("%d %s", resp.StatusCode, to)
	}
	s.end(t)
}

// TestACMEOtherAuthority leaves the certificates of a trial behind, as those of Let's
// Encrypt's staging, which no phone trusts.
func TestACMEOtherAuthority(t *testing.T) {
	t.Parallel()
	trial, real := startPebble(t, pebbleOptions{}), startPebble(t, pebbleOptions{})
	data := filepath.Join(shortFolder(t), "data")
	for _, ca := range []*pebble{trial, real, trial} {
		s := ca.serve(t, data, ca.tlsPort, 0)
		s.serial(t, "passes.example", ca.roots(t))
		s.end(t)
	}
}

// TestACMERefusals says what to do about an authority that is not reached, is not trusted,
// or does not give certificates for the name.
func TestACMERefusals(t *testing.T) {
	t.Parallel()
	ca := startPebble(t, pebbleOptions{})
	unreached, strange, blocked := *ca, *ca, *ca
	unreached.api = "127.0.0.1:1"
	strange.caFile = ""
	blocked.host = "blocked.example"
	for _, tt := range []struct {
		name, want string
		ca         *pebble
	}{
		{"unreached", "can call tls.acme_directory", &unreached},
		{"not trusted", "tls.acme_ca_file vouches for it", &strange},
		{"blocked", "mend what it names", &blocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.ca.serve(t, filepath.Join(shortFolder(t), "data"), freePort(t), 0)
			if _, err := s.leaf(tt.ca.name(), nil); err == nil {
				t.Error("it got a certificate")
			}
			s.says(t, tt.want)
			s.end(t)
		})
	}
}

// TestACMERenewal lives through the end of a certificate.
func TestACMERenewal(t *testing.T) {
	t.Parallel()
	ca := startPebble(t, pebbleOptions{lifetime: 30})
	roots := ca.roots(t)
	s := ca.serve(t, filepath.Join(shortFolder(t), "data"), ca.tlsPort, 0)
	first := s.serial(t, "passes.example", roots)
	eventually(t, "another certificate", func() error {
		leaf, err := s.leaf("passes.example", roots)
		if err != nil {
			t.Fatalf("a client was turned away: %v", err)
		}
		if leaf.SerialNumber.String() == first {
			return errors.New("it is the old one")
		}
		return nil
	})
	s.end(t)
}

// TestACMEUnreachable says what the authority met with, and what to do, before anybody calls.
func TestACMEUnreachable(t *testing.T) {
	t.Parallel()
	ca := startPebble(t, pebbleOptions{})
	s := ca.serve(t, filepath.Join(shortFolder(t), "data"), freePort(t), freePort(t))
	s.says(t, "port 443 or 80 is open to the world")
	s.says(t, "Failed to connect to")
	if _, err := s.leaf("passes.example", ca.roots(t)); err == nil {
		t.Error("a certificate without a proof")
	}
	s.end(t)
}
