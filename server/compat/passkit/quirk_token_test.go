package passkit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pocketpass/server/access"
	"pocketpass/server/servertest"
	"pocketpass/store"
)

// get asks with a header of one's own.
func (a *account) get(t testing.TB, header string) *servertest.Answer {
	return a.Anonymous().Get(t, root+"/v2/campaigns/Harbour_Loyalty", header)
}

func q1(t *testing.T, a *account) {
	now := a.Clock.Now().UnixMilli()
	for _, ahead := range []int64{60_000, 6_000} {
		a.get(t, a.expiring(now+ahead)).Status(t, 200)
	}
	a.get(t, a.expiring(float64(now+6_000)/1000)).Status(t, 200)
	fails(t, a.get(t, a.expiring(now-61_000)), 401, "Invalid token: expired")
}

func q2(t *testing.T, a *account) {
	a.get(t, a.expiring(a.Clock.Now().Unix()+300)).Status(t, 200)
	fails(t, a.get(t, a.expiring(a.Clock.Now().Unix()+3600)), 401, "Invalid token: expiry is too far ahead")
}

func q3(t *testing.T, a *account) {
	header := a.authorization()
	for range 3 {
		a.get(t, header).Status(t, 200)
	}
}

func q4(t *testing.T, a *account) {
	exp := a.Clock.Now().Unix() + 60
	payload := json.RawMessage(`{"iat": 1, "method": "GET", "key": "` + a.key + `", "exp": ` + jsonOf(exp) + `}`)
	for _, header := range []string{`{"typ":"JWT","alg":"HS256"}`, `{"alg":"HS256"}`} {
		signed := token(json.RawMessage(header), payload, a.secret)
		for _, scheme := range []string{"PKAuth ", "pkauth   ", ""} {
			a.get(t, "Authorization: "+scheme+signed).Status(t, 200)
		}
		fails(t, a.get(t, "Authorization: Bearer "+signed), 401, "Invalid token: malformed")
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"RS256"}`, `{"alg":"hs256"}`} {
		fails(t, a.get(t, "Authorization: PKAuth "+token(json.RawMessage(header), payload, a.secret)), 401, "Invalid token: malformed")
	}
}

func q5(t *testing.T, a *account) {
	const key, secret = "harbourKey", "aGFyYm91clNlY3JldA" // which is base64, too
	a.newKey(t, access.NewKey{Name: "moved", Role: store.Viewer, Token: key + "." + secret, Signs: true})
	now := a.Clock.Now().Unix()
	a.get(t, "Authorization: PKAuth "+token(hs256, members{"key": key, "exp": now}, secret)).Status(t, 200)
	fails(t, a.get(t, "Authorization: PKAuth "+token(hs256, members{"key": key, "exp": now}, "harbourSecret")), 401, "Invalid token: bad key or signature")
	if got := a.Anonymous().Send(t, "POST", root+"/v2/campaigns", members{}, "Authorization: PKAuth "+token(hs256, members{"key": key, "exp": now}, secret)); got.Code != 403 {
		t.Errorf("a viewer that writes is answered %d %s", got.Code, got.Body)
	}
}

func q6(t *testing.T, a *account) {
	for _, header := range []string{"X-None: 1", "Authorization: ", "Authorization: PKAuth", "Authorization: PKAuth a.b.c", a.expiring("1"), a.expiring(-1), a.expiring(nil), a.expiring(0)} {
		got := a.get(t, header)
		if text, _ := decoded(t, got.Body)["error"].(string); got.Code != 401 || !strings.HasPrefix(text, "Invalid token") {
			t.Errorf("%s: %d %s", header, got.Code, got.Body)
		}
	}
}
