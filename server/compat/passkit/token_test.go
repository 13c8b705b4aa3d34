package passkit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pocketpass/server/access"
	"pocketpass/store"
)

// TestTokens is what others make of a token: another algorithm, none, a key of somebody
// else's, an expiry that is no number or far ahead in whatever unit.
func TestTokens(t *testing.T) {
	a := newAccount(t)
	b := a.stranger(t)
	soon := a.Clock.Now().Add(30 * time.Second)
	signed := func(header, payload string) string {
		return token(json.RawMessage(header), json.RawMessage(payload), a.secret)
	}
	good := signed(`{"alg":"HS256"}`, `{"key":"`+a.key+`","exp":`+jsonOf(soon.Unix())+`}`)
	unsigned := good[:strings.LastIndexByte(good, '.')+1]
	claims := func(exp string) string { return signed(`{"alg":"HS256"}`, `{"key":"`+a.key+`","exp":`+exp+`}`) }
	const malformed, bad, early = "Invalid token: malformed", "Invalid token: bad key or signature", "Invalid token: expiry is too far ahead"
	for name, c := range map[string]struct{ token, want string }{
		"no algorithm":          {signed(`{"alg":"none"}`, `{"key":"`+a.key+`","exp":`+jsonOf(soon.Unix())+`}`), malformed},
		"no algorithm, no sign": {part(json.RawMessage(`{"alg":"none"}`)) + unsigned[strings.IndexByte(unsigned, '.'):], malformed},
		"a list of algorithms":  {signed(`{"alg":["HS256"]}`, `{"key":"`+a.key+`","exp":0}`), malformed},
		"no signature":          {unsigned, bad},
		"another's secret":      {token(hs256, members{"key": a.key, "exp": soon.Unix()}, b.secret), bad},
		"another's key":         {token(hs256, members{"key": b.key, "exp": soon.Unix()}, a.secret), bad},
		"no key":                {signed(`{"alg":"HS256"}`, `{"exp":`+jsonOf(soon.Unix())+`}`), malformed},
		"a key that is none":    {signed(`{"alg":"HS256"}`, `{"key":7,"exp":`+jsonOf(soon.Unix())+`}`), malformed},
		"padded":                {good + "=", malformed},
		"four parts":            {good + ".e30", malformed},
		"large":                 {strings.Repeat("e30", 2000) + ".e30.e30", malformed},
		"text":                  {claims(`"` + jsonOf(soon.Unix()) + `"`), malformed},
		"true":                  {claims("true"), malformed},
		"null":                  {claims("null"), malformed},
		"infinite":              {claims("1e999"), malformed},
		"below 0":               {claims("-1"), malformed},
		"long ago":              {claims("0"), "Invalid token: expired"},
		"a week":                {claims(jsonOf(soon.AddDate(0, 0, 7).Unix())), early},
		"an hour of ms":         {claims(jsonOf(soon.Add(time.Hour).UnixMilli())), early},
		"microseconds":          {claims(jsonOf(soon.UnixMicro())), early},
	} {
		t.Run(name, func(t *testing.T) { fails(t, a.get(t, "Authorization: PKAuth "+c.token), 401, c.want) })
	}
	a.Anonymous().Get(t, root+"/v2/campaigns", "Authorization: PKAuth "+good).Status(t, 200)
	revoked, secret := a.newKey(t, access.NewKey{Name: "left", Role: store.Admin})
	id, _ := store.ParseShort(revoked)
	if err := a.Access.Revoke(t.Context(), access.Caller{Org: a.Actor.Org, Role: store.Admin}, id); err != nil {
		t.Fatal(err)
	}
	fails(t, a.get(t, "Authorization: PKAuth "+token(hs256, members{"key": revoked, "exp": soon.Unix()}, secret)), 401, bad)
}
