package code

import (
	"crypto/ed25519"
	"errors"
	"strconv"
	"strings"
	"time"
)

// List is a page of the passes whose codes are good no longer, for scanners to keep. The
// pages of one walk, from Since 0 to Next 0, are the whole list: a pass that is not
// on them is good again.
type List struct {
	Key       uint8
	Made      time.Time // to the second
	Since     uint64    // the page begins after this id
	Next      uint64    // Since of the following page, 0 on the last one
	Passes    []uint64  // ids, ascending
	Campaigns []uint64  // all passes of these are good no longer; ascending, on the first page only
}

// text is what is signed, in ASCII: a line each for the name "PPR1", key, time in Unix
// seconds, since and next; the number of passes and each of them; the number of
// campaigns and each of them. All numbers are decimal, every line ends with LF.
func (l List) text() []byte {
	var b strings.Builder
	b.WriteString("PPR1\n")
	line := func(n uint64) { b.WriteString(strconv.FormatUint(n, 10) + "\n") }
	line(uint64(l.Key))
	line(uint64(l.Made.Unix()))
	line(l.Since)
	line(l.Next)
	for _, ids := range [][]uint64{l.Passes, l.Campaigns} {
		line(uint64(len(ids)))
		for _, id := range ids {
			line(id)
		}
	}
	return []byte(b.String())
}

// Sign returns the signature of l.
func (l List) Sign(key ed25519.PrivateKey) []byte { return ed25519.Sign(key, l.text()) }

// ErrList means that a list is not the one that was signed.
var ErrList = errors.New("the signature of the list is wrong")

// Verify says with ErrList that signature is not that of l.
func (l List) Verify(key ed25519.PublicKey, signature []byte) error {
	if !ed25519.Verify(key, l.text(), signature) {
		return ErrList
	}
	return nil
}
