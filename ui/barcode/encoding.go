package barcode

import (
	"cmp"
	"errors"
	"fmt"

	"pocketpass/signer/pkpass/charset"
)

// DefaultEncoding is what an empty messageEncoding stands for.
const DefaultEncoding = "iso-8859-1"

// bytesOf turns message into the bytes that the code carries, as a string
// because the encoders take one. name is an IANA name in any case.
func bytesOf(message, name string) (string, error) {
	name = cmp.Or(name, DefaultEncoding)
	out, err := charset.Encode(message, name)
	switch {
	case errors.Is(err, charset.ErrUnencodable):
		return "", fmt.Errorf("message has a character that %s lacks: use messageEncoding utf-8", name)
	case err != nil:
		return "", fmt.Errorf("messageEncoding %q is not supported: use iso-8859-1 or utf-8", name)
	}
	return out, nil
}
