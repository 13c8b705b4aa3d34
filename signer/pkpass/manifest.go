package pkpass

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Names of the files that every pass has at its root.
const (
	documentName  = "pass.json"
	manifestName  = "manifest.json"
	signatureName = "signature"
)

// Manifest lists every file of the bundle with the lower-case hex SHA-1 of its
// bytes, sorted by name. The signature covers these exact bytes: make them
// once and hand the same slice to the signer and to Archive.
func (b Bundle) Manifest() []byte {
	out := make([]byte, 0, b.manifestSize())
	separator := byte('{')
	for _, name := range slices.Sorted(maps.Keys(b)) {
		sum := b[name].SHA1
		out = append(out, separator)
		out = appendJSONString(out, name)
		out = append(out, ':', '"')
		out = hex.AppendEncode(out, sum[:])
		out = append(out, '"')
		separator = ','
	}
	if len(b) == 0 {
		out = append(out, '{')
	}
	return append(out, '}')
}

// manifestSize is exact for names that need no escapes.
func (b Bundle) manifestSize() int {
	size := len("{}")
	for name, f := range b {
		size += len(name) + 2*len(f.SHA1) + len(`"":"",`)
	}
	return size
}

// appendJSONString quotes s, which has to be UTF-8 (Archive refuses other names).
func appendJSONString(out []byte, s string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// What a manifest may hold: several times of what an archive may.
const (
	maxManifestBytes = 1 << 20
	maxManifestNames = 1000
)

// parseManifest reads a flat JSON object of strings. A name that stands twice
// is an error: readers differ in which of the two hashes they believe.
func parseManifest(data []byte) (map[string]string, error) {
	if len(data) > maxManifestBytes {
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", len(data), maxManifestBytes)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	out := map[string]string{}
	for d.More() {
		name, sum, err := manifestEntry(d)
		if err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("%q is listed twice", name)
		}
		if len(out) == maxManifestNames {
			return nil, fmt.Errorf("it lists more than %d files", maxManifestNames)
		}
		out[name] = sum
	}
	return out, endOfManifest(d)
}

func manifestEntry(d *json.Decoder) (name, sum string, err error) {
	key, err := d.Token()
	if err != nil {
		return "", "", err
	}
	value, err := d.Token()
	if err != nil {
		return "", "", err
	}
	sum, ok := value.(string)
	if !ok {
		return "", "", fmt.Errorf("the value of %q is not a string", key)
	}
	return key.(string), sum, nil // the decoder lets nothing else be a key
}

func endOfManifest(d *json.Decoder) error {
	if _, err := d.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}
