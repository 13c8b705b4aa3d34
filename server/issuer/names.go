package issuer

import (
	"crypto/rand"
	"fmt"
)

const publicAlphabet = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"

// newPublicID returns 14 random letters and digits, 81 bits, none of them easily
// mistaken for another.
func newPublicID() string { return randomText(publicAlphabet, 14) }

// randomText returns n characters of an alphabet of up to 256, each as likely as any other.
func randomText(alphabet string, n int) string {
	out := make([]byte, 0, n)
	var b [32]byte
	for {
		rand.Read(b[:])
		for _, c := range b {
			if int(c) >= 256-256%len(alphabet) {
				continue // would favour the first letters
			}
			if out = append(out, alphabet[int(c)%len(alphabet)]); len(out) == n {
				return string(out)
			}
		}
	}
}

// newSerial returns a random UUID (version 4).
func newSerial() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
