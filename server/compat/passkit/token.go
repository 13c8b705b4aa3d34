package passkit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pocketpass/server/access"
)

// When a token is good: clients' clocks differ, and one of the service's own clients
// makes tokens for five minutes.
const (
	usualAhead = 6 * time.Minute
	skew       = time.Minute

	// milliseconds is where an expiry is in them: seconds come to that in the year 5138.
	milliseconds = 100_000_000_000
)

const scheme = "PKAuth"

// token is what a request is authorised by: a compact JWS of three parts.
type token struct {
	signed    string // header and payload as they came
	signature []byte
	key       string
	expires   json.RawMessage
}

// authenticate finds the key that signed a request's token. access.ErrDenied if there is
// none, or a *failure that says what is wrong with the token.
func (s *Service) authenticate(r *http.Request) (access.Caller, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return access.Caller{}, noToken
	}
	t, ok := readToken(header)
	if !ok {
		return access.Caller{}, malformedToken
	}
	who, err := s.Access.Signed(r.Context(), t.key, t.signedWith)
	if err != nil {
		return who, err
	}
	return who, s.timely(t)
}

// readToken takes an Authorization header apart.
func readToken(header string) (t token, ok bool) {
	text := strings.TrimSpace(header)
	if first, rest, spaced := strings.Cut(text, " "); spaced {
		if !strings.EqualFold(first, scheme) {
			return t, false
		}
		text = strings.TrimLeft(rest, " ")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return t, false
	}
	var head struct {
		Algorithm string `json:"alg"`
	}
	var payload struct {
		Key     string          `json:"key"`
		Expires json.RawMessage `json:"exp"`
	}
	var err error
	t.signature, err = base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decodePart(parts[0], &head) || !decodePart(parts[1], &payload) || head.Algorithm != "HS256" || payload.Key == "" {
		return t, false
	}
	t.signed, t.key, t.expires = parts[0]+"."+parts[1], payload.Key, payload.Expires
	return t, true
}

func decodePart(part string, v any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, v) == nil
}

func (t token) signedWith(secret string) bool {
	return hmac.Equal(sign(secret, t.signed), t.signature)
}

// sign keys the HMAC with the text of the secret as it is.
func sign(secret, text string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// timely says whether a token is good now.
func (s *Service) timely(t token) error {
	exp, err := strconv.ParseFloat(string(t.expires), 64)
	if err != nil || math.IsInf(exp, 0) || exp < 0 {
		return malformedToken
	}
	if exp >= milliseconds {
		exp /= 1000
	}
	ahead := s.Ahead
	if ahead == 0 {
		ahead = usualAhead
	}
	now := float64(s.Now().UnixMilli()) / 1000
	switch {
	case exp < now-skew.Seconds():
		return expiredToken
	case exp > now+ahead.Seconds():
		return earlyToken
	}
	return nil
}

// newToken signs a token as clients do, for a minute.
func newToken(key, secret string, now time.Time) string {
	head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
	payload, err := json.Marshal(struct {
		Expires int64  `json:"exp"`
		Key     string `json:"key"`
	}{now.Add(time.Minute).Unix(), key})
	if err != nil {
		panic(err) // a number and a text
	}
	signed := head + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(sign(secret, signed))
}
