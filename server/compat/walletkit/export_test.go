package walletkit

import (
	"slices"
	"strings"
)

// IsImage says whether a member of a request is read as the address of a picture.
func IsImage(name string) bool {
	kind := strings.TrimSuffix(templateSchema.known[squeeze(name)], retina)
	return slices.ContainsFunc(templateSchema.names, func(n string) bool { return n == kind+retina })
}
