package move

import (
	"net/http"
	"time"
)

// PictureName is what the file of a picture is called that an address led to.
func PictureName(address string) string { return hashName(address) }

// PassKitToken is what a request of PassKit is signed with.
func PassKitToken(key, secret string, now func() time.Time) string {
	r := &http.Request{Header: make(http.Header)}
	passKitKey(key, secret, now)(r)
	return r.Header.Get("Authorization")
}
