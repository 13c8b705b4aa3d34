package issuer

import "pocketpass/signer/pkpass"

// portraits lists the pictures of a pass that stand for it where there is room for one, the
// best first.
var portraits = []string{"strip@3x.png", "strip@2x.png", "thumbnail@3x.png", "thumbnail@2x.png", "logo@3x.png", "logo@2x.png", "icon@3x.png", "icon@2x.png"}

// Portrait is the name of the picture that stands for a pass; empty if it has none.
func Portrait(files pkpass.Bundle) string {
	for _, name := range portraits {
		if _, ok := files[name]; ok {
			return name
		}
	}
	return ""
}
