package apns

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"time"
)

// oidUID is the part of a pass certificate's subject that names its topic.
var oidUID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}

// newCertificate makes a self-signed server certificate for this machine. It is
// valid in any year that a test's clock may show.
func newCertificate() (cert tls.Certificate, rootPEM []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, serverTemplate(), serverTemplate(), key.Public(), key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	rootPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, rootPEM, nil
}

func serverTemplate() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Stand-in push service (not Apple)"},
		NotBefore:             time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

// tlsConfig demands a client certificate. Its issuer is looked at only when
// Options.ClientCAs is set.
func (s *Service) tlsConfig() *tls.Config {
	c := &tls.Config{
		Certificates:     []tls.Certificate{s.cert},
		MinVersion:       tls.VersionTLS12,
		NextProtos:       []string{"h2"},
		ClientAuth:       tls.RequireAnyClientCert,
		ClientCAs:        s.options.ClientCAs,
		Time:             s.options.Now,
		VerifyConnection: s.admit,
	}
	if c.ClientCAs != nil {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c
}

// admit refuses everybody while the script says so. The client sees the alert
// "bad certificate", as with a revoked one.
func (s *Service) admit(tls.ConnectionState) error {
	if s.behaving().RefuseTLS {
		return errors.New("refused by the script")
	}
	return nil
}

// topicOf returns the topic that a certificate may push to, "" if none.
func topicOf(c *x509.Certificate) string {
	for _, n := range c.Subject.Names {
		if n.Type.Equal(oidUID) {
			topic, _ := n.Value.(string)
			return topic
		}
	}
	return ""
}

// linger lets the client read the last alert or frame. Closing at once, with
// input unread, would reset the connection and might destroy it on the way.
func linger(raw net.Conn) {
	if tcp, ok := raw.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
	raw.SetReadDeadline(time.Now().Add(lingerTimeout))
	io.Copy(io.Discard, raw)
}
