package move

import (
	"bytes"
	"encoding/json"
	"time"
)

// raw is v as JSON, of values that always are some.
func raw(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings, numbers and what was JSON before
	}
	return out
}

// sameJSON says whether two values are written the same but for blanks.
func sameJSON(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// members is a JSON object.
type members map[string]json.RawMessage

// when is a time as services wrote it, zero if it is none.
func when(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text)
	return at
}

// only are some members of an object, without those that are null.
func (m members) only(names ...string) members {
	out := make(members)
	for _, name := range names {
		if value, ok := m[name]; ok && string(value) != "null" {
			out[name] = value
		}
	}
	return out
}
