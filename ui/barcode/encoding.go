package barcode

import (
	"cmp"
	"fmt"

	"golang.org/x/text/encoding/ianaindex"
)

// DefaultEncoding is what an empty messageEncoding stands for.
const DefaultEncoding = "iso-8859-1"

// bytesOf turns message into the bytes that the code carries, as a string
// because the encoders take one. name is an IANA name in any case.
func bytesOf(message, name string) (string, error) {
	name = cmp.Or(name, DefaultEncoding)
	enc, err := ianaindex.IANA.Encoding(name)
	if err != nil || enc == nil {
		return "", fmt.Errorf("messageEncoding %q is not supported: use iso-8859-1 or utf-8", name)
	}
	out, err := enc.NewEncoder().String(message)
	if err != nil {
		return "", fmt.Errorf("message has a character that %s lacks: use messageEncoding utf-8", name)
	}
	return out, nil
}
