package walletkit

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// body reads a request. It is nil if nothing was sent, and valid JSON that begins an
// object otherwise, whatever the client says it sends.
func (c call) body() (json.RawMessage, error) {
	raw, err := io.ReadAll(c.Body)
	if err != nil {
		return nil, err
	}
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	switch {
	case len(raw) == 0:
		return nil, nil
	case !utf8.Valid(raw) || !json.Valid(raw):
		return nil, refuse(codeInvalidJSON, "", "the body is not valid JSON")
	case raw[0] != '{':
		return nil, refuse(codeInvalidJSON, "", "the body must be a JSON object")
	}
	return raw, nil
}
