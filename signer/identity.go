package signer

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"time"
)

// Identity is a Pass Type ID certificate with its private key and its
// intermediate: all that signing and pushing need. Assemble makes it; treat it
// as read-only.
type Identity struct {
	Subject
	Key          *rsa.PrivateKey
	Leaf         *x509.Certificate
	Intermediate *x509.Certificate
	NotBefore    time.Time // the later beginning of leaf and intermediate
	NotAfter     time.Time // the earlier end of leaf and intermediate

	envelope envelope
}

// State is where a certificate stands in its life.
type State string

// The states of an identity. Before it there is only a request.
const (
	Active   State = "active"
	Expiring State = "expiring" // a reminder is due, see Warning
	Expired  State = "expired"  // signs nothing and pushes nothing any more
	Demo     State = "demo"     // signs, but no phone trusts it
)

// State tells where the identity stands at now. A demo identity stays Demo
// until it expires.
func (id *Identity) State(now time.Time) State {
	if now.After(id.NotAfter) {
		return Expired
	}
	if id.Demo {
		return Demo
	}
	if _, due := id.Warning(now); due {
		return Expiring
	}
	return Active
}

// reminders are the days before expiry on which the operator is warned,
// ascending. Expiry itself is day 0.
var reminders = []int{0, 1, 7, 14, 30, 60}

// Warning returns the reminder that is in force at now: 60, 30, 14, 7 or 1 days
// before expiry, 0 after it. While none is, due is false. Whoever sends the
// reminders remembers the last one sent and sends when the number falls.
func (id *Identity) Warning(now time.Time) (days int, due bool) {
	left := id.NotAfter.Sub(now)
	for _, d := range reminders {
		if left <= time.Duration(d)*24*time.Hour && (d > 0 || left < 0) {
			return d, true
		}
	}
	return 0, false
}

// TLS is the identity as a client certificate for APNs.
func (id *Identity) TLS() tls.Certificate {
	return tls.Certificate{
		Certificate: [][]byte{id.Leaf.Raw, id.Intermediate.Raw},
		PrivateKey:  id.Key,
		Leaf:        id.Leaf,
	}
}

// Renews reports, as an ErrRenewal with a sentence, why next cannot take the
// place of old: passes that are out there are updated only by a certificate of
// the same pass type identifier and team.
func Renews(old, next *Identity) error {
	if old.PassTypeIdentifier != next.PassTypeIdentifier {
		return refuse(ErrRenewal, "the new certificate is for %s, the present one for %s: choose the same Pass Type ID at Apple's portal, or add this one as a further certificate", next.PassTypeIdentifier, old.PassTypeIdentifier)
	}
	if old.TeamIdentifier != next.TeamIdentifier {
		return refuse(ErrRenewal, "the new certificate belongs to team %s, the present one to team %s: make it in the same developer account", next.TeamIdentifier, old.TeamIdentifier)
	}
	if next.Demo != old.Demo {
		return refuse(ErrRenewal, "one of the two certificates is from a demo authority: add the new one as a further certificate")
	}
	return nil
}
