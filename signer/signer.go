// Package signer holds Pass Type ID identities and signs with them: keys and
// certificate requests, whatever Apple or a colleague hands back, the chain,
// detached PKCS#7, sealed passes, and a demo authority that stands in for
// Apple.
//
// It stores nothing, dials nothing and reads no clock: keep the keys it makes
// encrypted, hand in the function that fetches an intermediate, hand in the
// time. An Identity is made by Assemble alone and is safe for concurrent use;
// make it once and share it.
package signer

import "encoding/asn1"

// The object identifiers that make a certificate a pass certificate.
var (
	oidPassType   = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 1, 16} // extension: the pass type identifier as a string
	oidPush       = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 6, 3, 2}  // extension: usable with APNs production
	oidPassUsage  = asn1.ObjectIdentifier{1, 2, 840, 113635, 100, 4, 14}    // extended key usage: signing passes
	oidSubjectUID = asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}
)
