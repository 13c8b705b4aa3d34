package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certFileInterval is how often handshakes look for changed files at most.
const certFileInterval = 5 * time.Second

// certFiles serves a certificate from two files and takes it up again when they
// change. Files that cannot be used, as while one of them is being replaced, leave
// the old certificate in service and are tried again.
type certFiles struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	current atomic.Pointer[tls.Certificate]
	next    atomic.Int64 // when to look again, in Unix nanoseconds

	mu      sync.Mutex // held while looking
	loaded  string     // stamp of the files in service
	trouble string     // last error, so that it is logged once
}

// GetCertificate is called in each handshake.
func (c *certFiles) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c.now().UnixNano() >= c.next.Load() && c.mu.TryLock() {
		c.look()
		c.mu.Unlock()
	}
	return c.current.Load(), nil
}

// load reads the files for the first time.
func (c *certFiles) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read(c.stamp())
}

func (c *certFiles) look() {
	c.next.Store(c.now().Add(certFileInterval).UnixNano())
	stamp := c.stamp()
	if stamp == c.loaded {
		c.trouble = ""
		return
	}
	if err := c.read(stamp); err != nil {
		if c.trouble != err.Error() {
			c.log.Error("certificate files changed and cannot be used; the old certificate stays", "err", err)
		}
		c.trouble = err.Error()
		return
	}
	c.trouble = ""
	c.log.Info("certificate files taken up", "file", c.certFile, "expires", c.current.Load().Leaf.NotAfter)
}

// read puts the files into service. The stamp was taken before, so that a change
// while they are read is found by the next look.
func (c *certFiles) read(stamp string) error {
	if err := errors.Join(demandFile(c.certFile, false), demandFile(c.keyFile, false)); err != nil {
		return fmt.Errorf("tls.cert_file, tls.key_file: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("tls.cert_file, tls.key_file: %w: give a PEM certificate with its chain and its key", err)
	}
	c.next.Store(c.now().Add(certFileInterval).UnixNano())
	c.current.Store(&pair)
	c.loaded = stamp
	return nil
}

// stamp changes when either file does. Symbolic links are followed, as
// Kubernetes replaces a folder of secrets by one link.
func (c *certFiles) stamp() string {
	var out string
	for _, path := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(path)
		if err != nil {
			return "" // never equal to what was loaded: reading gives the reason
		}
		out += fmt.Sprintf("%d %d;", info.ModTime().UnixNano(), info.Size())
	}
	return out
}
