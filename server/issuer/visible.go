package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strconv"
	"strings"

	"pocketpass/signer/pkpass"
	"pocketpass/store"
)

// looksSame says whether no phone could tell the difference between a pass before
// and after a change; doc is the document that it has then. A push for a version
// without a difference makes phones log that the pass was unchanged.
func (i *Issuer) looksSame(r store.Reader, d *design, before, after store.Pass, doc *pkpass.Document) bool {
	if before.Pinned != after.Pinned || before.Template != after.Template || !maps.Equal(before.Images, after.Images) {
		return false
	}
	s, err := subjectOf(r, before)
	if err != nil {
		return false
	}
	if d.plan.Translates() { // then doc is not all that shows
		now, err := subjectOf(r, after)
		return err == nil && i.alike(d, s, now)
	}
	old, err := i.document(d, s, sampleTeam)
	return err == nil && sameDocument(old, doc)
}

// alike says whether two subjects show the same.
func (i *Issuer) alike(d *design, before, after subject) bool {
	x, errX := i.render(d, before, sampleTeam)
	y, errY := i.render(d, after, sampleTeam)
	return errX == nil && errY == nil && sameDocument(x.doc, y.doc) &&
		maps.EqualFunc(x.strings, y.strings, maps.Equal[pkpass.Strings, pkpass.Strings])
}

func sameDocument(a, b *pkpass.Document) bool {
	x, errX := a.Encode()
	y, errY := b.Encode()
	return errX == nil && errY == nil && sameJSON(x, y)
}

// sameJSON compares what two texts say, with their members in one order.
func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, y := tokens(a), tokens(b)
	for {
		t, errX := x.Token()
		u, errY := y.Token()
		if errX != nil || errY != nil {
			return errors.Is(errX, io.EOF) && errors.Is(errY, io.EOF)
		}
		if plain(t) != plain(u) {
			return false
		}
	}
}

func tokens(raw []byte) *json.Decoder {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d
}

// plain gives numbers one spelling.
func plain(t json.Token) json.Token {
	if n, ok := t.(json.Number); ok {
		return json.Number(plainNumber(string(n)))
	}
	return t
}

// plainNumber spells a number as its digits and a power of ten, so that 4, 4.0 and
// 40e-1 are the same, without ever computing with it.
func plainNumber(s string) string {
	unsigned, negative := strings.CutPrefix(s, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(unsigned), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exponent := 0
	if power != "" {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil {
			return s // of a size that nothing shows
		}
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return "0"
	}
	exponent += len(digits) - len(significant) - len(fraction)
	if negative {
		significant = "-" + significant
	}
	return significant + "e" + strconv.Itoa(exponent)
}
